//! `rollcall doctor`: looks at what the server stands on, changes nothing, and says with each fault what to do about it.

mod here;
mod store;

use std::time::Duration;

use serde_json::json;

use super::Failure;
use super::screen::say;
use crate::clock::Time;
use crate::config::{Config, OktaApi};
use crate::okta_client::{Client, Trouble};
use crate::telemetry::harmless;

/// Clocks that differ by more decide wrongly which of two facts is newer.
const SKEW: Duration = Duration::from_secs(2);

/// How long Okta may take to answer somebody who waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to say, and how.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Args {
    /// As one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work.
    Fail,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was looked at, how it stands, and what to do about it.
pub(super) struct Finding {
    what: &'static str,
    state: State,
    says: String,
    fix: String,
}

impl Finding {
    pub(super) fn ok(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, state: State::Ok, says: says.into(), fix: String::new() }
    }

    pub(super) fn warn(what: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: State::Warn, says: says.into(), fix: fix.into() }
    }

    pub(super) fn fail(what: &'static str, says: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: State::Fail, says: says.into(), fix: fix.into() }
    }

    fn line(&self, as_json: bool) -> String {
        let Self { what, state, says, fix } = self;
        if as_json {
            return json!({ "check": what, "state": state.word(), "says": says, "fix": fix }).to_string();
        }
        let fix = if fix.is_empty() { String::new() } else { format!("\n      {:<12}-> {fix}", "") };
        format!("{:<4}  {what:<12}{says}{fix}", state.word())
    }
}

/// Looks at everything; a fault is an error, a warning is none.
pub async fn run(config: &Config, args: Args) -> Result<(), Failure> {
    let mut found = here::look(config);
    found.extend(store::look(config).await);
    found.push(okta(config.okta_api.as_ref()).await);
    for one in &found {
        let lines = one.line(args.json);
        lines.lines().try_for_each(|line| say(&harmless(line)))?;
    }
    let faults = found.iter().filter(|one| one.state == State::Fail).count();
    if faults == 0 { Ok(()) } else { Err(Failure::Other(format!("{faults} of {} checks failed", found.len()))) }
}

/// Whether a clock agrees with this machine's.
pub(super) fn clock(what: &'static str, whose: &str, theirs: Time, ours: Time, grain: Duration) -> Finding {
    let apart = Duration::from_micros(theirs.micros().abs_diff(ours.micros())).saturating_sub(grain);
    let says = format!("{:.1} s apart from {whose}", apart.as_secs_f64());
    if apart <= SKEW { Finding::ok(what, says) } else { Finding::fail(what, says, "set the clock: chronyc makestep") }
}

/// Whether Okta's API answers, and what its clock says.
async fn okta(api: Option<&OktaApi>) -> Finding {
    const WHAT: &str = "okta";
    let Some(api) = api else {
        let fix = "set OKTA_DOMAIN and OKTA_API_TOKEN";
        return Finding::warn(WHAT, "catching up, drift and links by mapping are off", fix);
    };
    let mut client = match Client::new(api.org.clone(), api.token.clone()) {
        Ok(client) => client,
        Err(why) => return Finding::fail(WHAT, why, "set OKTA_API_TOKEN"),
    };
    client.patience = PATIENCE;
    let asked = client.get(&api.org.url("logs", &[("limit", "1")])).await;
    let ours = crate::clock::Clock::system().now();
    match asked {
        // The header counts whole seconds, and the answer took its time.
        Ok(page) => match page.said_at {
            Some(at) => {
                clock(WHAT, "Okta, which answers", Time::from_micros(at * 1_000_000), ours, Duration::from_secs(2))
            }
            None => Finding::ok(WHAT, "it answers"),
        },
        Err(Trouble::Limited(_)) => Finding::ok(WHAT, "it answers, and its rate limit is used up for now"),
        Err(trouble @ Trouble::Refused { status: 401 | 403, .. }) => Finding::fail(
            WHAT,
            trouble.to_string(),
            "make a new token of a read-only administrator: Security > API > Tokens",
        ),
        Err(trouble) => Finding::fail(
            WHAT,
            trouble.to_string(),
            "look at OKTA_DOMAIN, the way out of this network, and status.okta.com",
        ),
    }
}
