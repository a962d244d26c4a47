//! Bodies as they come in: bounded, of a type we read, and JSON without tricks.

use std::fmt;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::http::listener::is_body_timeout;
use crate::scim::ScimError;
use crate::scim::text::excerpt;

/// The largest body that concerns people.
pub const MAX_BODY: usize = 1024 * 1024;
/// The largest body that concerns a group: ten thousand members and room to spare.
pub const MAX_GROUP_BODY: usize = 16 * 1024 * 1024;

/// How many bytes the endpoint of this path takes.
#[must_use]
pub fn limit_for(path: &str) -> usize {
    if path.starts_with("/scim/v2/Groups") { MAX_GROUP_BODY } else { MAX_BODY }
}

/// Reads a whole body, never more than `limit` bytes of it.
///
/// # Errors
/// 413 over the limit, 408 when it does not come in time, 415 for an encoding, 400 when the connection broke.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Fault> {
    check_encoding(headers)?;
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = body;
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        if let Some(data) = frame.data_ref() {
            if read.len() + data.len() > limit {
                return Err(too_large(limit));
            }
            read.extend_from_slice(data);
        }
    }
    Ok(read.freeze())
}

fn too_large(limit: usize) -> Fault {
    let mib = limit / (1024 * 1024);
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body is larger than the {mib} MiB this endpoint takes."))
}

fn broken(error: &axum::Error) -> Fault {
    if is_body_timeout(error) {
        return Fault::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.");
    }
    Fault::new(StatusCode::BAD_REQUEST, "The body broke off before its end.")
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

/// Reads JSON strictly: one value, no key twice, no deeper than serde's 128 levels.
///
/// # Errors
/// `invalidSyntax` with the place.
pub fn parse(bytes: &[u8]) -> Result<Value, ScimError> {
    if bytes.is_empty() {
        return Err(ScimError::syntax("The body is empty; a JSON object is expected."));
    }
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => ScimError::syntax(format!("The body cannot be taken: {error}")),
            _ => ScimError::syntax(format!("The body is not valid JSON ({place}).")),
        }
    })?;
    if value.is_object() { Ok(value) } else { Err(ScimError::syntax("The body must be a JSON object.")) }
}

/// JSON in which no object names a key twice: two readers could disagree on which one counts.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
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
        while let Some(Strict(value)) = source.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = source.next_key::<String>()? {
            let Strict(value) = source.next_value()?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {:?} is given twice", excerpt(&key))));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_given_twice_is_refused_by_name() {
        let refusal = parse(br#"{"a":{"userName":1,"userName":2}}"#).expect_err("twice");
        assert!(refusal.detail.contains("userName"), "{refusal}");
    }

    #[test]
    fn depth_trailing_text_bom_and_huge_numbers_are_refused() {
        let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
        let long = format!("{{\"a\":{}}}", "9".repeat(400));
        for bad in [deep.as_slice(), b"{} {}", b"\xef\xbb\xbf{}", br#"{"a":"\ud800"}"#, b"", b"[]", long.as_bytes()] {
            assert!(parse(bad).is_err());
        }
    }

    #[test]
    fn a_plain_object_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,"x",true,null,{"b":{}}]}"#;
        assert_eq!(parse(text.as_bytes()).expect("plain").to_string(), text);
    }
}
