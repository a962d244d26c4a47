//! Letters that a reader does not see, or sees as another: one list for what pages show and for what names may be.

use icu_properties::props::{CanonicalCombiningClass, ExtendedPictographic, JoiningType};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};

use crate::scim::text::is_ignorable;

/// What an emoji begins with: Unicode's `Extended_Pictographic` (UTS #51).
const PICTURE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<ExtendedPictographic>();
/// What is drawn as nothing without being ignorable, as Unicode's code charts show it: separators of lines and
/// paragraphs, the empty Braille cell, annotations between lines, controls and blanks of hieroglyphs, the filler of
/// Khitan, the note without a head.
const BLANK: [(char, char); 7] = [
    ('\u{2028}', '\u{2029}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{13441}', '\u{13442}'),
    ('\u{16fe4}', '\u{16fe4}'),
    ('\u{1d159}', '\u{1d159}'),
];
/// How a letter is joined to its neighbours in writing: Unicode's `Joining_Type`.
const JOINING: CodePointMapDataBorrowed<'static, JoiningType> = CodePointMapData::<JoiningType>::new();
/// How a mark stands to its letter: Unicode's `Canonical_Combining_Class`.
const COMBINING: CodePointMapDataBorrowed<'static, CanonicalCombiningClass> =
    CodePointMapData::<CanonicalCombiningClass>::new();
/// The tones of skin that an emoji's picture may be followed by.
const TONES: (char, char) = ('\u{1f3fb}', '\u{1f3ff}');
const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
/// Asks for the coloured form of the picture before it.
const COLOURED: char = '\u{fe0f}';
/// Makes a key of the letter before it.
const KEYCAP: char = '\u{20e3}';
/// The space of Chinese, Japanese and Korean, as wide as a letter of theirs.
const WIDE_SPACE: char = '\u{3000}';

fn is_in(table: &[(char, char)], letter: char) -> bool {
    table.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

/// Whether a letter is not seen, or changes how its neighbours are: controls, what is drawn as nothing, and marks of
/// direction.
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    is_ignorable(letter) || is_in(&BLANK, letter)
}

/// Whether a reader of the letters would miss the one at this place: an unseen one that has no business there, or a space
/// that is no plain one. Joiners belong to emoji and to scripts that join, the wide space between letters as wide.
#[must_use]
pub fn is_hidden(letters: &[char], at: usize) -> bool {
    let Some(letter) = letters.get(at).copied() else { return false };
    match letter {
        ' ' => false,
        JOINER | NON_JOINER => !is_joint(letters, at),
        COLOURED => !is_coloured(letters, at),
        WIDE_SPACE => !between(letters, at, |letter| letter > '\u{2e7f}'),
        _ => letter.is_whitespace() || is_unseen(letter),
    }
}

/// Whether a plain space is one that a page swallows: at an end, or beside another.
#[must_use]
pub fn is_swallowed(letters: &[char], at: usize) -> bool {
    letters.get(at) == Some(&' ') && !between(letters, at, |letter| !letter.is_whitespace())
}

/// Whether a text holds a letter that is hidden.
#[must_use]
pub fn has_hidden(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len()).any(|at| is_hidden(&letters, at))
}

/// Whether a reader sees nothing at all of a text.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_unseen(letter))
}

fn before(letters: &[char], at: usize) -> Option<char> {
    at.checked_sub(1).and_then(|at| letters.get(at)).copied()
}

fn between(letters: &[char], at: usize, is_so: impl Fn(char) -> bool) -> bool {
    before(letters, at).is_some_and(&is_so) && letters.get(at + 1).copied().is_some_and(&is_so)
}

