//! The verbs on the roll: who joins, changes, leaves; which teams there are and who is in them.
//!
//! Every verb reads the same: load and lock, nothing to do? return, change, say it in the audit. The rules of the roll
//! live here and nowhere else; how a request looks is `http`'s business, where a row lies is `store`'s.

pub mod activity;
pub mod binding;
pub mod breaker;
pub mod catch_up;
pub mod connection;
pub mod drift;
pub mod hooks;
pub mod incoming;
pub mod links;
pub mod memberships;
pub mod okta_events;
pub mod people;
pub mod person;
pub mod platform_members;
pub mod platform_teams;
pub mod replays;
pub mod sign_in;
pub mod team_names;
pub mod team_requests;
pub mod team_settings;
pub mod teams;
pub mod universal_logout;
pub mod users;
