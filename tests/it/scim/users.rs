//! `/Users`, by what is asked of it.

mod activity;
mod create;
mod delete;
mod identity;
mod list;
mod patch;
mod put;
