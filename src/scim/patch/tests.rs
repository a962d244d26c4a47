//! PATCH as the RFC and the vendors say it.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scim::ScimType;
use crate::scim::document::MAX_ELEMENTS;
use crate::scim::document::tests::{any_json, any_path};
use crate::scim::schema::{ENTERPRISE_URN, GROUP, USER, USER_URN};

mod foreign;
mod limits;

const WORK: &str = "emails[type eq \"work\"]";

fn dana() -> Value {
    json!({
        "userName": "dana", "active": true, "title": "Clerk",
        "name": { "givenName": "Dana", "familyName": "Reyes" },
        "emails": [
            { "value": "dana@x.org", "type": "work", "primary": true },
            { "value": "dana@home.org", "type": "home" },
        ],
        (ENTERPRISE_URN): { "department": "Sales", "manager": { "value": "1", "displayName": "Ava" } },
        "shoeSize": 42,
    })
}

pub(super) fn request(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn patched(start: &Value, operations: &Value) -> Result<Value, ScimError> {
    let mut document = Document::parse(start, &USER)?;
    let operations = parse(request(operations), &USER)?;
    apply(&USER, &mut document, &operations)?;
    let again = Document::parse(&Value::Object(document.0.clone()), &USER).expect("a patched document is a document");
    assert_eq!(again, document);
    Ok(Value::Object(document.0))
}

/// Dana after one operation.
fn after(op: &str, path: &str, value: &Value) -> Value {
    patched(&dana(), &json!([{ "op": op, "path": path, "value": value }])).expect("a patched document")
}

/// Dana after one operation without a path.
fn after_value(op: &str, value: &Value) -> Value {
    patched(&dana(), &json!([{ "op": op, "value": value }])).expect("a patched document")
}

fn removed(path: &str) -> Value {
    patched(&dana(), &json!([{ "op": "remove", "path": path }])).expect("a patched document")
}

fn refused(operation: &Value) -> (ScimType, String) {
    let error =
        patched(&dana(), &json!([{ "op": "add", "path": "nickName", "value": "D" }, operation])).expect_err("refused");
    assert!(error.detail.starts_with("Operations[1]: "), "{error}");
    (error.kind, error.detail["Operations[1]: ".len()..].to_owned())
}

/// Dana with one part put in another way; null takes it away.
fn dana_with(pointer: &str, value: &Value) -> Value {
    let mut dana = dana();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = dana.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    parent.insert(name.to_owned(), value.clone());
    parent.retain(|_, value| !value.is_null());
    dana
}

#[test]
fn okta_and_entra_switch_a_user_off_and_on() {
    let off = dana_with("/active", &json!(false));
    assert_eq!(after_value("replace", &json!({ "active": false })), off);
    for value in [json!(false), json!("False")] {
        assert_eq!(after("Replace", "active", &value), off);
    }
    assert_eq!(patched(&off, &json!([{ "op": "Replace", "path": "active", "value": "True" }])).expect("on"), dana());
}

#[test]
fn entra_sends_dotted_and_urn_keys_in_one_value() {
    let operations = json!([
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "m.bell@x.org" },
        { "op": "replace", "value": {
            "displayName": "Marcus B. Bell",
            "name.givenName": "Marc",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "10440",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value": "2",
            "phoneNumbers[type eq \"mobile\"].value": "+1",
        } },
    ]);
    let changed = patched(&dana(), &operations).expect("a patched document");
    assert_eq!(changed["emails"][0], json!({ "value": "m.bell@x.org", "type": "work", "primary": true }));
    assert_eq!(changed["displayName"], "Marcus B. Bell");
    assert_eq!(changed["name"], json!({ "givenName": "Marc", "familyName": "Reyes" }));
    assert_eq!(changed[ENTERPRISE_URN]["employeeNumber"], "10440");
    assert_eq!(changed[ENTERPRISE_URN]["manager"], json!({ "value": "2" }));
    assert_eq!(changed["phoneNumbers"], json!([{ "type": "mobile", "value": "+1" }]));
}

#[test]
fn passwords_and_what_the_server_computes_are_passed_over() {
    let echoed = json!({
        "id": "x", "meta": { "version": 1 }, "schemas": [], "password": "N3w", "groups": [{ "value": "1" }], "roles": "x",
        (USER_URN): { "id": "y", "Password": "z" },
    });
    assert_eq!(after_value("replace", &echoed), dana());
    for path in ["password", "groups", "roles", "groups[value eq \"1\"]", "roles[primary eq \"True\"].value"] {
        assert_eq!(after("add", path, &json!("x")), dana(), "{path}");
        assert_eq!(removed(path), dana(), "{path}");
    }
}

