//! What the fuzzer tries and the test command replays: one function a target, each takes any bytes and panics when a
//! promise is broken.

use rollcall::http::scim::body::{Concern, parse};
use rollcall::scim::cursor::{LIFETIME_SECONDS, MAX_CURSOR_BYTES, Mark};
use rollcall::scim::schema::{GROUP, ResourceType, USER};
use rollcall::scim::{Document, ScimError, ScimType, filter, patch, path};
use serde_json::Value;

/// Both kinds of resource.
static RESOURCES: [&ResourceType; 2] = [&USER, &GROUP];

/// Any text is a filter or is refused; a filter is true or false of a document, and not both of it and its contrary. One
/// that a type takes by itself means the same in a search of several.
pub fn any_filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(document) = document(include_bytes!("../corpus/body/person")) else { return };
    for resource in RESOURCES {
        let among = filter::parse_among(&text, resource, &RESOURCES);
        if let Err(error) = &among {
            is_sentence(error);
        }
        match filter::parse(&text, resource) {
            Ok(read) => {
                assert_eq!(among.as_ref(), Ok(&read));
                let document = document.clone().into_map();
                let contrary = filter::Filter::Not(Box::new(read.clone()));
                assert_ne!(filter::matches(&read, &document), filter::matches(&contrary, &document));
            }
            Err(error) => is_sentence(&error),
        }
    }
}

/// Any text is a path or is refused.
pub fn any_path(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for resource in RESOURCES {
        if let Err(error) = path::parse(&text, resource) {
            is_sentence(&error);
        }
    }
}

/// Any operations leave a document in its kept form, or leave it as it was.
pub fn any_patch(bytes: &[u8]) {
    let Ok(body) = parse(bytes, Concern::GroupChange) else { return };
    for resource in RESOURCES {
        let Some(before) = document(include_bytes!("../corpus/body/person")) else { return };
        let mut after = before.clone();
        match patch::parse(body.clone(), resource)
            .and_then(|operations| patch::apply(resource, &mut after, &operations))
        {
            Ok(()) if resource.name == USER.name => is_kept(&after, resource),
            Ok(()) => {}
            Err(error) => {
                is_sentence(&error);
                assert_eq!(after, before);
            }
        }
        let _ = patch::parse(body.clone(), resource).and_then(patch::split_members);
    }
}

/// Any body is a document in its kept form or is refused.
pub fn any_body(bytes: &[u8]) {
    for resource in RESOURCES {
        match parse(bytes, Concern::Group).and_then(|body| Document::parse(&body, resource)) {
            Ok(document) => is_kept(&document, resource),
            Err(error) => is_sentence(&error),
        }
    }
}

/// The moment at which cursors are opened, in seconds since 1970.
const NOW: i64 = 1_772_452_800;

/// Any text is refused as a cursor, unless it is what a mark was sealed to: then the same mark comes out of it, it seals
/// to the same text again, and it ends with its time.
pub fn any_cursor(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Mark::open(&text, NOW, seal) {
        Ok(mark) => {
            assert!(text.len() <= MAX_CURSOR_BYTES);
            let again = mark.seal(NOW + i64::from(LIFETIME_SECONDS), seal);
            assert_eq!(Mark::open(&again, NOW, seal).expect("its own cursor"), mark);
            let late = Mark::open(&again, NOW + i64::from(LIFETIME_SECONDS), seal).expect_err("late");
            assert_eq!(late.kind, ScimType::ExpiredCursor);
        }
        Err(error) => {
            assert!(matches!(error.kind, ScimType::InvalidCursor | ScimType::ExpiredCursor));
            is_sentence(&error);
        }
    }
    any_mark(&text);
}

/// Any key and id come out of their cursor as they went in, and no other query opens it.
fn any_mark(text: &str) {
    let (id, key) = text.split_once(' ').map_or((text, None), |(id, key)| (id, Some(key.to_owned())));
    let mark = Mark { key, id: id.to_owned() };
    let cursor = mark.seal(NOW + 1, seal);
    let opened = Mark::open(&cursor, NOW, seal);
    assert_eq!(opened.is_ok(), cursor.len() <= MAX_CURSOR_BYTES);
    assert!(opened.is_err() || opened == Ok(mark));
    let foreign = |text: &str| seal(text).map(|byte| byte ^ 1);
    assert!(Mark::open(&cursor, NOW, foreign).is_err());
}

/// No keyed hash, but as long as one, and another for another text.
fn seal(text: &str) -> [u8; 32] {
    let mut hash = [0u8; 32];
    for (at, byte) in text.bytes().enumerate() {
        hash[at % 32] = hash[at % 32].rotate_left(3).wrapping_add(byte);
    }
    hash
}

/// The person that filters and operations are tried on.
fn document(bytes: &[u8]) -> Option<Document> {
    parse(bytes, Concern::Group).and_then(|body| Document::parse(&body, &USER)).ok()
}

/// A kept document is kept again as it is, and so is its stored text.
fn is_kept(document: &Document, resource: &'static ResourceType) {
    let again = Document::parse(&Value::Object(document.clone().into_map()), resource).expect("its own form");
    assert_eq!(again, *document);
    assert_eq!(Document::from_stored(&document.to_stored()).expect("its own text"), *document);
    assert!(document.leaves(resource).iter().all(|leaf| !leaf.attribute.is_empty()));
}

/// A refusal says something, and never repeats a long text.
fn is_sentence(error: &ScimError) {
    let length = error.detail.chars().count();
    assert!((5..600).contains(&length), "{length}: {error}");
}
