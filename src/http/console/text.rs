//! Text that others wrote, as a page shows it: what cannot be seen, or reorders what is read, is made visible.

/// The longest text that a line of a page shows, in characters.
const LONGEST: usize = 200;

/// A name or another short text as a page shows it: one line, at most 200 characters of it, nothing invisible. The
/// template escapes it.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut shown = seen(text.chars().take(LONGEST), |_| false);
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// A longer text, such as a body: the same, whole, and with its own line breaks and tabs.
#[must_use]
pub fn block(text: &str) -> String {
    seen(text.chars(), |letter| letter == '\n' || letter == '\t')
}

fn seen(text: impl Iterator<Item = char>, stays: impl Fn(char) -> bool) -> String {
    let letters: Vec<char> = text.collect();
    let mut shown = String::with_capacity(letters.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        if stays(letter) || !is_unseen(letter) || is_joint(&letters, at) {
            shown.push(letter);
        } else {
            shown.push_str(&stand_in(letter));
        }
    }
    shown
}

/// Whether a letter is not seen, or changes how its neighbours are: controls, marks of direction, spaces without width,
/// tags, and what breaks a line.
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Joiners belong to many scripts and to emoji; among Latin letters and digits they only make a name look like another.
fn is_joint(letters: &[char], at: usize) -> bool {
    let is_of_script = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|letter| *letter > '\u{58f}');
    matches!(letters[at], '\u{200c}' | '\u{200d}') && is_of_script(at.checked_sub(1)) && is_of_script(Some(at + 1))
}

/// What stands for it: the picture of a control, else its number.
fn stand_in(letter: char) -> String {
    let code = u32::from(letter);
    let picture = if code == 0x7f { Some('␡') } else { char::from_u32(0x2400 + code).filter(|_| code < 0x20) };
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
            ("<b>", "<b>"),
        ] {
            assert_eq!(plain(written), shown);
        }
        assert_eq!(block("{\n\t\"a\": 1\r}"), "{\n\t\"a\": 1␍}");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(plain(&"x".repeat(5_000)).chars().count(), LONGEST + 1);
    }
}
