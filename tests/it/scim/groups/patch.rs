//! `PATCH /Groups/{id}`: the way catalogue apps and Entra push a group.

use rollcall::scim::document::MAX_MEMBERS;
use rollcall::scim::patch::MAX_OPERATIONS;
use serde_json::{Value, json};

use super::{Crew, PAYMENTS, actions_since, audited, crowd, sorted};
use crate::harness::{Roll, facts, patch};

facts! {
    async fn added_members_are_in_and_each_is_audited(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let before = audited(&roll).await;
        let answer = roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-add-members.json")).await.expect(204);
        assert_eq!(answer.body, Value::Null);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana, &crew.ines]));
        assert_eq!(actions_since(&roll, before).await, ["team.member.added", "team.member.added"]);
        let (was, is, detail) = roll.last_audit("team.member.added").await;
        assert_eq!(was, Value::Null);
        assert_eq!(is, json!({ "role": "RESPONDER", "byOkta": true, "byPlatform": false }));
        assert_eq!(detail["team"], PAYMENTS);
        let named = format!("select {} from audit_events where user_id is not null order by 1", roll.uuid_text("user_id"));
        assert_eq!(roll.sql(&named).await.len(), 5);
    }

    async fn a_member_shows_a_name_a_kind_and_an_address(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let read = crew.read(&roll).await;
        let ines = read.body["members"].as_array().expect("members").iter().find(|one| one["value"] == crew.ines);
        let ines = ines.expect("Ines");
        assert_eq!(ines["display"], "ines Example");
        assert_eq!(ines["type"], "User");
        assert!(ines["$ref"].as_str().expect("an address").ends_with(&format!("/scim/v2/Users/{}", crew.ines)));
    }

    async fn one_request_removes_some_and_adds_others(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let sent = crew.sends("okta/scim/group-patch-remove-and-add-members.json");
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, [crew.dana]);
    }

    async fn a_filter_removes_one_member(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-remove-member.json")).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, [crew.tomas]);
        let (was, is, detail) = roll.last_audit("team.member.removed").await;
        assert_eq!(was, json!({ "role": "RESPONDER", "byOkta": true, "byPlatform": false }));
        assert_eq!((is, detail["team"].as_str()), (Value::Null, Some(PAYMENTS)));
    }

    async fn any_filter_on_members_removes_those_it_matches(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        for (path, left) in [
            (format!("members[value eq \"{}\" or value eq \"{}\"]", crew.dana, crew.ines), vec![&crew.tomas]),
            ("members[display sw \"INES\"]".to_owned(), vec![&crew.dana, &crew.tomas]),
            (format!("members[value ne \"{}\"]", crew.dana), vec![&crew.dana]),
            ("members[not (display eq \"dana example\") and type eq \"user\"]".to_owned(), vec![&crew.dana]),
            ("members[type eq \"Group\"]".to_owned(), vec![&crew.dana, &crew.ines, &crew.tomas]),
            (format!("members[value eq \"{}\"]", crew.dana.to_uppercase()), vec![&crew.dana, &crew.ines, &crew.tomas]),
        ] {
            roll.put(&crew.path(), &crew.sends("okta/scim/group-put-with-id.json")).await.expect(200);
            roll.patch(&crew.path(), &patch(json!([{ "op": "remove", "path": path }]))).await.expect(204);
            assert_eq!(roll.members(&crew.group).await, sorted(&left), "{path}");
        }
    }

    async fn a_value_list_removes_only_those_it_names(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        for file in ["entra/group-patch-remove-member.json", "entra/group-patch-remove-member-flagged.json"] {
            roll.put(&crew.path(), &crew.sends("okta/scim/group-put-with-id.json")).await.expect(200);
            roll.patch(&crew.path(), &crew.sends(file)).await.expect(204);
            assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]), "{file}");
        }
    }

    async fn a_removal_without_a_value_removes_everybody(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.patch(&crew.path(), &patch(json!([{ "op": "Remove", "path": "members" }]))).await.expect(204);
        assert!(roll.members(&crew.group).await.is_empty());
    }

    async fn a_removal_of_an_empty_list_removes_nobody(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let sent = patch(json!([{ "op": "remove", "path": "members", "value": [] }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }

    async fn a_replacement_sets_the_members_with_and_without_a_path(roll: Roll) {
        for file in ["group-patch-replace-members.json", "group-patch-replace-members-pathless.json"] {
            let crew = Crew { group: roll.group(file, &[]).await, ..people(&roll, file).await };
            roll.patch(&crew.path(), &patch(json!([{ "op": "add", "path": "members", "value": [{ "value": crew.tomas }] }])))
                .await
                .expect(204);
            roll.patch(&crew.path(), &crew.sends(&format!("okta/scim/{file}"))).await.expect(204);
            assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana, &crew.ines]), "{file}");
        }
    }

    async fn a_replacement_with_nobody_empties_the_group(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-empty.json")).await.expect(204);
        assert!(roll.members(&crew.group).await.is_empty());
    }

    async fn a_rename_without_a_path_ignores_the_id_inside(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let mut sent = crew.sends("okta/scim/group-patch-rename.json");
        sent["Operations"][0]["value"]["id"] = crew.dana.clone().into();
        roll.patch(&crew.path(), &sent).await.expect(204);
        let read = crew.read(&roll).await;
        assert_eq!((read.id(), read.body["displayName"].as_str()), (crew.group.clone(), Some("oncall-money")));
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }

    async fn the_name_that_comes_with_every_member_change_is_no_change(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let before = audited(&roll).await;
        let sent = crew.sends("okta/scim/group-patch-same-name-and-add-members.json");
        let mut joins = sent.clone();
        joins["Operations"][1]["value"][0]["value"] = crew.dana.clone().into();
        roll.patch(&crew.path(), &joins).await.expect(204);
        assert_eq!(actions_since(&roll, before).await, ["team.member.added"]);
        let tag = crew.tag(&roll).await;
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(crew.tag(&roll).await, tag, "Tomás was a member already");
        assert_eq!(audited(&roll).await, before + 1);
    }

    async fn entra_adds_and_renames_with_capital_letters(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        roll.patch(&crew.path(), &crew.sends("entra/group-patch-add-member.json")).await.expect(204);
        roll.patch(&crew.path(), &crew.sends("entra/group-patch-rename.json")).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]));
        assert_eq!(crew.read(&roll).await.body["displayName"], "Network On-call Europe");
    }

    async fn odd_spellings_of_an_addition_are_understood(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        for operation in [
            json!({ "op": "add", "path": "members", "value": crew.dana }),
            json!({ "op": "ADD", "path": "Members", "value": { "value": crew.dana } }),
            json!({ "op": "add", "name": "addMember", "path": "members", "value": [crew.dana] }),
            json!({ "op": "add", "value": { "members": [{ "value": crew.dana, "display": null }] } }),
            json!({ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": [{ "Value": crew.dana }] }),
        ] {
            roll.patch(&crew.path(), &json!({ "Operations": [operation] })).await.expect(204);
            assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.dana]), "{operation}");
            roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-empty.json")).await.expect(204);
        }
    }

    async fn adding_a_member_twice_moves_no_version_and_leaves_no_row(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let sent = crew.sends("okta/scim/group-patch-add-members.json");
        roll.patch(&crew.path(), &sent).await.expect(204);
        let (tag, before) = (crew.tag(&roll).await, audited(&roll).await);
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!((crew.tag(&roll).await, audited(&roll).await), (tag, before));
    }

    async fn removing_who_is_no_member_succeeds_without_a_row(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let (tag, before) = (crew.tag(&roll).await, audited(&roll).await);
        for file in [
            "okta/scim/group-patch-remove-member.json",
            "okta/scim/group-patch-remove-unknown-member.json",
            "entra/group-patch-remove-member.json",
        ] {
            roll.patch(&crew.path(), &crew.sends(file)).await.expect(204);
        }
        assert_eq!((crew.tag(&roll).await, audited(&roll).await), (tag, before));
    }

    async fn member_changes_move_the_version(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let empty = crew.tag(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-add-members.json")).await.expect(204);
        let added = crew.tag(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-remove-member.json")).await.expect(204);
        let removed = crew.tag(&roll).await;
        assert!(empty != added && added != removed && empty != removed, "{empty} {added} {removed}");
    }

    async fn a_patch_answers_the_group_when_the_client_says_what_to_show(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let sent = crew.sends("okta/scim/group-patch-add-members.json");
        let shown = roll.patch(&format!("{}?attributes=members.value", crew.path()), &sent).await.expect(200);
        assert_eq!(shown.id(), crew.group);
        assert!(shown.body.get("displayName").is_none());
        assert_eq!(shown.body["members"].as_array().map(Vec::len), Some(2));
        assert_eq!(shown.header("etag"), crew.tag(&roll).await);
        let bare = roll.patch(&format!("{}?excludedAttributes=members", crew.path()), &sent).await.expect(200);
        assert_eq!((bare.body["displayName"].as_str(), bare.body.get("members")), (Some(PAYMENTS), None));
    }

    async fn a_patch_that_is_wrong_in_one_place_does_nothing(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.group("taken", &[]).await;
        let (read, before) = (crew.read(&roll).await, audited(&roll).await);
        let joins = json!({ "op": "add", "path": "members", "value": [{ "value": crew.dana }] });
        let renames = |name: &str| json!({ "op": "replace", "path": "displayName", "value": name });
        let sent = patch(json!([joins, renames("Taken")]));
        roll.patch(&crew.path(), &sent).await.refused(409, Some("uniqueness"), "displayName is already taken");
        let sent = patch(json!([joins, renames("")]));
        roll.patch(&crew.path(), &sent).await.refused(400, Some("invalidValue"), "Operations[1]: displayName");
        let sent = patch(json!([joins, { "op": "replace", "path": "members[value eq \"x\"].display", "value": "y" }]));
        roll.patch(&crew.path(), &sent).await.refused(400, Some("mutability"), "member cannot be changed");
        assert_eq!(crew.read(&roll).await.body, read.body);
        assert_eq!(audited(&roll).await, before);
    }

    async fn no_operations_are_no_change(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let (tag, before) = (crew.tag(&roll).await, audited(&roll).await);
        roll.patch(&crew.path(), &patch(json!([]))).await.expect(204);
        assert_eq!((crew.tag(&roll).await, audited(&roll).await), (tag, before));
    }

    async fn operations_on_members_apply_in_their_order(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let one = |op: &str, id: &str| json!({ "op": op, "path": "members", "value": [{ "value": id }] });
        let sent = patch(json!([one("add", &crew.dana), one("remove", &crew.dana), one("remove", &crew.ines),
            one("add", &crew.ines)]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
        let sent = patch(json!([one("add", &crew.dana), one("replace", &crew.tomas), one("add", &crew.ines)]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
    }

    async fn other_attributes_are_set_and_cleared(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let sent = patch(json!([{ "op": "add", "value": {
            "externalId": "ext-7", "urn:okta:custom:group:1.0": { "description": "Cards" }, "costCentre": 7,
        } }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        let read = crew.read(&roll).await.body;
        assert_eq!((read["externalId"].as_str(), read["costCentre"].as_i64()), (Some("ext-7"), Some(7)));
        assert_eq!(read["urn:okta:custom:group:1.0"]["description"], "Cards");
        assert_eq!(roll.sql_one("select description from teams").await, "Cards");
        let sent = patch(json!([{ "op": "remove", "path": "externalId" }, { "op": "remove", "path": "costCentre" }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        let read = crew.read(&roll).await.body;
        assert_eq!((read.get("externalId"), read.get("costCentre")), (None, None));
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }

    async fn a_thousand_members_in_one_patch_and_in_a_thousand_operations(roll: Roll) {
        let people = crowd(&roll, 1_000).await;
        let id = roll.group("large", &[]).await;
        let list: Vec<Value> = people.iter().map(|id| json!({ "value": id, "display": "x" })).collect();
        let sent = patch(json!([{ "op": "add", "path": "members", "value": list }]));
        roll.patch(&format!("/Groups/{id}"), &sent).await.expect(204);
        assert_eq!(roll.members(&id).await, people);
        let all = people.iter().map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }));
        roll.patch(&format!("/Groups/{id}"), &patch(all.collect())).await.expect(204);
        assert!(roll.members(&id).await.is_empty());
        let rows = roll.actions().await;
        let counted = |action: &str| rows.iter().filter(|row| *row == action).count();
        assert_eq!((counted("team.member.added"), counted("team.member.removed")), (1_000, 1_000));
    }

    async fn too_many_members_and_operations_are_refused_with_the_limit(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let list: Vec<Value> = (0..=MAX_MEMBERS).map(|at| json!(format!("m{at}"))).collect();
        for op in ["add", "replace", "remove"] {
            let sent = patch(json!([{ "op": op, "path": "members", "value": list }]));
            roll.patch(&crew.path(), &sent).await.refused(400, Some("invalidValue"), "100000 members");
        }
        let one = json!({ "op": "add", "path": "members", "value": [{ "value": crew.dana }] });
        let sent = patch(vec![one; MAX_OPERATIONS + 1].into());
        let limit = format!("{MAX_OPERATIONS} Operations");
        roll.patch(&crew.path(), &sent).await.refused(400, Some("invalidValue"), &limit);
        assert_eq!(roll.members(&crew.group).await.len(), 2);
    }
}

/// People whose names begin with a prefix, so that several crews fit on one roll.
async fn people(roll: &Roll, prefix: &str) -> Crew {
    let name = |who: &str| format!("{prefix}-{who}");
    let (dana, ines) = (roll.person(&name("dana")).await, roll.person(&name("ines")).await);
    Crew { dana, ines, tomas: roll.person(&name("tomas")).await, group: String::new() }
}
