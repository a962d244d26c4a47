//! Bodies as they come in: bounded, of a type we read, and JSON without tricks.

use std::cell::Cell;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use serde::de::DeserializeSeed;
use serde_json::Value;

use self::roads::{Level, Road, Roads};
use self::strict::{At, Strict};
use self::tally::Tally;
use super::fault::Fault;
use crate::error::{Busy, Error};
use crate::http::body::{self, Unread};
use crate::http::room::{Place, Room};
use crate::scim::document::MAX_MEMBERS;
use crate::scim::text::excerpt;
use crate::scim::{ScimError, bulk};

mod roads;
mod strict;
mod tally;

/// The largest body that concerns people.
pub const MAX_BODY: usize = 1024 * 1024;
/// The largest body that concerns a group: a hundred thousand members and room to spare.
pub const MAX_GROUP_BODY: usize = 16 * 1024 * 1024;

/// How many values one operation of a full Bulk may have; an ordinary profile has thirty.
const VALUES_OF_AN_OPERATION: usize = 64;

/// How deep a body may be nested: serde's bound, which stops at the next level.
const MAX_LEVELS: usize = 127;

/// From how many bytes on a body's values are counted before any is kept.
const COUNTED_FIRST: usize = 64 * 1024;

/// What a body is about, which says how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A person, or what is asked of a list.
    Person,
    /// A group, whole.
    Group,
    /// A change of a group.
    GroupChange,
    /// Many operations.
    Bulk,
}

impl Concern {
    /// What the body of a request is about.
    #[must_use]
    pub fn of(method: &Method, path: &str) -> Self {
        let is_group = path.starts_with("/scim/v2/Groups") && !path.ends_with("/.search");
        match path {
            "/scim/v2/Bulk" => Self::Bulk,
            _ if !is_group => Self::Person,
            _ if *method == Method::PATCH => Self::GroupChange,
            _ => Self::Group,
        }
    }

    /// How many bytes it may have.
    #[must_use]
    pub fn most_bytes(self) -> usize {
        match self {
            Self::Person => MAX_BODY,
            Self::Group | Self::GroupChange => MAX_GROUP_BODY,
            Self::Bulk => bulk::MAX_PAYLOAD,
        }
    }

    /// How many values it may hold: all the members of a group, counted as their ids; the profiles of a full Bulk; far
    /// more than a person has.
    #[must_use]
    pub fn most_values(self) -> usize {
        match self {
            Self::Person => 20_000,
            Self::Group | Self::GroupChange => MAX_MEMBERS + MAX_MEMBERS / 5,
            Self::Bulk => bulk::MAX_OPERATIONS * VALUES_OF_AN_OPERATION,
        }
    }

    /// How many values it may hold before members are folded into their ids: five parts each.
    fn most_parts(self) -> usize {
        match self {
            Self::Person | Self::Bulk => self.most_values(),
            Self::Group | Self::GroupChange => MAX_MEMBERS * 6,
        }
    }
}

/// Reads a whole body, never more than `limit` bytes of it, and takes room for it as it comes.
///
/// # Errors
/// 413 over the limit, 408 when it does not come in time, 415 for an encoding, 400 when the connection broke; 429 where
/// there is no room.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize, room: &Room) -> Result<(Bytes, Place), Fault> {
    check_encoding(headers)?;
    let mut place = room.place();
    let read = body::read_into(headers, body, limit, Some(&mut place)).await.map_err(|why| unread(why, limit))?;
    Ok((read, place))
}

fn unread(why: Unread, limit: usize) -> Fault {
    match why {
        Unread::TooLarge => {
            let mib = limit / (1024 * 1024);
            let detail = format!("The body is larger than the {mib} MiB this endpoint takes.");
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        Unread::Late => Fault::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."),
        Unread::Crowded => Error::Busy { why: Busy::Room, source: None }.into(),
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

/// Reads JSON strictly: one value, no key twice, no deeper than [`MAX_LEVELS`], and no more values than a body about this
/// has: a tree of tiny values takes a hundred times its text.
///
/// # Errors
/// `invalidSyntax` with the place.
pub fn parse(bytes: &[u8], concern: Concern) -> Result<Value, ScimError> {
    if bytes.is_empty() {
        return Err(ScimError::syntax("The body is empty; a JSON object is expected."));
    }
    let is_large = bytes.len() > COUNTED_FIRST;
    if is_large {
        read_all(bytes, Tally(&Cell::new(concern.most_parts())))?;
    }
    // A small change of a group holds fewer values than it may, whatever it is about.
    let roads = if is_large && concern == Concern::GroupChange { roads(bytes) } else { Vec::new() };
    let strict = Strict { left: &Cell::new(concern.most_values()), at: At::of(concern), roads: &roads };
    let value = read_all(bytes, strict)?;
    if value.is_object() { Ok(value) } else { Err(ScimError::syntax("The body must be a JSON object.")) }
}

/// The roads to members in a change of a group; none for what will be refused.
fn roads(bytes: &[u8]) -> Vec<Road> {
    let mut found = Vec::new();
    let is_read =
        Roads { level: Level::Body, found: &mut found }.deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    if is_read.is_ok() { found } else { Vec::new() }
}

/// Reads one value to the end of the text.
fn read_all<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Result<S::Value, ScimError> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let read = seed.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    read.map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => ScimError::syntax(format!("The body cannot be taken: {error}")),
            _ if is_too_deep(&error) => ScimError::syntax(format!(
                "The body is nested too deeply: at most {MAX_LEVELS} levels are read ({place})."
            )),
            _ => ScimError::syntax(format!("The body is not valid JSON ({place}).")),
        }
    })
}

