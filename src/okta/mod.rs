//! What Okta sends, pure: bytes and headers in, facts out. Imports nothing of ours.
//!
//! What a fact means for the roll is decided in `directory`; where it is kept, in `store`.

pub mod signature;
