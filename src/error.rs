//! The one error of the domain: what the caller may know, with the source kept for the log.

use std::borrow::Cow;

use crate::scim::ScimError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why something was not done. Nothing was changed, whichever it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong (400, in SCIM's words).
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// Fields of the request cannot be taken (400), each for its reason.
    #[error("{}", told(.0))]
    Invalid(Vec<Flaw>),
    /// What was presented proves nobody (401).
    #[error("{0}")]
    Unproven(Cow<'static, str>),
    /// The caller is known and may not do that (403).
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// It was tried too often (429).
    #[error("{why}")]
    Limited {
        /// What was tried, in a sentence.
        why: Cow<'static, str>,
        /// In how many seconds to come again.
        seconds: u32,
    },
    /// It is switched off here until the operator sets something (503).
    #[error("{0}")]
    Off(Cow<'static, str>),
    /// There is no such thing, or the caller may not see it (404).
    #[error("{0}")]
    NotFound(Cow<'static, str>),
    /// A value that must be unique is taken (409).
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// A field that cannot be what it should become, as things are (409).
    #[error("{}: {}", .0.field, .0.problem)]
    Clash(Flaw),
    /// The resource is not at the version the caller named (412).
    #[error("{0}")]
    Precondition(Cow<'static, str>),
    /// It cannot be done now and will pass by itself (429 under /scim, 503 elsewhere).
    #[error("{why}")]
    Busy {
        /// What is being waited for.
        why: Busy,
        /// What the database said.
        #[source]
        source: Option<Source>,
    },
    /// A defect here (500); the caller learns the request id only.
    #[error("internal error")]
    Internal(#[source] Source),
}

/// A field that cannot be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Its name in the body, in the query or in the path.
    pub field: Cow<'static, str>,
    /// What is wrong with it, without its value.
    pub problem: Cow<'static, str>,
}

fn told(flaws: &[Flaw]) -> String {
    let one = |flaw: &Flaw| format!("{}: {}", flaw.field, flaw.problem);
    flaws.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// What passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// No connection became free in time.
    #[error("all database connections are in use")]
    Pool,
    /// Another change held the row or the writer for too long.
    #[error("another change holds the same record")]
    Lock,
    /// A statement took longer than any may.
    #[error("the database took too long over it")]
    Slow,
    /// No room for another large body.
    #[error("too many large requests are under way")]
    Room,
    /// As many searches are under way as may be at once.
    #[error("too many other searches are under way")]
    Search,
    /// The engine asked for the whole unit to be tried again.
    #[error("the change collided with a parallel one")]
    Collision,
    /// The database does not answer, refuses, or has no room.
    #[error("the database is not available")]
    Database,
    /// The database took the change and did not confirm it in time.
    #[error("the database did not confirm in time")]
    Unconfirmed,
    /// The audit row could not be written, so nothing was.
    #[error("the audit log cannot be written, so no change is made")]
    Audit,
}

impl Busy {
    /// Whether doing the whole unit again at once may help.
    #[must_use]
    pub fn is_retriable(self) -> bool {
        matches!(self, Self::Collision)
    }

    /// When to come back, in whole seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        match self {
            Self::Pool | Self::Lock | Self::Collision | Self::Room | Self::Search => 1,
            Self::Slow | Self::Database | Self::Audit | Self::Unconfirmed => 5,
        }
    }

    /// What whoever asked is told: what became of it, why, and when to come back.
    #[must_use]
    pub fn sentence(self) -> String {
        let outcome =
            if self == Self::Unconfirmed { "It is not known whether it was done" } else { "Nothing was changed" };
        format!("{outcome}: {self}. Try again in {} s.", self.seconds())
    }
}

impl Error {
    /// No such thing.
    pub fn not_found(what: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound(what.into())
    }

    /// One field that cannot be taken.
    pub fn invalid(field: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(vec![Flaw { field: field.into(), problem: problem.into() }])
    }

    /// Something the caller may not do.
    pub fn forbidden(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(what.into())
    }

    /// A taken value.
    pub fn conflict(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(what.into())
    }

    /// A field that cannot be what it should become, as things are.
    pub fn clash(field: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Clash(Flaw { field: field.into(), problem: problem.into() })
    }

    /// A defect, with what is known of it.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// Something that passes, with what the database said.
    pub fn busy(why: Busy, source: impl Into<Source>) -> Self {
        Self::Busy { why, source: Some(source.into()) }
    }
}

/// What lies at the bottom of an error, in plain words: what lies above it repeats it, library by library.
#[must_use]
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.downcast_ref::<std::io::Error>() {
        Some(error) => plain(error),
        None => cause.to_string(),
    }
}

/// What the system reported, without its number.
#[must_use]
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    match error.kind() {
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => text[..text.len().min(1)].to_lowercase() + text.get(1..).unwrap_or_default(),
    }
}

/// The result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;
