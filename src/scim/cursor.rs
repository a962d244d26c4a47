//! Cursors (RFC 9865): where the next page begins, sealed so that nobody else can make or alter one.

use std::fmt::Write as _;

use subtle::ConstantTimeEq;

use super::error::{ScimError, ScimType};

/// How long a cursor may be used, as `cursorTimeout` says it.
pub const LIFETIME_SECONDS: u32 = 3_600;
/// The longest cursor that is looked at: twice the longest value that can order a list, and room to spare.
pub const MAX_CURSOR_BYTES: usize = 8_192;

/// The last resource of a page: the next page begins after it. One without an id stands before all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What it is ordered by; none when it has no such value or the order is that of the ids.
    pub key: Option<String>,
    /// Its id.
    pub id: String,
}

impl Mark {
    /// The mark as a cursor that ends at `expires`, in seconds since 1970. `sign` is a keyed hash that also covers the
    /// query the cursor belongs to.
    #[must_use]
    pub fn seal(&self, expires: i64, sign: impl Fn(&str) -> [u8; 32]) -> String {
        let key = self.key.as_ref().map_or_else(|| "-".to_owned(), |key| format!("+{key}"));
        let said = format!("{expires} {} {key}", self.id);
        format!("{}.{}", hex(said.as_bytes()), hex(&sign(&said)))
    }

    /// Reads a cursor back at the moment `now`.
    ///
    /// # Errors
    /// `invalidCursor` for one that was altered, made elsewhere or for another query; `expiredCursor` (RFC 9865 §2.1).
    pub fn open(cursor: &str, now: i64, sign: impl Fn(&str) -> [u8; 32]) -> Result<Self, ScimError> {
        let (expires, mark) = unsealed(cursor, sign).ok_or_else(invalid)?;
        if now >= expires {
            let detail = "cursor: it has expired; begin again with an empty cursor";
            return Err(ScimError::new(ScimType::ExpiredCursor, detail));
        }
        Ok(mark)
    }
}

fn invalid() -> ScimError {
    let detail = "cursor: it was not made by this server for this query; begin again with an empty cursor, and keep \
        filter, sortBy and sortOrder as they are from page to page";
    ScimError::new(ScimType::InvalidCursor, detail)
}

fn unsealed(cursor: &str, sign: impl Fn(&str) -> [u8; 32]) -> Option<(i64, Mark)> {
    if cursor.len() > MAX_CURSOR_BYTES {
        return None;
    }
    let (said, seal) = cursor.split_once('.')?;
    let said = String::from_utf8(bytes(said)?).ok()?;
    if !bool::from(sign(&said).as_slice().ct_eq(&bytes(seal)?)) {
        return None;
    }
    let mut parts = said.splitn(3, ' ');
    let (expires, id, key) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
    Some((expires, Mark { key: key.strip_prefix('+').map(str::to_owned), id: id.to_owned() }))
}

/// Lower-case hex: its letters need no escape in a URL (RFC 9865 §2).
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Not a keyed hash, but different for different texts of the same length.
    fn sign(text: &str) -> [u8; 32] {
        let mut hash = [0u8; 32];
        for (at, byte) in text.bytes().enumerate() {
            hash[at % 32] = u8::rotate_left(hash[at % 32], 3).wrapping_add(byte);
        }
        hash
    }

    fn mark(key: Option<&str>) -> Mark {
        Mark { key: key.map(str::to_owned), id: "0195-a".to_owned() }
    }

    #[test]
    fn a_cursor_is_read_back_until_it_expires() {
        for key in [None, Some(""), Some("-"), Some("a b +c ü")] {
            let cursor = mark(key).seal(100, sign);
            assert_eq!(Mark::open(&cursor, 99, sign), Ok(mark(key)));
            assert_eq!(Mark::open(&cursor, 100, sign).expect_err("late").kind, ScimType::ExpiredCursor);
        }
    }

    #[test]
    fn a_cursor_of_another_query_or_with_a_letter_changed_is_invalid() {
        let cursor = mark(Some("a")).seal(100, sign);
        let foreign = |text: &str| sign(&format!("other{text}"));
        assert_eq!(Mark::open(&cursor, 1, foreign).expect_err("foreign").kind, ScimType::InvalidCursor);
        for at in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).expect("ASCII");
            assert_eq!(Mark::open(&altered, 1, sign).expect_err("altered").kind, ScimType::InvalidCursor, "{at}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            prop_assert!(Mark::open(&text, 0, sign).is_err());
        }
    }
}