#[test]
fn a_path_to_what_the_server_sets_is_refused() {
    for path in ["id", "meta", "schemas", "META.version", "urn:ietf:params:scim:schemas:core:2.0:User:id"] {
        for op in ["add", "replace", "remove"] {
            assert_eq!(refused(&json!({ "op": op, "path": path, "value": "x" })).0, ScimType::Mutability, "{path}");
        }
    }
}

#[test]
fn simple_attributes_are_set_and_removed() {
    for op in ["add", "replace"] {
        assert_eq!(after(op, "Title", &json!("Chief")), dana_with("/title", &json!("Chief")));
        assert_eq!(after(op, "nickName", &json!("D")), dana_with("/nickName", &json!("D")));
    }
    assert_eq!(removed("title"), dana_with("/title", &Value::Null));
    assert_eq!(removed("nickName"), dana());
}

#[test]
fn replacing_with_nothing_removes_and_adding_nothing_does_nothing() {
    for nothing in [json!(null), json!("")] {
        assert_eq!(after("replace", "title", &nothing), dana_with("/title", &Value::Null));
        assert_eq!(after_value("replace", &json!({ "title": nothing })), dana_with("/title", &Value::Null));
        assert_eq!(after("replace", "name", &nothing), dana_with("/name", &Value::Null));
        assert_eq!(after("replace", "emails", &nothing), dana_with("/emails", &Value::Null));
        assert_eq!(after("replace", ENTERPRISE_URN, &nothing), dana_with(&format!("/{ENTERPRISE_URN}"), &Value::Null));
        assert_eq!(after("replace", "shoeSize", &nothing), dana_with("/shoeSize", &Value::Null));
        for path in ["title", "name", "emails", ENTERPRISE_URN, "shoeSize", WORK, "emails[type eq \"x\"]"] {
            assert_eq!(after("add", path, &nothing), dana(), "{path}");
        }
        assert_eq!(after("replace", "emails[type eq \"x\"].value", &nothing), dana());
    }
    assert_eq!(after("replace", "emails", &json!([])), dana_with("/emails", &Value::Null));
}

#[test]
fn complex_attributes_merge() {
    let merged = dana_with("/name", &json!({ "givenName": "Dan", "familyName": "Reyes" }));
    for op in ["add", "replace"] {
        assert_eq!(after(op, "name", &json!({ "GIVENNAME": "Dan" })), merged);
        assert_eq!(after_value(op, &json!({ "NAME": { "givenName": "Dan" } })), merged);
        assert_eq!(after(op, "name.givenName", &json!("Dan")), merged);
    }
    assert_eq!(after("replace", "name", &json!({ "familyName": null }))["name"], json!({ "givenName": "Dana" }));
    assert_eq!(removed("name.givenName")["name"], json!({ "familyName": "Reyes" }));
    assert_eq!(removed("name"), dana_with("/name", &Value::Null));
    assert_eq!(after("add", "name", &json!({ "nick": "D" }))["name"]["nick"], "D");
}

#[test]
fn the_last_part_takes_the_whole_with_it() {
    let operations =
        json!([{ "op": "remove", "path": "name.givenName" }, { "op": "remove", "path": "name.familyName" }]);
    assert_eq!(patched(&dana(), &operations).expect("patched"), dana_with("/name", &Value::Null));
}

#[test]
fn extension_attributes_are_reached_by_every_road() {
    let pointer = format!("/{ENTERPRISE_URN}/department");
    let moved = dana_with(&pointer, &json!("Support"));
    for op in ["add", "replace"] {
        assert_eq!(after(op, &format!("{ENTERPRISE_URN}:department"), &json!("Support")), moved);
        assert_eq!(after(op, &ENTERPRISE_URN.to_lowercase(), &json!({ "Department": "Support" })), moved);
        assert_eq!(after_value(op, &json!({ (ENTERPRISE_URN): { "department": "Support" } })), moved);
    }
    assert_eq!(removed(&format!("{ENTERPRISE_URN}:department")), dana_with(&pointer, &Value::Null));
    assert_eq!(removed(ENTERPRISE_URN), dana_with(&format!("/{ENTERPRISE_URN}"), &Value::Null));
}

