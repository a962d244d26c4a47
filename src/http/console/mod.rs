//! The console: pages for people, rendered here whole. They read without JavaScript, ask no other host for anything, and
//! change things by plain forms, each of which goes through the verb that the API uses.
//!
//! A page is a handler that reads, a struct that holds what it shows, and a template of the same name under
//! `templates/`. [`frame`] is what every page has around it; [`door`] lets people in; [`refusal`] is a refusal as a page.

pub mod assets;
pub mod audit;
pub mod connection;
pub mod diff;
pub mod done;
pub mod door;
pub mod events;
pub mod forms;
pub mod frame;
pub mod held;
pub mod html;
pub mod inbox;
pub mod lookalike;
pub mod member;
pub mod moment;
pub mod once;
pub mod people;
pub mod person;
pub mod person_actions;
pub mod person_bind;
pub mod refusal;
pub mod replays;
pub mod requests;
pub mod roll_words;
pub mod routes;
pub mod row;
pub mod setup;
pub mod sign_in;
pub mod story;
pub mod switches;
pub mod team;
pub mod team_actions;
pub mod team_new;
pub mod team_requests;
pub mod team_settings;
pub mod teams;
pub mod text;
pub mod tokens;
pub mod traffic;

use self::html::see_other;
use super::api::call::Call;
use super::problem::Answer;
use crate::model::policy::{self, Deed, Reach};
use crate::store::sign_in::has_scim_spoken;

/// `GET /`: the audit; the setup guide for an admin while no SCIM client has come.
pub(in crate::http) async fn home(call: Call) -> Answer {
    let is_admin = policy::reach(call.caller()?, Deed::ReadScimTokens) > Reach::Nowhere;
    let is_new = is_admin && !has_scim_spoken(&mut call.view().await?).await?;
    Ok(see_other(if is_new { "/setup" } else { "/audit" })?)
}
