//! Text that others wrote, as a page shows it: what cannot be seen, or reorders what is read, is made visible.

use crate::model::unseen::{is_hidden, is_swallowed, is_unseen};

/// The longest text that a line of a page shows, in characters.
const LONGEST: usize = 200;

/// A short text as a page shows it: one line, at most 200 characters of it, nothing invisible. The template escapes it.
#[must_use]
pub fn plain(text: &str) -> String {
    line(text, is_hidden)
}

/// A name, or another text that tells one from another: the same, with the spaces that a page would swallow.
#[must_use]
pub fn name(text: &str) -> String {
    line(text, |letters, at| is_hidden(letters, at) || is_swallowed(letters, at))
}

/// A longer text, such as a body: whole, with its own line breaks, tabs and spaces.
#[must_use]
pub fn block(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    seen(&letters, |letters, at| {
        !matches!(letters[at], '\n' | '\t') && is_unseen(letters[at]) && is_hidden(letters, at)
    })
}

fn line(text: &str, is_shown: impl Fn(&[char], usize) -> bool) -> String {
    let letters: Vec<char> = text.chars().take(LONGEST).collect();
    let mut shown = seen(&letters, is_shown);
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// The letters, with something to see for each that has to be shown.
fn seen(letters: &[char], is_shown: impl Fn(&[char], usize) -> bool) -> String {
    let mut shown = String::with_capacity(letters.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        if is_shown(letters, at) {
            shown.push_str(&stand_in(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// What stands for it: the picture of a control or of a space, else its number.
fn stand_in(letter: char) -> String {
    let code = u32::from(letter);
    let picture = match letter {
        ' ' => Some('␣'),
        '\u{7f}' => Some('␡'),
        _ => char::from_u32(0x2400 + code).filter(|_| code < 0x20),
    };
    picture.map_or_else(|| format!("[U+{code:04X}]"), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_made_visible() {
        for (written, shown) in [
            ("Ana Díaz", "Ana Díaz"),
            ("pay\u{200b}ments", "pay[U+200B]ments"),
            ("\u{202e}gpj.exe", "[U+202E]gpj.exe"),
            ("two\nlines\u{1b}[31m\u{7f}", "two␊lines␛[31m␡"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}🚒", "👩\u{200d}🚒"),
            ("ad\u{200d}min", "ad[U+200D]min"),
            ("❤\u{fe0f} of Ops\u{fe0f}", "❤\u{fe0f} of Ops[U+FE0F]"),
            ("a\u{2800}b\u{3164}c\u{a0}d", "a[U+2800]b[U+3164]c[U+00A0]d"),
            (" of  two ", " of  two "),
            ("<b>", "<b>"),
        ] {
            assert_eq!(plain(written), shown);
        }
        assert_eq!(block("{\n\t\"a\": 1\r}"), "{\n\t\"a\": 1␍}");
    }

    #[test]
    fn spaces_that_a_page_swallows_are_seen_in_a_name() {
        assert_eq!(name(" Ana  Díaz "), "␣Ana␣␣Díaz␣");
        assert_eq!(name("Ana Díaz"), "Ana Díaz");
        assert_eq!(block("{\n  \"a\": \"\u{a0}\u{feff}\" }"), "{\n  \"a\": \"\u{a0}[U+FEFF]\" }");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(plain(&"x".repeat(5_000)).chars().count(), LONGEST + 1);
    }
}