#[test]
fn a_manager_may_be_a_bare_string() {
    let path = format!("{ENTERPRISE_URN}:manager");
    let manager = |value: Value| after("Replace", &path, &value)[ENTERPRISE_URN]["manager"].clone();
    assert_eq!(manager(json!("2")), json!({ "value": "2" }));
    assert_eq!(manager(json!("1")), json!({ "value": "1", "displayName": "Ava" }));
    assert_eq!(manager(json!("")), Value::Null);
}

#[test]
fn another_manager_does_not_keep_the_name_of_the_one_before() {
    let manager = format!("{ENTERPRISE_URN}:manager");
    let of = |changed: Value| changed[ENTERPRISE_URN]["manager"].clone();
    let by_part = after("replace", &format!("{manager}.value"), &json!("2"));
    assert_eq!(of(by_part), json!({ "value": "2" }));
    for sent in [json!({ "value": "2", "displayname": "Bo" }), json!([{ "value": "2", "displayName": "Bo" }])] {
        assert_eq!(of(after("replace", &manager, &sent)), json!({ "value": "2", "displayName": "Bo" }), "{sent}");
    }
    assert_eq!(of(after("add", &manager, &json!({ "value": "1" }))), json!({ "value": "1", "displayName": "Ava" }));
    let nobody = removed(&format!("{manager}.value"));
    assert_eq!(nobody[ENTERPRISE_URN].get("manager"), None);
}

#[test]
fn one_thing_is_named_once_in_a_value_however_it_is_written() {
    let core = format!("{USER_URN}:active");
    for value in [
        json!({ "active": false, (core.clone()): true }),
        json!({ (USER_URN): { "active": false }, "ACTIVE": true }),
        json!({ "name.givenName": "A", "name": { "GivenName": "B" } }),
        json!({ (format!("{ENTERPRISE_URN}:department")): "A", (ENTERPRISE_URN): { "department": "B" } }),
        json!({ (format!("{ENTERPRISE_URN}:manager.value")): "A", (ENTERPRISE_URN): { "manager": { "value": "B" } } }),
        json!({ "urn:x:y:z": { "size": 1 }, "urn:x:y:z:size": 2 }),
        json!({ (format!("{ENTERPRISE_URN}:manager")): "A", (format!("{ENTERPRISE_URN}:manager.value")): "B" }),
        json!({ "name.givenName": "A", "name": null }),
        json!({ (format!("{ENTERPRISE_URN}:department")): "A", (ENTERPRISE_URN): null }),
        json!({ "custom": { "b": 1 }, "custom.b": 2 }),
    ] {
        let (kind, detail) = refused(&json!({ "op": "replace", "value": value }));
        assert_eq!(kind, ScimType::InvalidSyntax, "{value}");
        assert!(detail.ends_with("is given twice"), "{detail}");
    }
    let removal = json!([{ "op": "remove", "path": "name", "value": { "givenName": 1, "GIVENNAME": 2 } }]);
    assert!(patched(&dana(), &removal).is_ok());
    let both = json!({ "name.givenName": "A", "name": { "familyName": "B" } });
    assert_eq!(after_value("replace", &both)["name"], json!({ "givenName": "A", "familyName": "B" }));
}

#[test]
fn a_list_takes_what_is_new_and_merges_what_it_has() {
    let add = |value: Value| after("add", "emails", &value)["emails"].clone();
    let before = dana()["emails"].clone();
    assert_eq!(add(json!([{ "value": "dana@home.org", "type": "home" }])), before);
    assert_eq!(add(json!({ "value": "new@x.org" }))[2], json!({ "value": "new@x.org" }));
    assert_eq!(add(json!("new@x.org"))[2], json!({ "value": "new@x.org" }));
    let merged = json!({ "value": "DANA@home.org", "type": "Home", "display": "At home" });
    assert_eq!(add(json!([merged]))[1], merged);
    assert_eq!(add(json!([merged])).as_array().map(Vec::len), Some(2));
    assert_eq!(after_value("add", &json!({ "emails": [{ "value": "n" }] }))["emails"][2], json!({ "value": "n" }));
}

#[test]
fn replacing_a_list_replaces_it() {
    let emails = json!([{ "value": "a" }]);
    assert_eq!(after("replace", "emails", &emails)["emails"], emails);
    assert_eq!(after_value("replace", &json!({ "Emails": emails }))["emails"], emails);
}

