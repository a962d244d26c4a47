//! `PUT /Groups/{id}`: the way custom apps push a group.

use rollcall::scim::document::MAX_MEMBERS;
use serde_json::{Value, json};

use super::{Crew, PAYMENTS, actions_since, audited, crowd, is, sorted};
use crate::harness::{facts, group, nothing_with, patch};

facts! {
    async fn a_put_makes_the_members_exactly_those_it_names(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let before = audited(&roll).await;
        let all = roll.put(&crew.path(), &crew.sends("okta/scim/group-put-with-id.json")).await.expect(200);
        assert_eq!(all.body["members"].as_array().map(Vec::len), Some(3));
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana, &crew.ines, &crew.tomas]));
        assert_eq!(actions_since(&roll, before).await, ["team.member.added"]);
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put.json")).await.expect(200);
        assert_eq!(roll.members(&crew.group).await, [crew.dana]);
        let rows = actions_since(&roll, before).await;
        assert_eq!(rows, ["team.member.added", "team.member.removed", "team.member.removed"]);
    }

    async fn a_put_renames(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let renamed = roll.put(&crew.path(), &crew.sends("okta/scim/group-put-rename.json")).await.expect(200);
        assert_eq!(renamed.body["displayName"], "oncall-money");
        assert_eq!(renamed.id(), crew.group);
        assert_eq!(renamed.body, crew.read(&roll).await.body);
        let (before, after, _) = roll.last_audit("team.updated").await;
        assert_eq!((before, after), (json!({ "displayName": PAYMENTS }), json!({ "displayName": "oncall-money" })));
    }

    async fn members_that_a_put_does_not_mention_stay(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let tag = crew.tag(&roll).await;
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put-without-members.json")).await.expect(200);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
        assert_eq!(crew.tag(&roll).await, tag);
    }

    async fn an_empty_list_and_null_empty_a_group(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let mut null = crew.sends("okta/scim/group-put-empty.json");
        null["members"] = Value::Null;
        for empty in [crew.sends("okta/scim/group-put-empty.json"), null] {
            roll.put(&crew.path(), &crew.sends("okta/scim/group-put.json")).await.expect(200);
            assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]));
            roll.put(&crew.path(), &empty).await.expect(200);
            assert!(roll.members(&crew.group).await.is_empty(), "after {empty}");
        }
    }

    async fn a_put_of_what_is_there_changes_nothing(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let (read, before) = (crew.read(&roll).await, audited(&roll).await);
        let again = roll.put(&crew.path(), &read.body).await.expect(200);
        assert_eq!(again.body, read.body);
        assert_eq!(again.header("etag"), read.header("etag"));
        assert_eq!(audited(&roll).await, before);
    }

    async fn every_change_by_put_moves_the_version(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let mut seen = vec![crew.tag(&roll).await];
        for file in ["group-put-with-id.json", "group-put.json", "group-put-rename.json", "group-put-empty.json"] {
            roll.put(&crew.path(), &crew.sends(&format!("okta/scim/{file}"))).await.expect(200);
            let tag = crew.tag(&roll).await;
            assert!(!seen.contains(&tag), "{file} did not move {tag}");
            seen.push(tag);
        }
    }

    async fn who_stays_keeps_their_role_and_who_is_new_responds(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let ines = is(&roll, "user_id", &crew.ines);
        roll.sql_run(&format!("update team_members set role = 'TEAM_ADMIN' where {ines}")).await;
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put-with-id.json")).await.expect(200);
        assert_eq!(roll.sql_one(&format!("select role from team_members where {ines}")).await, "TEAM_ADMIN");
        let dana = is(&roll, "user_id", &crew.dana);
        assert_eq!(roll.sql_one(&format!("select role from team_members where {dana}")).await, "RESPONDER");
    }

    async fn the_path_decides_whose_members_change(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let other = roll.group("another", &[&crew.tomas]).await;
        let mut body = crew.sends("okta/scim/group-put.json");
        body["id"] = other.clone().into();
        let answer = roll.put(&crew.path(), &body).await.expect(200);
        assert_eq!(answer.id(), crew.group);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]));
        assert_eq!(roll.members(&other).await, sorted(&[&crew.tomas]));
    }

    async fn a_rename_onto_itself_is_no_conflict_in_any_letter_case(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let answer = roll.put(&crew.path(), &group("OnCall-Payments", &[])).await.expect(200);
        assert_eq!(answer.body["displayName"], "OnCall-Payments");
    }

    async fn a_put_onto_a_taken_name_changes_nothing_at_all(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.group("Taken", &[]).await;
        let (read, before) = (crew.read(&roll).await, audited(&roll).await);
        let answer = roll.put(&crew.path(), &group("TAKEN", &[&crew.dana])).await;
        answer.refused(409, Some("uniqueness"), "displayName is already taken");
        assert_eq!(crew.read(&roll).await.body, read.body);
        assert_eq!(audited(&roll).await, before);
    }

    async fn of_two_taken_values_the_name_is_told(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let taken = |name: &str, id: &str| json!({ "displayName": name, "externalId": id });
        for (name, id) in [("One", "e1"), ("Two", "e2")] {
            roll.post("/Groups", &taken(name, id)).await.expect(201);
        }
        for id in ["e1", "e2"] {
            let body = taken("ONE", id);
            let change = patch(json!([{ "op": "replace", "value": body.clone() }]));
            roll.post("/Groups", &body).await.refused(409, Some("uniqueness"), "displayName is already taken");
            roll.put(&crew.path(), &body).await.refused(409, Some("uniqueness"), "displayName is already taken");
            roll.patch(&crew.path(), &change).await.refused(409, Some("uniqueness"), "displayName is already taken");
        }
    }

    async fn a_name_that_nobody_sees_is_none(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        for blank in [" ", "\u{3000}\t", "\u{200b}\u{ad}", " \u{2800}"] {
            let change = patch(json!([{ "op": "replace", "path": "displayName", "value": blank }]));
            for answer in [
                roll.post("/Groups", &group(blank, &[])).await,
                roll.put(&crew.path(), &group(blank, &[])).await,
                roll.patch(&crew.path(), &change).await,
            ] {
                answer.refused(400, Some("invalidValue"), "displayName is required");
            }
        }
    }

    async fn a_put_without_a_name_is_refused(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let answer = roll.put(&crew.path(), &json!({ "members": [] })).await;
        answer.refused(400, Some("invalidValue"), "displayName is required");
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }

    async fn an_absent_attribute_is_cleared_but_the_external_id_is_kept(roll: Roll) {
        let mut body = group(PAYMENTS, &[]);
        body["externalId"] = "ext-1".into();
        body["urn:okta:custom:group:1.0"] = json!({ "description": "Cards" });
        let id = roll.post("/Groups", &body).await.expect(201).id();
        let put = roll.put(&format!("/Groups/{id}"), &group(PAYMENTS, &[])).await.expect(200);
        assert_eq!(put.body["externalId"], "ext-1");
        assert!(put.body.get("urn:okta:custom:group:1.0").is_none(), "{}", put.body);
        let mut cleared = group(PAYMENTS, &[]);
        cleared["externalId"] = Value::Null;
        let put = roll.put(&format!("/Groups/{id}"), &cleared).await.expect(200);
        assert!(put.body.get("externalId").is_none(), "{}", put.body);
    }

    async fn a_thousand_members_in_one_put_and_only_the_difference_is_audited(roll: Roll) {
        let people = crowd(&roll, 1_000).await;
        let ids: Vec<&str> = people.iter().map(String::as_str).collect();
        let id = roll.group("large", &[]).await;
        let before = audited(&roll).await;
        let put = roll.put(&format!("/Groups/{id}"), &group("large", &ids)).await.expect(200);
        assert_eq!(put.body["members"].as_array().map(Vec::len), Some(1_000));
        assert_eq!(roll.members(&id).await, people);
        assert_eq!(audited(&roll).await, before + 1_000);
        roll.put(&format!("/Groups/{id}"), &group("large", &ids[1..])).await.expect(200);
        assert_eq!(roll.members(&id).await, people[1..]);
        assert_eq!(audited(&roll).await, before + 1_001);
    }

    async fn too_many_members_are_refused_with_the_limit(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let ids: Vec<String> = (0..=MAX_MEMBERS).map(|at| format!("m{at}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let answer = roll.put(&crew.path(), &group(PAYMENTS, &ids)).await;
        answer.refused(400, Some("invalidValue"), "100000");
        assert_eq!(roll.members(&crew.group).await.len(), 2);
        roll.post("/Groups", &group("new", &ids)).await.refused(400, Some("invalidValue"), "100000");
    }

    async fn a_put_to_what_is_not_there_is_404(roll: Roll) {
        let dana = roll.person("dana").await;
        for id in ["00000000-0000-7000-8000-00000000dead", "1", "..%2F", dana.as_str()] {
            let answer = roll.put(&format!("/Groups/{id}"), &group("x", &[])).await;
            answer.refused(404, None, &nothing_with(id, "group"));
        }
        assert_eq!(roll.actions().await, ["user.created"]);
    }
}
