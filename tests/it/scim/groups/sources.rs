//! Who holds a membership: SCIM sets, clears and sees what Okta holds, the platform's share is its own.

use serde_json::json;

use super::{Crew, PAYMENTS, actions_since, audited, is, sorted};
use crate::harness::{Roll, facts, group, patch};

facts! {
    async fn a_removal_leaves_the_row_to_the_platform(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        hold_by_platform(&roll, &crew.ines).await;
        let before = audited(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-remove-member.json")).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.tomas]));
        assert_eq!(holders(&roll, &crew.ines).await, "platform TEAM_ADMIN");
        assert_eq!(actions_since(&roll, before).await, ["team.member.released"]);
        let (was, is, _) = roll.last_audit("team.member.released").await;
        assert_eq!(was, json!({ "role": "TEAM_ADMIN", "byOkta": true, "byPlatform": true }));
        assert_eq!(is, json!({ "role": "TEAM_ADMIN", "byOkta": false, "byPlatform": true }));
    }

    async fn a_put_without_them_leaves_the_row_to_the_platform(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        hold_by_platform(&roll, &crew.ines).await;
        roll.put(&crew.path(), &crew.sends("okta/scim/group-put-empty.json")).await.expect(200);
        assert!(roll.members(&crew.group).await.is_empty());
        assert_eq!(holders(&roll, &crew.ines).await, "platform TEAM_ADMIN");
        assert_eq!(holders(&roll, &crew.tomas).await, "");
    }

    async fn who_only_the_platform_holds_is_not_seen_over_scim(roll: Roll) {
        let crew = only_by_platform(&roll).await;
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.tomas]));
        let ines = roll.get(&format!("/Users/{}", crew.ines)).await.expect(200).body;
        assert_eq!(ines["groups"], json!([]));
        assert_eq!(roll.find(&format!("groups.value eq \"{}\"", crew.group)).await.expect(200).body["totalResults"], 1);
        let found = roll.get(&format!("/Groups?filter=members.value%20eq%20%22{}%22", crew.ines)).await.expect(200);
        assert_eq!(found.body["totalResults"], 0);
    }

    async fn removing_who_only_the_platform_holds_changes_nothing(roll: Roll) {
        let crew = only_by_platform(&roll).await;
        let (tag, before) = (crew.tag(&roll).await, audited(&roll).await);
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-remove-member.json")).await.expect(204);
        let where_display = json!([{ "op": "remove", "path": "members[display sw \"ines\"]" }]);
        roll.patch(&crew.path(), &patch(where_display)).await.expect(204);
        roll.put(&crew.path(), &group(PAYMENTS, &[&crew.tomas])).await.expect(200);
        assert_eq!(holders(&roll, &crew.ines).await, "platform TEAM_ADMIN");
        assert_eq!((crew.tag(&roll).await, audited(&roll).await), (tag, before));
    }

    async fn okta_takes_hold_again_and_the_role_stays(roll: Roll) {
        let crew = only_by_platform(&roll).await;
        let before = audited(&roll).await;
        let sent = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": crew.ines }] }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
        assert_eq!(holders(&roll, &crew.ines).await, "okta platform TEAM_ADMIN");
        assert_eq!(actions_since(&roll, before).await, ["team.member.added"]);
    }

    async fn a_deleted_person_is_let_go_by_both(roll: Roll) {
        let crew = only_by_platform(&roll).await;
        roll.delete(&format!("/Users/{}", crew.ines)).await.expect(204);
        assert_eq!(holders(&roll, &crew.ines).await, "");
    }

    async fn a_push_leaves_an_opt_out_as_it_is(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let ines = is(&roll, "user_id", &crew.ines);
        roll.sql_run(&format!("update team_members set opted_out = true where {ines}")).await;
        let before = audited(&roll).await;
        roll.put(&crew.path(), &group(PAYMENTS, &[&crew.ines, &crew.tomas])).await.expect(200);
        let sent = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": crew.ines }] }]));
        roll.patch(&crew.path(), &sent).await.expect(204);
        let kept = roll.sql(&format!("select role from team_members where opted_out and {ines}")).await;
        assert_eq!((kept.len(), audited(&roll).await), (1, before));
        assert_eq!(roll.members(&crew.group).await, sorted(&[&crew.ines, &crew.tomas]));
    }
}

/// Ines and Tomás in the group, Ines held by the platform too, as a team admin.
async fn hold_by_platform(roll: &Roll, user: &str) {
    let row = is(roll, "user_id", user);
    roll.sql_run(&format!("update team_members set by_platform = true, role = 'TEAM_ADMIN' where {row}")).await;
}

/// A group whose member Ines only the platform holds, and Tomás only Okta.
async fn only_by_platform(roll: &Roll) -> Crew {
    let crew = Crew::of_two(roll).await;
    hold_by_platform(roll, &crew.ines).await;
    roll.put(&crew.path(), &group(PAYMENTS, &[&crew.tomas])).await.expect(200);
    crew
}

/// Who holds a person's membership, and their role; empty when there is none.
async fn holders(roll: &Roll, user: &str) -> String {
    let held =
        "case when by_okta then 'okta ' else '' end || case when by_platform then 'platform ' else '' end || role";
    let rows = roll.sql(&format!("select {held} from team_members where {}", is(roll, "user_id", user))).await;
    rows.into_iter().next().and_then(|mut row| row.remove(0)).unwrap_or_default()
}
