//! Documents as clients send them, checked and kept.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scim::ScimType;
use crate::scim::schema::{ENTERPRISE_URN, GROUP, USER, USER_URN};

fn parsed(body: &Value) -> Document {
    Document::parse(body, &USER).expect("a document")
}

fn kept(body: &Value) -> Value {
    Value::Object(parsed(body).0)
}

fn refused(body: &Value) -> (ScimType, String) {
    let error = Document::parse(body, &USER).expect_err("refused");
    (error.kind, error.detail.into_owned())
}

/// A tree of any JSON, with the names that mean something in it.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop_oneof!["work", "True", "x", "remove", "Add", "replace"].prop_map(Value::from),
        any_path().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let key = prop_oneof![any_path(), ".{0,6}", "value|type|primary|op|path|Operations|OP"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Names and paths, most of them good.
pub(crate) fn any_path() -> impl Strategy<Value = String> {
    let paths = [
        "userName",
        "ACTIVE",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[type eq \"work\"].value",
        "emails[primary eq true]",
        "emails[type eq \"work\" or value pr]",
        "addresses[type eq \"work\"].locality",
        "id",
        "meta",
        "schemas",
        "password",
        "groups",
        "roles",
        "members",
        "members[value eq \"1\"]",
        ENTERPRISE_URN,
        USER_URN,
        "manager",
        "shoeSize",
        "shoe.size",
        "urn:x:y:Group",
        "urn:okta:custom:group:1.0",
        "active.x",
        "emails[",
        "a b",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "http://example.com/2.0/Group",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
        "urn:x:y:Group:costCode",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName",
        "name.nickPart",
        "externalId",
        "photos",
        "",
    ];
    prop::sample::select(paths.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn any_json_is_kept_or_refused_and_what_is_kept_is_kept_again(body in any_json()) {
        for resource in [&USER, &GROUP] {
            if let Ok(document) = Document::parse(&body, resource) {
                let again = Document::parse(&Value::Object(document.0.clone()), resource).expect("its own form");
                prop_assert_eq!(&again, &document);
                prop_assert_eq!(Document::from_stored(&document.to_stored()).expect("its own text"), document);
            }
        }
    }
}

#[test]
fn what_okta_posts_is_kept_without_what_the_server_sets() {
    let body = json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "userName": "priya.shah@example.com",
        "name": { "givenName": "Priya", "familyName": "Shah" },
        "emails": [{ "primary": true, "value": "priya.shah@example.com", "type": "work" }],
        "phoneNumbers": [{ "primary": true, "value": "+1 415 555 0132", "type": "work" }],
        "addresses": [{ "primary": true, "type": "work", "streetAddress": "100 Example Way", "country": "US" }],
        "externalId": "00uKv7Tq2mZbX9PdR0h7",
        "groups": [],
        "password": "Zk3m8qPd",
        (ENTERPRISE_URN): { "employeeNumber": "10231", "manager": { "value": "89bb", "displayName": "Ava" } },
        "active": true,
    });
    let mut expected = body.clone();
    for dropped in ["schemas", "groups", "password"] {
        expected.as_object_mut().expect("an object").remove(dropped);
    }
    assert_eq!(kept(&body), expected);
    assert_eq!(stored::schemas(&parsed(&body).to_stored(), &USER).expect("an object"), [USER_URN, ENTERPRISE_URN]);
}

#[test]
fn what_okta_puts_back_from_our_own_answer_is_the_same_document() {
    let body =
        json!({ "userName": "dana", "active": false, "displayName": "Dana", "emails": [{ "value": "d@x.org" }] });
    let mut echoed = body.clone();
    echoed["id"] = json!("23a3");
    echoed["meta"] = json!({ "resourceType": "User", "created": "2026-04-12T00:00:00Z" });
    echoed["schemas"] = json!([USER_URN]);
    echoed["roles"] = json!([{ "value": "role-responder", "display": "Responder" }]);
    echoed["groups"] = json!("whatever");
    assert_eq!(kept(&echoed), body);
}

#[test]
fn a_group_keeps_its_description_under_an_unknown_urn() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "urn:okta:custom:group:1.0"],
        "displayName": "oncall-payments",
        "members": [],
        "urn:okta:custom:group:1.0": { "description": "Payments on-call", "nothing": null },
    });
    let document = Document::parse(&body, &GROUP).expect("a group");
    assert_eq!(stored::schemas(&document.to_stored(), &GROUP).expect("an object")[1..], ["urn:okta:custom:group:1.0"]);
    assert_eq!(document.get("urn:okta:custom:group:1.0"), body.get("urn:okta:custom:group:1.0"));
    assert_eq!(document.get("members"), None);
}

