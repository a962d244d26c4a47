//! What one PATCH may hold at most, and names that are taken once.

use super::*;

#[test]
fn a_name_is_taken_once_with_all_that_holds_it_and_all_it_holds() {
    let mut named = Named::default();
    let mut claim = |name: &str| named.claim(Name::parted(name.to_owned()).held);
    let taken = ["name", "a-b", "urn:x:User:title", "manager.displayName", "manager.value", "ab", "a"];
    assert!(taken.into_iter().all(&mut claim));
    let held = ["NAME", "name.givenName", "urn:x", "urn:x:user:title.sub", "manager", "a.b", "a:b", "a-b.c"];
    assert!(!held.into_iter().any(&mut claim));
    assert!(["names", "a-c", "urn:x:User:titles", "manager.values"].into_iter().all(claim));
}

#[test]
fn limits_are_refused_one_beyond() {
    let operations = |count: usize| request(&Value::from(vec![json!({ "op": "remove", "path": "title" }); count]));
    assert!(parse(operations(MAX_OPERATIONS), &USER).is_ok());
    assert!(parse(operations(MAX_OPERATIONS + 1), &USER).expect_err("too many").detail.contains("2500"));

    let emails = |count: usize| json!((0..count).map(|i| json!(format!("{i}"))).collect::<Vec<_>>());
    assert_eq!(
        after("add", "emails", &emails(MAX_ELEMENTS - 2))["emails"].as_array().map(Vec::len),
        Some(MAX_ELEMENTS)
    );
    assert!(refused(&json!({ "op": "add", "path": "emails", "value": emails(MAX_ELEMENTS - 1) })).1.contains("100"));

    let filter = vec!["value eq \"x\""; 100].join(" or ");
    let filters = |count: usize| json!(vec![json!({ "op": "remove", "path": format!("emails[{filter}]") }); count]);
    assert!(patched(&dana(), &filters(MAX_COMPARISONS / 100)).is_ok());
    assert!(patched(&dana(), &filters(MAX_COMPARISONS / 100 + 1)).expect_err("too many").detail.contains("4000"));

    let names = |count: usize| (0..count).map(|i| (format!("x{i}"), json!(i))).collect::<Value>();
    assert!(refused(&json!({ "op": "add", "value": names(500) })).1.contains("500"));
}

#[test]
fn paths_are_counted_before_they_are_read() {
    let filter = "ΐ".repeat(3_900);
    let operations = |count: usize| {
        let one = json!({ "op": "remove", "path": format!("members[display eq \"{filter}\"]") });
        request(&Value::from(vec![one; count]))
    };
    let most = MAX_PATH_BYTES / (filter.len() + "members[display eq \"\"]".len());
    assert_eq!(parse(operations(most), &GROUP).expect("read").len(), most);
    let refused = parse(operations(most + 1), &GROUP).expect_err("too much");
    assert_eq!(
        refused.detail,
        format!("Operations[{most}]: The paths of a PATCH may take at most 262144 bytes in all")
    );
}

#[test]
fn a_value_without_a_path_counts_for_each_of_its_attributes() {
    let value: Value = (0..400).map(|at| (format!("x{at}"), json!(at))).collect::<serde_json::Map<_, _>>().into();
    let operations = |count: usize| request(&Value::from(vec![json!({ "op": "add", "value": value }); count]));
    assert_eq!(parse(operations(MAX_TARGETS / 400), &USER).expect("read").len(), MAX_TARGETS);
    let refused = parse(operations(MAX_TARGETS / 400 + 1), &USER).expect_err("too many");
    assert_eq!(refused.detail, "Operations[25]: A PATCH may set or remove at most 10000 attributes");
}

#[test]
fn a_name_that_is_longer_than_any_has_to_be_is_refused_wherever_it_stands() {
    let long = "n".repeat(513);
    for value in [
        json!({ (long.clone()): 1 }),
        json!({ "x": { (long.clone()): 1 } }),
        json!({ "name": { (long.clone()): "x" } }),
        json!({ (ENTERPRISE_URN): { (long.clone()): "x" } }),
        json!({ (format!("urn:x:{long}")): { "a": 1 } }),
    ] {
        assert!(refused(&json!({ "op": "add", "value": value })).1.contains("is longer than 512 bytes"), "{value}");
        let mut body = value;
        body["userName"] = json!("u");
        assert!(Document::parse(&body, &USER).expect_err("too long").detail.contains("is longer than 512 bytes"));
    }
    assert!(refused(&json!({ "op": "add", "path": long, "value": 1 })).1.contains("is longer than 512 bytes"));
}
