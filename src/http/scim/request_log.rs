//! The log of SCIM requests on its way to the database: a bounded buffer that requests push to and a job empties.
//!
//! Reading never writes: a GET costs a push here. What does not fit is counted and dropped, never waited for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde_json::Value;

use super::body;
use super::fault::Fault;
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::model::Id;
use crate::model::connection::Mark;
use crate::model::token::ScimToken;
use crate::scim::schema::names_secret;
use crate::scim::text::{MASKED, fold, is_telling, seen};
use crate::store::scim_requests::LoggedRequest;
use crate::store::{Db, scim_requests, scim_tokens};

/// How many requests wait at most.
const MAX_WAITING: usize = 4_096;
/// How many bytes of bodies wait at most.
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// Larger bodies are told by their size only.
const MAX_BODY: usize = 32 * 1024;
/// Paths and queries are cut to this many characters, those of strangers to fewer.
const MAX_TEXT: usize = 2_048;
const MAX_STRANGER_TEXT: usize = 256;
/// How many requests without a good token are kept in a window; more are counted. A flood of them must neither fill
/// the disk nor displace what known clients did.
const MAX_STRANGERS: u32 = 60;
const STRANGER_WINDOW: Duration = Duration::from_mins(1);
/// The query parameters whose values may be kept; what others carry is anybody's guess.
const KEPT_PARAMETERS: [&str; 9] = [
    "filter",
    "attributes",
    "excludedAttributes",
    "startIndex",
    "count",
    "sortBy",
    "sortOrder",
    "cursor",
    "aadOptscim062020",
];

/// What Okta's "Test Connector Configuration" asks of /Users.
const OKTAS_TEST: &str = "startIndex=1&count=2";

/// A request as it passes the door.
pub struct Logged {
    row: LoggedRequest,
    body: Bytes,
}

impl Logged {
    /// What is known before anything is read.
    #[must_use]
    pub fn begin(ctx: &Ctx, parts: &Parts) -> Self {
        let row = LoggedRequest {
            id: Id::fresh(),
            at: ctx.now,
            request_id: ctx.request_id.clone(),
            cause_id: ctx.cause,
            token_id: None,
            token_name: None,
            method: parts.method.as_str().chars().take(16).collect(),
            path: cut(&told_path(parts.uri.path()), MAX_TEXT),
            query: parts.uri.query().map(masked_query),
            status: 0,
            scim_type: None,
            detail: None,
            micros: 0,
            request_bytes: 0,
            response_bytes: 0,
            body: None,
            ip: ctx.ip.map(|ip| ip.to_string()),
            user_agent: ctx.user_agent.clone(),
        };
        Self { row, body: Bytes::new() }
    }

    /// The request's id.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.row.request_id
    }

    /// The token it came with.
    pub fn came_with(&mut self, token: &ScimToken) {
        (self.row.token_id, self.row.token_name) = (Some(token.id), Some(token.name.clone()));
    }

    /// The body it brought.
    pub fn brought(&mut self, body: &Bytes) {
        self.row.request_bytes = count(body.len() as u64);
        self.body = body.clone();
    }

    /// How it ended.
    #[must_use]
    pub fn end(mut self, status: StatusCode, fault: Option<&Fault>, bytes: u64, took: Duration) -> Self {
        self.row.status = i64::from(status.as_u16());
        self.row.scim_type = fault.and_then(|fault| fault.scim_type).map(|kind| kind.as_str().to_owned());
        self.row.detail = fault.map(|fault| without_tokens(&fault.detail));
        self.row.response_bytes = count(bytes);
        self.row.micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        self
    }

    /// When it came.
    #[must_use]
    pub fn at(&self) -> Time {
        self.row.at
    }

    /// What it tells of the connection, once it has ended.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + use<> {
        let row = &self.row;
        let (is_good, is_known) = (row.status < 400, row.token_id.is_some());
        let is_write = is_good && matches!(row.method.as_str(), "POST" | "PUT" | "PATCH");
        let below = |noun: &str| row.path.strip_prefix("/scim/v2/").is_some_and(|path| path.starts_with(noun));
        let is_test = row.method == "GET" && below("Users") && row.query.as_deref() == Some(OKTAS_TEST);
        let marks = [
            (Mark::ScimAnswered, is_good && is_known),
            (Mark::ScimTested, is_good && is_known && is_test),
            (Mark::UserPushed, is_write && below("Users") && !row.path.ends_with("/.search")),
            (Mark::GroupPushed, is_write && below("Groups") && !row.path.ends_with("/.search")),
        ];
        marks.into_iter().filter(|(_, is_seen)| *is_seen).map(|(mark, _)| mark)
    }

    fn into_row(self) -> LoggedRequest {
        let body = self.row.body.or_else(|| masked(&self.body));
        LoggedRequest { body, ..self.row }
    }
}

