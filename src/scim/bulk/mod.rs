//! Bulk (RFC 7644 §3.7): many operations in one request, each as if it came by itself.
//!
//! A request is read into a `Job`, which hands out one operation at a time, those that others refer to before those
//! that refer to them, and takes its outcome back. What an operation does is not known here.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Map, Value, json};

use super::error::{self, ScimError};
use super::patch::named;
use super::schema::{BULK_REQUEST_URN, BULK_RESPONSE_URN, GROUP, ResourceType, USER};
use super::search::check_schema;
use super::text::excerpt;

mod references;
#[cfg(test)]
mod tests;

use references::{Need, fill, needs};

/// The most operations of one request.
pub const MAX_OPERATIONS: usize = 1_000;
/// The largest body of one request, in bytes.
pub const MAX_PAYLOAD: usize = 1024 * 1024;

/// The status of what passes by itself: what refers to it is put off as well.
const PUT_OFF: u16 = 429;
/// The status of a reference that leads nowhere (RFC 7644 §3.7.1).
const CONFLICT: u16 = 409;

/// What an operation does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Makes one.
    Post,
    /// Replaces it.
    Put,
    /// Changes parts of it.
    Patch,
    /// Takes it away.
    Delete,
}

const METHODS: [(&str, Method); 4] =
    [("POST", Method::Post), ("PUT", Method::Put), ("PATCH", Method::Patch), ("DELETE", Method::Delete)];

/// The kinds of resources that operations may concern.
static CONCERNED: [&ResourceType; 2] = [&USER, &GROUP];

/// One operation, as it would be a request of its own.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What to do.
    pub method: Method,
    /// With what kind of resource.
    pub resource: &'static ResourceType,
    /// The id behind the endpoint; none for POST.
    pub id: Option<String>,
    /// What `If-Match` would say.
    pub version: Option<String>,
    /// The body; none for DELETE.
    pub data: Option<Value>,
}

/// How an operation ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The status it would have been answered with.
    pub status: u16,
    /// The address of the resource, when it is known.
    pub location: Option<String>,
    /// The entity tag of the resource after it.
    pub version: Option<String>,
    /// The error body, of a refusal.
    pub refusal: Option<Value>,
}

impl Outcome {
    /// A refusal.
    fn refused(status: u16, error: Value) -> Self {
        Self { status, location: None, version: None, refusal: Some(error) }
    }
}

/// Why a whole request is refused. Nothing of it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has more operations than the server takes (413).
    TooMany,
    /// Operations wait for each other, with the sentence that names them (409).
    Circular(String),
    /// It cannot be read (400).
    Unreadable(ScimError),
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self::Unreadable(error)
    }
}

/// An operation as it was sent, and as it was understood.
struct Sent {
    method: Option<String>,
    bulk_id: Option<String>,
    /// The path, when it names a resource by its id.
    place: Option<String>,
    read: Result<Operation, ScimError>,
}

/// A request under way.
pub struct Job {
    /// What stands before the paths of operations.
    base: String,
    sent: Vec<Sent>,
    left: VecDeque<usize>,
    under_way: usize,
    /// What became of the resources that operations refer to: the id, or the status of the refusal.
    made: HashMap<String, Result<String, u16>>,
    answers: BTreeMap<usize, Value>,
    errors: usize,
    accepted_errors: usize,
}

