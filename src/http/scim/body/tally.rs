//! How many values a body holds, counted before any is kept.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Counts values without keeping any, so that a large body of too many is refused before there is a tree of them.
#[derive(Clone, Copy)]
pub(super) struct Tally<'b>(pub(super) &'b Cell<usize>);

impl<'de> DeserializeSeed<'de> for Tally<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        spend(self.0, 1)?;
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tally<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<(), A::Error> {
        while source.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<(), A::Error> {
        while source.next_key::<IgnoredAny>()?.is_some() {
            source.next_value_seed(self)?;
        }
        Ok(())
    }
}

/// Every so many bytes of a text count as one value more: an id has 36.
const PLAIN: usize = 64;

/// How many values the length of a text counts for, beside itself.
pub(super) fn length(text: &str) -> usize {
    text.len() / PLAIN
}

/// Takes so many values from the budget.
pub(super) fn spend<E: serde::de::Error>(left: &Cell<usize>, values: usize) -> Result<(), E> {
    let rest = left.get().checked_sub(values);
    left.set(rest.ok_or_else(|| E::custom("it holds too many values, or too long ones"))?);
    Ok(())
}
