//! Every behaviour, as facts: a real server on a real database, each fact on both engines from one source.

mod fixtures;
mod harness;
mod samples;
mod shadow;
mod source;
mod tables;

mod access;
mod audited;
mod breaker;
mod browser;
mod catalogue;
mod catch_up;
mod config_files;
mod console;
mod drift;
mod goldens;
mod hooks;
mod house;
mod links;
mod metrics;
mod models;
mod okta_events;
mod okta_sign_in;
mod outbox;
mod plans;
mod platform;
mod process;
mod proxies;
mod scim;
mod shapes;
