//! A delivery of Okta's event hooks, cut into what the inbox keeps: one piece an event, as it came.
//!
//! Nothing is refused here. What is not as Okta documents it is kept whole and marked, because a delivery that was
//! proven and is not kept is lost. What an event means is read when it is applied.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::hex;

/// The longest id of Okta's that is taken for one, in bytes.
const MAX_ID: usize = 128;
/// The longest type of an event that is kept beside it, in bytes.
const MAX_TYPE: usize = 256;

/// What a delivery carried, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What makes it the same as another: the event's uuid; without one its place in the envelope, or in the body.
    pub key: String,
    /// Whose history it belongs to: `user:` or `group:` and Okta's id, or its own key when it concerns neither.
    pub lane: String,
    /// The type of the event, where it has one.
    pub event_type: Option<String>,
    /// When it happened, as the event says it: RFC 3339.
    pub published: Option<String>,
    /// The event itself: JSON as it came, or the whole body where that is no delivery.
    pub body: String,
    /// What is odd about it, where something is.
    pub odd: Option<Odd>,
}

impl Piece {
    /// Whether there is an event in it that something could be made of.
    #[must_use]
    pub fn is_event(&self) -> bool {
        matches!(self.odd, None | Some(Odd::Incomplete))
    }
}

/// Why a piece is not what Okta documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// The body, or the event alone, is no JSON that every reader takes alike: it holds a key twice, half a character or
    /// a number beyond all bounds, is nested too deep, or goes on after its end.
    NotJson,
    /// The same, and the body is no text either: it is kept as base64.
    NotText,
    /// The body is JSON without a list `data.events`.
    NoEvents,
    /// The event has no uuid, type or moment that can be read.
    Incomplete,
}

impl Odd {
    /// The mark in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not JSON",
            Self::NotText => "not text",
            Self::NoEvents => "no events",
            Self::Incomplete => "incomplete",
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'b> {
    #[serde(borrow, rename = "eventId")]
    event_id: Option<&'b RawValue>,
    #[serde(borrow)]
    data: Data<'b>,
}

#[derive(Deserialize)]
struct Data<'b> {
    #[serde(borrow)]
    events: Vec<&'b RawValue>,
}

#[derive(Default, Deserialize)]
struct Said<'b> {
    #[serde(borrow)]
    uuid: Option<&'b RawValue>,
    #[serde(borrow)]
    published: Option<&'b RawValue>,
    #[serde(borrow, rename = "eventType")]
    event_type: Option<&'b RawValue>,
    #[serde(borrow)]
    actor: Option<&'b RawValue>,
    #[serde(borrow)]
    target: Option<&'b RawValue>,
}

#[derive(Deserialize)]
struct Party {
    id: String,
    r#type: String,
}

/// Cuts a body into its pieces; there is at least one, unless the list of events is empty.
#[must_use]
pub fn read(body: &[u8]) -> Vec<Piece> {
    let Ok(text) = std::str::from_utf8(body) else { return vec![whole(STANDARD.encode(body), Odd::NotText, body)] };
    if text.contains('\0') {
        return vec![whole(STANDARD.encode(body), Odd::NotText, body)];
    }
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else {
        let odd = if is_strict(text) { Odd::NoEvents } else { Odd::NotJson };
        return vec![whole(text.to_owned(), odd, body)];
    };
    let id = envelope.event_id.and_then(id_of).map_or_else(|| digest(body), |id| format!("envelope:{id}"));
    // Each event by itself: one that cannot be read must not silence those beside it.
    let place = |(place, raw): (usize, &&RawValue)| {
        let (text, place) = (raw.get(), format!("{id}/{place}"));
        if is_strict(text) { piece(text, &place) } else { odd_one(text.to_owned(), place, Odd::NotJson) }
    };
    envelope.data.events.iter().enumerate().map(place).collect()
}

/// Cuts a page of the System Log into its pieces; none when it is no list.
#[must_use]
pub fn read_log(body: &[u8]) -> Option<Vec<Piece>> {
    let text = std::str::from_utf8(body).ok()?;
    let events: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let name = digest(body);
    Some(events.iter().enumerate().map(|(place, raw)| piece(raw.get(), &format!("{name}/{place}"))).collect())
}

/// A body that is no delivery, as one piece.
fn whole(body: String, odd: Odd, bytes: &[u8]) -> Piece {
    odd_one(body, digest(bytes), odd)
}

/// A piece that nothing is made of, under this name.
fn odd_one(body: String, key: String, odd: Odd) -> Piece {
    Piece { lane: key.clone(), key, event_type: None, published: None, body, odd: Some(odd) }
}

