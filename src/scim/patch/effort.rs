//! How much work a PATCH may make of long lists.

use std::cell::Cell;

use serde_json::Value;

use crate::scim::error::ScimError;

/// How much of lists all operations of one PATCH may look at. A unit is about a nanosecond of a fast core; an ordinary
/// request takes some thousands.
const MOST_EFFORT: usize = 32_000_000;
/// What a comparison takes by itself, and each byte of a text beyond ASCII: letters are decomposed, lowered and composed.
const COMPARING: usize = 64;
const FOLDING: usize = 32;

/// What is left of [`MOST_EFFORT`]: whoever holds a transaction open must not be kept busy by one small body.
pub(super) struct Effort(Cell<usize>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MOST_EFFORT))
    }
}

impl Effort {
    /// Takes what it costs to compare these elements with something, so many times.
    pub(super) fn spend(&self, elements: &[Value], times: usize) -> Result<(), ScimError> {
        let cost = elements.iter().map(cost).sum::<usize>().saturating_mul(times);
        let left = self.0.get().checked_sub(cost);
        self.0.set(
            left.ok_or_else(|| ScimError::value("The Operations look at too much of long lists; send fewer at once"))?,
        );
        Ok(())
    }
}

/// What it costs to compare an element with another.
fn cost(element: &Value) -> usize {
    match element {
        Value::String(text) => COMPARING + text.len() * if text.is_ascii() { 1 } else { FOLDING },
        Value::Object(parts) => parts.values().map(cost).sum(),
        Value::Array(elements) => elements.iter().map(cost).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => COMPARING,
    }
}
