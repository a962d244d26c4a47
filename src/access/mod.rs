//! The verbs at the door: which credential lets whom in, and what is said of those it does not.

pub mod api_keys;
pub mod audit_log;
pub mod break_glass;
pub mod callers;
pub mod contacts;
pub mod devices;
pub mod jwt;
pub mod limits;
pub mod login;
pub mod marks;
pub mod mobile;
pub mod once;
pub mod outbox;
pub mod passwords;
pub mod permission;
pub mod preferences;
mod refresh_token;
pub mod refusals;
pub mod scim_tokens;
pub mod sealed;
pub mod secret;
pub mod seen;
pub mod sessions;
pub mod tickets;
