//! The SCIM face; files mirror the URLs.

mod filters;
mod groups;
mod tokens;
mod users;
mod wire;