fn cut(text: &str, most: usize) -> String {
    without_tokens(text).chars().take(most).collect()
}

/// How tokens and keys of ours begin.
const OURS: [&str; 2] = ["rc_scim_", "rc_key_"];

/// Whether a text holds what looks like a token or a key of ours.
pub(super) fn tells_token(text: &str) -> bool {
    OURS.iter().any(|begin| text.contains(begin))
}

/// A text in which whatever looks like a token or a key of ours is masked: people put them into the wrong field.
pub(super) fn without_tokens(text: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = OURS.iter().filter_map(|begin| rest.find(begin)).min() {
        let (before, token) = rest.split_at(at);
        let end = token.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(token.len());
        shown.push_str(before);
        shown.push_str(MASKED);
        rest = &token[end..];
    }
    shown + rest
}

/// A path as it may be told: without the segments that name a secret, and whatever follows the first of them.
pub(super) fn told_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') && !tells_token(path) && !names_secret(path) {
        return Cow::Borrowed(path);
    }
    let mut is_told = true;
    let segments = path.split('/').map(|segment| {
        is_told &= !carries_secret(segment);
        if is_told { segment } else { MASKED }
    });
    without_tokens(&segments.collect::<Vec<_>>().join("/")).into()
}

/// A query with the values of parameters masked that name a secret, or that nobody here knows.
fn masked_query(query: &str) -> String {
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if carries_secret(parameter) || !is_kept(name) => format!("{}={MASKED}", told(name)),
        None if carries_secret(parameter) => MASKED.to_owned(),
        _ => parameter.to_owned(),
    });
    cut(&parameters.collect::<Vec<_>>().join("&"), MAX_TEXT)
}

fn is_kept(parameter: &str) -> bool {
    KEPT_PARAMETERS.iter().any(|kept| kept.eq_ignore_ascii_case(parameter))
}

/// Whether a part of an address names a secret, once it is decoded.
fn carries_secret(part: &str) -> bool {
    form_urlencoded::parse(part.as_bytes()).any(|(name, value)| names_secret(&name) || names_secret(&value))
}

/// A name, unless it is that of a secret and more.
fn told(name: &str) -> &str {
    if is_telling(name, name) { MASKED } else { name }
}

fn count(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// A body as it may be kept: JSON with the values of secrets masked. What is no JSON is told by its size, because
/// nobody can say what is in it.
fn masked(body: &Bytes) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let size = || Some(format!("({} bytes, not kept)", body.len()));
    if body.len() > MAX_BODY {
        return size();
    }
    let Ok(mut value) = body::parse(body, body::Concern::Person) else { return size() };
    mask(&mut value);
    Some(without_tokens(&value.to_string()))
}

/// Masks what is named as a secret, and every text that names one: it may hold it as well.
fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // A PATCH can name the secret in its path and carry it in whatever stands beside that.
            let is_secret = map.iter().any(|(key, inner)| is_choice(key) && mentions_secret(inner));
            for (key, mut inner) in mem::take(map) {
                if names_secret(&key) || (is_secret && !is_verb(&inner)) {
                    inner = Value::String(MASKED.to_owned());
                }
                mask(&mut inner);
                map.insert(told(&key).to_owned(), inner);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::String(text) if names_secret(text) => MASKED.clone_into(text),
        _ => {}
    }
}

/// How long such a key may be, in bytes, with whatever is not seen in it.
const LONGEST_CHOICE: usize = 64;

/// Whether a key is one whose value says what the other values beside it are about.
fn is_choice(key: &str) -> bool {
    key.len() <= LONGEST_CHOICE && ["path", "filter"].contains(&fold(&seen(key)).trim())
}

/// Whether a value says no more than what a PATCH does.
fn is_verb(value: &Value) -> bool {
    value.as_str().is_some_and(|text| ["add", "replace", "remove"].iter().any(|verb| verb.eq_ignore_ascii_case(text)))
}

