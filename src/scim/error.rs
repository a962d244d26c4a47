//! What a SCIM request can get wrong, in the words of RFC 7644 §3.12.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::schema::ERROR_URN;
#[cfg(doc)]
use super::text::MAX_EXCERPT;

/// The `scimType` of a 400 or 409 answer (RFC 7644 table 9, RFC 9865).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter does not parse, or compares what cannot be compared.
    InvalidFilter,
    /// The value is taken.
    Uniqueness,
    /// The attribute may not be written this way.
    Mutability,
    /// The body is not what the endpoint takes.
    InvalidSyntax,
    /// The PATCH path does not parse or names nothing of the schema.
    InvalidPath,
    /// The PATCH path is missing, or points at nothing that could be changed.
    NoTarget,
    /// A value of the wrong type, form or size.
    InvalidValue,
    /// A cursor that was altered or made for something else (RFC 9865).
    InvalidCursor,
    /// A cursor that is too old (RFC 9865).
    ExpiredCursor,
    /// A count that is no number, with a cursor (RFC 9865).
    InvalidCount,
    /// More than the server is willing to give in one answer.
    TooMany,
}

impl ScimType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
            Self::TooMany => "tooMany",
        }
    }
}

/// The body of an error (RFC 7644 §3.12).
#[must_use]
pub fn body(status: u16, kind: Option<ScimType>, detail: &str) -> Value {
    let mut body = json!({ "schemas": [ERROR_URN], "status": status.to_string(), "detail": detail });
    if let Some(kind) = kind {
        body["scimType"] = kind.as_str().into();
    }
    body
}

/// A refusal of the language itself: always a 400, with a sentence an admin can act on.
///
/// The sentence names the field or the position; it never echoes more than [`MAX_EXCERPT`] characters of a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// Which of the RFC's kinds it is.
    pub kind: ScimType,
    /// What is wrong and what would be right, for a person.
    pub detail: Cow<'static, str>,
}

impl ScimError {
    /// Makes an error of this kind.
    pub fn new(kind: ScimType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// A value of the wrong type, form or size.
    pub fn value(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// A body that is not what the endpoint takes.
    pub fn syntax(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// A filter that does not parse or compares what cannot be compared.
    pub fn filter(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    /// A PATCH path that does not parse or names nothing.
    pub fn path(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }

    /// A PATCH operation without a target.
    pub fn no_target(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::NoTarget, detail)
    }

    /// A write to what may not be written.
    pub fn mutability(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }
}