#[test]
fn names_in_any_letter_case_are_spelled_canonically() {
    let body = json!({
        "USERNAME": "dana",
        "Name": { "GIVENNAME": "Dana" },
        "eMails": [{ "Value": "d@x.org", "TYPE": "work", "shoeSize": 1 }],
        (ENTERPRISE_URN.to_uppercase()): { "Department": "Sales", "Floor": 3 },
        "ShoeSize": 42,
    });
    let expected = json!({
        "userName": "dana",
        "name": { "givenName": "Dana" },
        "emails": [{ "value": "d@x.org", "type": "work", "shoeSize": 1 }],
        (ENTERPRISE_URN): { "department": "Sales", "Floor": 3 },
        "ShoeSize": 42,
    });
    assert_eq!(kept(&body).to_string(), expected.to_string());
}

#[test]
fn core_attributes_under_the_core_urn_are_core_attributes() {
    for body in [json!({ "userName": "dana" }), json!({ (USER_URN): { "userName": "dana" } })] {
        assert_eq!(kept(&json!({ (USER_URN): body })), json!({ "userName": "dana" }));
    }
}

#[test]
fn a_name_given_twice_is_refused_by_name() {
    let bodies = [
        json!({ "userName": "a", "USERNAME": "b" }),
        json!({ "name": { "givenName": "a", "GivenName": "b" } }),
        json!({ (ENTERPRISE_URN): { "department": "a", "Department": "b" } }),
        json!({ "shoeSize": 1, "SHOESIZE": 2 }),
        json!({ (USER_URN): { "userName": "a" }, "userName": "b" }),
    ];
    for body in bodies {
        let (kind, detail) = refused(&body);
        assert_eq!(kind, ScimType::InvalidSyntax, "{body}");
        assert!(detail.contains("twice"), "{detail}");
    }
}

#[test]
fn empty_values_are_absent_ones() {
    let body = json!({
        "title": "", "nickName": null, "emails": [], "phoneNumbers": [null, {}, "", { "value": "" }],
        "name": { "givenName": "", "familyName": null }, (ENTERPRISE_URN): { "department": "", "manager": {} },
        "shoeSize": "", "urn:x:y": {}, "displayName": " ",
    });
    assert_eq!(kept(&body), json!({ "displayName": " " }));
}

#[test]
fn booleans_may_be_words() {
    for (word, flag) in [(json!(true), true), (json!("True"), true), (json!("true"), true), (json!("FALSE"), false)] {
        let body = json!({ "active": word, "emails": [{ "value": "x", "primary": word }] });
        assert_eq!(kept(&body), json!({ "active": flag, "emails": [{ "value": "x", "primary": flag }] }));
    }
    assert_eq!(refused(&json!({ "active": "yes" })).1, "active must be true or false");
    assert_eq!(refused(&json!({ "active": 1 })).0, ScimType::InvalidValue);
}

#[test]
fn a_single_element_and_a_bare_string_stand_for_a_list() {
    let expected = json!({ "emails": [{ "value": "d@x.org" }] });
    for emails in [json!({ "value": "d@x.org" }), json!("d@x.org"), json!(["d@x.org"])] {
        assert_eq!(kept(&json!({ "emails": emails })), expected);
    }
    let body = json!({ (ENTERPRISE_URN): { "manager": "89bb" } });
    assert_eq!(kept(&body), json!({ (ENTERPRISE_URN): { "manager": { "value": "89bb" } } }));
}

#[test]
fn wrong_types_are_refused_by_the_name_of_the_field() {
    let cases = [
        (json!({ "userName": 1 }), "userName must be a string"),
        (json!({ "name": "Dana" }), "name must be an object"),
        (json!({ "name": { "givenName": ["x"] } }), "name.givenName must be a string"),
        (json!({ "emails": [{ "value": 1 }] }), "emails.value must be a string"),
        (json!({ "emails": [[]  , [1]] }), "emails must be an object"),
        (json!({ "addresses": ["here"] }), "addresses must be an object"),
        (json!({ "externalId": 1 }), "externalId must be a string"),
    ];
    for (body, expected) in cases {
        assert_eq!(refused(&body), (ScimType::InvalidValue, expected.to_owned()));
    }
    let (_, detail) = refused(&json!({ (ENTERPRISE_URN): { "manager": { "value": true } } }));
    assert_eq!(detail, format!("{ENTERPRISE_URN}:manager.value must be a string"));
    assert!(refused(&json!({ (ENTERPRISE_URN): "Sales" })).1.ends_with("must be an object"));
    assert_eq!(refused(&json!([])).0, ScimType::InvalidSyntax);
}

