//! A bar on a terminal, one line at the end elsewhere.

use std::io::{IsTerminal, Write};

const WIDTH: usize = 40;

/// How far a piece of work is.
pub struct Progress {
    what: &'static str,
    total: usize,
    is_terminal: bool,
}

impl Progress {
    /// Work on this many of something.
    pub fn of(what: &'static str, total: usize) -> Self {
        Self { what, total, is_terminal: std::io::stderr().is_terminal() }
    }

    /// So many are done. What cannot be shown is not shown: the work goes on.
    pub fn at(&mut self, done: usize) {
        let is_over = done >= self.total;
        let end = if is_over { "\n" } else { "" };
        let mut screen = std::io::stderr().lock();
        let _ = match self.is_terminal {
            true => write!(screen, "\r{}{end}", self.line(done)).and_then(|()| screen.flush()),
            false if is_over => writeln!(screen, "{} {}", self.total, self.what),
            false => Ok(()),
        };
    }

    fn line(&self, done: usize) -> String {
        let full = WIDTH * done / self.total.max(1);
        format!("[{}{}] {done} of {} {}", "#".repeat(full), "-".repeat(WIDTH - full), self.total, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_empty_at_first_and_full_at_the_end() {
        let progress = Progress { what: "people", total: 3, is_terminal: true };
        assert_eq!(progress.line(0), format!("[{}] 0 of 3 people", "-".repeat(40)));
        assert_eq!(progress.line(1), format!("[{}{}] 1 of 3 people", "#".repeat(13), "-".repeat(27)));
        assert_eq!(progress.line(3), format!("[{}] 3 of 3 people", "#".repeat(40)));
    }
}
