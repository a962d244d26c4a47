//! The SCIM face; files mirror the URLs.

mod filters;
mod groups;
mod users;
mod wire;
