//! The console: pages for people, rendered here whole. They read without JavaScript, ask no other host for anything, and
//! change things by plain forms, each of which goes through the verb that the API uses.
//!
//! A page is a handler that reads, a struct that holds what it shows, and a template of the same name under
//! `templates/`. [`frame`] is what every page has around it; [`door`] lets people in; [`refusal`] is a refusal as a page.

pub mod assets;
pub mod audit;
pub mod door;
pub mod events;
pub mod frame;
pub mod held;
pub mod html;
pub mod lookalike;
pub mod people;
pub mod person;
pub mod person_actions;
pub mod inbox;
pub mod refusal;
pub mod roll_words;
pub mod replays;
pub mod requests;
pub mod routes;
pub mod sign_in;
pub mod text;
pub mod switches;
pub mod text;
pub mod text;
pub mod traffic;

use self::html::see_other;
use super::api::call::Call;
use super::problem::Answer;

/// `GET /`: the audit.
pub(in crate::http) async fn home(_call: Call) -> Answer {
    Ok(see_other("/audit")?)
}
