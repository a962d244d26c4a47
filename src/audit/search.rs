//! What a reader of the audit asks for: tokens such as `actor:cli -source:hook since:7d "free text"`, read into
//! conditions that must all hold. Parameters of the API and options of the command line are read by the same table.

pub mod parts;

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::action::{Action, Severity};
use super::entry::{Outcome, Resource};
use crate::clock::Time;
use crate::ctx::{ActorKind, Source};
use crate::model::Id;
use crate::model::words::Word;
use crate::scim::text::{excerpt, fold};

/// The longest search that is read, in characters.
pub const MAX_SEARCH: usize = 1_000;
/// The most terms of a search.
pub const MAX_TERMS: usize = 20;
/// The longest value of one term, in characters.
pub const MAX_VALUE: usize = 200;
/// The longest span that `since` and `until` reach back, in days.
const MAX_DAYS: u64 = 36_500;

/// A person or team as a search names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By what they are called; whoever reads the table finds out who that is.
    Name(String),
    /// By ids, one of which it must be.
    Ids(Vec<Id>),
}

/// What a row is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these actions.
    Action(Vec<Action>),
    /// How grave.
    Severity(Severity),
    /// The kind of actor.
    Actor(ActorKind),
    /// One actor, by kind and id.
    ActorIs(ActorKind, String),
    /// An actor of this name, folded.
    ActorNamed(String),
    /// The face it came through.
    Source(Source),
    /// The person concerned.
    User(Named),
    /// The team concerned.
    Team(Named),
    /// The kind of row it is about.
    Resource(Resource),
    /// The row it is about.
    ResourceIs(Resource, Id),
    /// Whether it was done.
    Outcome(Outcome),
    /// Everything of one cause.
    Cause(Id),
    /// Everything of one request, by its own id.
    Request(String),
    /// An address from the first to the last of these keys.
    Address(String, String),
    /// A text anywhere in the row, folded.
    Text(String),
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What a row is held against.
    pub test: Test,
    /// Whether it must be so; otherwise it must not.
    pub holds: bool,
}

/// Everything that must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The conditions.
    pub terms: Vec<Term>,
    /// Not before.
    pub since: Option<Time>,
    /// Before.
    pub until: Option<Time>,
}

/// What is wrong with a search, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {problem}")]
pub struct Fault {
    /// The character at which the term begins, the first being 1.
    pub at: usize,
    /// What is wrong, in a sentence that goes on after the position.
    pub problem: Cow<'static, str>,
}

type Read = fn(&str) -> Option<Test>;
type Expected = fn() -> String;

/// The keys of conditions: how each is read, and what is expected of its value.
const KEYS: &[(&str, Read, Expected)] = &[
    ("action", action, || "a code of docs/audit.md, or a family such as user.*".to_owned()),
    ("severity", |text| word(text).map(Test::Severity), one_of::<Severity>),
    (
        "actor",
        |text| Some(actor(text)),
        || format!("{}, a kind and an id such as user/ID, or a name", one_of::<ActorKind>()),
    ),
    ("source", |text| word(text).map(Test::Source), one_of::<Source>),
    ("user", |text| Some(Test::User(named(text))), || "an id or a sign-in name".to_owned()),
    ("team", |text| Some(Test::Team(named(text))), || "an id or a name".to_owned()),
    ("resource", resource, || format!("{}, or a kind and an id such as team/ID", one_of::<Resource>())),
    ("outcome", |text| word(text).map(Test::Outcome), one_of::<Outcome>),
    ("cause", |text| Id::parse(text).map(Test::Cause), || "an id".to_owned()),
    ("request", |text| Some(Test::Request(text.to_owned())), || "a request's id".to_owned()),
    ("ip", address, || "an address, or a network such as 10.0.0.0/8".to_owned()),
    ("text", |text| Some(Test::Text(fold(text))), || "a text".to_owned()),
];
const SINCE: &str = "since";
const UNTIL: &str = "until";
const MOMENT: &str = "a time such as 2026-03-01T12:00:00Z, a day such as 2026-03-01, or a span such as 24h or 7d";

/// Every key there is.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(name, ..)| *name).chain([SINCE, UNTIL])
}

impl Search {
    /// Adds one condition by its key, as a parameter or an option gives it.
    ///
    /// # Errors
    /// What the value must be.
    pub fn add(&mut self, key: &str, value: &str, now: Time) -> Result<(), String> {
        self.put(key, value, true, now).map_err(Cow::into_owned)
    }

    /// Adds the conditions of a search text.
    ///
    /// # Errors
    /// The first fault, with its place.
    pub fn add_text(&mut self, text: &str, now: Time) -> Result<(), Fault> {
        if text.chars().count() > MAX_SEARCH {
            return Err(Fault { at: 1, problem: format!("a search has at most {MAX_SEARCH} characters").into() });
        }
        for (number, token) in tokens(text)?.into_iter().enumerate() {
            let fault = |problem| Fault { at: token.at, problem };
            if number == MAX_TERMS {
                return Err(fault(format!("a search has at most {MAX_TERMS} terms").into()));
            }
            let key = token.key.as_deref().unwrap_or("text");
            self.put(key, &token.value, !token.negated, now).map_err(fault)?;
        }
        Ok(())
    }

    fn put(&mut self, key: &str, value: &str, holds: bool, now: Time) -> Result<(), Cow<'static, str>> {
        check_value(key, value)?;
        if [SINCE, UNTIL].contains(&key) {
            let place = if key == SINCE { &mut self.since } else { &mut self.until };
            if !holds || place.is_some() {
                return Err(format!("{key} cannot be negated, and is given once").into());
            }
            *place = Some(moment(value, now).ok_or_else(|| format!("{key} must be {MOMENT}"))?);
            return Ok(());
        }
        let Some((_, read, expected)) = KEYS.iter().find(|(name, ..)| *name == key) else {
            let known = keys().collect::<Vec<_>>().join(", ");
            let key = excerpt(key);
            return Err(format!("{key} is no key; there are {known}; put a text with a colon in quotes").into());
        };
        let test = read(value).ok_or_else(|| format!("{key} must be {}", expected()))?;
        self.terms.push(Term { test, holds });
        Ok(())
    }
}

