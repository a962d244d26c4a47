//! Work without a request: the flush of what requests left behind, and retention.

pub mod retention;
pub mod runner;
