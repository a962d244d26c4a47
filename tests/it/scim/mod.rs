//! The SCIM face; files mirror the URLs.

mod attacks;
mod bulk;
mod filters;
mod groups;
mod tokens;
mod users;
mod wire;
