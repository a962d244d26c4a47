//! The SCIM face; files mirror the URLs.

mod users;
