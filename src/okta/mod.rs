//! What Okta sends, pure: bytes and headers in, facts out. Imports nothing of ours.
//!
//! What a fact means for the roll is decided in `directory`; where it is kept, in `store`.

pub mod delivery;
pub mod signature;

/// Bytes as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
