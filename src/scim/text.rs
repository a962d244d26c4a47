//! One way to compare text without minding its letter case, for filters and for the database's key columns alike.

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_normalization::UnicodeNormalization as _;

use super::schema::names_secret;

/// The most characters of a client's input that an error sentence repeats: an attribute behind the longest URN of ours.
pub const MAX_EXCERPT: usize = 100;

/// The form in which text that ignores letter case is compared: NFKC, lower case.
///
/// Each character is lowered by itself, so that a prefix folds to a prefix (a final sigma folds like any other), and
/// the result is normalised again, because some letters compose only when small.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.nfkc().flat_map(char::to_lowercase);
    lower.map(|letter| if letter == 'ς' { 'σ' } else { letter }).nfkc().collect()
}

/// What programs draw as nothing: Unicode's `Default_Ignorable_Code_Point` (UAX #44).
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// Whether a letter is a control or drawn as nothing.
#[must_use]
pub fn is_ignorable(letter: char) -> bool {
    !letter.is_ascii_graphic() && (letter.is_control() || IGNORABLE.contains(letter))
}

/// A text without its ignorable letters.
#[must_use]
pub fn seen(text: &str) -> String {
    text.chars().filter(|letter| !is_ignorable(*letter)).collect()
}

/// The least text that comes after every text with this prefix, in the order of bytes; none when there is none.
#[must_use]
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// What stands for a text that is not told.
pub const MASKED: &str = "(masked)";

/// Whether a part of a text is better not told: the text names a secret, and the part is not just that name.
#[must_use]
pub fn is_telling(part: &str, whole: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
    let is_name = || part.bytes().all(is_plain) && part.rsplit([':', '.']).next().is_some_and(names_secret);
    names_secret(whole) && !is_name()
}

/// The beginning of a client's input, fit to stand in an error sentence: short, without control characters, and masked
/// when it names a secret and says more.
#[must_use]
pub fn excerpt(text: &str) -> String {
    excerpt_of(text, text)
}

/// The same of a part of what a client sent in one piece, such as a word of a filter.
#[must_use]
pub fn excerpt_of(part: &str, whole: &str) -> String {
    if is_telling(part, whole) { MASKED.to_owned() } else { beginning(part) }
}

fn beginning(text: &str) -> String {
    let mut letters = text.chars();
    let shown = letters.by_ref().take(MAX_EXCERPT).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    let mut shown: String = shown.collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_ignores_letter_case_and_form() {
        for (one, other) in [
            ("Ann@Example.COM", "ann@example.com"),
            ("BÄRBEL", "Ba\u{308}rbel"),
            ("ﬁn", "FIN"),
            ("ΟΔΟΣ", "οδος"),
            ("J\u{30c}", "\u{1f0}"),
            ("Ａｎｎ", "ann"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_ne!(fold("ß"), fold("ss"));
    }

    #[test]
    fn a_prefix_folds_to_a_prefix_when_it_ends_in_a_sigma() {
        assert!(fold("ΟΔΟΣΑ").starts_with(&fold("ΟΔΟΣ")));
    }

    #[test]
    fn an_excerpt_is_short_and_clean() {
        assert_eq!(excerpt("a\u{1b}b\nc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(excerpt(&"é".repeat(MAX_EXCERPT)), "é".repeat(MAX_EXCERPT));
        assert_eq!(excerpt(&"é".repeat(5_000)).chars().count(), MAX_EXCERPT + 1);
    }

    #[test]
    fn an_excerpt_tells_the_name_of_a_secret_and_nothing_beside_it() {
        for text in ["password", "urn:x:y:newPassword", "title:S3CRET"] {
            assert_eq!(excerpt(text), text);
        }
        for text in ["password=S3CRET", "password:S3CRET", "password[value", "S3CRET \"password\""] {
            assert_eq!(excerpt(text), MASKED, "{text}");
        }
        assert_eq!(excerpt_of("S3CRET", "emails[password eq S3CRET]"), MASKED);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }

    #[test]
    fn folding_any_letter_twice_changes_nothing() {
        for letter in '\0'..=char::MAX {
            let once = fold(&letter.to_string());
            assert_eq!(fold(&once), once, "{letter:?}");
        }
    }
}
