//! What somebody is signed in with and reached by: sessions, mobile sign-ins, devices, API keys, each with its end.

use super::people::PEOPLE;
use super::roll_words::{Act, When};
use super::text::plain;
use crate::model::Id;
use crate::model::api_key::ApiKey;
use crate::model::device::Device;
use crate::model::mobile::Family;
use crate::model::session::{Born, Session};
use crate::model::words::Word;

/// Things of one kind.
pub struct Held {
    /// What they are called.
    pub title: &'static str,
    /// What is said where there are none.
    pub none: &'static str,
    /// Each of them.
    pub rows: Vec<Row>,
}

/// One thing.
pub struct Row {
    /// What it is.
    pub what: String,
    /// More of it.
    pub more: String,
    /// Whether the page itself was asked for with it.
    pub is_current: bool,
    /// Since when.
    pub since: When,
    /// When it was last used.
    pub last: Option<When>,
    /// How it is ended.
    pub act: Act,
}

/// Longer texts that a browser calls itself are cut here, in characters.
const LONGEST: usize = 160;

fn cut(text: &str) -> String {
    plain(text).chars().take(LONGEST).collect()
}

fn end(user: Id, path: &str, id: Id) -> String {
    format!("{PEOPLE}/{user}/{path}/{id}/end")
}

/// Sessions of a browser.
#[must_use]
pub fn sessions(user: Id, found: &[Session], current: Option<Id>) -> Held {
    let row = |session: &Session| {
        let from = session.ip.as_deref().unwrap_or("an unknown address").to_owned();
        let how = match session.born {
            Born::Okta => "with Okta",
            Born::BreakGlass => "by breaking the glass",
        };
        let about = "Whoever holds it is signed out on their next request.";
        Row {
            what: format!("{from}, {how}"),
            more: cut(session.user_agent.as_deref().unwrap_or_default()),
            is_current: current == Some(session.id),
            since: session.created_at.into(),
            last: Some(session.last_seen_at.into()),
            act: Act::of(end(user, "sessions", session.id), "End", about, "End the session from", &from).danger(),
        }
    };
    Held { title: "Sessions", none: "No live session.", rows: found.iter().map(row).collect() }
}

/// Mobile sign-ins.
#[must_use]
pub fn phones(user: Id, found: &[Family]) -> Held {
    let row = |family: &Family| {
        let device = cut(family.device.as_deref().unwrap_or("an unnamed device"));
        let about = "The app is signed out when it next asks for anything.";
        Row {
            more: String::new(),
            is_current: false,
            since: family.created_at.into(),
            last: family.last_used_at.map(When::from),
            act: Act::of(end(user, "mobile", family.id), "End", about, "End the mobile sign-in on", &device).danger(),
            what: device,
        }
    };
    Held { title: "Mobile sign-ins", none: "No live mobile sign-in.", rows: found.iter().map(row).collect() }
}

/// Devices that push messages go to.
#[must_use]
pub fn devices(user: Id, found: &[Device]) -> Held {
    let row = |device: &Device| {
        let name = cut(device.name.as_deref().unwrap_or("an unnamed device"));
        let about = "Push messages no longer reach it until it registers again.";
        Row {
            more: device.platform.as_str().to_owned(),
            is_current: false,
            since: device.created_at.into(),
            last: device.last_seen_at.map(When::from),
            act: Act::of(end(user, "devices", device.id), "Remove", about, "Remove the device", &name).danger(),
            what: name,
        }
    };
    Held { title: "Devices", none: "No registered device.", rows: found.iter().map(row).collect() }
}

/// API keys.
#[must_use]
pub fn keys(user: Id, found: &[ApiKey]) -> Held {
    let row = |key: &ApiKey| {
        let name = cut(&key.name);
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let about = "Programs that present it are refused on their next request. It cannot be brought back.";
        Row {
            more: format!("{} · {}", key.prefix(), scopes.join(" ")),
            is_current: false,
            since: key.created_at.into(),
            last: key.last_used_at.map(When::from),
            act: Act::of(end(user, "keys", key.id), "Revoke", about, "Revoke the API key", &name).danger(),
            what: name,
        }
    };
    Held { title: "API keys", none: "No live API key.", rows: found.iter().map(row).collect() }
}
