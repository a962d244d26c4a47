//! What the registry does not know: kept as sent, where it was sent to.

use super::*;

#[test]
fn what_the_registry_does_not_know_is_kept_where_it_was_sent() {
    let value = json!({
        "ShoeSize": 43, "hat.size": 7, "urn:okta:custom:group:1.0": { "description": "x", "empty": {} },
        "urn:x:2.0:User:costCode": "c", "http://example.com/2.0/User": { "a": [1] }, "name.nick": "D",
        (ENTERPRISE_URN): { "floor": 3 }, "not a path": 1,
    });
    let changed = after_value("add", &value);
    assert_eq!(changed["shoeSize"], 43);
    assert_eq!(changed["hat"], json!({ "size": 7 }));
    assert_eq!(changed["urn:okta:custom:group:1.0"], json!({ "description": "x" }));
    assert_eq!(changed["urn:x:2.0:User"], json!({ "costCode": "c" }));
    assert_eq!(changed["http://example.com/2.0/User"], json!({ "a": [1] }));
    assert_eq!(changed["name"]["nick"], "D");
    assert_eq!(
        (&changed[ENTERPRISE_URN]["floor"], &changed[ENTERPRISE_URN]["department"]),
        (&json!(3), &json!("Sales"))
    );
    assert_eq!(changed["not a path"], 1);

    let operations = json!([
        { "op": "replace", "path": "urn:okta:custom:group:1.0", "value": { "b": 1 } },
        { "op": "remove", "path": "URN:x:2.0:User:costcode" },
        { "op": "remove", "path": "hat.size" },
        { "op": "remove", "path": format!("{ENTERPRISE_URN}:floor") },
    ]);
    let changed = patched(&changed, &operations).expect("patched");
    assert_eq!(changed["urn:okta:custom:group:1.0"], json!({ "description": "x", "b": 1 }));
    assert_eq!((changed.get("urn:x:2.0:User"), changed.get("hat")), (None, None));
    assert_eq!(changed[ENTERPRISE_URN].get("floor"), None);

    let operations = json!([{ "op": "remove", "path": "urn:okta:custom:group:1.0" }]);
    assert_eq!(patched(&changed, &operations).expect("patched").get("urn:okta:custom:group:1.0"), None);
}

#[test]
fn a_key_of_an_extension_is_one_name_whatever_is_in_it() {
    let kept = json!({ "urn:x:y": { "a": 1, "a.b": 2 } });
    let mut body = dana();
    body["urn:x:y"] = kept["urn:x:y"].clone();
    let echoed = patched(&body, &json!([{ "op": "replace", "value": kept }])).expect("what is kept may be sent again");
    assert_eq!(echoed, body);
    assert_eq!(after_value("add", &kept), body);
}

