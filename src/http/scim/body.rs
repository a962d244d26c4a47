//! Bodies as they come in: bounded, of a type we read, and JSON without tricks.

use std::cell::Cell;
use std::fmt;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::http::body::{self, Unread};
use crate::scim::document::MAX_MEMBERS;
use crate::scim::text::excerpt;
use crate::scim::{ScimError, bulk};

/// The largest body that concerns people.
pub const MAX_BODY: usize = 1024 * 1024;
/// The largest body that concerns a group: a hundred thousand members and room to spare.
pub const MAX_GROUP_BODY: usize = 16 * 1024 * 1024;

/// From how many bytes on a body's values are counted before any is kept.
const COUNTED_FIRST: usize = 64 * 1024;

/// How many bytes the endpoint of this path takes.
#[must_use]
pub fn limit_for(path: &str) -> usize {
    match path {
        "/scim/v2/Bulk" => bulk::MAX_PAYLOAD,
        path if path.starts_with("/scim/v2/Groups") && !path.ends_with("/.search") => MAX_GROUP_BODY,
        _ => MAX_BODY,
    }
}

/// Reads a whole body, never more than `limit` bytes of it.
///
/// # Errors
/// 413 over the limit, 408 when it does not come in time, 415 for an encoding, 400 when the connection broke.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Fault> {
    check_encoding(headers)?;
    body::read(headers, body, limit).await.map_err(|why| unread(why, limit))
}

fn unread(why: Unread, limit: usize) -> Fault {
    match why {
        Unread::TooLarge => {
            let mib = limit / (1024 * 1024);
            let detail = format!("The body is larger than the {mib} MiB this endpoint takes.");
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        Unread::Late => Fault::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."),
        Unread::Broken => Fault::new(StatusCode::BAD_REQUEST, "The body broke off before its end."),
    }
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Fault> {
    let plain = |value: &axum::http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Compressed bodies are not taken; send the JSON as it is."))
}

/// Refuses what does not call itself JSON. Any letter case, any parameters; saying nothing is taken for JSON.
///
/// # Errors
/// 415.
pub fn check_type(headers: &HeaderMap) -> Result<(), Fault> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or_default();
    let media = text.split(';').next().unwrap_or_default().trim();
    if ["application/scim+json", "application/json"].iter().any(|known| media.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let detail = format!("Content-Type must be application/scim+json or application/json, not {}.", excerpt(media));
    Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// Reads JSON strictly: one value, no key twice, no deeper than serde's 128 levels, and no more values than a body of
/// `limit` bytes has when it carries people or members: a tree of tiny values takes a hundred times its text.
///
/// # Errors
/// `invalidSyntax` with the place.
pub fn parse(bytes: &[u8], limit: usize) -> Result<Value, ScimError> {
    if bytes.is_empty() {
        return Err(ScimError::syntax("The body is empty; a JSON object is expected."));
    }
    if bytes.len() > COUNTED_FIRST {
        read_all(bytes, Tally(&Cell::new(most_parts(limit))))?;
    }
    let at = if limit > MAX_BODY { At::Group } else { At::Inside };
    let value = read_all(bytes, Strict { left: &Cell::new(most_values(limit)), at })?;
    if value.is_object() { Ok(value) } else { Err(ScimError::syntax("The body must be a JSON object.")) }
}

/// Reads one value to the end of the text.
fn read_all<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Result<S::Value, ScimError> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let read = seed.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    read.map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => ScimError::syntax(format!("The body cannot be taken: {error}")),
            _ => ScimError::syntax(format!("The body is not valid JSON ({place}).")),
        }
    })
}

/// How many values a body of at most `limit` bytes may hold: all the members of a group, or a thousand operations on a
/// person.
#[must_use]
pub fn most_values(limit: usize) -> usize {
    if limit > MAX_BODY { MAX_MEMBERS + MAX_MEMBERS / 5 } else { 20_000 }
}

/// How many values it may hold before members are folded into their ids: five parts each.
fn most_parts(limit: usize) -> usize {
    if limit > MAX_BODY { MAX_MEMBERS * 6 } else { most_values(limit) }
}

/// Counts values without keeping any, so that a large body of too many is refused before there is a tree of them.
#[derive(Clone, Copy)]
struct Tally<'b>(&'b Cell<usize>);

impl<'de> DeserializeSeed<'de> for Tally<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        spend(self.0)?;
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

/// Takes one value from the budget.
fn spend<E: serde::de::Error>(left: &Cell<usize>) -> Result<(), E> {
    left.set(left.get().checked_sub(1).ok_or_else(|| E::custom("it holds too many values"))?);
    Ok(())
}

/// JSON in which no object names a key twice, because two readers could disagree on which one counts, and which ends
/// when its budget of values is spent.
#[derive(Clone, Copy)]
struct Strict<'b> {
    left: &'b Cell<usize>,
    at: At,
}

