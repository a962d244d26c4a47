//! `DELETE /Groups/{id}`.

use serde_json::json;

use super::{Crew, PAYMENTS, audited, is};
use crate::harness::{facts, group, patch};

facts! {
    async fn a_deleted_group_is_gone_from_scim_and_archived_here(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.delete(&crew.path()).await.expect(204);
        let gone = "no group with this id";
        roll.get(&crew.path()).await.refused(404, None, gone);
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put.json")).await.refused(404, None, gone);
        let adds = crew.sends("okta/scim/group-patch-add-members.json");
        roll.patch(&crew.path(), &adds).await.refused(404, None, gone);
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-rename.json")).await.refused(404, None, gone);
        assert_eq!(roll.get("/Groups").await.expect(200).body["totalResults"], 0);
        let ines = roll.get(&format!("/Users/{}", crew.ines)).await.expect(200);
        assert_eq!(ines.body["groups"], json!([]));
        assert_eq!(roll.sql_one("select name from teams where archived_at is not null").await, PAYMENTS);
        let (before, after, detail) = roll.last_audit("team.archived").await;
        assert_eq!((&before["archived"], &after["archived"]), (&json!(false), &json!(true)));
        assert_eq!(detail["name"], PAYMENTS);
    }

    async fn the_second_delete_is_404_and_leaves_no_row(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        roll.delete(&crew.path()).await.expect(204);
        let before = audited(&roll).await;
        roll.delete(&crew.path()).await.refused(404, None, "no group with this id");
        roll.delete("/Groups/no-id").await.refused(404, None, "is no id of ours");
        assert_eq!(audited(&roll).await, before);
    }

    async fn the_name_and_the_external_id_are_free_again(roll: Roll) {
        let mut sent = group(PAYMENTS, &[]);
        sent["externalId"] = "ext-1".into();
        let first = roll.post("/Groups", &sent).await.expect(201).id();
        roll.delete(&format!("/Groups/{first}")).await.expect(204);
        let second = roll.post("/Groups", &sent).await.expect(201);
        assert_ne!(second.id(), first);
        assert_eq!(second.body["members"], json!([]));
        roll.delete(&format!("/Groups/{}", second.id())).await.expect(204);
        roll.post("/Groups", &sent).await.expect(201);
    }

    async fn what_an_admin_archived_stays_readable_over_scim(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let team = is(&roll, "id", &crew.group);
        let archive = format!("update teams set is_active = false, archived_at = created_at where {team}");
        roll.sql_run(&archive).await;
        let read = crew.read(&roll).await;
        assert_eq!(read.body["displayName"], PAYMENTS);
        assert_eq!(roll.members(&crew.group).await.len(), 2);
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put.json")).await.expect(200);
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-add-members.json")).await.expect(204);
        assert_eq!(roll.members(&crew.group).await.len(), 2);
        let listed = roll.get("/Groups?filter=displayName%20eq%20%22oncall-payments%22").await.expect(200);
        assert_eq!(listed.body["totalResults"], 1);
        roll.delete(&crew.path()).await.expect(204);
        roll.get(&crew.path()).await.refused(404, None, "no group with this id");
    }

    async fn a_rename_of_what_an_admin_archived_does_not_revive_it(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let team = is(&roll, "id", &crew.group);
        roll.sql_run(&format!("update teams set is_active = false, archived_at = created_at where {team}")).await;
        let sent = patch(json!([{ "op": "replace", "value": { "displayName": "another" } }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(crew.read(&roll).await.body["displayName"], "another");
        let kept = format!("select name from teams where archived_at is not null and not is_active and {team}");
        assert_eq!(roll.sql_one(&kept).await, "another");
    }
}