/// Whether a text was given up for its depth; serde tells so in words alone.
fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_a_group_are_folded_into_their_ids_and_nothing_else_is() {
        let of_group = |text: &str| parse(text.as_bytes(), Concern::Group).expect("a body");
        let text = r#"{"Members":[{"value":"a","display":"A"},"b",{"VALUE":"c"},{"value":7},{"value":"d","x":[1]}],"x":{"members":[{"value":"e"}]}}"#;
        assert_eq!(
            of_group(text),
            json!({ "Members": ["a", "b", { "VALUE": "c" }, { "value": 7 }, { "value": "d", "x": [1] }],
                    "x": { "members": [{ "value": "e" }] } })
        );
        assert_eq!(
            parse(text.as_bytes(), Concern::Person).expect("a body")["Members"][0],
            json!({ "value": "a", "display": "A" })
        );
    }

    #[test]
    fn as_many_members_as_are_allowed_are_no_countless_values() {
        let members = vec![r#"{"value":"a","display":"A","type":"User","$ref":"b"}"#; MAX_MEMBERS].join(",");
        let text = format!("{{\"displayName\":\"x\",\"members\":[{members}]}}");
        let body = parse(text.as_bytes(), Concern::Group).expect("a body");
        assert_eq!(body["members"].as_array().map(Vec::len), Some(MAX_MEMBERS));
    }

    #[test]
    fn a_key_given_twice_is_refused_by_name() {
        let refusal = parse(br#"{"a":{"userName":1,"userName":2}}"#, Concern::Person).expect_err("twice");
        assert!(refusal.detail.contains("userName"), "{refusal}");
    }

    #[test]
    fn depth_trailing_text_bom_and_huge_numbers_are_refused() {
        let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
        let long = format!("{{\"a\":{}}}", "9".repeat(400));
        for bad in [deep.as_slice(), b"{} {}", b"\xef\xbb\xbf{}", br#"{"a":"\ud800"}"#, b"", b"[]", long.as_bytes()] {
            assert!(parse(bad, Concern::Person).is_err());
        }
    }

    #[test]
    fn a_body_is_read_to_the_last_level_and_told_of_the_next() {
        let nested = |levels: usize| format!("{}{{}}{}", "{\"a\":".repeat(levels - 1), "}".repeat(levels - 1));
        assert!(parse(nested(MAX_LEVELS).as_bytes(), Concern::Person).is_ok());
        for text in [nested(MAX_LEVELS + 1), "{\"a\":".repeat(20_000)] {
            let refusal = parse(text.as_bytes(), Concern::Person).expect_err("too deep");
            assert!(refusal.detail.contains("nested too deeply: at most 127 levels"), "{refusal}");
        }
    }

    #[test]
    fn a_plain_object_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,"x",true,null,{"b":{}}]}"#;
        assert_eq!(parse(text.as_bytes(), Concern::Person).expect("plain").to_string(), text);
    }

    #[test]
    fn a_large_body_is_counted_before_it_is_kept() {
        let twice = format!("{{\"a\":1,\"a\":2,\"x\":[{}0]}}", "0,".repeat(100_000));
        // The count speaks first: it keeps no names and so cannot miss one.
        assert!(parse(twice.as_bytes(), Concern::Person).expect_err("many").detail.contains("too many values"));
        let long = format!("{{\"a\":1,\"x\":\"{}\",\"a\":2}}", "x".repeat(COUNTED_FIRST));
        assert!(parse(long.as_bytes(), Concern::Person).expect_err("twice").detail.contains("given twice"));
    }

    #[test]
    fn a_full_bulk_of_ordinary_profiles_is_not_too_much() {
        let many = |count: usize| format!("{{\"x\":[{}0]}}", "0,".repeat(count));
        assert!(parse(many(60_000).as_bytes(), Concern::Bulk).is_ok());
        assert!(parse(many(64_000).as_bytes(), Concern::Bulk).expect_err("many").detail.contains("too many values"));
    }

    #[test]
    fn members_under_the_core_urn_are_folded_too() {
        let text = r#"{"urn:ietf:params:scim:schemas:core:2.0:Group":{"members":[{"value":"a"}]},
            "URN:ietf:params:scim:schemas:core:2.0:group:Members":[{"value":"b"}],"urn:x":{"members":[{"value":"c"}]}}"#;
        let body = parse(text.as_bytes(), Concern::Group).expect("a body").to_string();
        assert!(
            body.contains(r#"["a"]"#) && body.contains(r#"["b"]"#) && body.contains(r#"[{"value":"c"}]"#),
            "{body}"
        );
    }

    #[test]
    fn as_many_members_as_are_allowed_may_come_and_go_by_every_road() {
        let list = vec![r#"{"value":"a","display":"A","type":"User","$ref":"b"}"#; MAX_MEMBERS].join(",");
        let urn = "urn:ietf:params:scim:schemas:core:2.0:Group";
        for operation in [
            format!(r#""path":"members","value":[{list}]"#),
            format!(r#""Value":[{list}],"PATH":" Members""#),
            format!(r#""path":"{urn}:members","value":[{list}]"#),
            format!(r#""value":{{"members":[{list}]}}"#),
            format!(r#""path":null,"value":{{"{urn}":{{"members":[{list}]}}}}"#),
            format!(r#""path":"{urn}","value":{{"members":[{list}]}}"#),
        ] {
            let text = format!(r#"{{"Operations":[{{"op":"remove","path":"x"}},{{"op":"add",{operation}}}]}}"#);
            let start: String = operation.chars().take(80).collect();
            assert!(parse(text.as_bytes(), Concern::GroupChange).is_ok(), "{start}");
        }
        let foreign = format!(r#"{{"Operations":[{{"op":"add","path":"urn:x:y","value":[{list}]}}]}}"#);
        let refusal = parse(foreign.as_bytes(), Concern::GroupChange).expect_err("no members");
        assert!(refusal.detail.contains("too many values"), "{refusal}");
    }

    #[test]
    fn only_members_are_folded_in_a_large_change() {
        let pad = "x".repeat(COUNTED_FIRST);
        let text = format!(
            r#"{{"pad":"{pad}","Operations":[{{"op":"add","value":[{{"value":"a"}}],"path":"members"}},
                {{"op":"add","path":"urn:x:y","value":[{{"value":"b"}}]}}, {{"op":"add","value":{{"x":[{{"value":"c"}}]}}}}]}}"#
        );
        let body = parse(text.as_bytes(), Concern::GroupChange).expect("a body");
        let values: Vec<&Value> = (0..3).map(|at| &body["Operations"][at]["value"]).collect();
        assert_eq!(values, [&json!(["a"]), &json!([{ "value": "b" }]), &json!({ "x": [{ "value": "c" }] })]);
    }

    #[test]
    fn a_body_of_too_many_small_values_is_refused() {
        let many = |count: usize| format!("{{\"x\":[{}0]}}", "0,".repeat(count));
        assert!(parse(many(19_000).as_bytes(), Concern::Person).is_ok());
        assert!(parse(many(20_000).as_bytes(), Concern::Person).expect_err("many").detail.contains("too many values"));
        assert!(parse(many(20_000).as_bytes(), Concern::Group).is_ok());
        assert!(parse(many(2 * MAX_MEMBERS).as_bytes(), Concern::Group).is_err());
    }

    #[test]
    fn an_object_counts_for_several_values() {
        let nested = format!("{}0{}", "{\"a\":".repeat(10), "}".repeat(10));
        let of_group = |count: usize| format!("{{\"x\":[{}]}}", vec![nested.as_str(); count].join(","));
        assert!(parse(of_group(2_000).as_bytes(), Concern::Group).is_ok());
        assert!(
            parse(of_group(9_000).as_bytes(), Concern::Group).expect_err("many").detail.contains("too many values")
        );
    }

    #[test]
    fn long_texts_count_for_several_values_and_ids_of_members_do_not() {
        let of_group = |element: String, count: usize| {
            let text = format!("{{\"members\":[{}],\"x\":1}}", vec![element; count].join(","));
            parse(text.as_bytes(), Concern::Group)
        };
        let display = "d".repeat(100);
        let member = format!("{{\"value\":\"{}\",\"display\":\"{display}\"}}", "i".repeat(36));
        assert!(of_group(member, MAX_MEMBERS).is_ok());
        assert!(of_group(format!("\"{}\"", "k".repeat(63)), MAX_MEMBERS).is_ok());
        let refusal = of_group(format!("\"{}\"", "k".repeat(130)), MAX_MEMBERS).expect_err("too long");
        assert!(refusal.detail.contains("too many values, or too long ones"), "{refusal}");
        let names: Vec<String> = (0..MAX_MEMBERS).map(|number| format!("\"{number:0130}\":0")).collect();
        assert!(parse(format!("{{{}}}", names.join(",")).as_bytes(), Concern::Group).is_err());
    }
}
