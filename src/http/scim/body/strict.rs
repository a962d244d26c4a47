//! JSON as it is kept of a body: without tricks, within a budget, members of groups as their ids.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Concern;
use super::roads::Road;
use super::tally::{length, spend};
use crate::scim::text::excerpt;

/// For how many values an object counts beside itself: it takes as much room before anything is in it.
const OBJECT: usize = 3;

/// JSON in which no object names a key twice, because two readers could disagree on which one counts, and which ends
/// when its budget of values is spent.
#[derive(Clone, Copy)]
pub(super) struct Strict<'b> {
    /// How many values are left to it; long texts count for several.
    pub(super) left: &'b Cell<usize>,
    /// Where it stands.
    pub(super) at: At,
    /// What the operations of a large change of a group are about.
    pub(super) roads: &'b [Road],
}

/// Where in a body a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// It is a group, whole, or attributes of one.
    Group,
    /// It is the list of a group's members.
    Members,
    /// It is a change of a group.
    Change,
    /// It is the list of its operations.
    Operations,
    /// It is one of them.
    Operation(Road),
    /// It is anything else.
    Inside,
}

impl At {
    /// Where a whole body stands.
    pub(super) fn of(concern: Concern) -> Self {
        match concern {
            Concern::Person | Concern::Bulk => Self::Inside,
            Concern::Group => Self::Group,
            Concern::GroupChange => Self::Change,
        }
    }

    /// Where the value of a key stands.
    fn below(self, key: &str) -> Self {
        match (self, Road::named(key)) {
            (Self::Group, Road::Members) => Self::Members,
            (Self::Group, Road::Group) => Self::Group,
            (Self::Change, _) if key.eq_ignore_ascii_case("Operations") => Self::Operations,
            (Self::Operation(Road::Members), _) if key.eq_ignore_ascii_case("value") => Self::Members,
            (Self::Operation(Road::Group), _) if key.eq_ignore_ascii_case("value") => Self::Group,
            _ => Self::Inside,
        }
    }
}

impl Strict<'_> {
    fn inside(self, key: &str) -> Self {
        Self { at: self.at.below(key), ..self }
    }

    /// Where the element of a list stands.
    fn element(self, index: usize) -> Self {
        let road = self.roads.get(index).copied().unwrap_or(Road::Other);
        Self { at: if self.at == At::Operations { At::Operation(road) } else { At::Inside }, ..self }
    }

    /// A member as its bare id, which means the same: of a large group no tree of objects is ever there. What else a
    /// client says of a member is read-only.
    fn folded(self, member: Value) -> Value {
        let Value::Object(mut parts) = member else { return member };
        let names_once = parts.keys().filter(|key| key.eq_ignore_ascii_case("value")).count() == 1;
        let is_flat = parts.values().all(|part| !part.is_object() && !part.is_array());
        match parts.get_mut("value").map(Value::take) {
            Some(Value::String(id)) if names_once && is_flat && !id.is_empty() => {
                // What the id takes by itself stays taken, instead of the member.
                let told: usize = parts.values().map(|part| 1 + part.as_str().map_or(0, length)).sum();
                self.left.set(self.left.get() + told + OBJECT);
                Value::String(id)
            }
            Some(other) => {
                parts["value"] = other;
                Value::Object(parts)
            }
            None => Value::Object(parts),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        spend(self.left, 1)?;
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        spend(self.left, length(value))?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = source.next_element_seed(self.element(list.len()))? {
            list.push(if self.at == At::Members { self.folded(value) } else { value });
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        spend(self.left, OBJECT)?;
        let mut map = Map::new();
        while let Some(key) = source.next_key::<String>()? {
            spend(self.left, length(&key))?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {:?} is given twice", excerpt(&key))));
            }
            let value = source.next_value_seed(self.inside(&key))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
