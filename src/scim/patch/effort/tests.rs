//! What costs too much is refused before it is done.

use serde_json::{Map, json};

use super::super::{apply, parse, tests::request};
use super::*;
use crate::scim::Document;
use crate::scim::schema::USER;

/// A person with as many long elements as a list may have, and requests that compare them with as much again.
#[test]
fn requests_that_look_at_too_much_of_long_lists_are_refused_before_they_have() {
    let long = |number: usize| json!({ "value": format!("{}{number}", "é".repeat(900)), "type": "work" });
    let body = json!({ "userName": "u", "entitlements": (0..100).map(long).collect::<Vec<_>>() });
    let listed: Vec<Value> = (0..100).map(|number| json!({ "value": format!("ü{number}") })).collect();
    let filter = ["value eq \"x\""; 250].join(" or ");
    let requests = [
        vec![json!({ "op": "remove", "path": "entitlements", "value": listed }); 500],
        vec![json!({ "op": "remove", "path": format!("entitlements[{filter}].display") }); 16],
        vec![json!({ "op": "add", "path": "entitlements", "value": [long(1)] }); 500],
    ];
    for operations in requests {
        let mut document = Document::parse(&body, &USER).expect("a document");
        let before = document.clone();
        let operations = parse(request(&operations.into()), &USER).expect("operations");
        let refused = apply(&USER, &mut document, &operations).expect_err("too much");
        assert!(refused.detail.contains("look at too much of long lists"), "{}", refused.detail);
        assert_eq!(document.into_map(), before.into_map());
    }
}

/// A person with as many mail addresses as a list may have, all of one type.
fn crowded() -> Document {
    let emails: Vec<Value> = (0..100).map(|number| json!({ "value": format!("a{number}"), "type": "work" })).collect();
    Document::parse(&json!({ "userName": "u", "emails": emails }), &USER).expect("a document")
}

fn refused_of(mut document: Document, operations: Vec<Value>) -> String {
    let before = document.clone();
    let operations = parse(request(&operations.into()), &USER).expect("operations");
    let refused = apply(&USER, &mut document, &operations).expect_err("too much");
    assert_eq!(document, before);
    refused.detail.into_owned()
}

#[test]
fn a_value_that_is_put_into_many_elements_counts_for_each_before_it_is_copied() {
    let deep = (0..8).fold(json!(0), |inner, _| json!({ "a": inner }));
    let wide: Value = (0..40).map(|at| (format!("k{at}"), deep.clone())).collect::<Map<_, _>>().into();
    let value: Value = (0..48).map(|at| (format!("q{at}"), wide.clone())).collect::<Map<_, _>>().into();
    for value in [value, json!({ "display": "x".repeat(60_000) })] {
        let add = json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": value });
        assert!(refused_of(crowded(), vec![add]).contains("take more than 262144 bytes"));
    }
}

#[test]
fn lists_of_many_empty_parts_are_no_cheaper_to_look_at() {
    let value: Value = (0..12).map(|at| (format!("k{at}"), json!([[]]))).collect::<Map<_, _>>().into();
    let fill = json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": { "q": value } });
    let mut operations = vec![json!({ "op": "replace", "path": "emails.primary", "value": false }); 400];
    operations.insert(0, fill);
    assert!(refused_of(crowded(), operations).contains("look at too much of long lists"));
}

#[test]
fn names_that_must_be_looked_for_among_many_are_counted() {
    let names = |upper: bool| -> Value {
        let name = |at: usize| if upper { format!("N{at:03}") } else { format!("n{at:03}") };
        (0..490).map(|at| (name(at), json!(at))).collect::<Map<_, _>>().into()
    };
    let start = Document::parse(&json!({ "userName": "u", "urn:x:y": names(false) }), &USER).expect("a document");
    let again = json!({ "op": "add", "path": "urn:x:y", "value": names(true) });
    assert!(refused_of(start, vec![again; 20]).contains("look at too much"));
}

#[test]
fn letters_beyond_ascii_count_as_often_as_they_are_compared() {
    let put = json!({ "op": "replace", "path": "emails.display", "value": "ΐ".repeat(950) });
    assert!(refused_of(crowded(), vec![put; 60]).contains("look at too much"));
}

#[test]
fn long_names_are_counted_by_their_length() {
    let names = |letter: char| -> Value {
        let tail = letter.to_string().repeat(400);
        (0..100).map(|at| (format!("{tail}{at:03}"), json!(at))).collect::<Map<_, _>>().into()
    };
    let start = Document::parse(&json!({ "userName": "u", "urn:x:y": names('n') }), &USER).expect("a document");
    let again = json!({ "op": "add", "path": "urn:x:y", "value": names('N') });
    assert!(refused_of(start, vec![again; 10]).contains("look at too much"));
}
