//! What names a secret: such a value is taken without being kept, and told nowhere.

use unicode_normalization::UnicodeNormalization as _;

use crate::scim::text::is_ignorable;

/// How the names of secrets end, without what parts words: those of [`DROPPED`](super::DROPPED), and whoever's they are.
const SECRETS: [&str; 2] = ["password", "passwordhash"];

/// Whether any name in a text is that of a secret: `newPassword`, `urn:…:User:password`, `emails[user_password eq "x"]`.
/// What is not seen in a name, or counts it, makes no other one; `passwordChangedAt` is another.
///
/// It is asked of every name that comes in, and of every text that is logged: no letter is folded but those of an ending.
#[must_use]
pub fn names_secret(text: &str) -> bool {
    // Each of them has a w, which few texts have.
    if text.is_ascii() && !text.contains(['w', 'W']) {
        return false;
    }
    text.split(|letter: char| !is_in_name(letter)).any(|name| SECRETS.iter().any(|secret| ends_with(name, secret)))
}

fn is_in_name(letter: char) -> bool {
    letter.is_alphanumeric() || parts_words(letter) || is_ignorable(letter)
}

/// Whether a letter may part the words of one name (RFC 7643 §2.1).
fn parts_words(letter: char) -> bool {
    matches!(letter, '-' | '_')
}

/// Whether a name ends with this one and perhaps a number, letter by letter from the end, in any form of each.
fn ends_with(name: &str, secret: &str) -> bool {
    let mut letters = name.chars().rev().filter(|letter| !parts_words(*letter) && !is_ignorable(*letter));
    let mut left = letters.by_ref().skip_while(|letter| letter.is_numeric());
    secret.chars().rev().all(|wanted| left.next().is_some_and(|letter| is_form_of(letter, wanted)))
}

/// Whether a letter is a form of an ASCII one: of another case, of full width, of mathematics.
fn is_form_of(letter: char, ascii: char) -> bool {
    letter.eq_ignore_ascii_case(&ascii)
        || (!letter.is_ascii() && std::iter::once(letter).nfkc().flat_map(char::to_lowercase).eq([ascii]))
}
