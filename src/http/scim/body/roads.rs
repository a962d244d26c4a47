//! What the operations of a change of a group are about, read before their values: a path may stand behind its value, and
//! by then a large list of members would be a tree.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::scim::schema::GROUP;

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Road {
    /// To the members.
    Members,
    /// To the group itself, whose attributes may include them.
    Group,
    /// Elsewhere.
    Other,
}

impl Road {
    /// What a key or a path leads to, with or without the core URN in front.
    pub(super) fn named(name: &str) -> Self {
        match GROUP.split_urn(name.trim_ascii()) {
            (Some(schema), "") if schema.urn == GROUP.schema.urn => Self::Group,
            (schema, name) if name.eq_ignore_ascii_case("members") => match schema {
                Some(schema) if schema.urn != GROUP.schema.urn => Self::Other,
                _ => Self::Members,
            },
            _ => Self::Other,
        }
    }

    /// What an operation with this path is about; without one it is about the group.
    fn of(path: Option<&str>) -> Self {
        path.filter(|path| !path.is_empty()).map_or(Self::Group, Self::named)
    }
}

/// Reads the paths of operations, and nothing else. What has another shape is an error, and means no roads.
pub(super) struct Roads<'f> {
    /// What is read.
    pub(super) level: Level,
    /// A road for each operation so far.
    pub(super) found: &'f mut Vec<Road>,
}

/// How deep in the body it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The whole.
    Body,
    /// The list of operations.
    Operations,
    /// One of them.
    Operation,
}

impl<'de> DeserializeSeed<'de> for Roads<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        match self.level {
            Level::Body | Level::Operation => source.deserialize_map(self),
            Level::Operations => source.deserialize_seq(self),
        }
    }
}

impl<'de> Visitor<'de> for Roads<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("operations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<(), A::Error> {
        while source.next_element_seed(Roads { level: Level::Operation, found: &mut *self.found })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<(), A::Error> {
        let mut path = None;
        while let Some(key) = source.next_key::<String>()? {
            if self.level == Level::Body && key.eq_ignore_ascii_case("Operations") {
                source.next_value_seed(Roads { level: Level::Operations, found: &mut *self.found })?;
            } else if self.level == Level::Operation && key.eq_ignore_ascii_case("path") {
                path = source.next_value::<Option<String>>()?;
            } else {
                source.next_value::<IgnoredAny>()?;
            }
        }
        if self.level == Level::Operation {
            self.found.push(Road::of(path.as_deref()));
        }
        Ok(())
    }
}
