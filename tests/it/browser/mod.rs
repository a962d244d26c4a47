//! The pages in a real browser: Chromium, driven as a person drives it, watched for what it must not do.
//!
//! `driver` starts it, `page` is what a fact holds, `kit` holds that to its word on pages of `plain`; `sound` is what every
//! page is held to and `pages` the list of them; `hostile` fills every field that others can fill with the texts of `tests/browser/xss.json`.

mod driver;
mod kit;
pub mod page;
mod pages;
mod plain;
mod sound;
