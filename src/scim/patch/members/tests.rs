//! Changes of members, as the RFC and the vendors say them.

use serde_json::json;

use super::super::{apply, parse, tests::request};
use super::*;
use crate::scim::schema::GROUP;
use crate::scim::{Document, ScimType};

fn split(operations: &Value) -> Result<(Vec<Operation>, Vec<String>), ScimError> {
    let (rest, changes) = split_members(parse(request(operations), &GROUP)?)?;
    let shown = changes.iter().map(|change| match change {
        MemberChange::RemoveWhere(_) => "where".to_owned(),
        change => format!("{change:?}").replace('"', ""),
    });
    Ok((rest, shown.collect()))
}

fn changes(operations: &Value) -> Vec<String> {
    split(operations).expect("changes").1
}

#[test]
fn okta_changes_members_one_by_one_and_all_at_once() {
    let operations = json!([
        { "op": "remove", "path": "members[value eq \"a\"]" },
        { "op": "remove", "path": "members[value eq \"b\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "c", "display": "c@x.org" }, { "value": "c" }] },
        { "op": "replace", "value": { "id": "g", "displayName": "oncall-billing" } },
        { "op": "add", "path": "members", "value": [{ "$ref": null, "value": "D" }] },
    ]);
    let (rest, changes) = split(&operations).expect("changes");
    assert_eq!(changes, ["Remove([a, b])", "Add([c, D])"]);
    assert_eq!((rest.len(), rest[0].index), (1, 3));
    let mut group = Document::parse(&json!({ "displayName": "x" }), &GROUP).expect("a group");
    apply(&GROUP, &mut group, &rest).expect("renamed");
    assert_eq!(group.text("displayName"), Some("oncall-billing"));
}

#[test]
fn members_are_found_by_every_road() {
    let urn = "urn:ietf:params:scim:schemas:core:2.0:Group";
    for operation in [
        json!({ "op": "Add", "path": "MEMBERS", "value": { "Value": "a" } }),
        json!({ "op": "add", "path": format!("{urn}:members"), "value": "a" }),
        json!({ "op": "add", "value": { "Members": ["a"] } }),
        json!({ "op": "add", "value": { (format!("{urn}:members")): [{ "value": "a", "type": "User" }] } }),
        json!({ "op": "add", "value": { (urn): { "members": [{ "value": "a" }] } } }),
    ] {
        let (rest, changes) = split(&json!([operation])).expect("changes");
        assert_eq!((rest.len(), changes), (0, vec!["Add([a])".to_owned()]), "{operation}");
    }
}

#[test]
fn entra_removes_only_the_members_it_lists() {
    let operations = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "a" }] }]);
    assert_eq!(changes(&operations), ["Remove([a])"]);
    assert_eq!(changes(&json!([{ "op": "remove", "path": "members", "value": [] }])), Vec::<String>::new());
    assert_eq!(
        changes(&json!([{ "op": "remove", "path": "members[value eq \"A\" or value eq \"b\"]" }])),
        ["Remove([A, b])"]
    );
}

#[test]
fn all_members_go_when_nothing_says_which() {
    for operation in [
        json!({ "op": "remove", "path": "members" }),
        json!({ "op": "remove", "path": "members", "value": null }),
        json!({ "op": "replace", "path": "members", "value": [] }),
        json!({ "op": "replace", "value": { "members": null } }),
    ] {
        assert_eq!(changes(&json!([operation])), ["Replace([])"], "{operation}");
    }
}

#[test]
fn a_replacement_of_all_members_makes_earlier_changes_void() {
    let operations = json!([
        { "op": "add", "path": "members", "value": ["a"] },
        { "op": "remove", "path": "members[display co \"x\"]" },
        { "op": "replace", "path": "members", "value": ["b", "b"] },
        { "op": "remove", "path": "members[display co \"x\"]" },
        { "op": "add", "path": "members", "value": ["c"] },
    ]);
    assert_eq!(changes(&operations), ["Replace([b])", "where", "Add([c])"]);
}

#[test]
fn who_goes_and_comes_back_in_one_request_has_never_left() {
    let one = |op: &str, ids: Value| json!({ "op": op, "path": "members", "value": ids });
    let all = json!({ "op": "remove", "path": "members" });
    for (operations, expected) in [
        (json!([one("replace", json!(["a"])), one("add", json!(["b"]))]), vec!["Replace([a, b])"]),
        (
            json!([one("replace", json!([])), one("add", json!(["a", "b"])), one("remove", json!(["a"]))]),
            vec!["Replace([b])"],
        ),
        (json!([all, one("add", json!(["a", "b"]))]), vec!["Replace([a, b])"]),
        (json!([one("remove", json!(["a", "b"])), one("add", json!(["b", "c"]))]), vec!["Remove([a])", "Add([b, c])"]),
        (json!([one("add", json!(["a"])), one("remove", json!(["a"]))]), vec!["Remove([a])"]),
    ] {
        assert_eq!(changes(&operations), expected, "{operations}");
    }
}

#[test]
fn a_member_itself_cannot_be_changed() {
    for operation in [
        json!({ "op": "replace", "path": "members[value eq \"a\"]", "value": { "value": "b" } }),
        json!({ "op": "replace", "path": "members[value eq \"a\"].value", "value": "b" }),
        json!({ "op": "add", "path": "members.value", "value": "b" }),
        json!({ "op": "remove", "path": "members[value eq \"a\"].value" }),
    ] {
        assert_eq!(split(&json!([operation])).expect_err("refused").kind, ScimType::Mutability, "{operation}");
    }
}

#[test]
fn what_names_no_member_is_refused() {
    for value in
        [json!([{ "display": "x" }]), json!([null]), json!([""]), json!(7), json!([{ "value": 7 }]), json!(["\0"])]
    {
        let operation = json!({ "op": "add", "path": "members", "value": value });
        let error = split(&json!([operation])).expect_err("refused");
        assert_eq!(error.kind, ScimType::InvalidValue);
        assert!(error.detail.starts_with("Operations[0]: members.value"), "{error}");
    }
    let many = |count: usize| {
        let ids = |range: std::ops::Range<usize>| range.map(|id| id.to_string()).collect::<Vec<_>>();
        json!([{ "op": "add", "path": "members", "value": ids(0..9_000) },
               { "op": "remove", "path": "members", "value": ids(9_000..count) }])
    };
    assert!(split(&many(MAX_MEMBERS)).is_ok());
    assert!(split(&many(MAX_MEMBERS + 1)).expect_err("too many").detail.contains("100000"));
}
