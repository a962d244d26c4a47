//! SCIM tokens as pages: which there are, make one, rotate one, revoke one. What is made is shown on the answer to its form
//! and nowhere else, so that answer is a page and no redirect; a form that comes again is told what it made, without it.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::ExposeSecret;

use super::done;
use super::frame::Frame;
use super::html::{self, link, show};
use super::moment::Moment;
use super::once::{self, ONCE_FIELD};
use super::text::plain;
use super::traffic::filled;
use crate::access::once::Once;
use crate::access::scim_tokens::{self, Minted, Sent, Wish};
use crate::clock::Time;
use crate::directory::connection::{Level, Turn, left};
use crate::error::{Error, Flaw, Result};
use crate::http::api::call::Call;
use crate::http::api::pages;
use crate::http::api::scim_tokens::{LONGEST_DAYS, LONGEST_NAME, LONGEST_OVERLAP_HOURS, NO_SUCH_TOKEN, OVERLAP_HOURS};
use crate::http::problem::Answer;
use crate::http::scim::render::base;
use crate::model::age::ago;
use crate::model::token::{ScimToken, Scope, TokenMode, TokenOrigin};
use crate::model::words::Word;
use crate::store::scim_tokens as rows;

const PATH: &str = "/tokens";
/// How many tokens a page lists.
const PAGE: u32 = 50;
/// A token that was used within so long is told of before it is revoked.
const IN_USE: Duration = Duration::from_hours(1);
/// What a new token's life may be, in days; the first is chosen unless another is. Nothing is for ever.
const LIVES: [(&str, &str); 4] =
    [("365", "1 year"), ("180", "180 days"), ("90", "90 days"), ("", "until it is revoked")];

/// A token as the pages show it.
#[expect(clippy::struct_excessive_bools, reason = "what the templates ask of a token, yes or no")]
struct Row {
    id: String,
    prefix: String,
    name: String,
    scopes: String,
    maker: String,
    made: Moment,
    used: Option<(Moment, String)>,
    end: Option<Moment>,
    state: &'static str,
    class: &'static str,
    is_live: bool,
    is_environment: bool,
    is_bare: bool,
    /// Whether somebody used it a short while ago.
    is_in_use: bool,
    /// What is to be done about its end, where that is near.
    reminder: Option<String>,
}

impl Row {
    fn of(token: &ScimToken, now: Time) -> Self {
        let is_live = token.is_live(now);
        let reminder = left(token, now).map(|(left, _)| format!("ends in {left}"));
        Self {
            id: token.id.to_string(),
            prefix: token.prefix(),
            name: plain(&token.name),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
            maker: plain(&token.created_by),
            made: token.created_at.into(),
            used: token.last_used_at.map(|at| (at.into(), ago(now, at))),
            end: token.ended_at.or(token.expires_at).map(Moment::from),
            state: token.state(now),
            class: if is_live { "good" } else { "" },
            is_live,
            is_environment: token.origin == TokenOrigin::Environment,
            is_bare: token.mode == TokenMode::Header,
            is_in_use: is_live && token.last_used_at.is_some_and(|at| at.plus(IN_USE) > now),
            reminder,
        }
    }
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    /// What was just done, in a sentence.
    done: Option<&'static str>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /tokens`: all there ever were, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (mut query, done) = (done::beside(&call)?, done::told(&call));
    let cursor = query.id("cursor");
    query.end()?;
    let mut view = call.view().await?;
    let found = rows::page(&mut view, cursor, PAGE + 1).await?;
    let (found, next) = pages::cut(found, PAGE, |last| last.id.to_string());
    let frame = Frame::of(&call, &mut view, PATH, "Tokens").await?;
    let rows = found.iter().map(|token| Row::of(token, call.ctx.now)).collect();
    let next = next.map(|cursor| link(PATH, &[("cursor", &cursor)]));
    let done = done.filter(|word| word == "revoked").map(|_| "The token is revoked: it lets nobody in any more.");
    Ok(show(&TokensPage { frame, done, rows, next })?)
}

#[derive(Template)]
#[template(path = "token_new.html")]
struct NewPage {
    frame: Frame,
    /// What makes the form count once.
    once: String,
    name: String,
    reads: bool,
    writes: bool,
    is_bare: bool,
    days: String,
    lives: [(&'static str, &'static str); 4],
    /// What is wrong, by field.
    faults: Vec<Flaw>,
}

impl NewPage {
    fn fault(&self, field: &str) -> Option<String> {
        let fault = self.faults.iter().find(|flaw| flaw.field == field)?;
        Some(format!("This {}.", fault.problem))
    }

    /// What belongs to no field of the form.
    fn others(&self) -> Vec<String> {
        let known = ["name", "scopes", "expiresInDays", "mode"];
        let others = self.faults.iter().filter(|flaw| !known.contains(&flaw.field.as_ref()));
        others.map(|flaw| format!("{}: {}", flaw.field, flaw.problem)).collect()
    }
}