/// Whether any text or name in a value is about a secret.
fn mentions_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => names_secret(text),
        Value::Array(list) => list.iter().any(mentions_secret),
        Value::Object(map) => map.iter().any(|(key, inner)| names_secret(key) || mentions_secret(inner)),
        _ => false,
    }
}

#[derive(Default)]
struct Waiting {
    requests: Vec<Logged>,
    /// Rows that could not be written last time.
    kept: Vec<LoggedRequest>,
    bytes: usize,
    dropped: u64,
    /// Since when strangers are counted, and how many there were.
    strangers: Option<(Time, u32)>,
    used: HashMap<Id, Time>,
}

impl Waiting {
    /// Counts a request without a good token; tells whether the window has had its share.
    fn is_crowded(&mut self, at: Time) -> bool {
        let (since, count) = self.strangers.filter(|(since, _)| at < since.plus(STRANGER_WINDOW)).unwrap_or((at, 0));
        self.strangers = Some((since, count.saturating_add(1)));
        count >= MAX_STRANGERS
    }
}

/// The buffer.
#[derive(Default)]
pub struct RequestLog(Mutex<Waiting>);

impl RequestLog {
    /// Adds a request, or counts it as dropped when there is no room.
    pub fn push(&self, mut logged: Logged) {
        if logged.body.len() > MAX_BODY {
            // Only its size will be told: the bytes need not wait.
            logged.row.body = masked(&logged.body);
            logged.body = Bytes::new();
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.row.token_id.is_none() {
            if waiting.is_crowded(logged.row.at) {
                waiting.dropped += 1;
                return;
            }
            logged.row.path = cut(&logged.row.path, MAX_STRANGER_TEXT);
            logged.row.query = logged.row.query.map(|query| cut(&query, MAX_STRANGER_TEXT));
        }
        if waiting.requests.len() + waiting.kept.len() >= MAX_WAITING
            || waiting.bytes + logged.body.len() > MAX_WAITING_BYTES
        {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += logged.body.len();
        waiting.requests.push(logged);
    }

    /// Notes that a token let a request in.
    pub fn used(&self, token: Id, at: Time) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = waiting.used.entry(token).or_insert(at);
        *last = (*last).max(at);
    }

    /// Writes what waits. What cannot be written waits for the next time, as long as there is room for it.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn flush(&self, db: &Db, ctx: &Ctx) -> Result<()> {
        let waiting = {
            let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let strangers = guard.strangers;
            mem::replace(&mut *guard, Waiting { strangers, ..Waiting::default() })
        };
        if waiting.dropped > 0 {
            tracing::warn!(dropped = waiting.dropped, "SCIM requests were left out of the request log");
        }
        let mut rows = waiting.kept;
        for logged in waiting.requests {
            rows.push(logged.into_row());
            // Bodies are read again here: others have their turn between them.
            tokio::task::yield_now().await;
        }
        if rows.is_empty() && waiting.used.is_empty() {
            return Ok(());
        }
        let work = (rows, waiting.used);
        let written = db.unit(ctx, &work, |tx, (rows, used)| {
            Box::pin(async move {
                scim_requests::insert(tx, rows).await?;
                for (token, at) in used {
                    scim_tokens::mark_used(tx, *token, *at).await?;
                }
                Ok(())
            })
        });
        written.await.inspect_err(|_| self.keep(work.0, work.1))
    }

