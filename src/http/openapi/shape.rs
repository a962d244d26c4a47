//! What a request takes and an answer holds, as constants: the words an operation is written in.

use serde_json::{Map, Value, json};

use crate::http::api::pages::LARGEST_PAGE;
use crate::model::words::Word;

/// A kind of value.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// An id of a row.
    Id,
    /// A moment, RFC 3339.
    Moment,
    /// A whole number within these bounds.
    Whole(i64, i64),
    /// True or false.
    Flag,
    /// Any JSON.
    Any,
    /// One of a closed list of words.
    Word(fn() -> Vec<&'static str>),
    /// A list.
    List(&'static Kind),
    /// An object of these fields.
    Object(&'static [Field]),
    /// The same, or null.
    Nullable(&'static Kind),
}

impl Kind {
    /// Whether a body of this kind has to be sent.
    #[must_use]
    pub fn is_demanded(self) -> bool {
        match self {
            Self::Object(fields) => fields.iter().any(|field| !field.optional),
            _ => true,
        }
    }
}

/// A field of an object, or a parameter.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A field that is always there.
#[must_use]
pub const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, optional: false }
}

/// A field that may be left out.
#[must_use]
pub const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, optional: true }
}

/// The words of a closed list.
#[must_use]
pub fn words<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.as_str()).collect()
}

/// A number of which only the sign is known.
pub const COUNT: Kind = Kind::Whole(0, i64::MAX);
/// A text, or null.
pub const TEXT_OR_NULL: Kind = Kind::Nullable(&Kind::Text);
/// An id, or null.
pub const ID_OR_NULL: Kind = Kind::Nullable(&Kind::Id);
/// A moment, or null.
pub const MOMENT_OR_NULL: Kind = Kind::Nullable(&Kind::Moment);

/// How many rows of a list are asked for.
pub const LIMIT: Field = may("limit", Kind::Whole(1, LARGEST_PAGE as i64));
/// Where the next page of a list begins.
pub const NEXT: Field = must("nextCursor", TEXT_OR_NULL);

/// How an operation answers when it does what was asked.
#[derive(Clone, Copy)]
pub enum Answers {
    /// With this status and an object.
    Json(u16, &'static [Field]),
    /// With one of these statuses and an object.
    Either(&'static [u16], &'static [Field]),
    /// With 303 and where to go on.
    Elsewhere,
    /// With 204 and nothing.
    Nothing,
    /// With 200 and something of one of these media types.
    Media(&'static [&'static str]),
}

/// An operation: what stands in the document beside what the route page knows.
pub struct Operation {
    /// Method and path, as the route page spells them.
    pub route: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// What `{id}` in the path is.
    pub id: Kind,
    /// Its parameters.
    pub query: &'static [Field],
    /// Its body, where it takes one.
    pub takes: Option<Kind>,
    /// How it answers.
    pub answers: Answers,
    /// Whether it shows something under its version, which a PATCH may name.
    pub versioned: bool,
}

impl Operation {
    /// An operation that takes nothing.
    #[must_use]
    pub const fn of(route: &'static str, summary: &'static str, answers: Answers) -> Self {
        Self { route, summary, id: Kind::Id, query: &[], takes: None, answers, versioned: false }
    }

    /// The same with parameters.
    #[must_use]
    pub const fn asks(self, query: &'static [Field]) -> Self {
        Self { query, ..self }
    }

    /// The same where `{id}` is no id of ours.
    #[must_use]
    pub const fn named(self, id: Kind) -> Self {
        Self { id, ..self }
    }

    /// The same with an `ETag`.
    #[must_use]
    pub const fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    /// The same with a body.
    #[must_use]
    pub const fn takes(self, kind: Kind) -> Self {
        Self { takes: Some(kind), ..self }
    }
}

/// A kind as JSON Schema. What is sent to us may hold no other fields; what we send may hold more one day.
#[must_use]
pub fn schema(kind: Kind, is_sent_to_us: bool) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Id => json!({ "type": "string", "format": "uuid" }),
        Kind::Moment => json!({ "type": "string", "format": "date-time" }),
        Kind::Whole(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Any => json!({}),
        Kind::Word(words) => json!({ "type": "string", "enum": words() }),
        Kind::List(of) => json!({ "type": "array", "items": schema(*of, is_sent_to_us) }),
        Kind::Nullable(of) => json!({ "anyOf": [schema(*of, is_sent_to_us), { "type": "null" }] }),
        Kind::Object(fields) => object(fields, is_sent_to_us),
    }
}

fn object(fields: &[Field], is_sent_to_us: bool) -> Value {
    let property = |field: &Field| (field.name.to_owned(), schema(field.kind, is_sent_to_us));
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let required: Vec<&str> = fields.iter().filter(|field| !field.optional).map(|field| field.name).collect();
    let mut whole = json!({ "type": "object", "properties": properties, "required": required });
    if is_sent_to_us {
        whole["additionalProperties"] = false.into();
    }
    whole
}
