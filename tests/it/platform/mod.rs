//! The platform's own face: sign-in, sessions, keys, people, teams.

mod audit_export;
pub mod audit_log;
pub mod audited;
mod binding;
mod break_glass;
mod contacts;
pub mod deactivation;
pub mod devices;
mod devices_proven;
mod faces;
mod hidden;
pub mod hook_events;
mod keys;
pub mod mobile;
mod openapi;
pub mod people;
mod permissions;
mod preferences;
mod refresh_races;
pub mod scim_tokens;
mod sessions;
mod teams;
mod timing;
mod token_zoo;
mod users;
