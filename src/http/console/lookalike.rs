//! Names that may be meant to look like other names: letters of several scripts in one word, letters of another script
//! that look Latin all of them, and what cannot be seen.

use crate::model::unseen::has_hidden;

/// What is odd about a name, as a warning says it; none where nothing is.
#[must_use]
pub fn warning(name: &str) -> Option<&'static str> {
    let words = || name.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    if has_hidden(name) {
        return Some("hidden characters in the name");
    }
    if words().any(is_mixed) {
        return Some("letters of several scripts in one word");
    }
    words().any(is_disguised).then_some("looks Latin, and is not")
}

/// The scripts whose letters are taken for one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
    Other,
}

const fn script(letter: char) -> Script {
    match letter {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => {
            Script::Cyrillic
        }
        '\u{530}'..='\u{58f}' => Script::Armenian,
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Script::Cherokee,
        _ => Script::Other,
    }
}

fn is_mixed(word: &str) -> bool {
    let mut known = word.chars().map(script).filter(|script| *script != Script::Other);
    let Some(first) = known.next() else { return false };
    known.any(|script| script != first)
}

/// Letters that nobody tells from Latin ones.
const TWINS: &str = "аеорсухѕіјԁԛԝһӏАВЕЅІЈКМНОРСТУХԌԚԜοανικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

/// Whether a word of some length is made of such letters alone.
fn is_disguised(word: &str) -> bool {
    word.chars().nth(2).is_some() && word.chars().all(|letter| TWINS.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_script_are_not_odd() {
        for name in [
            "Ana Díaz",
            "Łukasz O'Brien-Ñáñez",
            "Анна Каренина",
            "Ελένη Παπαδοπούλου",
            "山田 たろう",
            "محمد",
            "Dana (Ops) 2",
            "李 Ana",
            "Ops 👩\u{200d}🚒 ☎\u{fe0f}",
        ] {
            assert_eq!(warning(name), None, "{name}");
        }
    }

    #[test]
    fn what_looks_like_another_name_is_odd() {
        assert_eq!(warning("Аna Díaz"), Some("letters of several scripts in one word"));
        assert_eq!(warning("радуга"), None, "letters of it are no Latin one's twin");
        assert_eq!(warning("рора"), Some("looks Latin, and is not"));
        assert_eq!(warning("Ana\u{200b}"), Some("hidden characters in the name"));
        assert_eq!(warning("Ana\u{fe0f}\u{2800}"), Some("hidden characters in the name"));
        assert_eq!(warning("\u{202e}anA"), Some("hidden characters in the name"));
    }
}
