//! The only SQL of the house: one file a table, one text for both engines.
//!
//! Reads take anything that is a [`db::Link`]; writes take a [`db::Tx`], the unit of work, which cannot be opened without
//! saying who asks and cannot be committed with a change that no audit entry names. What a change means is decided in
//! `directory` and `access`, never here.

#[macro_use]
mod query;

pub mod api_keys;
pub mod audit;
pub mod audit_counts;
pub mod audit_list;
pub mod break_glass;
pub mod breaker;
pub mod catch_up;
pub mod completions;
mod conn;
mod connect;
pub mod connection;
pub mod contacts;
pub mod credentials;
pub mod db;
pub mod devices;
pub mod dialect;
pub mod drift;
pub mod error;
pub mod examine;
pub mod gauges;
pub mod hook_inbox;
pub mod hook_search;
pub mod keys;
mod lent;
pub mod login_attempts;
pub mod memberships;
pub mod migrate;
pub mod mobile;
pub mod okta_facts;
pub mod okta_groups;
pub mod okta_links;
pub mod outbox;
pub mod people;
pub mod people_search;
pub mod person;
pub mod platform_members;
pub mod platform_teams;
pub mod preferences;
pub mod rate_counters;
pub mod replay_jobs;
pub mod rows;
pub mod said;
pub mod scim_list;
pub mod scim_map;
mod scim_order;
pub mod scim_request_list;
pub mod scim_requests;
pub mod scim_root;
pub mod scim_search;
pub mod scim_tokens;
pub mod seen_jti;
pub mod sessions;
pub mod sign_in;
pub mod stories;
pub mod sweeps;
pub mod team_requests;
pub mod team_tags;
pub mod teams;
mod types;
pub mod users;

pub use db::{Db, Link, Tx, View, Work};
pub use lent::Lent;