#[test]
fn a_new_primary_element_unseats_the_old_one() {
    let primaries = |changed: &Value| {
        let emails = changed["emails"].as_array().expect("a list").clone();
        emails.iter().map(|email| email.get("primary") == Some(&json!(true))).collect::<Vec<_>>()
    };
    let added = after("add", "emails", &json!([{ "value": "n", "primary": "True" }]));
    assert_eq!(primaries(&added), [false, false, true]);
    assert_eq!(added["emails"][0]["primary"], false);
    let chosen = after("replace", "emails[type eq \"home\"].primary", &json!(true));
    assert_eq!(primaries(&chosen), [false, true]);
    let merged = after("add", "emails[type eq \"home\"]", &json!({ "primary": true }));
    assert_eq!(primaries(&merged), [false, true]);
    let made = after("add", "emails[primary eq true and type eq \"other\"].value", &json!("o"));
    assert_eq!(primaries(&made), [false, false, true]);
    assert_eq!(refused(&json!({ "op": "add", "path": "emails.primary", "value": true })).0, ScimType::InvalidValue);
}

#[test]
fn chosen_elements_are_changed() {
    let value = json!({ "display": "Work", "value": "w" });
    let merged = json!({ "value": "w", "type": "work", "primary": true, "display": "Work" });
    assert_eq!(after("add", WORK, &value)["emails"][0], merged);
    // RFC 7644 §3.5.2.3: replaced whole, but found by the same path again.
    let replaced = json!({ "value": "w", "type": "work", "display": "Work" });
    assert_eq!(after("replace", WORK, &value)["emails"][0], replaced);
    assert_eq!(after("replace", "emails[type ne \"home\"]", &value)["emails"][0], value);
    for op in ["add", "replace"] {
        assert_eq!(after(op, WORK, &json!("w"))["emails"][0]["value"], "w");
        assert_eq!(after(op, "emails[TYPE eq \"WORK\"].Value", &json!("w"))["emails"][0]["value"], "w");
    }
    assert_eq!(after("replace", "emails.display", &json!("x"))["emails"][1]["display"], "x");
    assert_eq!(removed(WORK)["emails"], json!([{ "value": "dana@home.org", "type": "home" }]));
    assert_eq!(removed(&format!("{WORK}.primary"))["emails"][0], json!({ "value": "dana@x.org", "type": "work" }));
    assert_eq!(removed("emails[value pr]"), dana_with("/emails", &Value::Null));
}

#[test]
fn a_list_of_one_is_put_into_a_chosen_element_as_the_one_is() {
    for op in ["add", "replace"] {
        let put = |value: &Value| after(op, "emails[type eq \"work\"]", value);
        assert_eq!(put(&json!([{ "value": "new@example.com" }])), put(&json!({ "value": "new@example.com" })));
        let two =
            json!({ "op": op, "path": "emails[type eq \"work\"]", "value": [{ "value": "a" }, { "value": "b" }] });
        assert_eq!(refused(&two).1, "emails must be an object");
    }
}

#[test]
fn an_element_that_is_replaced_keeps_its_own_spelling_of_what_it_was_chosen_by() {
    let dana = json!({ "userName": "d", "emails": [
        { "value": "dana@x.org", "type": "Private", "display": "old" }, { "value": "h", "primary": true },
    ] });
    for (filter, kept) in [
        ("value eq \"Dana@X.org\"", json!({ "value": "dana@x.org", "display": "n" })),
        ("type eq \"PRIVATE\" and value sw \"d\"", json!({ "type": "Private", "display": "n" })),
        ("value pr and not (primary eq true)", json!({ "display": "n" })),
    ] {
        let path = format!("emails[{filter}]");
        let changed = patched(&dana, &json!([{ "op": "replace", "path": path, "value": { "display": "n" } }]));
        assert_eq!(changed.expect("a document")["emails"][0], kept, "{filter}");
    }
}

#[test]
fn elements_that_one_replacement_makes_the_same_are_one_and_may_be_the_primary_one() {
    let dana = json!({ "userName": "d", "emails": [
        { "value": "a", "type": "work" }, { "value": "b", "type": "work" }, { "value": "h", "primary": true },
    ] });
    let one = json!({ "value": "n", "primary": true });
    let changed = patched(&dana, &json!([{ "op": "replace", "path": "emails[type eq \"work\"]", "value": one }]));
    assert_eq!(
        changed.expect("a document")["emails"],
        json!([{ "type": "work", "value": "n", "primary": true }, { "value": "h", "primary": false }])
    );
}