#[test]
fn one_element_at_most_is_primary() {
    let two = json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": "True" }] });
    assert_eq!(refused(&two).1, "emails has more than one element with primary true");
}

#[test]
fn repeated_elements_are_kept_once() {
    let body =
        json!({ "emails": [{ "value": "a", "type": "work" }, { "TYPE": "work", "value": "a" }, { "value": "b" }] });
    assert_eq!(parsed(&body).get("emails").and_then(Value::as_array).map(Vec::len), Some(2));
}

#[test]
fn limits_are_refused_one_beyond() {
    let emails =
        |count: usize| json!({ "emails": (0..count).map(|i| json!({ "value": i.to_string() })).collect::<Vec<_>>() });
    assert!(Document::parse(&emails(MAX_ELEMENTS), &USER).is_ok());
    assert!(refused(&emails(MAX_ELEMENTS + 1)).1.contains("100"));

    let members = |count: usize| json!({ "members": (0..count).map(|i| i.to_string()).collect::<Vec<_>>() });
    assert!(Document::parse(&members(MAX_MEMBERS), &GROUP).is_ok());
    assert!(Document::parse(&members(MAX_MEMBERS + 1), &GROUP).is_err());

    assert!(Document::parse(&json!({ "title": "x".repeat(MAX_KEY_BYTES) }), &USER).is_ok());
    assert!(refused(&json!({ "title": "x".repeat(MAX_KEY_BYTES + 1) })).1.contains("2000"));
    // One character of three bytes folds to 33: the limit is on what is compared.
    assert!(refused(&json!({ "title": "ﷺ".repeat(100) })).1.contains("2000"));

    for name in ["shoeSize", "photos"] {
        assert!(Document::parse(&json!({ (name): "x".repeat(MAX_TEXT_BYTES) }), &USER).is_ok());
        assert!(refused(&json!({ (name): "x".repeat(MAX_TEXT_BYTES + 1) })).1.contains("65536"));
    }
}

#[test]
fn unknown_values_nest_so_deep_and_no_deeper() {
    let nested = |levels: usize| (1..levels).fold(json!(1), |value, _| json!([value]));
    assert!(Document::parse(&json!({ "x": nested(MAX_DEPTH) }), &USER).is_ok());
    assert!(refused(&json!({ "x": nested(MAX_DEPTH + 1) })).1.contains("16"));
}

#[test]
fn an_object_has_a_bounded_number_of_names() {
    let body = |count: usize| (0..count).map(|i| (format!("x{i}"), json!(i))).collect::<Value>();
    assert!(Document::parse(&body(MAX_NAMES), &USER).is_ok());
    assert!(refused(&body(MAX_NAMES + 1)).1.contains("500"));
}

#[test]
fn nul_is_refused_wherever_it_stands() {
    let bodies = [
        json!({ "userName": "a\0b" }),
        json!({ "x": { "y": ["\0"] } }),
        json!({ "x": { "\0": 1 } }),
        json!({ "a\0": 1 }),
        json!({ "emails": [{ "value": "a", "x\0": 1 }] }),
        json!({ (ENTERPRISE_URN): { "department": "\0" } }),
    ];
    for body in bodies {
        assert_eq!(refused(&body).0, ScimType::InvalidValue, "{body}");
    }
}

#[test]
fn an_error_repeats_little_of_what_was_sent() {
    let name = "\u{7}x".repeat(1_000);
    let (_, detail) = refused(&json!({ (name): "\0" }));
    assert!(detail.chars().count() < 150 && !detail.contains('\u{7}'), "{detail}");
}

#[test]
fn a_user_without_a_name_to_sign_in_with_is_refused_when_asked() {
    assert_eq!(parsed(&json!({ "title": "x" })).require(&USER).expect_err("refused").detail, "userName is required");
    assert!(parsed(&json!({ "userName": "x" })).require(&USER).is_ok());
}

