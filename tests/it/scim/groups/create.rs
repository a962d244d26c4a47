//! `POST /Groups`.

use serde_json::json;

use super::{Crew, PAYMENTS, sorted};
use crate::fixtures::fixture;
use crate::harness::{facts, group};

facts! {
    async fn a_group_is_made_and_read_back(roll: Roll) {
        let made = roll.post("/Groups", &fixture("okta/scim/group-create.json", &[])).await.expect(201);
        assert_eq!(made.body["displayName"], PAYMENTS);
        assert_eq!(made.body["members"], json!([]));
        assert_eq!(made.body["meta"]["resourceType"], "Group");
        assert_eq!(made.body["meta"]["version"], "W/\"1\"");
        assert_eq!(made.header("location"), made.body["meta"]["location"]);
        assert_eq!(made.header("location"), format!("{}/scim/v2/Groups/{}", roll.origin, made.id()));
        let read = roll.get(&format!("/Groups/{}", made.id())).await.expect(200);
        assert_eq!(read.body, made.body);
        assert_eq!(read.header("etag"), "W/\"1\"");
        assert_eq!(roll.actions().await, ["team.created"]);
        let (before, after, _) = roll.last_audit("team.created").await;
        assert_eq!((before, after), (json!(null), json!({ "displayName": PAYMENTS })));
    }

    async fn a_group_may_come_with_its_members(roll: Roll) {
        let (dana, ines) = (roll.person("dana").await, roll.person("ines").await);
        let sent = fixture("okta/scim/group-create-with-members.json", &[("user:dana", &dana), ("user:ines", &ines)]);
        let made = roll.post("/Groups", &sent).await.expect(201);
        assert_eq!(made.body["members"].as_array().map(Vec::len), Some(2));
        assert_eq!(roll.members(&made.id()).await, sorted(&[&dana, &ines]));
        assert_eq!(roll.actions().await[2..], ["team.created", "team.member.added", "team.member.added"]);
    }

    async fn a_description_and_unknown_attributes_are_kept_and_given_back(roll: Roll) {
        let mut sent = fixture("okta/scim/group-create-with-description.json", &[]);
        sent["urn:example:ours"] = json!({ "tier": 1 });
        sent["costCentre"] = "CC-7".into();
        let made = roll.post("/Groups", &sent).await.expect(201);
        let read = roll.get(&format!("/Groups/{}", made.id())).await.expect(200).body;
        assert_eq!(read, made.body);
        assert_eq!(read["urn:okta:custom:group:1.0"]["description"], "Cards, transfers and refunds");
        assert_eq!((&read["urn:example:ours"]["tier"], &read["costCentre"]), (&json!(1), &json!("CC-7")));
        assert!(read["schemas"].as_array().expect("schemas").contains(&"urn:okta:custom:group:1.0".into()));
        assert_eq!(roll.sql_one("select description from teams").await, "Cards, transfers and refunds");
    }

    async fn entra_makes_a_group_with_an_external_id(roll: Roll) {
        let made = roll.post("/Groups", &fixture("entra/group-create.json", &[])).await.expect(201);
        assert_eq!(made.body["externalId"], "b0d7e3f4-5a86-4f19-8c2d-7e61a9c40b58");
        assert_eq!(made.body["displayName"], "Network On-call EU");
    }

    async fn a_taken_name_is_a_conflict_in_any_letter_case(roll: Roll) {
        roll.group("Élan Payments", &[]).await;
        for name in ["Élan Payments", "élan payments", "E\u{301}LAN PAYMENTS"] {
            let answer = roll.post("/Groups", &group(name, &[])).await;
            answer.refused(409, Some("uniqueness"), "displayName is already taken by another group");
        }
        assert_eq!(roll.actions().await, ["team.created"]);
    }

    async fn a_taken_external_id_is_a_conflict_that_names_it(roll: Roll) {
        let mut sent = group("one", &[]);
        sent["externalId"] = "ext-1".into();
        roll.post("/Groups", &sent).await.expect(201);
        sent["displayName"] = "two".into();
        roll.post("/Groups", &sent).await.refused(409, Some("uniqueness"), "externalId already belongs to another group");
        let two = roll.group("two", &[]).await;
        let answer = roll.put(&format!("/Groups/{two}"), &sent).await;
        answer.refused(409, Some("uniqueness"), "externalId already belongs to another group");
        sent["externalId"] = "EXT-1".into();
        roll.put(&format!("/Groups/{two}"), &sent).await.expect(200);
    }

    async fn the_server_makes_the_id(roll: Roll) {
        let other = roll.group("other", &[]).await;
        for id in [json!(other), json!("1"), json!(1), json!(null)] {
            let mut sent = group(&format!("named {id}"), &[]);
            sent["id"] = id;
            sent["meta"] = json!({ "version": "W/\"99\"", "created": "1999-01-01T00:00:00Z" });
            let made = roll.post("/Groups", &sent).await.expect(201);
            assert!(made.id() != other && made.id().len() == 36);
            assert_eq!(made.header("etag"), "W/\"1\"");
            assert_eq!(made.body["meta"]["created"], "2026-03-02T12:00:00.000000Z");
        }
    }

    async fn a_group_without_a_name_is_refused(roll: Roll) {
        for body in [json!({}), json!({ "displayName": "" }), json!({ "displayName": null }), json!({ "members": [] })] {
            roll.post("/Groups", &body).await.refused(400, Some("invalidValue"), "displayName is required");
        }
        let odd = json!({ "displayName": ["x"] });
        roll.post("/Groups", &odd).await.refused(400, Some("invalidValue"), "displayName must be a string");
        assert!(roll.actions().await.is_empty());
    }

    async fn a_group_push_does_not_change_who_somebody_is(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let mut sent = group("sneaky", &[&crew.dana]);
        sent["members"][0]["role"] = "TEAM_ADMIN".into();
        sent["members"][0]["display"] = "somebody else".into();
        sent["role"] = "TEAM_ADMIN".into();
        let made = roll.post("/Groups", &sent).await.expect(201);
        assert_eq!(made.body["members"][0]["display"], "dana Example");
        assert_eq!(roll.sql_one("select min(role) from team_members").await, "RESPONDER");
        assert_eq!(roll.sql_one("select max(role) from team_members").await, "RESPONDER");
    }
}