#[test]
fn an_element_that_is_not_there_is_made_from_its_filter() {
    let path = "addresses[type eq \"WORK\" and country eq \"uS\"].locality";
    let expected = json!([{ "type": "work", "country": "uS", "locality": "Springfield" }]);
    for op in ["Add", "Replace"] {
        assert_eq!(after(op, path, &json!("Springfield"))["addresses"], expected);
    }
    for filter in
        ["type eq \"x\" or type eq \"y\"", "value co \"zzz\"", "not (value pr)", "type eq \"x\" and value sw \"y\""]
    {
        let operation = json!({ "op": "replace", "path": format!("emails[{filter}].value"), "value": "n" });
        assert_eq!(refused(&operation).0, ScimType::NoTarget, "{filter}");
    }
}

#[test]
fn removing_what_is_not_there_succeeds() {
    for path in
        ["emails[type eq \"x\"]", "emails[type eq \"x\"].value", "phoneNumbers", "name.title", "x.y", "urn:x:y:z"]
    {
        assert_eq!(removed(path), dana(), "{path}");
    }
}

#[test]
fn a_remove_with_a_value_removes_only_those() {
    let left = |value: Value| after("Remove", "emails", &value).get("emails").cloned().unwrap_or_default();
    let home = json!([{ "value": "dana@home.org", "type": "home" }]);
    assert_eq!(left(json!([{ "value": "DANA@x.org" }])), home);
    assert_eq!(left(json!({ "value": "dana@x.org", "type": "work", "primary": false })), home);
    assert_eq!(left(json!([{ "type": "work" }])), home);
    assert_eq!(left(json!("dana@x.org")), home);
    for nobody in [json!([]), json!([{ "value": "x" }]), json!({ "value": "dana@x.org", "type": "home" }), json!("")] {
        assert_eq!(left(nobody.clone()), dana()["emails"], "{nobody}");
    }
    assert_eq!(left(Value::Null), Value::Null);
}

#[test]
fn errors_name_the_operation_and_the_attribute() {
    let cases = [
        (json!({ "op": "add", "path": "userName", "value": 1 }), "userName must be a string"),
        (json!({ "op": "replace", "path": "active", "value": "maybe" }), "active must be true or false"),
        (json!({ "op": "add", "value": { "emails": [{ "value": {"x": 1} }] } }), "emails.value must be a string"),
        (json!({ "op": "add", "path": "name", "value": "x" }), "name must be an object"),
        (json!({ "op": "add", "path": "title", "value": "\0" }), "title contains a NUL character"),
    ];
    for (operation, sentence) in cases {
        assert_eq!(refused(&operation), (ScimType::InvalidValue, sentence.to_owned()));
    }
    let deep = (0..16).fold(json!(1), |value, _| json!([value]));
    assert!(refused(&json!({ "op": "add", "path": "x", "value": deep })).1.contains("16"));
    assert!(refused(&json!({ "op": "add", "path": "x.y", "value": deep[0] })).1.contains("16"));
    assert!(refused(&json!({ "op": "add", "value": { "title": "a", "TITLE": "b" } })).1.contains("twice"));
    assert!(refused(&json!({ "op": "add", "value": { "emails[": "a" } })).1.contains("position"));
    assert_eq!(refused(&json!({ "op": "add", "path": "emails[", "value": 1 })).0, ScimType::InvalidFilter);
    assert_eq!(refused(&json!({ "op": "add", "path": ENTERPRISE_URN, "value": "x" })).0, ScimType::InvalidValue);
    assert_eq!(refused(&json!({ "op": "add", "path": USER_URN, "value": "x" })).0, ScimType::InvalidValue);
}

#[test]
fn a_body_that_is_no_patch_is_refused() {
    let cases = [
        (json!({ "op": "move", "path": "title" }), ScimType::InvalidSyntax),
        (json!({ "path": "title" }), ScimType::InvalidSyntax),
        (json!({ "op": 1 }), ScimType::InvalidSyntax),
        (json!("x"), ScimType::InvalidSyntax),
        (json!({ "op": "remove" }), ScimType::NoTarget),
        (json!({ "op": "remove", "value": { "title": "x" } }), ScimType::NoTarget),
        (json!({ "op": "add", "path": "title" }), ScimType::InvalidValue),
        (json!({ "op": "add", "value": [1] }), ScimType::InvalidValue),
        (json!({ "op": "add", "path": 7, "value": "x" }), ScimType::InvalidPath),
        (json!({ "op": "remove", "path": USER_URN }), ScimType::NoTarget),
    ];
    for (operation, kind) in cases {
        assert_eq!(refused(&operation).0, kind, "{operation}");
    }
    for body in [json!({}), json!([]), json!({ "Operations": {} }), json!({ "Operations": null })] {
        assert_eq!(parse(body, &USER).expect_err("refused").kind, ScimType::InvalidSyntax);
    }
}

