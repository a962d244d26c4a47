//! How people are reached: by which channels, in which order, and what of it is proven.

use super::words::words;
use crate::senders;

words! {
    /// A road by which a person may be told something.
    Channel {
        /// E-mail.
        Email = "EMAIL",
        /// A text message.
        Sms = "SMS",
        /// The app on a device.
        Push = "PUSH",
        /// Slack.
        Slack = "SLACK",
        /// A call.
        Voice = "VOICE",
    }
}

words! {
    /// A way of being reached that can be proven.
    Method {
        /// The e-mail address.
        Email = "EMAIL",
        /// The phone number, by a text message.
        Sms = "SMS",
        /// The devices.
        Push = "PUSH",
    }
}

impl From<Method> for senders::Channel {
    fn from(method: Method) -> Self {
        match method {
            Method::Email => Self::Email,
            Method::Sms => Self::Sms,
            Method::Push => Self::Push,
        }
    }
}

words! {
    /// How far a message in the outbox has come.
    MessageState {
        /// It waits for its first try.
        Queued = "queued",
        /// A try failed; it is tried again.
        Failed = "failed",
        /// The provider took it.
        Sent = "sent",
        /// It lost its meaning before it went out.
        Void = "void",
        /// It will never go out.
        Dead = "dead",
    }
}

/// What a person wants of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The channel.
    pub channel: Channel,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Its place: the lowest is tried first, equal ones together.
    pub priority: u32,
}

/// What is done for who never said: what can be proven is used, the quickest first.
pub const DEFAULTS: [Preference; 5] = [
    Preference { channel: Channel::Push, enabled: true, priority: 1 },
    Preference { channel: Channel::Sms, enabled: true, priority: 2 },
    Preference { channel: Channel::Email, enabled: true, priority: 3 },
    Preference { channel: Channel::Voice, enabled: false, priority: 4 },
    Preference { channel: Channel::Slack, enabled: false, priority: 5 },
];