impl Job {
    /// Reads a request. An operation that cannot be read is refused by itself, when its turn comes.
    ///
    /// # Errors
    /// What concerns the request as a whole: another schema, no list of operations or too many, a `failOnErrors` that is no number, a
    /// `bulkId` given twice, operations that wait for each other.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        let body = body.as_object().ok_or_else(|| ScimError::syntax("The body must be a JSON object"))?;
        let Some(Value::Array(list)) = named(body, "Operations")? else {
            return Err(ScimError::syntax("The body must be an object with a list of Operations").into());
        };
        check_schema(body, BULK_REQUEST_URN)?;
        if list.len() > MAX_OPERATIONS {
            return Err(Refusal::TooMany);
        }
        let accepted_errors = accepted_errors(named(body, "failOnErrors")?)?;
        let mut sent: Vec<Sent> = list.iter().enumerate().map(|(index, one)| Sent::read(index, one)).collect();
        let left = references::order(&mut sent)?.into();
        let (made, answers) = (HashMap::new(), BTreeMap::new());
        Ok(Self { base: String::new(), sent, left, under_way: 0, made, answers, errors: 0, accepted_errors })
    }

    /// The same, with the URL that the paths of operations are below: what is refused before it is tried has a location
    /// too (RFC 7644 §3.7.3).
    #[must_use]
    pub fn below(self, base: String) -> Self {
        Self { base, ..self }
    }

    /// The next operation, with the ids in place that it refers to; none when all are done or too many were refused.
    /// Those that cannot be tried are refused on the way.
    pub fn next_operation(&mut self) -> Option<Operation> {
        while self.errors < self.accepted_errors {
            self.under_way = self.left.pop_front()?;
            match self.ready() {
                Ok(operation) => return Some(operation),
                Err((status, error)) => self.answer(Outcome::refused(status, error)),
            }
        }
        None
    }

    /// The operation under way with its references resolved, or why it cannot be tried.
    fn ready(&self) -> Result<Operation, (u16, Value)> {
        let refused = |error: &ScimError| (400, error::body(400, Some(error.kind), &error.detail));
        let mut operation = self.sent[self.under_way].read.clone().map_err(|error| refused(&error))?;
        let failed = needs(&mut operation).into_iter().find_map(|Need(name)| match self.made.get(&name) {
            Some(Ok(_)) => None,
            Some(Err(status)) => Some((name, *status)),
            None => Some((name, CONFLICT)),
        });
        if let Some((name, status)) = failed {
            return Err(without(&name, status));
        }
        fill(&mut operation, |name| self.made.get(name)?.as_ref().ok().cloned());
        Ok(operation)
    }

    /// Takes the outcome of the operation that was handed out last.
    pub fn answer(&mut self, outcome: Outcome) {
        let sent = &self.sent[self.under_way];
        let is_error = outcome.refusal.is_some();
        if let (Some(name), true) = (&sent.bulk_id, sent.is_post()) {
            let id = outcome.location.as_deref().and_then(|location| location.rsplit('/').next());
            let made = id.filter(|_| !is_error).map(str::to_owned).ok_or(outcome.status);
            self.made.insert(name.clone(), made);
        }
        self.errors += usize::from(is_error);
        let location = outcome.location.or_else(|| Some(format!("{}{}", self.base, sent.place.as_ref()?)));
        self.answers.insert(self.under_way, told(sent, Outcome { location, ..outcome }));
    }

    /// The answer: what became of each operation that was tried, in the order of the request (RFC 7644 §3.7.3).
    #[must_use]
    pub fn into_response(self) -> Value {
        json!({ "schemas": [BULK_RESPONSE_URN], "Operations": self.answers.into_values().collect::<Vec<_>>() })
    }
}

/// The refusal of what refers to a resource that was not made.
fn without(name: &str, status: u16) -> (u16, Value) {
    let status = if status == PUT_OFF { PUT_OFF } else { CONFLICT };
    let what = if status == PUT_OFF { "was put off; send both again" } else { "was refused" };
    let detail = format!("It refers to bulkId:{}, and the operation with that bulkId {what}.", excerpt(name));
    (status, error::body(status, None, &detail))
}

/// One entry of the answer.
fn told(sent: &Sent, outcome: Outcome) -> Value {
    let mut entry = Map::new();
    let mut say = |name: &str, value: Option<Value>| value.and_then(|value| entry.insert(name.to_owned(), value));
    say("location", outcome.location.map(Value::String));
    say("method", sent.method.clone().map(Value::String));
    say("bulkId", sent.bulk_id.clone().map(Value::String));
    say("version", outcome.version.map(Value::String));
    say("status", Some(outcome.status.to_string().into()));
    say("response", outcome.refusal);
    Value::Object(entry)
}