#[test]
fn what_clients_forget_or_add_is_let_pass() {
    assert!(parse(json!({ "operations": [] }), &USER).expect("none").is_empty());
    let body = json!({ "OPERATIONS": [{ "OP": "REPLACE", "Path": "title", "Value": "x", "name": "y" }], "more": 1 });
    let operations = parse(body, &USER).expect("one");
    assert_eq!((operations[0].verb, operations[0].value.clone()), (Verb::Replace, Some(json!("x"))));
    assert_eq!(after_value("replace", &json!({})), dana());
    for path in [json!(null), json!("")] {
        let body = json!([{ "op": "replace", "path": path, "value": { "title": "x" } }]);
        assert_eq!(patched(&dana(), &body).expect("patched")["title"], "x");
    }
}

#[test]
fn all_operations_apply_or_none() {
    let mut document = Document::parse(&dana(), &USER).expect("a document");
    let body = request(&json!([
        { "op": "replace", "path": "title", "value": "x" },
        { "op": "replace", "path": "active", "value": 7 },
    ]));
    let operations = parse(body, &USER).expect("two");
    assert!(apply(&USER, &mut document, &operations).is_err());
    assert_eq!(Value::Object(document.0), dana());
}

#[test]
fn what_must_be_there_cannot_be_taken_away() {
    let removal = refused(&json!({ "op": "remove", "path": "userName" }));
    assert_eq!(removal, (ScimType::Mutability, "userName is required and cannot be taken away".to_owned()));
    for operation in [
        json!({ "op": "replace", "path": "userName", "value": null }),
        json!({ "op": "replace", "value": { "userName": "" } }),
    ] {
        assert_eq!(refused(&operation), (ScimType::InvalidValue, "userName is required".to_owned()), "{operation}");
    }
}

/// Operations as clients send them, good and bad.
fn any_operations() -> impl Strategy<Value = Value> {
    let operation = ("add|replace|remove|Add", prop::option::of(any_path()), prop::option::of(any_json())).prop_map(
        |(op, path, value)| {
            let mut operation = json!({ "op": op });
            if let Some(path) = path {
                operation["path"] = json!(path);
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        },
    );
    prop::collection::vec(operation, 0..5).prop_map(Value::from)
}

/// Operations that say where things end, not what to add, on targets whose filters they do not touch.
fn settling_operations() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "title",
        "name.givenName",
        "emails[type eq \"work\"].value",
        "emails[type eq \"pager\"].display",
        "shoeSize",
        "x.y",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "addresses[type eq \"work\"].country",
    ]);
    let replaced = (text, prop_oneof!["[a-z]{1,3}".prop_map(Value::from), Just(json!("")), Just(json!(null))])
        .prop_map(|(path, value)| json!({ "op": "replace", "path": path, "value": value }));
    let gone = prop::sample::select(vec!["title", "name", "emails[type eq \"home\"]", "emails", ENTERPRISE_URN, "x"])
        .prop_map(|path| json!({ "op": "remove", "path": path }));
    let spread = "[a-z]{0,2}".prop_map(|text| {
        json!({ "op": "replace", "value": { "title": text, "name": { "familyName": text }, "emails": [{ "value": text }] } })
    });
    prop::collection::vec(prop_oneof![3 => replaced, 1 => gone, 1 => spread], 0..6).prop_map(Value::from)
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(body in any_json()) {
        for resource in [&USER, &GROUP] {
            if let Ok(operations) = parse(body.clone(), resource) {
                let _ = split_members(operations);
            }
        }
    }

    #[test]
    fn any_operations_leave_a_document(start in any_json(), operations in any_operations()) {
        for start in [&start, &dana()] {
            let _ = patched(start, &operations);
        }
        if let Ok(operations) = parse(request(&operations), &GROUP) {
            let mut group = Document::default();
            let _ = apply(&GROUP, &mut group, &operations);
            let _ = split_members(operations);
        }
    }

    #[test]
    fn replacing_and_removing_twice_is_the_same_as_once(operations in settling_operations()) {
        let once = patched(&dana(), &operations).expect("good operations");
        prop_assert_eq!(patched(&once, &operations).expect("good operations"), once);
    }
}
