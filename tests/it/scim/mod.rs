//! The SCIM face; files mirror the URLs.

mod groups;
mod users;
