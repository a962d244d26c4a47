//! Documents as the text that is stored: answers are put together from it without reading what lies within.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::schema::ResourceType;
use super::urn_like;

/// The URNs an answer names (RFC 7643 §3): the core one, then those of the extension objects of a stored document.
///
/// # Errors
/// When the text is no JSON object.
pub fn schemas(stored: &str, resource: &ResourceType) -> Result<Vec<String>, serde_json::Error> {
    let mut schemas = vec![resource.schema.urn.to_owned()];
    schemas.extend(serde_json::from_str::<Extensions>(stored)?.0);
    Ok(schemas)
}

/// One object of several, given as texts that have no key in common.
#[must_use]
pub fn joined(objects: &[&str]) -> String {
    let mut text = String::with_capacity(objects.iter().map(|object| object.len()).sum());
    text.push('{');
    for object in objects {
        let inner = object.trim().trim_start_matches('{').strip_suffix('}').unwrap_or_default();
        if text.len() > 1 && !inner.is_empty() {
            text.push(',');
        }
        text.push_str(inner);
    }
    text.push('}');
    text
}

/// The names of a document's extension objects.
struct Extensions(Vec<String>);

impl<'de> Deserialize<'de> for Extensions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Extensions;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a document")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extensions, A::Error> {
                let mut names = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'_>, &RawValue>()? {
                    if value.get().starts_with('{') && urn_like(&name) {
                        names.push(name.into_owned());
                    }
                }
                Ok(Extensions(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

/// A key, borrowed where it needs no unescaping.
#[derive(serde::Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{ENTERPRISE_URN, USER, USER_URN};

    #[test]
    fn only_objects_under_a_urn_are_extensions() {
        let stored = format!(
            r#"{{"title":"urn:x","name":{{"urn:not":{{}}}},"{ENTERPRISE_URN}":{{"a":1}},"urn:flat":"x","urn:\u0065":{{}}}}"#
        );
        assert_eq!(schemas(&stored, &USER).expect("an object"), [USER_URN, ENTERPRISE_URN, "urn:e"]);
        assert!(schemas("[]", &USER).is_err());
    }

    #[test]
    fn objects_are_joined_whichever_is_empty() {
        assert_eq!(joined(&[r#"{"a":{"b":{}}}"#, "{}", r#"{"c":1}"#]), r#"{"a":{"b":{}},"c":1}"#);
        assert_eq!(joined(&["{}", "{}"]), "{}");
    }
}
