//! The platform's face, `/auth` and `/api`: JSON in, JSON or problem details out.
//!
//! `door` proves who calls and asks the table whether they may begin at all; `call` and `fields` turn a request into
//! types; the rest is one file a noun.

pub mod audit;
pub mod audit_export;
pub mod call;
pub mod connection;
pub mod contacts;
pub mod cookie;
pub mod devices;
pub mod door;
pub mod fields;
pub mod hook_events;
pub mod hook_replays;
pub mod hook_search;
pub mod keys;
pub mod links;
pub mod me;
pub mod mobile;
pub mod okta;
pub mod pages;
pub mod preferences;
pub mod scim_requests;
pub mod scim_tokens;
pub mod sessions;
pub mod sign_in;
pub mod team_members;
pub mod team_requests;
pub mod teams;
pub mod universal_logout;
pub mod users;
