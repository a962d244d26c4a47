//! Filters (RFC 7644 §3.4.2.2): text in, a tree out whose names, operators and values are already checked.
//!
//! What a tree means, here and in the SQL compiled from it:
//! - Absent, null, `""`, `[]` and an object without values are the same. `x eq null` is not-present, `x ne null` present;
//!   so are `x eq ""` and `x ne ""`.
//! - On one value `ne` is the negation of `eq`, so an absent attribute matches; every other operator needs a value.
//! - On a list every operator matches when at least one element does: no elements, no match, for `ne` as well.
//! - `Element` matches when one and the same element satisfies the whole inner filter; inside it a missing
//!   sub-attribute is absent (and `ne` matches).
//! - `pr` of a complex attribute is true when any of its sub-attributes has a value.
//! - Text is compared folded (`text::fold`) unless the attribute is case-exact, and ordered by its bytes.

mod evaluate;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod value;

use chrono::{DateTime, Utc};

use super::error::ScimError;
use super::schema::{Place, ResourceType};

pub(super) use evaluate::present;
pub use evaluate::{matches, matches_element};
pub(super) use parser::Parser;

/// The longest filter or path that is read at all.
pub const MAX_FILTER_BYTES: usize = 8_192;
/// How deep parentheses, `not` and brackets may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons one filter may hold.
pub const MAX_COMPARISONS: usize = 256;

/// A filter whose every name is resolved and every value typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these, at least two, none of them an `And`.
    And(Vec<Filter>),
    /// Any of these, at least two, none of them an `Or`.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// One comparison.
    Compare(Comparison),
    /// One element of a list satisfies the whole inner filter (`emails[…]`).
    Element {
        /// The list; never with a sub-attribute.
        place: Place,
        /// What the element satisfies; its comparisons name sub-attributes of the list.
        filter: Box<Filter>,
    },
    /// Nobody: in a search of several types, what is asked of an attribute that this one does not have.
    Never,
}

impl Filter {
    /// How many comparisons it holds.
    #[must_use]
    pub fn comparisons(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::comparisons).sum(),
            Self::Not(inner) | Self::Element { filter: inner, .. } => inner.comparisons(),
            Self::Compare(_) | Self::Never => 1,
        }
    }
}

/// An attribute, an operator and a value that fits both.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub place: Place,
    /// How.
    pub op: Op,
    /// With what; `None` for `pr` only.
    pub value: Literal,
    /// The value in the letters it was written in, for an element made from it; empty when it is no text.
    pub written: String,
    /// The position of the attribute's name in the text, in characters from 1.
    pub at: usize,
}

/// A comparison operator (RFC 7644 table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
    /// Present.
    Pr,
}

/// The value of a comparison, of the type its attribute has.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value: `pr`.
    None,
    /// Text, already folded unless the attribute is case-exact; never empty for `eq`, `ne`, `co`, `sw`, `ew`.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A moment, to the microsecond.
    Time(DateTime<Utc>),
}

/// Reads a filter on resources of this type.
///
/// # Errors
/// `invalidFilter`, with the position.
pub fn parse(text: &str, resource: &'static ResourceType) -> Result<Filter, ScimError> {
    parse_among(text, resource, &[])
}

/// Reads a filter on resources of this type, in a search `among` these types. An attribute that only another of them
/// has is one without a value here (RFC 7644 §3.4.2.1).
///
/// # Errors
/// `invalidFilter`, with the position; also for what none of the types knows.
pub fn parse_among(
    text: &str,
    resource: &'static ResourceType,
    among: &'static [&'static ResourceType],
) -> Result<Filter, ScimError> {
    Parser::new(text, resource, among)?.whole_filter()
}
