//! The platform's own face: sign-in, sessions, keys, people.

pub mod audited;
mod faces;
pub mod people;
mod permissions;
mod sessions;
