//! The language of SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865): schemas, documents, filters, paths, PATCH, Bulk,
//! projection, searches, cursors, discovery.
//!
//! Everything here is pure and imports nothing of ours: no database, no clock, no HTTP framework. Where an attribute
//! is stored is `store::scim_map`'s business; what a request means for people and teams is `directory`'s.

pub mod bulk;
pub mod cursor;
pub mod discovery;
pub mod document;
pub mod error;
pub mod etag;
pub mod filter;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
pub mod schema;
pub mod search;
pub mod sort;
pub mod text;

pub use document::Document;
pub use error::{ScimError, ScimType};
