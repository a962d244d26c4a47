//! The platform's own face: sign-in, sessions, keys, people.

mod faces;
