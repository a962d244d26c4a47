//! What a development server keeps instead of sending it: in memory, the newest few, gone with the process.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Message;
use crate::clock::Time;

/// How many messages are kept.
pub const MOST: usize = 100;

/// A message that went nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which message.
    pub id: String,
    /// For whom, by the id of their row.
    pub person: String,
    /// By which road it would have gone.
    pub channel: &'static str,
    /// To which addresses.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Time,
}

/// The newest messages of this process.
#[derive(Default)]
pub struct Tray(Mutex<VecDeque<Kept>>);

impl Tray {
    pub(super) fn keep(&self, message: &Message, at: Time) {
        let kept = Kept {
            id: message.id.clone(),
            person: message.person.clone(),
            channel: message.channel.name(),
            to: message.to.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            at,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.truncate(MOST - 1);
        all.push_front(kept);
    }

    /// What is kept, the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