/// After how many refusals to stop; as many as there may be when nothing is said.
fn accepted_errors(sent: Option<&Value>) -> Result<usize, ScimError> {
    match sent {
        None | Some(Value::Null) => Ok(usize::MAX),
        Some(sent) => sent
            .as_u64()
            .filter(|number| *number > 0)
            .map(|number| usize::try_from(number).unwrap_or(usize::MAX))
            .ok_or_else(|| ScimError::value("failOnErrors must be a whole number above 0")),
    }
}

impl Sent {
    /// Whether it was sent to make something, also when it cannot be read: whoever refers to it must learn so. What the
    /// other methods call themselves makes nothing and stands in nobody's way.
    fn is_post(&self) -> bool {
        self.method.as_deref() == Some("POST")
    }

    fn read(index: usize, sent: &Value) -> Self {
        let Some(fields) = sent.as_object() else {
            let error = ScimError::syntax(format!("Operations[{index}] must be an object"));
            return Self { method: None, bulk_id: None, place: None, read: Err(error) };
        };
        let said = |name| text(fields, name).ok().flatten().map(str::to_owned);
        let located = |error: ScimError| ScimError { detail: format!("Operations[{index}]: {error}").into(), ..error };
        Self {
            method: said("method").map(|method| excerpt(&method).to_ascii_uppercase()),
            bulk_id: said("bulkId").filter(|name| !name.is_empty()),
            place: place(fields),
            read: operation(fields).map_err(located),
        }
    }
}

/// Reads one operation; its references are still in it.
fn operation(fields: &Map<String, Value>) -> Result<Operation, ScimError> {
    let method = method(text(fields, "method")?)?;
    let (resource, id) = target(method, text(fields, "path")?)?;
    if text(fields, "bulkId")?.is_none_or(str::is_empty) && method == Method::Post {
        return Err(ScimError::value("bulkId is required for POST"));
    }
    let version = text(fields, "version")?.map(str::to_owned);
    let data = named(fields, "data")?.filter(|_| method != Method::Delete).cloned();
    if method != Method::Delete && !data.as_ref().is_some_and(Value::is_object) {
        return Err(ScimError::syntax("data must be an object"));
    }
    Ok(Operation { method, resource, id, version, data })
}

/// The path of an operation on one resource, whatever else is wrong with it; an id that is not known yet names none.
fn place(fields: &Map<String, Value>) -> Option<String> {
    let method = method(text(fields, "method").ok()?).ok()?;
    let (resource, id) = target(method, text(fields, "path").ok()?).ok()?;
    let id = id.filter(|id| !id.starts_with(references::PREFIX))?;
    Some(format!("{}/{id}", resource.endpoint))
}

/// A field that is text or not there.
fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> Result<Option<&'f str>, ScimError> {
    match named(fields, name)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ScimError::value(format!("{name} must be a string"))),
    }
}

fn method(sent: Option<&str>) -> Result<Method, ScimError> {
    let known = METHODS.iter().find(|(name, _)| sent.is_some_and(|sent| name.eq_ignore_ascii_case(sent)));
    let refusal = || ScimError::syntax("method must be POST, PUT, PATCH or DELETE");
    known.map(|(_, method)| *method).ok_or_else(refusal)
}

/// What a path below the base URL names: `/Users` for POST, `/Users/{id}` for the others.
fn target(method: Method, path: Option<&str>) -> Result<(&'static ResourceType, Option<String>), ScimError> {
    let refusal = || {
        ScimError::syntax(match method {
            Method::Post => "path must be /Users or /Groups for POST",
            _ => "path must be /Users/{id} or /Groups/{id} for PUT, PATCH and DELETE",
        })
    };
    let path = path.unwrap_or_default().trim_start_matches('/');
    let (name, id) = path.split_once('/').map_or((path, None), |(name, id)| (name, Some(id)));
    let resource = CONCERNED.iter().find(|resource| resource.endpoint.trim_start_matches('/') == name);
    let resource = resource.ok_or_else(refusal)?;
    let id = id.filter(|id| !id.is_empty());
    if id.is_some() == (method == Method::Post) || id.is_some_and(|id| id.contains(['/', '?'])) {
        return Err(refusal());
    }
    Ok((resource, id.map(str::to_owned)))
}
