//! Devices: where a person's push messages go.

use super::Id;
use super::words::words;
use crate::clock::Time;

words! {
    /// What a device runs.
    Platform {
        /// An iPhone or iPad.
        Ios = "ios",
        /// An Android device.
        Android = "android",
        /// A browser.
        Web = "web",
    }
}

/// A device's row. One push token is of one device, and that of one person.
#[derive(Clone, Debug)]
pub struct Device {
    /// The row's id.
    pub id: Id,
    /// Whose it is.
    pub user_id: Id,
    /// What it runs.
    pub platform: Platform,
    /// What push messages are addressed to; never shown.
    pub token: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// When it last registered.
    pub last_seen_at: Option<Time>,
    /// When it first did, as this person's.
    pub created_at: Time,
    /// When it was proven that push messages to it reach them.
    pub proven_at: Option<Time>,
    /// When it was given up: nothing is delivered to it any more.
    pub ended_at: Option<Time>,
}
