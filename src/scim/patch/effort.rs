//! How much work a PATCH may make of long lists.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::scim::document::{self, shape};
use crate::scim::error::ScimError;

/// How much of lists all operations of one PATCH may look at. A unit is one to two nanoseconds of a fast core; an ordinary
/// request takes some thousands.
const MOST_EFFORT: usize = 32_000_000;
/// What a name or a value takes by itself.
const LOOKING: usize = 64;
/// What a byte of a text beyond ASCII takes where texts are compared: letters are decomposed, lowered and composed.
const FOLDING: usize = 100;
/// What it takes to hold a name against another.
const NAMING: usize = 8;

/// What is left of [`MOST_EFFORT`]: whoever holds a transaction open must not be kept busy by one small body.
pub(super) struct Effort(Cell<usize>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MOST_EFFORT))
    }
}

impl Effort {
    /// Takes what it costs to go through these elements.
    pub(super) fn look(&self, elements: &[Value]) -> Result<(), ScimError> {
        self.take(elements.iter().map(|element| cost(element, 1)).sum())
    }

    /// Takes what it costs to compare the texts in these elements with something, so many times.
    pub(super) fn compare(&self, elements: &[Value], times: usize) -> Result<(), ScimError> {
        self.take(elements.iter().map(|element| cost(element, FOLDING)).sum::<usize>().saturating_mul(times))
    }

    /// Takes what it costs to put a value into so many elements, where it is read again for each, unless they would be more
    /// than a resource may hold.
    pub(super) fn copy(&self, value: &Value, times: usize) -> Result<(), ScimError> {
        document::demand_bounded(shape::weight(value).saturating_mul(times))?;
        self.take(cost(value, FOLDING).saturating_mul(times))
    }

    /// Takes what it costs to find a name among those of an object; of another length it is another name.
    pub(super) fn find(&self, object: &Map<String, Value>, name: &str) -> Result<(), ScimError> {
        let alike = object.keys().filter(|key| key.len() == name.len()).count();
        self.take(object.len() * NAMING + alike * name.len())
    }

    fn take(&self, cost: usize) -> Result<(), ScimError> {
        let left = self.0.get().checked_sub(cost);
        self.0.set(
            left.ok_or_else(|| ScimError::value("The Operations look at too much of long lists; send fewer at once"))?,
        );
        Ok(())
    }
}

/// What it costs to look at a value, where a byte beyond ASCII takes as much as this.
fn cost(value: &Value, beyond_ascii: usize) -> usize {
    LOOKING
        + match value {
            Value::String(text) => text.len() * if text.is_ascii() { 1 } else { beyond_ascii },
            Value::Object(parts) => {
                parts.iter().map(|(name, part)| LOOKING + name.len() + cost(part, beyond_ascii)).sum()
            }
            Value::Array(elements) => elements.iter().map(|element| cost(element, beyond_ascii)).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests;
