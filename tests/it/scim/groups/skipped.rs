//! Member ids that name nobody SCIM sees: skipped alike, with one row that says so.

use serde_json::{Value, json};

use super::{Crew, PAYMENTS, actions_since, audited, break_glass, sorted};
use crate::harness::{Roll, facts, group, patch};

facts! {
    async fn a_put_skips_them_all_alike_and_says_so_once(roll: Roll) {
        let (crew, odd) = with_strangers(&roll).await;
        let before = audited(&roll).await;
        let members: Vec<&str> = odd.iter().chain([&crew.dana]).map(String::as_str).collect();
        let put = roll.put(&crew.path(), &group(PAYMENTS, &members)).await.expect(200);
        assert_eq!(put.body["members"].as_array().map(Vec::len), Some(1));
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]));
        said_once(&roll, before, &odd).await;
    }

    async fn a_patch_skips_them_all_alike_and_says_so_once(roll: Roll) {
        let (crew, odd) = with_strangers(&roll).await;
        let before = audited(&roll).await;
        let members: Vec<Value> = odd.iter().chain([&crew.dana]).map(|id| json!({ "value": id })).collect();
        let sent = patch(json!([{ "op": "add", "path": "members", "value": members }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]));
        said_once(&roll, before, &odd).await;
    }

    async fn a_post_skips_them_all_alike_and_says_so_once(roll: Roll) {
        let (crew, odd) = with_strangers(&roll).await;
        let before = audited(&roll).await;
        let members: Vec<&str> = odd.iter().chain([&crew.dana]).map(String::as_str).collect();
        let made = roll.post("/Groups", &group("another", &members)).await.expect(201);
        assert_eq!(roll.members(&made.id()).await, sorted(&[&crew.dana]));
        let mut rows = actions_since(&roll, before).await;
        assert_eq!(rows.remove(0), "team.created");
        rows.sort();
        assert_eq!(rows, ["team.member.added", "team.members.skipped"]);
    }

    async fn several_operations_with_strangers_leave_one_row(roll: Roll) {
        let (crew, odd) = with_strangers(&roll).await;
        let before = audited(&roll).await;
        let one = |op: &str, id: &str| json!({ "op": op, "path": "members", "value": [{ "value": id }] });
        let sent = patch(json!([one("add", &odd[0]), one("remove", &crew.ines), one("add", &odd[1]),
            one("remove", &crew.tomas), one("add", &odd[2])]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(actions_since(&roll, before).await, ["team.members.skipped"]);
        assert_eq!(roll.last_audit("team.members.skipped").await.2["count"], 3);
    }

    async fn a_push_of_strangers_alone_moves_no_version(roll: Roll) {
        let (crew, odd) = with_strangers(&roll).await;
        let tag = crew.tag(&roll).await;
        let members: Vec<Value> = odd.iter().map(|id| json!({ "value": id })).collect();
        let sent = patch(json!([{ "op": "add", "path": "members", "value": members }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(crew.tag(&roll).await, tag);
    }

    async fn of_very_many_only_the_first_are_listed(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let ids: Vec<String> = (0..300).map(|at| format!("stranger-{at:03}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        roll.put(&crew.path(), &group(PAYMENTS, &ids)).await.expect(200);
        let (_, _, detail) = roll.last_audit("team.members.skipped").await;
        assert_eq!((&detail["count"], detail["ids"].as_array().map(Vec::len)), (&json!(300), Some(20)));
    }

    async fn somebody_skipped_joins_with_a_later_push(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        roll.put(&crew.path(), &group(PAYMENTS, &["00000000-0000-7000-8000-00000000dead"])).await.expect(200);
        roll.put(&crew.path(), &group(PAYMENTS, &[&crew.ines, &crew.dana])).await.expect(200);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.dana]));
    }

    async fn a_member_without_an_id_is_refused(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        for member in [json!({ "display": "x" }), json!({ "value": "" }), json!({ "value": null }), json!({ "value": 7 })] {
            let sent = patch(json!([{ "op": "add", "path": "members", "value": [member] }]));
            roll.patch(&crew.path(), &sent).await.refused(400, Some("invalidValue"), "members.value");
        }
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }
}

/// A crew, and ids of nobody: unknown, deleted, break-glass, malformed, a group's.
async fn with_strangers(roll: &Roll) -> (Crew, Vec<String>) {
    let crew = Crew::without_members(roll).await;
    let (gone, glass) = (roll.person("gone").await, roll.person("glass").await);
    roll.delete(&format!("/Users/{gone}")).await.expect(204);
    break_glass(roll, &glass).await;
    let unknown = "00000000-0000-7000-8000-00000000dead".to_owned();
    let odd = vec![unknown, gone, glass, "no id at all".to_owned(), crew.dana.to_uppercase(), crew.group.clone()];
    (crew, odd)
}

/// One member came in, and one WARN row names the strangers and tells none from another.
async fn said_once(roll: &Roll, before: usize, odd: &[String]) {
    let mut rows = actions_since(roll, before).await;
    rows.sort();
    assert_eq!(rows, ["team.member.added", "team.members.skipped"]);
    let (was, is, detail) = roll.last_audit("team.members.skipped").await;
    assert_eq!((was, is), (Value::Null, Value::Null));
    assert_eq!((detail["count"].as_u64(), detail["team"].as_str()), (Some(odd.len() as u64), Some(PAYMENTS)));
    let mut odd = odd.to_vec();
    odd.sort();
    assert_eq!(detail["ids"], json!(odd));
    let severity = "select severity from audit_events where action = 'team.members.skipped'";
    assert_eq!(roll.sql_one(severity).await, "WARN");
}
