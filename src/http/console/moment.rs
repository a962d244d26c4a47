//! A moment as pages show it.

use crate::clock::Time;

/// A moment, for machines and for people.
pub struct Moment {
    /// RFC 3339 UTC.
    pub at: String,
    /// As it is read, in UTC.
    pub when: String,
}

impl From<Time> for Moment {
    fn from(at: Time) -> Self {
        Self { at: at.rfc3339_millis(), when: at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string() }
    }
}