/// Where in a body a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// It is a group, whole.
    Group,
    /// It is the list of a group's members.
    Members,
    /// It is anything else.
    Inside,
}

impl Strict<'_> {
    fn inside(self, key: &str) -> Self {
        let is_list = self.at == At::Group && key.eq_ignore_ascii_case("members");
        Self { at: if is_list { At::Members } else { At::Inside }, ..self }
    }

    /// A member as its bare id, which means the same: of a large group no tree of objects is ever there. What else a
    /// client says of a member is read-only.
    fn folded(self, member: Value) -> Value {
        let Value::Object(mut parts) = member else { return member };
        let names_once = parts.keys().filter(|key| key.eq_ignore_ascii_case("value")).count() == 1;
        let is_flat = parts.values().all(|part| !part.is_object() && !part.is_array());
        match parts.get_mut("value").map(Value::take) {
            Some(Value::String(id)) if names_once && is_flat && !id.is_empty() => {
                self.left.set(self.left.get() + parts.len());
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
        spend(self.left)?;
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

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let each = Self { at: At::Inside, ..self };
        while let Some(value) = source.next_element_seed(each)? {
            list.push(if self.at == At::Members { self.folded(value) } else { value });
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = source.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {:?} is given twice", excerpt(&key))));
            }
            let value = source.next_value_seed(self.inside(&key))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_a_group_are_folded_into_their_ids_and_nothing_else_is() {
        let of_group = |text: &str| parse(text.as_bytes(), MAX_BODY + 1).expect("a body");
        let text = r#"{"Members":[{"value":"a","display":"A"},"b",{"VALUE":"c"},{"value":7},{"value":"d","x":[1]}],"x":{"members":[{"value":"e"}]}}"#;
        assert_eq!(
            of_group(text),
            json!({ "Members": ["a", "b", { "VALUE": "c" }, { "value": 7 }, { "value": "d", "x": [1] }],
                    "x": { "members": [{ "value": "e" }] } })
        );
        assert_eq!(
            parse(text.as_bytes(), MAX_BODY).expect("a body")["Members"][0],
            json!({ "value": "a", "display": "A" })
        );
    }

    #[test]
    fn as_many_members_as_are_allowed_are_no_countless_values() {
        let members = vec![r#"{"value":"a","display":"A","type":"User","$ref":"b"}"#; MAX_MEMBERS].join(",");
        let text = format!("{{\"displayName\":\"x\",\"members\":[{members}]}}");
        let body = parse(text.as_bytes(), MAX_BODY + 1).expect("a body");
        assert_eq!(body["members"].as_array().map(Vec::len), Some(MAX_MEMBERS));
    }

    #[test]
    fn a_key_given_twice_is_refused_by_name() {
        let refusal = parse(br#"{"a":{"userName":1,"userName":2}}"#, MAX_BODY).expect_err("twice");
        assert!(refusal.detail.contains("userName"), "{refusal}");
    }

    #[test]
    fn depth_trailing_text_bom_and_huge_numbers_are_refused() {
        let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
        let long = format!("{{\"a\":{}}}", "9".repeat(400));
        for bad in [deep.as_slice(), b"{} {}", b"\xef\xbb\xbf{}", br#"{"a":"\ud800"}"#, b"", b"[]", long.as_bytes()] {
            assert!(parse(bad, MAX_BODY).is_err());
        }
    }

    #[test]
    fn a_plain_object_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,"x",true,null,{"b":{}}]}"#;
        assert_eq!(parse(text.as_bytes(), MAX_BODY).expect("plain").to_string(), text);
    }

    #[test]
    fn a_large_body_is_counted_before_it_is_kept() {
        let twice = format!("{{\"a\":1,\"a\":2,\"x\":[{}0]}}", "0,".repeat(100_000));
        // The count speaks first: it keeps no names and so cannot miss one.
        assert!(parse(twice.as_bytes(), MAX_GROUP_BODY).expect_err("many").detail.contains("too many values"));
        let long = format!("{{\"a\":1,\"x\":\"{}\",\"a\":2}}", "x".repeat(COUNTED_FIRST));
        assert!(parse(long.as_bytes(), MAX_BODY).expect_err("twice").detail.contains("given twice"));
    }

    #[test]
    fn a_body_of_too_many_small_values_is_refused() {
        let many = |count: usize| format!("{{\"x\":[{}0]}}", "0,".repeat(count));
        assert!(parse(many(19_000).as_bytes(), MAX_BODY).is_ok());
        assert!(parse(many(20_000).as_bytes(), MAX_BODY).expect_err("many").detail.contains("too many values"));
        assert!(parse(many(20_000).as_bytes(), MAX_GROUP_BODY).is_ok());
        assert!(parse(many(2 * MAX_MEMBERS).as_bytes(), MAX_GROUP_BODY).is_err());
    }
}
