//! How the connection to Okta does: what is known of it in a few looks, and a judgement of each part in words.

mod clocks;
mod glass;
mod parts;
mod progress;
mod tokens;

use std::time::Duration;

use crate::audit::Action;
use crate::clock::Time;
use crate::config::BreakerRule;
use crate::error::Result;
use crate::model::Id;
use crate::model::connection::Marks;
use crate::model::token::ScimToken;
use crate::model::words::words;
use crate::okta::api::Org;
use crate::store::breaker::Breaker;
use crate::store::catch_up::Cursor;
use crate::store::connection as rows;
use crate::store::hook_inbox::Depth;
use crate::store::scim_request_list::{self, Failed};
use crate::store::{Link, breaker, catch_up, hook_inbox, scim_tokens};

pub use glass::{Account, accounts, due, tried};
pub use parts::judge;
pub use progress::{Progress, Setup, State, Step, progress};
pub use tokens::{Turn, is_reminded, left};

words! {
    /// How a part does, the worse the later.
    Level {
        /// It never came to anything, or is off.
        Waiting = "grey",
        /// As it should be.
        Good = "green",
        /// Somebody should look at it.
        Warn = "amber",
        /// It does not work.
        Bad = "red",
    }
}

words! {
    /// A part of the connection.
    Topic {
        /// The requests of SCIM clients.
        Scim = "scim",
        /// How many of them fail.
        Errors = "scim_errors",
        /// The tokens of SCIM clients.
        Tokens = "scim_tokens",
        /// Okta's event hook.
        Hook = "event_hook",
        /// How long event hooks are on their way.
        HookLag = "event_hook_lag",
        /// Events that wait.
        Queue = "event_queue",
        /// Events that could not be applied.
        Dead = "dead_events",
        /// Reading Okta's System Log.
        CatchUp = "catch_up",
        /// Many deactivations at once.
        Breaker = "breaker",
        /// Holding the roll against Okta.
        Drift = "drift",
        /// Deliveries that are kept while the database is away.
        Spool = "spool",
        /// Whether this machine and Okta agree on the time.
        Clock = "clock",
        /// The way in for when Okta is down.
        Glass = "break_glass",
    }
}

/// What is counted and what failed is looked at this far back.
pub const WINDOW: Duration = Duration::from_hours(24);
/// How many failures are looked at.
const FAILURES: i64 = 50;
/// What is known of a busy connection may be this old.
const BLUR: Duration = Duration::from_secs(10);
/// So long before its end a token is told of, and so long before it in red.
pub const REMINDED: (Duration, Duration) = (Duration::from_hours(30 * 24), Duration::from_hours(24));
/// How many of the last events are looked at for how long they took.
const EVENTS: i64 = 1_000;
/// How many tokens are looked at; those that were made last.
const TOKENS: u32 = 100;

/// What is asked, and what the process knows without the database.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The moment.
    pub now: Time,
    /// When many deactivations are an alarm.
    pub rule: BreakerRule,
    /// The org whose System Log is read; none where catching up is off.
    pub org: Option<&'a Org>,
    /// How many bytes the spool of this process holds; none where it is off.
    pub spool: Option<u64>,
    /// By how many seconds this machine is ahead of Okta, where an answer of Okta's told it.
    pub ahead: Option<i64>,
}

/// What is known of the connection.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What was seen, and when.
    pub marks: Marks,
    /// The last failures under /scim, newest first.
    pub failures: Vec<Failed>,
    /// How many requests there were, and how many failed.
    pub requests: (i64, i64),
    /// The SCIM tokens that were made last.
    pub tokens: Vec<ScimToken>,
    /// When events happened that hooks brought of late, and when they came.
    pub hooks: Vec<(Time, Time)>,
    /// Events that wait, failed or are dead.
    pub depths: Vec<Depth>,
    /// How far the System Log was read.
    pub cursor: Option<Cursor>,
    /// What is known of the breaker.
    pub breaker: Option<Breaker>,
    /// When somebody last signed in with Okta, and the row that tells it.
    pub signed_in: Option<(Time, Id)>,
    /// The same of a break-glass account.
    pub glass: Option<(Time, Id)>,
    /// The break-glass accounts that may be used.
    pub accounts: Vec<Account>,
}

/// Reads all of it, in a fixed number of looks.
///
/// # Errors
/// What the engine reports.
pub async fn read(link: &mut impl Link, asked: &Asked<'_>) -> Result<Facts> {
    let since = asked.now.minus(WINDOW);
    Ok(Facts {
        marks: rows::marks(link).await?,
        failures: scim_request_list::failures(link, since, FAILURES).await?,
        requests: scim_request_list::count_since(link, since).await?,
        tokens: scim_tokens::page(link, None, TOKENS).await?,
        hooks: rows::hooks(link, since, EVENTS).await?,
        depths: hook_inbox::depths(link).await?,
        cursor: match asked.org {
            Some(org) => catch_up::find(link, &super::catch_up::source(org)).await?,
            None => None,
        },
        breaker: breaker::find(link).await?,
        signed_in: rows::last_success(link, Action::AuthSignedIn).await?,
        glass: rows::last_success(link, Action::AuthBreakGlassLogin).await?,
        accounts: glass::accounts(link).await?,
    })
}

/// How a part does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub topic: Topic,
    /// How.
    pub level: Level,
    /// Why, in a sentence or two.
    pub why: String,
    /// The moment that the sentence is about.
    pub at: Option<Time>,
    /// The request that tells more.
    pub request: Option<Id>,
}

impl Part {
    fn of(topic: Topic, level: Level, why: impl Into<String>) -> Self {
        Self { topic, level, why: why.into(), at: None, request: None }
    }

    fn at(self, at: Time) -> Self {
        Self { at: Some(at), ..self }
    }

    fn off(topic: Topic, why: impl Into<String>) -> Self {
        Self::of(topic, Level::Waiting, why)
    }
}

/// The worst of the parts; waiting where SCIM never came and nothing is wrong.
#[must_use]
pub fn overall(parts: &[Part]) -> Level {
    let worst = parts.iter().map(|part| part.level).max().unwrap_or(Level::Waiting);
    let is_waiting = parts.iter().any(|part| part.topic == Topic::Scim && part.level == Level::Waiting);
    // What is good but for what never came is not good yet.
    if is_waiting && worst == Level::Good { Level::Waiting } else { worst }
}