#[test]
fn the_primary_value_is_chosen_else_the_first() {
    let emails = |emails: Value| parsed(&json!({ "emails": emails })).primary("emails").map(str::to_owned);
    assert_eq!(emails(json!([{ "value": "a" }, { "value": "b", "primary": true }])).as_deref(), Some("b"));
    assert_eq!(emails(json!([{ "type": "x" }, { "value": "a" }])).as_deref(), Some("a"));
    assert_eq!(emails(json!([{ "type": "x", "primary": true }, { "value": "a" }])).as_deref(), Some("a"));
    assert_eq!(emails(json!([])), None);
}

#[test]
fn leaves_are_the_filterable_values_in_the_order_of_the_registry() {
    let document = parsed(&json!({
        (ENTERPRISE_URN): { "manager": { "value": "89BB" } },
        "externalId": "00uAB",
        "emails": [{ "value": "Dana@X.org", "type": "Work", "primary": true }, { "value": "b", "x": "y" }],
        "userName": "Dana",
        "photos": [{ "value": "https://x.org", "type": "photo" }],
        "shoeSize": "42",
        "active": true,
    }));
    let leaves = document.leaves(&USER);
    let rows: Vec<_> = leaves.iter().map(|leaf| (leaf.attribute.as_str(), leaf.element, leaf.key.as_str())).collect();
    let manager = format!("{ENTERPRISE_URN}:manager.value");
    let expected = [
        ("userName", 0, "dana"),
        ("active", 0, "true"),
        ("emails.value", 0, "dana@x.org"),
        ("emails.type", 0, "work"),
        ("emails.primary", 0, "true"),
        ("emails.value", 1, "b"),
        ("externalId", 0, "00uAB"),
        (manager.as_str(), 0, "89bb"),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_difference_names_only_what_changed() {
    let before = parsed(&json!({
        "userName": "dana", "title": "Clerk", "name": { "givenName": "D", "familyName": "R" },
        (ENTERPRISE_URN): { "department": "Sales", "division": "Field" }, "urn:x:y": { "a": 1 },
    }));
    let after = parsed(&json!({
        "userName": "dana", "name": { "familyName": "R", "givenName": "D" }, "active": true,
        (ENTERPRISE_URN): { "division": "Field", "department": "Support" }, "urn:x:y": { "a": 2 },
    }));
    let department = format!("{ENTERPRISE_URN}:department");
    let (was, is) = Document::diff(&before, &after);
    assert_eq!(was, json!({ "title": "Clerk", (&*department): "Sales", "urn:x:y:a": 1, "active": null }));
    assert_eq!(is, json!({ "title": null, (&*department): "Support", "urn:x:y:a": 2, "active": true }));
    assert_eq!(Document::diff(&after, &after), (json!({}), json!({})));
}

#[test]
fn the_order_of_a_list_is_a_difference() {
    let emails = |emails: [&str; 2]| parsed(&json!({ "emails": emails }));
    let (was, _) = Document::diff(&emails(["a", "b"]), &emails(["b", "a"]));
    assert!(was.get("emails").is_some());
}

#[test]
fn a_formatted_name_is_formed_of_the_parts() {
    let formed = |name: Value, again: bool| {
        let mut document = parsed(&json!({ "name": name }));
        let form = if again { Document::reform_name } else { Document::form_name };
        form(&mut document);
        document.sub_text("name", "formatted").map(str::to_owned)
    };
    let parts = json!({ "givenName": "Dan", "familyName": "Reyes" });
    let whole = json!({ "givenName": "Dan", "familyName": "Reyes", "formatted": "Dr. Dan Reyes" });
    assert_eq!(formed(parts, false).as_deref(), Some("Dan Reyes"), "missing");
    assert_eq!(formed(whole.clone(), false).as_deref(), Some("Dr. Dan Reyes"), "sent");
    assert_eq!(formed(whole, true).as_deref(), Some("Dan Reyes"), "made anew");
    assert_eq!(formed(json!({ "formatted": "Dana" }), false).as_deref(), Some("Dana"), "no parts");
    assert_eq!(formed(json!({ "formatted": "Dana" }), true), None, "no parts left");
}

#[test]
fn secrets_are_dropped_however_they_are_named() {
    let body = json!({
        "userName": "dana", "PassWord": "s3cret", "password ": "s3cret", "name.password": "s3cret",
        "ｐassword": "s3cret", "urn:ietf:params:scim:schemas:core:2.0:User:password": "s3cret",
        (ENTERPRISE_URN): { "department": "Sales", "password": "s3cret" },
        "urn:x:y:User": { "deep": [{ "userPassword": "s3cret" }] },
        "name": { "givenName": "D", "password": "s3cret" }, "emails": [{ "value": "a@b", "passwordHash": "s3cret" }],
    });
    let kept = parsed(&body).to_stored();
    assert!(!kept.contains("s3cret"), "{kept}");
    assert!(kept.contains("Sales") && kept.contains("a@b") && kept.contains("givenName"), "{kept}");
}

#[test]
fn what_is_given_in_two_places_is_not_told_as_another_letter_case() {
    let twice = |inner: &str| {
        let body = json!({ (format!("{ENTERPRISE_URN}:department")): "A", (ENTERPRISE_URN): { inner: "B" } });
        Document::parse(&body, &USER).expect_err("twice").detail.into_owned()
    };
    assert_eq!(twice("department"), format!("{ENTERPRISE_URN}:department is given twice"));
    assert_eq!(twice("Department"), format!("{ENTERPRISE_URN}:Department is given twice in different letter case"));
}

#[test]
fn a_name_in_two_letter_cases_is_refused_however_deep_it_stands() {
    for value in [json!({ "b": 1, "B": 2 }), json!({ "a": { "b": 1, "B": 2 } }), json!([{ "a": [{ "b": 1, "B": 2 }] }])]
    {
        let refusal = Document::parse(&json!({ "userName": "d", "urn:x:y": value }), &USER).expect_err("twice");
        assert_eq!(refusal.kind, ScimType::InvalidSyntax);
        assert!(refusal.detail.contains("B is given twice"), "{refusal}");
    }
    parsed(&json!({ "userName": "d", "urn:x:y": { "a": { "b": 1 }, "c": { "B": 2 } } }));
}

#[test]
fn empty_objects_and_a_persons_own_members_count_for_what_a_resource_takes() {
    let full = json!([vec![json!({}); 100]]);
    let lists: Value = (0..50).map(|at| (format!("x{at}"), full.clone())).collect::<Map<_, _>>().into();
    let texts = json!({ "members": vec!["x".repeat(60_000); 5] });
    for mut body in [lists, texts] {
        body["userName"] = json!("u");
        assert!(refused(&body).1.contains("more than 262144 bytes"));
    }
}

#[test]
fn names_count_for_what_a_resource_takes() {
    let body: Value = (0..481).map(|at| (format!("{at:0512}"), json!(1))).collect::<Map<_, _>>().into();
    let mut body = body;
    body["userName"] = json!("u");
    assert!(Document::parse(&body, &USER).is_ok());
    body["x"] = json!({ ("y".repeat(500)): "x".repeat(5_000) });
    assert!(refused(&body).1.contains("more than 262144 bytes"));
}

#[test]
fn unknown_values_have_the_limits_of_known_ones() {
    let refusal =
        |value: Value| Document::parse(&json!({ "userName": "x", "other": value }), &USER).expect_err("a limit");
    assert!(refusal(json!(vec![0; 101])).detail.contains("100"));
    let names: Map<String, Value> = (0..501).map(|at| (at.to_string(), json!(1))).collect();
    assert!(refusal(json!({ "deep": names })).detail.contains("500"));
    let long = json!((0..90).map(|_| "x".repeat(10_000)).collect::<Vec<_>>());
    assert!(refusal(long).detail.contains("in all"));
}

#[test]
fn setting_nothing_removes() {
    let mut document = parsed(&json!({ "title": "x", "userName": "y" }));
    document.set("title", Value::Null);
    document.set("active", json!(false));
    assert_eq!(document.get("title"), None);
    assert_eq!((document.take("active"), document.take("active")), (Some(json!(false)), None));
    assert_eq!(document.text("userName"), Some("y"));
}

#[test]
fn what_is_bounded_is_what_is_written() {
    let body = |letter: &str, texts: usize| json!({ "userName": "u", "x": vec![letter.repeat(2_000); texts] });
    for (letter, texts) in [("a", 90), ("\"", 60), ("\u{1}", 20)] {
        Document::parse(&body(letter, texts), &USER).expect("small enough");
    }
    for (letter, texts) in [("\"", 70), ("\u{1}", 25)] {
        let refused = Document::parse(&body(letter, texts), &USER).expect_err("too large");
        assert!(refused.detail.contains("take more than 262144 bytes"), "{refused}");
    }
    let numbers = json!({ "userName": "u", "x": vec![vec![f64::MIN_POSITIVE; 100]; 100] });
    let document = Document::parse(&numbers, &USER).expect("numbers");
    let weight: usize = document.0.values().map(super::shape::weight).sum();
    assert!(weight >= document.to_stored().len());
}
