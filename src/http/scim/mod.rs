//! The SCIM face: the door, bodies, answers, and one handler a line of the route page.

pub mod anchors;
pub mod body;
pub mod bulk;
pub mod call;
pub mod discovery;
pub mod door;
pub mod fault;
pub mod groups;
pub mod hints;
pub mod listing;
pub mod query;
pub mod render;
pub mod request_log;
pub mod roles;
pub mod root;
pub mod turns;
pub mod users;
