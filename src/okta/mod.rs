//! What Okta sends, in Okta's own words: pure, and it knows nothing of the roll.
//!
//! `signature` judges the proof of a delivery and `delivery` cuts it into what the inbox keeps. `event` reads an event,
//! `meaning` is the one table of what each type of event tells, `reduce` keeps what was told in order, however it arrives.
//! `oidc` is sign-in with Okta, `token` who signed a token and `claims` what it says.
//! What a fact changes on the roll is `directory::okta_events`' business; where it is kept, the store's.

pub mod api;
pub mod claims;
pub mod delivery;
pub mod event;
pub mod listing;
pub mod meaning;
pub mod oidc;
pub mod reduce;
pub mod signature;
pub mod token;

pub use event::LogEvent;
pub use meaning::{Meaning, Status};
pub use reduce::{Fact, Facts, Verdict};

/// Bytes as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
