//! The SCIM face; files mirror the URLs.

mod attacks;
mod filters;
mod groups;
mod tokens;
mod users;
mod wire;