    fn keep(&self, rows: Vec<LoggedRequest>, used: HashMap<Id, Time>) {
        let bytes: usize = rows.iter().filter_map(|row| row.body.as_ref()).map(String::len).sum();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (token, at) in used {
            let last = waiting.used.entry(token).or_insert(at);
            *last = (*last).max(at);
        }
        if rows.len() + waiting.requests.len() > MAX_WAITING || bytes + waiting.bytes > MAX_WAITING_BYTES {
            waiting.dropped += rows.len() as u64;
            return;
        }
        waiting.bytes += bytes;
        waiting.kept = rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked_text(body: &str) -> String {
        masked(&Bytes::from(body.to_owned())).expect("a body")
    }

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        for body in [
            r#"{"password":"s3cret"}"#,
            r#"{"PassWord":"s3cret"}"#,
            r#"{"Operations":[{"op":"replace","value":{"password":"s3cret"}}]}"#,
            r#"{"Operations":[{"op":"replace","path":"password","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","value":{"urn:ietf:params:scim:schemas:core:2.0:User:password":"s3cret"}}]}"#,
            r#"{"Operations":[{"Path":"urn:ietf:params:scim:schemas:core:2.0:User:password","Value":["s3cret"]}]}"#,
            r#"{"Operations":[{"op":"add","path":"password.value","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","path":"password[type eq \"x\"]","values":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","path":["password"],"value":"s3cret"}]}"#,
            r#"{"Operations":[{"path":"password","path":"title","value":"s3cret"}]}"#,
            r#"{"password ":"s3cret","name.password":"s3cret","creds":{"userPassword":"s3cret"}}"#,
            r#"{"Operations":[{"op":"remove","path":"password[value eq \"s3cret\"]"}]}"#,
            r#"{"Operations":[{"op":"remove","path":"emails[password eq \"s3cret\"]"}]}"#,
            r#"{"Operations":[{"op":"remove","path":"password eq \"s3cret\""}]}"#,
            r#"{"Operations":[{"op":"add","path":"password,","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","path":"(password)","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","path":"password\\","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","path":"\"password\"","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"add","pa\u00adth":"pass\u00adword","value":"s3cret"}]}"#,
            r#"{"Operations":[{"op":"s3cret","path":"password"}]}"#,
            r#"{"Operations":[{"op":"add","value":{"emails[password eq \"s3cret\"]":"x"}}]}"#,
            r#"{"filter":"password eq \"s3cret\"","count":2}"#,
            r#"{"note":"my password: s3cret","newPassword":"s3cret","user_password":"s3cret"}"#,
        ] {
            assert!(!masked_text(body).contains("s3cret"), "{body}");
        }
    }

    #[test]
    fn what_a_masked_operation_does_is_still_told() {
        let body = masked_text(
            r#"{"Operations":[{"op":"Add","path":"password","value":"s3cret"},{"op":"add","path":"title"}]}"#,
        );
        assert_eq!(
            body,
            r#"{"Operations":[{"op":"Add","path":"(masked)","value":"(masked)"},{"op":"add","path":"title"}]}"#
        );
    }

    #[test]
    fn an_address_that_names_a_secret_does_not_tell_it() {
        for query in [
            "filter=password%20eq%20%22s3cret%22",
            "filter=pass%C2%ADword+eq+%22s3cret%22",
            "filter=emails%5bpassword+eq+%22s3cret%22%5d&count=2",
            "password%20eq%20s3cret",
            "password%20eq%20s3cret=1",
        ] {
            assert!(!masked_query(query).contains("s3cret"), "{query}");
        }
        assert_eq!(masked_query("filter=password+pr&count=2&password=x"), "filter=(masked)&count=2&password=(masked)");
        assert_eq!(told_path("/scim/v2/Users/password=s3cret"), "/scim/v2/Users/(masked)");
        assert_eq!(told_path("/scim/v2/Users/password/s3cret"), "/scim/v2/Users/(masked)/(masked)");
        assert_eq!(told_path("/scim/v2/Users/p%61ssword=s3cret"), "/scim/v2/Users/(masked)");
        assert_eq!(told_path("/scim/v2/Users/7"), "/scim/v2/Users/7");
    }

    #[test]
    fn only_known_parameters_keep_their_values() {
        let query =
            masked_query("filter=userName%20eq%20%22a%22&password=s3cret&count=2&access_token=s3cret&aadOptscim062020");
        assert!(
            query.contains("userName") && query.contains("count=2") && query.ends_with("&aadOptscim062020"),
            "{query}"
        );
        assert!(!query.contains("s3cret"), "{query}");
    }

    #[test]
    fn a_token_of_ours_is_masked_wherever_somebody_put_it() {
        let token = "rc_scim_18c69a03e556_a2a401134f6f4db0c70cf3e1e9c38e8e";
        assert_eq!(cut(&format!("/scim/v2/Users/{token}"), 100), "/scim/v2/Users/(masked)");
        assert_eq!(
            masked_query(&format!("filter=id%20eq%20%22{token}%22&count=2")),
            "filter=id%20eq%20%22(masked)%22&count=2"
        );
        let body = masked_text(&format!(r#"{{"title":"{token}","nickName":"rc_key_ab_cd and {token}"}}"#));
        assert_eq!(body, r#"{"title":"(masked)","nickName":"(masked) and (masked)"}"#);
        assert_eq!(cut("no token, rc_other_1", 100), "no token, rc_other_1");
    }

    #[test]
    fn what_is_no_json_is_told_by_its_size() {
        assert_eq!(masked_text("password=s3cret"), "(15 bytes, not kept)");
    }
}
