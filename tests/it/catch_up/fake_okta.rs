//! A stand-in for Okta's API: the System Log as documented, with the troubles that a test asks for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use rollcall::clock::Time;
use rollcall::okta::api::Org;
use rollcall::okta_client::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The token that it wants.
pub const TOKEN: &str = "00fake-token-of-a-read-only-administrator";

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The rate limit is used up, for as many seconds.
    Limited(u64),
    /// This status, with an error of Okta's.
    Status(u16),
    /// A page of this text.
    Text(&'static str),
    /// The page says nothing of where the log goes on.
    NoNext,
    /// The log goes on there.
    Next(String),
    /// No answer at all.
    Silence,
    /// So much of the limit is left: (limit, remaining, seconds to the reset).
    Left(u64, u64, u64),
}

/// What it holds and has seen.
#[derive(Default)]
pub struct Log {
    /// The events, in the order of their arrival.
    pub events: Vec<Value>,
    /// What goes wrong, request by request.
    pub troubles: VecDeque<Trouble>,
    /// The queries that came.
    pub asked: Vec<HashMap<String, String>>,
    /// What else it lists, by path below `/api/v1/`; the accounts that it leaves out by itself under `users deprovisioned`.
    pub lists: HashMap<String, Vec<Value>>,
    /// What else it holds, one by one, by path below `/api/v1/`.
    pub objects: HashMap<String, Value>,
    /// The paths that were asked for, beside the log.
    pub paths: Vec<String>,
    /// Pages of lists that are refused: path, and how many items come before.
    pub refused: Vec<(String, usize)>,
    /// Places of another age are not known.
    pub age: u64,
    origin: String,
}

/// A running stand-in.
#[derive(Clone)]
pub struct FakeOkta {
    log: Arc<Mutex<Log>>,
    origin: String,
}

impl FakeOkta {
    /// Starts one with an empty log.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Log { origin: origin.clone(), ..Log::default() }));
        let router = Router::new().route("/api/v1/logs", get(logs)).fallback(lists).with_state(Arc::clone(&log));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { log, origin }
    }

    /// What it holds.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("the log")
    }

    /// Where it listens.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(Org::parse(&self.origin).expect("an org"), TOKEN.into()).expect("a client")
    }

    /// Has something go wrong with the next request.
    pub fn trouble(&self, trouble: Trouble) {
        self.log().troubles.push_back(trouble);
    }

    /// The query of the newest request.
    pub fn last_asked(&self) -> HashMap<String, String> {
        self.log().asked.last().cloned().expect("a request")
    }
}

fn answer(status: u16, headers: &[(&str, String)], body: String) -> Response<Body> {
    let with = |answer: axum::http::response::Builder, (name, value): &(&str, String)| answer.header(*name, value);
    let answer = headers.iter().fold(Response::builder().status(status), with);
    answer.body(Body::from(body)).expect("an answer")
}

fn refusal(status: u16, headers: &[(&str, String)], code: &str) -> Response<Body> {
    answer(status, headers, json!({ "errorCode": code, "errorSummary": "told by the stand-in" }).to_string())
}

fn limits(limit: u64, remaining: u64, seconds: u64) -> Vec<(&'static str, String)> {
    let now = chrono::DateTime::parse_from_rfc3339("2026-03-02T12:00:00Z").expect("noon");
    vec![
        ("date", "Mon, 02 Mar 2026 12:00:00 GMT".to_owned()),
        ("x-rate-limit-limit", limit.to_string()),
        ("x-rate-limit-remaining", remaining.to_string()),
        ("x-rate-limit-reset", (now.timestamp() + i64::try_from(seconds).expect("seconds")).to_string()),
    ]
}