fn piece(text: &str, place: &str) -> Piece {
    let event: Said = serde_json::from_str(text).unwrap_or_default();
    let uuid = event.uuid.and_then(id_of);
    let event_type = event.event_type.and_then(string_of).filter(|name| is_plain(name, MAX_TYPE));
    let published = event.published.and_then(string_of).filter(|at| chrono::DateTime::parse_from_rfc3339(at).is_ok());
    let is_whole = uuid.is_some() && event_type.is_some() && published.is_some();
    let key = uuid.map_or_else(|| place.to_owned(), |uuid| format!("uuid:{uuid}"));
    Piece {
        lane: lane(&event, event_type.as_deref()).unwrap_or_else(|| key.clone()),
        key,
        event_type,
        published,
        body: text.to_owned(),
        odd: if is_whole { None } else { Some(Odd::Incomplete) },
    }
}

/// The person concerned, else the group. Sessions name their person as the actor unless they name one as a target.
fn lane(event: &Said, event_type: Option<&str>) -> Option<String> {
    let targets: Vec<Option<Party>> = event.target.and_then(parse).unwrap_or_default();
    let of_type =
        |wanted: &str| targets.iter().flatten().find(|party| party.r#type == wanted && is_plain(&party.id, MAX_ID));
    if let Some(user) = of_type("User") {
        return Some(format!("user:{}", user.id));
    }
    if event_type.is_some_and(|name| name.starts_with("user.session.")) {
        let actor: Option<Party> = event.actor.and_then(parse);
        return actor.filter(|actor| is_plain(&actor.id, MAX_ID)).map(|actor| format!("user:{}", actor.id));
    }
    of_type("UserGroup").map(|group| format!("group:{}", group.id))
}

fn parse<'b, T: Deserialize<'b>>(raw: &'b RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn string_of(raw: &RawValue) -> Option<String> {
    parse(raw)
}

fn id_of(raw: &RawValue) -> Option<String> {
    string_of(raw).filter(|id| is_plain(id, MAX_ID))
}

fn is_plain(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A name for a body that has none of its own.
fn digest(body: &[u8]) -> String {
    format!("body:{}", hex(&Sha256::digest(body)))
}

/// Names a signed message for as long as it must not count again.
#[must_use]
pub fn message_key(id: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(id.as_bytes());
    hash.update([0]);
    hash.update(body);
    hex(&hash.finalize())
}

/// Whether a text is one JSON value in which no object holds a key twice: readers differ on which of the two counts.
fn is_strict(text: &str) -> bool {
    let mut source = serde_json::Deserializer::from_str(text);
    Strict.deserialize(&mut source).is_ok() && source.end().is_ok()
}

/// Reads a value without keeping it.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a JSON value")
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Strict)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key) {
                map.next_value::<IgnoredAny>()?;
                return Err(A::Error::custom("a key twice"));
            }
            map.next_value_seed(Strict)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(body: &str) -> Piece {
        let mut pieces = read(body.as_bytes());
        assert_eq!(pieces.len(), 1, "{body}");
        pieces.remove(0)
    }

    fn delivery(events: &str) -> String {
        format!(r#"{{"eventId":"85b60edb","data":{{"events":[{events}]}}}}"#)
    }

    const EVENT: &str = r#"{"uuid":"f1d0","published":"2026-10-06T20:18:32.862Z","eventType":"user.lifecycle.suspend","target":[{"type":"UserGroup","id":"00g1"},null,{"type":"User","id":"00u1"}]}"#;

    #[test]
    fn an_event_is_kept_as_it_came_under_its_uuid_in_the_lane_of_its_person() {
        let piece = only(&delivery(EVENT));
        assert_eq!((piece.key.as_str(), piece.lane.as_str(), piece.odd), ("uuid:f1d0", "user:00u1", None));
        assert_eq!(piece.event_type.as_deref(), Some("user.lifecycle.suspend"));
        assert_eq!((piece.published.as_deref(), piece.body.as_str()), (Some("2026-10-06T20:18:32.862Z"), EVENT));
    }

    #[test]
    fn a_session_lies_in_the_lane_of_its_actor_and_a_group_in_its_own() {
        let session = EVENT
            .replace("lifecycle.suspend", "session.start")
            .replace("00u1\"}]", "0oa1\"}],\"actor\":{\"type\":\"User\",\"id\":\"00u2\"}");
        assert_eq!(
            only(&delivery(
                &session.replace("{\"type\":\"User\",\"id\":\"0oa1\"}", "{\"type\":\"AppInstance\",\"id\":\"0oa1\"}")
            ))
            .lane,
            "user:00u2"
        );
        assert_eq!(only(&delivery(&EVENT.replace("\"User\"", "\"AppUser\""))).lane, "group:00g1");
        assert_eq!(only(&delivery(&EVENT.replace("target", "targets"))).lane, "uuid:f1d0");
    }

    #[test]
    fn what_an_event_lacks_marks_it_and_its_place_names_it() {
        for odd in [
            EVENT.replace("\"f1d0\"", "7"),
            EVENT.replace("f1d0", ""),
            EVENT.replace("f1d0", "f1 d0"),
            EVENT.replace("f1d0", &"f".repeat(MAX_ID + 1)),
            "null".to_owned(),
            "[1]".to_owned(),
        ] {
            let piece = only(&delivery(&odd));
            assert_eq!((piece.key.as_str(), piece.odd), ("envelope:85b60edb/0", Some(Odd::Incomplete)), "{odd}");
            assert_eq!(piece.body, odd);
        }
        for odd in [EVENT.replace("2026-10", "2026-13"), EVENT.replace("eventType", "type")] {
            assert_eq!(only(&delivery(&odd)).odd, Some(Odd::Incomplete), "{odd}");
        }
        let nameless = only(&delivery("{}").replace("eventId", "id"));
        assert!(nameless.key.starts_with("body:") && nameless.key.ends_with("/0"), "{}", nameless.key);
    }

    #[test]
    fn what_is_no_delivery_is_kept_whole_and_marked() {
        for (body, odd) in [
            ("", Odd::NotJson),
            ("hello", Odd::NotJson),
            ("\u{feff}{}", Odd::NotJson),
            ("{} {}", Odd::NotJson),
            (r#"{"data":NaN}"#, Odd::NotJson),
            (r#"{"data":{"events":[],"events":[]}}"#, Odd::NotJson),
            ("{}", Odd::NoEvents),
            ("[]", Odd::NoEvents),
            (r#"{"data":{"events":null}}"#, Odd::NoEvents),
            (r#"{"data":{"events":{}}}"#, Odd::NoEvents),
        ] {
            let piece = only(body);
            assert_eq!((piece.odd, piece.body.as_str()), (Some(odd), body));
            assert_eq!(piece.key, only(body).key);
        }
        let deep = "[".repeat(100_000);
        assert_eq!(only(&deep).odd, Some(Odd::NotJson));
        for bytes in [b"\xff\xfe".as_slice(), b"a\0b"] {
            let piece = read(bytes).remove(0);
            assert_eq!((piece.odd, STANDARD.decode(piece.body)), (Some(Odd::NotText), Ok(bytes.to_vec())));
        }
    }

    #[test]
    fn an_event_that_cannot_be_read_silences_none_beside_it() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for odd in [r#""\ud83d""#, "1e400", &deep, r#"{"x":1,"x":2}"#] {
            let odd = format!(r#"{{"uuid":"0dd","debugContext":{odd}}}"#);
            let pieces = read(delivery(&format!("{odd},{EVENT}")).as_bytes());
            assert_eq!(pieces.len(), 2, "{odd}");
            assert_eq!((pieces[0].odd, pieces[0].key.as_str()), (Some(Odd::NotJson), "envelope:85b60edb/0"), "{odd}");
            assert_eq!((pieces[1].odd, pieces[1].lane.as_str()), (None, "user:00u1"), "{odd}");
        }
    }

    #[test]
    fn a_page_of_the_log_is_cut_as_a_delivery_is() {
        let page = read_log(format!("[{EVENT},{{}}]").as_bytes()).expect("a list");
        assert_eq!(page[0], only(&delivery(EVENT)));
        assert_eq!((page[1].odd, page.len()), (Some(Odd::Incomplete), 2));
        assert_eq!(read_log(b"[]"), Some(Vec::new()));
        for odd in [b"".as_slice(), b"{}", b"null", b"[1", b"<html>", b"[\xff]"] {
            assert_eq!(read_log(odd), None);
        }
    }

    #[test]
    fn a_batch_is_one_piece_an_event_and_an_empty_one_is_none() {
        let events: Vec<String> = (0..1_000).map(|number| EVENT.replace("f1d0", &format!("u{number}"))).collect();
        let pieces = read(delivery(&events.join(",")).as_bytes());
        assert!(
            pieces.len() == 1_000 && pieces[999].key == "uuid:u999" && pieces.iter().all(|piece| piece.odd.is_none())
        );
        assert_eq!(read(delivery("").as_bytes()), []);
    }
}
