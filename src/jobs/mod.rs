//! Work without a request: the flush of what requests left behind, Okta's events, and retention.

pub mod catch_up;
pub mod drift;
pub mod group_links;
pub mod hook_inbox;
pub mod outbox;
pub mod replays;
pub mod reread;
pub mod retention;
pub mod runner;
pub mod sampling;
pub mod turns;
