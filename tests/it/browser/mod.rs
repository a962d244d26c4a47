//! The pages in a real browser: Chromium, driven as a person drives it, watched for what it must not do.
//!
//! `driver` starts it, `page` is what a fact holds, `kit` holds that to its word on pages of `plain`; `sound` is what every
//! page is held to and `pages` the list of them; `poison` fills every field that others can fill with the texts of
//! `tests/browser/xss.json`, and `hostile` looks at what they did. `keyboard` is what people do from page to page with its
//! keys alone, which `keys` presses, `journeys` what they do with a mouse or without scripts, and `screenshots` draws the
//! pictures of the documents.

mod audit_page;
mod driver;
mod hostile;
mod journeys;
mod keyboard;
mod keys;
mod kit;
pub mod page;
mod pages;
mod plain;
mod poison;
mod screenshots;
mod sound;
