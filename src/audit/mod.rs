//! The words of the audit: which actions there are, how grave each is, and what a row says. No I/O.

pub mod action;
pub mod changes;
pub mod entry;
pub mod render;
pub mod search;
pub mod sentence;

pub use action::{Action, Severity};
pub use entry::{Entry, Event, Outcome, Resource};
