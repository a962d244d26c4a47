//! The log: one event is one line on stderr, whatever a stranger managed to put into it.

use std::io::{self, IsTerminal};
use std::ops::RangeInclusive;
use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{self, AppEnv};

const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn";

/// Characters that reorder, hide or break text where it is read, beside the control characters.
const DECEPTIVE: [RangeInclusive<char>; 7] = [
    '\u{61c}'..='\u{61c}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e007f}',
];

/// Starts the log; text for a developer's terminal, JSON for everything else.
pub fn init(env: AppEnv) {
    let wanted = config::log_filter();
    let parsed = EnvFilter::try_new(wanted.as_deref().unwrap_or(DEFAULT_FILTER));
    let refused = parsed.is_err();
    let registry = tracing_subscriber::registry().with(parsed.unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER)));
    let lines = layer().with_writer(|| OneLine(io::stderr())).with_ansi(false);
    let started = match env {
        AppEnv::Development if io::stderr().is_terminal() => registry.with(lines).try_init(),
        _ => registry.with(lines.json()).try_init(),
    };
    // A second start, as tests make it, keeps the first log.
    if started.is_ok() {
        panic::set_hook(Box::new(|panic| tracing::error!(panic = %panic, "a task panicked")));
    }
    if refused {
        tracing::warn!("RUST_LOG is not a filter; using {DEFAULT_FILTER}");
    }
}

/// Turns each write, which is one event, into one harmless line.
///
/// The formatters escape terminal sequences only: a line feed or a right-to-left mark passes them.
struct OneLine<W>(W);

impl<W: io::Write> io::Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escape(event: &str) -> String {
    let mut line = harmless(event.strip_suffix('\n').unwrap_or(event));
    line.push('\n');
    line
}

/// Text that no terminal takes for a command and no eye for another order: control, direction and invisible characters
/// are written as `\uXXXX`, also where that is a surrogate pair: in JSON it is still the same text.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) {
            line.extend(character.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit_escape(*unit)));
        } else {
            line.push(character);
        }
    }
    line
}

fn unit_escape(unit: u16) -> impl Iterator<Item = char> {
    let digits = [12, 8, 4, 0].map(|shift| char::from_digit(u32::from(unit >> shift) & 0xf, 16).unwrap_or_default());
    ['\\', 'u'].into_iter().chain(digits)
}

fn is_deceptive(character: char) -> bool {
    character.is_control() || !character.is_ascii() && DECEPTIVE.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    const FORGERY: &str =
        "a\nINFO forged\r\x1b[31mred\u{7}\u{85}\u{9b}b\u{2028}c\u{2029}d\u{202e}e\u{2066}f\u{0}g\u{e0041}h";

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn text(&self) -> String {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn forge() {
        let span = tracing::info_span!("request", path = %FORGERY);
        let _entered = span.enter();
        tracing::info!(shown = %FORGERY, debugged = ?FORGERY, plain = FORGERY, "{FORGERY}");
    }

    fn is_one_harmless_line(text: &str) -> bool {
        text.strip_suffix('\n').is_some_and(|line| !line.is_empty() && !line.chars().any(is_deceptive))
    }

    #[test]
    fn a_text_event_is_one_line() {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = layer().with_writer(move || OneLine(writer.clone())).with_ansi(false);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), forge);
        assert!(is_one_harmless_line(&sink.text()), "{:?}", sink.text());
    }

    #[test]
    fn a_json_event_is_one_line_and_loses_nothing() {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = layer().with_writer(move || OneLine(writer.clone())).with_ansi(false).json();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), forge);
        assert!(is_one_harmless_line(&sink.text()), "{:?}", sink.text());
        let event: serde_json::Value = serde_json::from_str(&sink.text()).expect("the line is JSON");
        assert_eq!(event["fields"]["plain"], FORGERY);
        assert!(event["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')));
    }

    #[test]
    fn honest_text_is_untouched() {
        assert_eq!(escape("grüße, 東京 ✓\n"), "grüße, 東京 ✓\n");
    }
}