/// A person who has these besides, after operations.
fn besides(own: &Value, operations: &Value) -> Value {
    let mut body = dana();
    let own = own.as_object().expect("attributes").clone();
    body.as_object_mut().expect("a body").extend(own.clone());
    let changed = patched(&body, operations).expect("a patched document");
    let is_known = |name: &str| dana().get(name).is_some();
    changed
        .as_object()
        .expect("a document")
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn what_a_path_behind_a_urn_means_depends_on_what_there_is() {
    let hr = "urn:acme:hr:2.0:User";
    let grade = json!({ (hr): { "grade": 7, "loc": { "b": 2, "z": 1 } } });
    let path = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
    let whole = |op: &str, key: &str, value: Value| json!([{ "op": op, "value": { (key): value } }]);
    for nothing in [json!(null), json!([]), json!("")] {
        assert_eq!(besides(&grade, &whole("replace", hr, nothing.clone())), json!({}));
        assert_eq!(besides(&grade, &path("replace", hr, nothing.clone())), json!({}));
        assert_eq!(besides(&grade, &whole("add", hr, nothing)), grade);
    }
    let moved = json!({ (hr): { "grade": 7, "loc": { "b": 3, "z": 1 } } });
    assert_eq!(besides(&grade, &path("replace", &format!("{hr}:loc"), json!({ "b": 3 }))), moved);
    assert_eq!(besides(&grade, &path("add", &format!("{hr}:loc"), json!({ "b": 3 }))), moved);
    assert_eq!(besides(&grade, &path("replace", &format!("{hr}:loc.b"), json!(3))), moved);
    assert_eq!(besides(&grade, &whole("add", hr, json!({ "loc": { "B": 3 } }))), moved);

    let dotted = json!({ "urn:scim:acme.example": { "grade": 7 } });
    let after = json!({ "urn:scim:acme.example": { "grade": 8 } });
    assert_eq!(besides(&dotted, &whole("replace", "urn:scim:acme.example", json!({ "grade": 8 }))), after);
    assert_eq!(besides(&dotted, &path("replace", "urn:scim:ACME.example", json!({ "grade": 8 }))), after);
    assert_eq!(besides(&json!({}), &whole("add", "urn:scim:acme.example", json!({ "grade": 8 }))), after);
    assert_eq!(besides(&dotted, &path("remove", "urn:scim:acme.example", json!(null))), json!({}));

    let scalar = besides(&json!({ "urn:x:y:a": { "b": 1 } }), &whole("replace", "urn:x:y:a", json!("s")));
    assert_eq!(scalar, json!({ "urn:x:y:a": "s" }));
    assert_eq!(besides(&json!({ "custom.a": 7 }), &whole("replace", "custom.a", json!(8))), json!({ "custom.a": 8 }));
    let secret = whole("add", "urn:x:y", json!({ "a": 1, "password": "p", "b": { "userPassword": "p" } }));
    assert_eq!(besides(&json!({}), &secret)["urn:x:y"]["a"], 1);
    assert!(!besides(&json!({}), &secret).to_string().contains("assword"));
}

#[test]
fn what_was_read_may_be_sent_back_and_changes_nothing() {
    for own in [
        json!({ "urn:x:y": { "a": 1, "a:b": 2, "a.b": 3 } }),
        json!({ "urn:x:y": { "a": 1 }, "urn:x:y:a": { "b": 2 } }),
        json!({ "urn:x:y": { "a": 1 }, "urn:x": { "y": 2 } }),
        json!({ "urn:x:1.0": { "a": {} }, "urn:x:y": { "n": null, "t": "", "l": [] } }),
        json!({ "custom.a": 7, "other": { "b": { "c": {} } } }),
        json!({ "urn:scim:acme.example": { "grade": 7 }, "http://a/b": { "c": 1 } }),
    ] {
        for op in ["add", "replace"] {
            assert_eq!(besides(&own, &json!([{ "op": op, "value": own }])), own, "{op}");
        }
    }
}

#[test]
fn an_object_merges_into_what_nobody_registered() {
    let custom = json!({ "custom": { "b": 2, "z": { "y": 1, "x": 1 } } });
    for op in ["add", "replace"] {
        let value = json!({ "B": 3, "z": { "y": 2 }, "new": [1] });
        let expected = json!({ "custom": { "b": 3, "z": { "y": 2, "x": 1 }, "new": [1] } });
        assert_eq!(besides(&custom, &json!([{ "op": op, "path": "custom", "value": value }])), expected);
        assert_eq!(besides(&custom, &json!([{ "op": op, "value": { "custom": value } }])), expected);
    }
    let gone = json!([{ "op": "replace", "path": "custom", "value": { "b": null } }]);
    assert_eq!(besides(&custom, &gone), json!({ "custom": { "z": { "y": 1, "x": 1 } } }));
    assert_eq!(besides(&custom, &json!([{ "op": "replace", "path": "custom", "value": 7 }])), json!({ "custom": 7 }));
}

#[test]
fn a_list_that_the_registry_does_not_know_takes_more_and_loses_what_is_listed() {
    let tags = |operations: Value| patched(&json!({ "userName": "d", "tags": ["a", { "b": 1 }] }), &operations);
    let after = |op: &str, value: Value| {
        tags(json!([{ "op": op, "path": "tags", "value": value }])).expect("a document")["tags"].clone()
    };
    assert_eq!(after("add", json!(["a", "c"])), json!(["a", { "b": 1 }, "c"]));
    assert_eq!(after("add", json!("c")), json!(["a", { "b": 1 }, "c"]));
    assert_eq!(after("remove", json!([{ "b": 1 }, "z"])), json!(["a"]));
    assert_eq!(after("remove", json!("a")), json!([{ "b": 1 }]));
    assert_eq!(after("remove", json!(["a", { "b": 1 }])), Value::Null);
    assert_eq!(after("remove", json!(null)), Value::Null);
    assert_eq!(after("replace", json!(["c"])), json!(["c"]));
    let many: Vec<Value> = (0..99).map(Value::from).collect();
    let detail = tags(json!([{ "op": "add", "path": "tags", "value": many }])).expect_err("101").detail;
    assert!(detail.contains("more than 100 elements"), "{detail}");
}

#[test]
fn an_unknown_extension_is_removed_whole() {
    let operations = json!([{ "op": "add", "path": "urn:x:y:Group", "value": { "a": 1 } }, { "op": "remove", "path": "urn:x:y:group" }]);
    assert_eq!(patched(&dana(), &operations).expect("patched"), dana());
}
