//! What is handed out, in which order, and what is told of it.

use serde_json::{Value, json};

use super::*;

#[expect(clippy::needless_pass_by_value, reason = "data is written where it is used")]
fn post(name: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data })
}

fn referring(name: &str, to: &[&str]) -> Value {
    let others: Vec<Value> = to.iter().map(|to| json!({ "value": format!("bulkId:{to}") })).collect();
    post(name, json!({ "x": others }))
}

#[expect(clippy::needless_pass_by_value, reason = "operations are written where they are used")]
fn job(operations: Value) -> Job {
    Job::read(&json!({ "Operations": operations })).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

fn refusal(body: &Value) -> Refusal {
    Job::read(body).err().unwrap_or_else(|| panic!("{body} was taken"))
}

/// Takes the job to its end: every operation succeeds, and the id of what it makes is its bulkId in capitals.
fn done(mut job: Job) -> (Vec<Operation>, Vec<Value>) {
    let mut handed = Vec::new();
    while let Some(operation) = job.next_operation() {
        let name = job.sent[job.under_way].bulk_id.clone().unwrap_or_default().to_uppercase();
        let location = Some(format!("http://x/Users/{name}"));
        job.answer(Outcome { status: 201, location, version: Some("W/\"1\"".to_owned()), refusal: None });
        handed.push(operation);
    }
    let answers = job.into_response()["Operations"].as_array().cloned().expect("a list");
    (handed, answers)
}

/// Takes the job to its end with every operation refused.
fn refused(mut job: Job, status: u16) -> Vec<Value> {
    while job.next_operation().is_some() {
        job.answer(Outcome::refused(status, json!({ "status": status.to_string() })));
    }
    job.into_response()["Operations"].as_array().cloned().expect("a list")
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().filter_map(|answer| answer["status"].as_str()).collect()
}

#[test]
fn an_operation_is_read_in_any_letter_case() {
    let body = json!([{ "Method": "pAtCh", "PATH": "Groups/7", "version": "W/\"3\"", "Data": {}, "bulkId": null }]);
    let (handed, answers) = done(job(body));
    let one = &handed[0];
    assert_eq!((one.method, one.resource.name, one.id.as_deref()), (Method::Patch, "Group", Some("7")));
    assert_eq!(one.version.as_deref(), Some("W/\"3\""));
    assert_eq!((&answers[0]["method"], answers[0].get("bulkId")), (&json!("PATCH"), None));
}

#[test]
fn what_is_referred_to_comes_first_and_the_rest_keeps_its_order() {
    let body = json!([
        referring("a", &["c"]),
        { "method": "DELETE", "path": "/Users/bulkId:b" },
        referring("b", &["a", "c"]),
        post("c", json!({})),
        post("d", json!({})),
    ]);
    let (handed, answers) = done(job(body));
    assert_eq!(handed[1].data, Some(json!({ "x": [{ "value": "C" }] })));
    assert_eq!(handed[2].data, Some(json!({ "x": [{ "value": "A" }, { "value": "C" }] })));
    assert_eq!((handed[3].method, handed[3].id.as_deref()), (Method::Delete, Some("B")));
    let names: Vec<&str> = answers.iter().map(|answer| answer["bulkId"].as_str().unwrap_or("-")).collect();
    assert_eq!(names, ["a", "-", "b", "c", "d"]);
}

#[test]
fn a_reference_is_a_whole_text_or_a_quoted_value_of_a_path() {
    let data = json!({
        "Operations": [{ "op": "remove", "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:a\"].x" }],
        "note": "see bulkId:a", "title": "\"bulkId:a\"", "deep": [[{ "value": "bulkId:a" }]],
    });
    let body = json!([{ "method": "PATCH", "path": "/Groups/1", "data": data }, post("a", json!({}))]);
    let (handed, _) = done(job(body));
    let filled = json!({
        "Operations": [{ "op": "remove", "path": "members[value eq \"A\" or value eq \"A\"].x" }],
        "note": "see bulkId:a", "title": "\"bulkId:a\"", "deep": [[{ "value": "A" }]],
    });
    assert_eq!(handed[1].data, Some(filled));
}

#[test]
fn a_chain_as_long_as_the_request_is_followed() {
    let last = MAX_OPERATIONS - 1;
    let next = |at: usize| vec![(at + 1).to_string()];
    let link = |at: usize| {
        let to = if at == last { Vec::new() } else { next(at) };
        referring(&at.to_string(), &to.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (handed, answers) = done(job((0..MAX_OPERATIONS).map(link).collect()));
    assert_eq!((handed.len(), answers.len()), (MAX_OPERATIONS, MAX_OPERATIONS));
    assert_eq!(handed[0].data, Some(json!({ "x": [] })));
}

#[test]
fn a_circle_is_refused_with_its_names() {
    for (operations, names) in [
        (json!([referring("a", &["a"])]), "bulkId a."),
        (json!([post("x", json!({})), referring("a", &["x", "b"]), referring("b", &["a"])]), "bulkId a, b."),
    ] {
        let Refusal::Circular(detail) = refusal(&json!({ "Operations": operations })) else { panic!("{operations}") };
        assert!(detail.contains(names), "{detail}");
    }
}

#[test]
fn what_concerns_the_whole_request_is_refused_as_a_whole() {
    let twice = json!([post("a", json!({})), post("a", json!({}))]);
    for (body, words) in [
        (json!([]), "JSON object"),
        (json!({}), "list of Operations"),
        (json!({ "Operations": {} }), "list of Operations"),
        (json!({ "Operations": [], "failOnErrors": 0 }), "failOnErrors"),
        (json!({ "Operations": [], "failOnErrors": "1" }), "failOnErrors"),
        (json!({ "Operations": [], "failOnErrors": 1.5 }), "failOnErrors"),
        (json!({ "Operations": twice }), "bulkId a is given to two"),
    ] {
        let Refusal::Unreadable(error) = refusal(&body) else { panic!("{body}") };
        assert!(error.detail.contains(words), "{error}");
    }
    let many = vec![json!({}); MAX_OPERATIONS + 1];
    assert_eq!(refusal(&json!({ "Operations": many })), Refusal::TooMany);
}

#[test]
fn an_operation_that_cannot_be_read_is_refused_by_itself() {
    let good = post("z", json!({}));
    for (bad, words) in [
        (json!(7), "Operations[0] must be an object"),
        (json!({ "path": "/Users" }), "method must be"),
        (json!({ "method": "GET", "path": "/Users/1" }), "method must be"),
        (json!({ "method": ["POST"] }), "method must be a string"),
        (json!({ "method": "POST", "path": "/Users", "data": {} }), "bulkId is required"),
        (json!({ "method": "POST", "path": "/Users", "data": {}, "bulkId": "" }), "bulkId is required"),
        (json!({ "method": "POST", "path": "/Users", "data": {}, "bulkId": 1 }), "bulkId must be a string"),
        (json!({ "method": "POST", "path": "/Users/1", "data": {}, "bulkId": "a" }), "path must be /Users or"),
        (json!({ "method": "PUT", "path": "/Users", "data": {} }), "path must be /Users/{id}"),
        (json!({ "method": "PUT", "path": "/Users/1/2", "data": {} }), "path must be /Users/{id}"),
        (json!({ "method": "PUT", "path": "/Roles/1", "data": {} }), "path must be /Users/{id}"),
        (json!({ "method": "PUT", "path": "/Users/1?attributes=id", "data": {} }), "path must be"),
        (json!({ "method": "DELETE" }), "path must be"),
        (json!({ "method": "PATCH", "path": "/Users/1" }), "data must be an object"),
        (json!({ "method": "PATCH", "path": "/Users/1", "data": [] }), "data must be an object"),
        (json!({ "method": "DELETE", "path": "/Users/1", "version": 1 }), "version must be a string"),
        (json!({ "method": "PUT", "path": "/Users/bulkId:q", "data": {} }), "has the bulkId q"),
    ] {
        let (handed, answers) = done(job(json!([bad, good])));
        assert_eq!((handed.len(), statuses(&answers)), (1, vec!["400", "201"]), "{bad}");
        let detail = answers[0]["response"]["detail"].as_str().expect("a sentence");
        assert!(detail.contains(words) && detail.contains("Operations[0]"), "{detail} does not say {words}");
    }
}

#[test]
fn work_stops_after_as_many_refusals_as_were_accepted() {
    let three = json!([post("a", json!({})), post("b", json!({})), 7, post("c", json!({}))]);
    for (accepted, told) in [(json!(1), 1), (json!(2), 2), (json!(9), 4), (Value::Null, 4)] {
        let job = Job::read(&json!({ "Operations": three, "failOnErrors": accepted })).expect("a job");
        assert_eq!(refused(job, 400).len(), told, "{accepted}");
    }
}

#[test]
fn whoever_refers_to_what_was_not_made_is_refused_or_put_off_with_it() {
    let body = json!([referring("a", &["b"]), referring("b", &["c"]), post("c", json!({}))]);
    for (status, told) in [(400, ["409", "409", "400"]), (412, ["409", "409", "412"]), (429, ["429", "429", "429"])] {
        assert_eq!(statuses(&refused(job(body.clone()), status)), told);
    }
    let unreadable = json!([referring("a", &["b"]), { "method": "POST", "bulkId": "b" }]);
    let (_, answers) = done(job(unreadable));
    assert_eq!(statuses(&answers), ["409", "400"]);
    assert!(answers[0]["response"]["detail"].as_str().is_some_and(|detail| detail.contains("bulkId:b")));
}