/// `GET /tokens/new`: the form. It asks for a recent sign-in at once, not when it is filled.
pub(in crate::http) async fn new(call: Call) -> Answer {
    let frame = Frame::of(&call, &mut call.view().await?, PATH, "Make a SCIM token").await?;
    let (name, days) = ("Okta".to_owned(), LIVES[0].0.to_owned());
    Ok(show(&NewPage {
        frame,
        once: Once::fresh(),
        name,
        reads: true,
        writes: true,
        is_bare: false,
        days,
        lives: LIVES,
        faults: Vec::new(),
    })?)
}

/// What the form asks for.
fn wish(call: &Call) -> Result<Wish> {
    let apart: &[&str] = if is_for_ever(call) { &["expiresInDays"] } else { &[] };
    let mut fields = call.form.fields(&[&["scopes", ONCE_FIELD][..], apart].concat())?;
    let name = fields.title("name", 1..=LONGEST_NAME);
    let mode = fields.word_or("mode", TokenMode::Bearer);
    let days = fields.number("expiresInDays", 1..=LONGEST_DAYS);
    let lifetime = days.map(|days| Duration::from_hours(24 * u64::from(days)));
    let ticked: Vec<&str> = call.form.all("scopes").collect();
    let mut scopes: Vec<Scope> = ticked.iter().filter_map(|word| Scope::from_word(word)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() || scopes.len() != ticked.len() {
        fields.refuse("scopes", "must be one or both of the two");
    }
    fields.done(name.zip(mode).map(|(name, mode)| Wish { name, scopes, mode, lifetime }))
}

fn is_for_ever(call: &Call) -> bool {
    call.form.first("expiresInDays") == Some("")
}

/// The form again, with what was written in it and what is wrong with it.
async fn refilled(call: &Call, faults: Vec<Flaw>) -> Answer {
    let frame = Frame::of(call, &mut call.view().await?, PATH, "Make a SCIM token").await?;
    let form = &call.form;
    let has = |scope: Scope| form.all("scopes").any(|word| word == scope.as_str());
    let page = NewPage {
        frame,
        once: Once::fresh(),
        name: filled(form, "name"),
        reads: has(Scope::Read),
        writes: has(Scope::Write),
        is_bare: form.first("mode") == Some(TokenMode::Header.as_str()),
        days: filled(form, "expiresInDays"),
        lives: LIVES,
        faults,
    };
    Ok(html::page(StatusCode::BAD_REQUEST, &page)?)
}

#[derive(Template)]
#[template(path = "token_made.html")]
struct MadePage {
    frame: Frame,
    title: &'static str,
    token: String,
    row: Row,
    base: String,
    /// The one that it replaces.
    old: Option<Row>,
}

/// What stands around the one answer that holds the token itself. It is read before the token is made: nothing that can
/// fail may stand between the commit and the answer, or the token would be lost.
async fn frame_of_made(call: &Call, title: &'static str) -> Result<Frame> {
    Frame::of(call, &mut call.view().await?, PATH, title).await
}

/// The one answer that holds the token itself.
fn shown_once(call: &Call, frame: Frame, title: &'static str, minted: &Minted) -> Result<Response> {
    let token = minted.token.expose_secret().to_owned();
    let row = Row::of(&minted.row, call.ctx.now);
    let old = minted.replaced.as_ref().map(|old| Row::of(old, call.ctx.now));
    let page = MadePage { frame, title, token, row, base: base(&call.app.public_url), old };
    html::page(StatusCode::CREATED, &page)
}

#[derive(Template)]
#[template(path = "token_again.html")]
struct AgainPage {
    frame: Frame,
    row: Row,
}

/// The answer to a form that was sent before.
async fn shown_again(call: &Call, made: &ScimToken) -> Answer {
    let frame = Frame::of(call, &mut call.view().await?, PATH, "This form was sent before").await?;
    Ok(show(&AgainPage { frame, row: Row::of(made, call.ctx.now) })?)
}

/// `POST /tokens`: makes one; sent again, the same form tells which one it made.
pub(in crate::http) async fn make(call: Call) -> Answer {
    let read = wish(&call).and_then(|wish| Ok((wish, once::brought(&call)?)));
    let (wish, once) = match read {
        Err(Error::Invalid(flaws)) => return refilled(&call, flaws).await,
        read => read?,
    };
    let title = "The token is made";
    let frame = frame_of_made(&call, title).await?;
    let work = (&call.app.key, call.caller()?, once, wish);
    let sent = call
        .unit(&work, |tx, (key, caller, once, wish)| Box::pin(scim_tokens::create_once(tx, key, (caller, once), wish)));
    match sent.await? {
        Sent::Made(made) => Ok(shown_once(&call, frame, title, &made)?),
        Sent::Before(made) => shown_again(&call, &made).await,
    }
}

async fn found(call: &Call) -> Result<ScimToken> {
    let id = call.id(NO_SUCH_TOKEN)?;
    rows::read(&mut call.view().await?, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_TOKEN))
}

