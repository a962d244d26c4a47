//! What the fuzzer tries and the test command replays: one function a target, each takes any bytes and panics when a
//! promise is broken.

use rollcall::http::scim::body::{MAX_GROUP_BODY, parse};
use rollcall::scim::schema::{GROUP, ResourceType, USER};
use rollcall::scim::{Document, ScimError, filter, patch, path};
use serde_json::Value;

/// Both kinds of resource.
const RESOURCES: [&ResourceType; 2] = [&USER, &GROUP];

/// Any text is a filter or is refused; a filter is true or false of a document, and not both of it and its contrary.
pub fn any_filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(document) = document(include_bytes!("../corpus/body/person")) else { return };
    for resource in RESOURCES {
        match filter::parse(&text, resource) {
            Ok(read) => {
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
    let Ok(body) = parse(bytes, MAX_GROUP_BODY) else { return };
    for resource in RESOURCES {
        let Some(before) = document(include_bytes!("../corpus/body/person")) else { return };
        let mut after = before.clone();
        match patch::parse(&body, resource).and_then(|operations| patch::apply(resource, &mut after, &operations)) {
            Ok(()) if resource.name == USER.name => is_kept(&after, resource),
            Ok(()) => {}
            Err(error) => {
                is_sentence(&error);
                assert_eq!(after, before);
            }
        }
        let _ = patch::parse(&body, resource).and_then(patch::split_members);
    }
}

/// Any body is a document in its kept form or is refused.
pub fn any_body(bytes: &[u8]) {
    for resource in RESOURCES {
        match parse(bytes, MAX_GROUP_BODY).and_then(|body| Document::parse(&body, resource)) {
            Ok(document) => is_kept(&document, resource),
            Err(error) => is_sentence(&error),
        }
    }
}

/// The person that filters and operations are tried on.
fn document(bytes: &[u8]) -> Option<Document> {
    parse(bytes, MAX_GROUP_BODY).and_then(|body| Document::parse(&body, &USER)).ok()
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
