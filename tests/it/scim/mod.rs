//! The SCIM face; files mirror the URLs.

mod attacks;
mod bulk;
mod filters;
mod groups;
mod idempotence;
mod lists;
mod punches;
mod roles;
mod tokens;
mod users;
mod wire;