#[derive(Template)]
#[template(path = "token_rotate.html")]
struct RotatePage {
    frame: Frame,
    /// What makes the form count once.
    once: String,
    row: Row,
    hours: u32,
    most: u32,
}

#[derive(Template)]
#[template(path = "token_revoke.html")]
struct RevokePage {
    frame: Frame,
    row: Row,
}

/// `GET /tokens/{id}/rotate`: what a rotation does, and the button.
pub(in crate::http) async fn ask_rotate(call: Call) -> Answer {
    let row = Row::of(&found(&call).await?, call.ctx.now);
    let frame = Frame::of(&call, &mut call.view().await?, PATH, "Rotate a SCIM token").await?;
    let once = Once::fresh();
    Ok(show(&RotatePage { frame, once, row, hours: OVERLAP_HOURS, most: LONGEST_OVERLAP_HOURS })?)
}

/// `POST /tokens/{id}/rotate`: a new one of the same kind; the old one goes on working for a while. Sent again, the same form
/// tells which one it made.
pub(in crate::http) async fn rotate(call: Call) -> Answer {
    let id = call.id(NO_SUCH_TOKEN)?;
    let mut fields = call.form.fields(&[ONCE_FIELD])?;
    let hours = fields.number("overlapHours", 0..=LONGEST_OVERLAP_HOURS).unwrap_or(OVERLAP_HOURS);
    fields.end()?;
    let old = (id, Duration::from_hours(hours.into()));
    let title = "The token is rotated";
    let frame = frame_of_made(&call, title).await?;
    let work = (&call.app.key, call.caller()?, once::brought(&call)?, old);
    let sent = call
        .unit(&work, |tx, (key, caller, once, old)| Box::pin(scim_tokens::rotate_once(tx, key, (caller, once), *old)));
    match sent.await? {
        Sent::Made(made) => Ok(shown_once(&call, frame, title, &made)?),
        Sent::Before(made) => shown_again(&call, &made).await,
    }
}

/// `GET /tokens/{id}/revoke`: what a revocation does, and the button.
pub(in crate::http) async fn ask_revoke(call: Call) -> Answer {
    let row = Row::of(&found(&call).await?, call.ctx.now);
    let frame = Frame::of(&call, &mut call.view().await?, PATH, "Revoke a SCIM token").await?;
    Ok(show(&RevokePage { frame, row })?)
}

/// `POST /tokens/{id}/revoke`: revokes one; again is no fault.
pub(in crate::http) async fn revoke(call: Call) -> Answer {
    call.form.fields(&[])?.end()?;
    let work = (call.caller()?, call.id(NO_SUCH_TOKEN)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(scim_tokens::revoke_for(tx, caller, *id))).await?;
    Ok(done::led_to(&call, PATH, "revoked")?)
}

/// What every admin should know of the tokens at this moment: the one in use whose end is nearest.
pub struct Reminder {
    /// Which, how long it has left, and when it was used.
    pub sentence: String,
    /// How the banner looks.
    pub class: &'static str,
    /// Where something is done about it.
    pub path: String,
    /// What is done there.
    pub way: &'static str,
}

/// So many days before its end the banner turns to a warning.
const WEEK: Duration = Duration::from_hours(7 * 24);

impl Reminder {
    /// What to tell of these, the first of which ends first, among all tokens.
    #[must_use]
    pub fn of(ending: &[ScimToken], all: &[ScimToken], now: Time) -> Option<Self> {
        let told = |token| {
            let ((left, level), turn) = (left(token, now)?, Turn::of(token, all, now));
            Some((token, left, turn.eased(level)?, turn))
        };
        let ending = ending.iter().filter_map(told);
        let worst = ending.reduce(|worst, next| if next.2 > worst.2 { next } else { worst });
        let (token, left, level, turn) = worst?;
        let is_near = token.expires_at.is_some_and(|end| end <= now.plus(WEEK));
        let class = match level {
            Level::Bad => "high",
            _ if is_near => "warn",
            _ => "",
        };
        let used = token.last_used_at.map_or_else(String::new, |at| format!(" was used {} and", ago(now, at)));
        let sentence = format!("The SCIM token {} ({}){used} ends in {left}.", plain(&token.name), token.prefix());
        Some(match turn {
            Turn::Made(next) => {
                let sentence = format!("{sentence} The new one ({}) is made: enter it in Okta.", next.prefix());
                Self { sentence, class, path: PATH.to_owned(), way: "See the tokens" }
            }
            _ => Self { sentence, class, path: format!("{PATH}/{}/rotate", token.id), way: "Rotate it" },
        })
    }
}
