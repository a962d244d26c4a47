//! rollcall keeps the roll of an on-call platform true to Okta.
//!
//! The rooms, from the street inwards; each may use what stands after it (`tests/it/house.rs` holds the direction):
//!
//! - [`cli`]: one file a command; [`app`]: composition, serving, stopping in order
//! - [`http`]: the faces (extract, call one verb, render); [`jobs`]: what runs without a request
//! - [`directory`]: the verbs on the roll; [`access`]: the verbs at the door
//! - [`store`]: the only SQL, and the unit of work
//! - [`audit`]: the words of the audit; [`ctx`]: who asks; [`model`]: the nouns
//! - [`scim`]: the language of RFC 7643 and 7644, pure; [`okta`]: what Okta sends, pure; [`okta_client`]: the way out to its API
//! - [`senders`]: the ways out to people
//! - [`config`], [`clock`], [`error`], [`telemetry`]: the ground

pub mod access;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod ctx;
pub mod directory;
pub mod error;
pub mod http;
pub mod jobs;
pub mod model;
pub mod okta;
pub mod okta_client;
pub mod scim;
pub mod senders;
pub mod store;
pub mod telemetry;
