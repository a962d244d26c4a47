//! The console: its pages as a browser gets them.

mod audit;
pub mod audited;
mod connection;
mod done;
mod door;
mod forms;
mod hints;
mod inbox;
mod names;
mod once;
mod people;
pub mod replays;
pub mod roll_audited;
mod sentences;
mod setup;
mod teams;
pub mod traffic;

use reqwest::Method;

use crate::harness::{Answer, Roll};
use crate::platform::people::Signed;

/// A page, as somebody who is signed in gets it.
pub async fn page(roll: &Roll, who: &Signed, path: &str) -> Answer {
    roll.send(who.request(roll, Method::GET, path)).await
}

/// A form that somebody sends from a page.
pub async fn submit(roll: &Roll, who: &Signed, path: &str, fields: &serde_json::Value) -> Answer {
    roll.send(crate::samples::with_form(who.request(roll, Method::POST, path), fields)).await
}

/// A page without what stands around every page, and without its history.
pub fn main_part(text: &str) -> &str {
    let main = text.split("<main").nth(1).expect("a page");
    main.split("id=\"history\"").next().unwrap_or_default()
}