async fn logs(
    State(log): State<Arc<Mutex<Log>>>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response<Body> {
    let (reply, is_silent) = reply(&mut log.lock().expect("the log"), &headers, &query);
    if is_silent {
        std::future::pending::<()>().await;
    }
    reply
}

fn reply(log: &mut Log, headers: &HeaderMap, query: &HashMap<String, String>) -> (Response<Body>, bool) {
    let wanted = format!("SSWS {TOKEN}");
    if headers.get("authorization").is_none_or(|given| given != wanted.as_str()) {
        return (refusal(401, &[], "E0000011"), false);
    }
    let place = query.get("after").map(|after| after.split_once('-').expect("a place of ours"));
    let place =
        place.map(|(age, number)| (age.parse::<u64>().expect("an age"), number.parse::<usize>().expect("a number")));
    log.asked.push(query.clone());
    let trouble = log.troubles.pop_front();
    let mut said = Vec::new();
    match &trouble {
        Some(Trouble::Limited(seconds)) => return (refusal(429, &limits(120, 0, *seconds), "E0000047"), false),
        Some(Trouble::Status(status)) => return (refusal(*status, &[], "E0000009"), false),
        Some(Trouble::Silence) => return (answer(200, &[], String::new()), true),
        Some(Trouble::Left(limit, remaining, seconds)) => said = limits(*limit, *remaining, *seconds),
        _ => {}
    }
    let begin = match place {
        Some((age, _)) if age != log.age => return (refusal(400, &[], "E0000031"), false),
        Some((_, number)) => number,
        None => 0,
    };
    let (page, end) = page(log, query, begin);
    let next = match &trouble {
        Some(Trouble::NoNext) => None,
        Some(Trouble::Next(url)) => Some(url.clone()),
        _ => Some(next(log, query, end)),
    };
    said.extend(
        next.map(|next| ("link", format!("<{}/api/v1/logs>; rel=\"self\", <{next}>; rel=\"next\"", log.origin))),
    );
    let body = if let Some(Trouble::Text(text)) = trouble { text.to_owned() } else { Value::from(page).to_string() };
    (answer(200, &said, body), false)
}

/// What has arrived since a place and was published since a moment, and the place after it.
fn page(log: &Log, query: &HashMap<String, String>, begin: usize) -> (Vec<Value>, usize) {
    let limit: usize = query["limit"].parse().expect("a limit");
    let since = Time::parse(&query["since"]).expect("a moment");
    let (mut page, mut end) = (Vec::new(), begin);
    while end < log.events.len() && page.len() < limit {
        let event = &log.events[end];
        if Time::parse(event["published"].as_str().expect("a moment")).expect("RFC 3339") >= since {
            page.push(event.clone());
        }
        end += 1;
    }
    (page, end)
}

fn next(log: &Log, query: &HashMap<String, String>, end: usize) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for name in ["since", "limit", "sortOrder", "filter"] {
        text.append_pair(name, &query[name]);
    }
    text.append_pair("after", &format!("{}-{end}", log.age));
    format!("{}/api/v1/logs?{}", log.origin, text.finish())
}

/// Items on a page of a list: few, so that there are several pages.
const ITEMS: usize = 2;

async fn lists(
    State(log): State<Arc<Mutex<Log>>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response<Body> {
    let mut log = log.lock().expect("the log");
    let wanted = format!("SSWS {TOKEN}");
    if headers.get("authorization").is_none_or(|given| given != wanted.as_str()) {
        return refusal(401, &[], "E0000011");
    }
    let path = uri.path().trim_start_matches("/api/v1/");
    log.paths.push(path.to_owned());
    match log.troubles.pop_front() {
        Some(Trouble::Limited(seconds)) => return refusal(429, &limits(120, 0, seconds), "E0000047"),
        Some(Trouble::Status(status)) => return refusal(status, &[], "E0000009"),
        Some(Trouble::Text(text)) => return answer(200, &[], text.to_owned()),
        _ => {}
    }
    if let Some(object) = log.objects.get(path) {
        return answer(200, &[], object.to_string());
    }
    let is_other = query.get("filter").is_some_and(|filter| filter == "status eq \"DEPROVISIONED\"");
    let name = if is_other { format!("{path} deprovisioned") } else { path.to_owned() };
    let Some(list) = log.lists.get(&name) else { return refusal(404, &[], "E0000007") };
    let begin: usize = query.get("after").map_or(0, |after| after.parse().expect("a place"));
    if log.refused.contains(&(name, begin)) {
        return refusal(403, &[], "E0000006");
    }
    let end = (begin + ITEMS).min(list.len());
    let more = (end < list.len()).then(|| {
        let mut text = form_urlencoded::Serializer::new(String::new());
        query.iter().filter(|(name, _)| *name != "after").for_each(|(name, value)| {
            text.append_pair(name, value);
        });
        let next = format!("{}{}?{}", log.origin, uri.path(), text.append_pair("after", &end.to_string()).finish());
        ("link", format!("<{next}>; rel=\"next\""))
    });
    answer(200, more.as_slice(), Value::from(list[begin..end].to_vec()).to_string())
}
