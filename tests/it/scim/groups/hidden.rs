//! Teams that the platform made: SCIM does not see them, only their names are taken.

use serde_json::json;

use super::{Crew, audited, is};
use crate::harness::{Roll, facts, group, patch};

facts! {
    async fn a_platform_team_is_neither_read_nor_listed_nor_counted(roll: Roll) {
        let (crew, hidden) = platform_team(&roll).await;
        roll.get(&format!("/Groups/{hidden}")).await.refused(404, None, "no group with this id");
        let list = roll.get("/Groups").await.expect(200).body;
        assert_eq!((&list["totalResults"], list["Resources"].as_array().map(Vec::len)), (&json!(1), Some(1)));
        assert_eq!(roll.get("/Groups?count=0").await.expect(200).body["totalResults"], 1);
        for filter in ["displayName%20eq%20%22Night%20Shift%22", "displayName%20ne%20%22x%22", "id%20pr"] {
            let found = roll.get(&format!("/Groups?filter={filter}")).await.expect(200).body;
            assert!(!found.to_string().contains(&hidden), "{filter}");
        }
        let found = roll.get(&format!("/Groups?filter=members.value%20eq%20%22{}%22", crew.dana)).await.expect(200);
        assert_eq!(found.body["totalResults"], 0);
    }

    async fn a_platform_team_is_neither_changed_nor_deleted(roll: Roll) {
        let (crew, hidden) = platform_team(&roll).await;
        let (path, before) = (format!("/Groups/{hidden}"), audited(&roll).await);
        let gone = "no group with this id";
        roll.put(&path, &group("Night Shift", &[&crew.ines])).await.refused(404, None, gone);
        roll.patch(&path, &crew.sends("okta/scim/group-patch-add-members.json")).await.refused(404, None, gone);
        roll.patch(&path, &crew.sends("okta/scim/group-patch-rename.json")).await.refused(404, None, gone);
        roll.patch(&path, &patch(json!([{ "op": "remove", "path": "members" }]))).await.refused(404, None, gone);
        roll.delete(&path).await.refused(404, None, gone);
        assert_eq!(audited(&roll).await, before);
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "1");
    }

    async fn a_platform_team_does_not_show_through_its_members(roll: Roll) {
        let (crew, hidden) = platform_team(&roll).await;
        let dana = roll.get(&format!("/Users/{}", crew.dana)).await.expect(200).body;
        assert_eq!(dana["groups"], json!([]));
        for filter in [format!("groups.value eq \"{hidden}\""), "groups.display co \"night\"".to_owned(), "groups pr".to_owned()] {
            assert_eq!(roll.find(&filter).await.expect(200).body["totalResults"], 0, "{filter}");
        }
    }

    async fn its_name_is_taken_in_the_same_words_as_any(roll: Roll) {
        let (crew, _) = platform_team(&roll).await;
        roll.group("seen", &[]).await;
        let words = |answer: crate::harness::Answer| answer.body.to_string();
        let seen = words(roll.post("/Groups", &group("Seen", &[])).await.refused(409, Some("uniqueness"), "taken"));
        assert_eq!(words(roll.post("/Groups", &group("NIGHT shift", &[])).await), seen);
        assert_eq!(words(roll.put(&crew.path(), &group("night shift", &[])).await), seen);
        let rename = patch(json!([{ "op": "replace", "value": { "displayName": "Night Shift" } }]));
        assert_eq!(words(roll.patch(&crew.path(), &rename).await), seen);
    }

    async fn its_external_id_is_taken_in_the_same_words_as_any(roll: Roll) {
        let (_, hidden) = platform_team(&roll).await;
        roll.sql_run(&format!("update teams set external_id = 'ext-hidden' where {}", is(&roll, "id", &hidden))).await;
        let with = |name: &str, id: &str| {
            let mut sent = group(name, &[]);
            sent["externalId"] = id.into();
            sent
        };
        roll.post("/Groups", &with("seen", "ext-seen")).await.expect(201);
        let seen = roll.post("/Groups", &with("a", "ext-seen")).await.refused(409, Some("uniqueness"), "externalId");
        let other = roll.post("/Groups", &with("b", "ext-hidden")).await;
        assert_eq!(other.body, seen.body);
    }
}

/// Somebody's group, and a team of the platform named "Night Shift" with Dana in it.
async fn platform_team(roll: &Roll) -> (Crew, String) {
    let crew = Crew::without_members(roll).await;
    let hidden = roll.group("Night Shift", &[&crew.dana]).await;
    let team = is(roll, "id", &hidden);
    roll.sql_run(&format!("update teams set scim_visible = false, synced_from_okta = false where {team}")).await;
    (crew, hidden)
}