/// Whether a joiner changes how its neighbours are written (RFC 5892, appendix A.1 and A.2): beside a virama, where Bengali
/// has it before the mark too; the one that parts, between letters that would join; the other, between pictures.
fn is_joint(letters: &[char], at: usize) -> bool {
    let is_virama = |letter: &char| COMBINING.get(*letter) == CanonicalCombiningClass::Virama;
    let (before, after) = (&letters[..at], &letters[at + 1..]);
    if before.last().is_some_and(is_virama) || !before.is_empty() && after.first().is_some_and(is_virama) {
        return true;
    }
    if letters[at] == JOINER {
        return is_picture(letters, at) && after.first().is_some_and(|next| PICTURE.contains(*next));
    }
    joins(before.iter().rev(), JoiningType::LeftJoining) && joins(after.iter(), JoiningType::RightJoining)
}

/// Whether the first of these letters that is no mark joins to this side, or to both.
fn joins<'l>(letters: impl Iterator<Item = &'l char>, side: JoiningType) -> bool {
    let mut kinds = letters.map(|letter| JOINING.get(*letter));
    kinds
        .find(|kind| *kind != JoiningType::Transparent)
        .is_some_and(|kind| [side, JoiningType::DualJoining].contains(&kind))
}

/// Whether a picture ends before this place, with its tone or its colour.
fn is_picture(letters: &[char], at: usize) -> bool {
    let Some(last) = before(letters, at) else { return false };
    let is_dressed = last == COLOURED || is_in(&[TONES], last);
    PICTURE.contains(last) || is_dressed && before(letters, at - 1).is_some_and(|base| PICTURE.contains(base))
}

/// Whether there is a picture or a key to be coloured.
fn is_coloured(letters: &[char], at: usize) -> bool {
    before(letters, at).is_some_and(|base| PICTURE.contains(base)) || letters.get(at + 1) == Some(&KEYCAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_nobody_sees_are_known() {
        let unseen = "\u{0}\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{180f}\u{200b}\u{200e}\u{2028}\
             \u{202e}\u{2060}\u{2066}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fff9}\u{1bca0}\u{1d159}\
             \u{1d173}\u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{e01ef}";
        for letter in unseen.chars() {
            assert!(is_unseen(letter), "{letter:?}");
        }
        for letter in " aZ0é\u{301}ßΩжאن한山ก👩🏽️\u{a0}\u{3000}".chars().filter(|letter| *letter != '\u{fe0f}')
        {
            assert!(!is_unseen(letter), "{letter:?}");
        }
    }

    #[test]
    fn what_belongs_where_it_stands_is_not_hidden() {
        for text in [
            "Ana Díaz",
            "می\u{200c}خواهم",
            "مِ\u{200c}خو",
            "क्\u{200d}ष",
            "र\u{200d}्य",
            "👩\u{200d}🚒",
            "👩🏽\u{200d}🚒",
            "❤\u{fe0f}\u{200d}🔥",
            "☎\u{fe0f} desk",
            "1\u{fe0f}\u{20e3}",
            "山田\u{3000}太郎",
            "two  plain spaces",
        ] {
            assert!(!has_hidden(text), "{text:?}");
        }
    }

    #[test]
    fn what_only_makes_a_name_look_like_another_is_hidden() {
        for text in [
            "ad\u{200d}min",
            "ad\u{200c}min",
            "\u{200d}admin",
            "admin\u{fe0f}",
            "1\u{fe0f}",
            "👩\u{200d}",
            "👩\u{fe0e}",
            "한\u{200d}글",
            "क\u{200d}ष",
            "กา\u{200c}น",
            "د\u{200c}ب",
            "ب\u{200d}ب",
            "Ana\u{a0}Díaz",
            "Ana\u{2009}Díaz",
            "Ana\u{3000}Díaz",
            "🏴\u{e0067}\u{e0062}",
        ] {
            assert!(has_hidden(text), "{text:?}");
        }
    }

    #[test]
    fn a_page_swallows_spaces_at_the_ends_and_beside_others() {
        let swallowed = |text: &str| -> Vec<usize> {
            let letters: Vec<char> = text.chars().collect();
            (0..letters.len()).filter(|at| is_swallowed(&letters, *at)).collect()
        };
        assert_eq!(swallowed(" a b  c "), [0, 4, 5, 7]);
        assert!(swallowed("a b").is_empty() && swallowed("").is_empty());
        assert_eq!(swallowed(" "), [0]);
    }
}
