//! The verbs at the door: which credential lets whom in, and what is said of those it does not.

pub mod refusals;
pub mod scim_tokens;
pub mod secret;