fn check_value(key: &str, value: &str) -> Result<(), Cow<'static, str>> {
    if value.is_empty() {
        return Err(format!("{} has no value", excerpt(key)).into());
    }
    if value.chars().count() > MAX_VALUE {
        return Err(format!("a value has at most {MAX_VALUE} characters").into());
    }
    if value.chars().any(char::is_control) {
        return Err("a value holds no control characters".into());
    }
    Ok(())
}

fn one_of<W: Word>() -> String {
    let known = W::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
    format!("one of {known}")
}

/// One of the words of a closed list, in whatever case.
fn word<W: Word>(text: &str) -> Option<W> {
    W::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text))
}

fn action(text: &str) -> Option<Test> {
    let found: Vec<Action> = match text.strip_suffix(".*") {
        Some(family) => Action::ALL.iter().copied().filter(|action| is_of(*action, family)).collect(),
        None => Action::from_word(text).into_iter().collect(),
    };
    (!found.is_empty()).then_some(Test::Action(found))
}

fn is_of(action: Action, family: &str) -> bool {
    action.code().strip_prefix(family).is_some_and(|rest| rest.starts_with('.'))
}

fn actor(text: &str) -> Test {
    if let Some(kind) = word(text) {
        return Test::Actor(kind);
    }
    let by_id = text.split_once('/').and_then(|(kind, id)| Some((word(kind)?, id)));
    by_id.map_or_else(|| Test::ActorNamed(fold(text)), |(kind, id)| Test::ActorIs(kind, id.to_owned()))
}

fn named(text: &str) -> Named {
    Id::parse(text).map_or_else(|| Named::Name(text.to_owned()), |id| Named::Ids(vec![id]))
}

fn resource(text: &str) -> Option<Test> {
    match text.split_once('/') {
        Some((kind, id)) => Some(Test::ResourceIs(word(kind)?, Id::parse(id)?)),
        None => word(text).map(Test::Resource),
    }
}

fn address(text: &str) -> Option<Test> {
    let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(Test::Address(address_key(net.network()), address_key(net.broadcast())))
}

/// An address as 32 hex digits, so that a network is a range; what IPv6 wraps of IPv4 is the same address.
#[must_use]
pub fn address_key(ip: IpAddr) -> String {
    let wide = match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    format!("{:032x}", wide.to_bits())
}

/// A moment as it is written, or a span back from now.
#[must_use]
pub fn moment(text: &str, now: Time) -> Option<Time> {
    let day = || Time::parse(&format!("{text}T00:00:00Z"));
    Time::parse(text).or_else(day).or_else(|| span(text).map(|span| now.minus(span)))
}

fn span(text: &str) -> Option<Duration> {
    const DAY: u64 = 24 * 3600;
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => DAY,
        _ => return None,
    };
    let is_number = count.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = count.parse::<u32>().ok().filter(|_| is_number).map(|count| u64::from(count) * unit)?;
    (seconds <= MAX_DAYS * DAY).then(|| Duration::from_secs(seconds))
}

/// A term as it is written.
struct Token {
    at: usize,
    negated: bool,
    key: Option<String>,
    value: String,
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let letters: Vec<char> = text.chars().collect();
    let (mut at, mut found) = (0, Vec::new());
    while at < letters.len() {
        if letters[at].is_whitespace() {
            at += 1;
            continue;
        }
        let (token, next) = token(&letters, at)?;
        found.push(token);
        at = next;
    }
    Ok(found)
}

/// The term that begins at a letter, and where the next may begin.
fn token(letters: &[char], from: usize) -> Result<(Token, usize), Fault> {
    let is_text = |at: usize| letters.get(at).is_some_and(|letter| !letter.is_whitespace());
    let negated = letters[from] == '-' && is_text(from + 1);
    let begin = from + usize::from(negated);
    let colon =
        (begin..letters.len()).take_while(|at| is_text(*at) && letters[*at] != '"').find(|at| letters[*at] == ':');
    let key = colon.map(|colon| letters[begin..colon].iter().collect());
    let value_at = colon.map_or(begin, |colon| colon + 1);
    let (value, next) = if letters.get(value_at) == Some(&'"') {
        quoted(letters, value_at).map_err(|problem| Fault { at: from + 1, problem })?
    } else {
        let end = (value_at..letters.len()).find(|at| !is_text(*at)).unwrap_or(letters.len());
        (letters[value_at..end].iter().collect(), end)
    };
    Ok((Token { at: from + 1, negated, key, value }, next))
}

/// What stands between quotes; `\"` and `\\` stand for what follows the stroke.
fn quoted(letters: &[char], open: usize) -> Result<(String, usize), Cow<'static, str>> {
    let (mut value, mut at) = (String::new(), open + 1);
    loop {
        match letters.get(at) {
            None => return Err("a quote is not closed".into()),
            Some('"') => break,
            Some('\\') if matches!(letters.get(at + 1), Some('"' | '\\')) => {
                value.push(letters[at + 1]);
                at += 2;
            }
            Some(letter) => {
                value.push(*letter);
                at += 1;
            }
        }
    }
    match letters.get(at + 1) {
        Some(letter) if !letter.is_whitespace() => Err("a space must follow the closing quote".into()),
        _ => Ok((value, at + 1)),
    }
}

#[cfg(test)]
#[path = "search/tests.rs"]
mod tests;
