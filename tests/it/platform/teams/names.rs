//! Names that no team is given, by whatever road.

use serde_json::json;

use super::{edit, found};
use crate::harness::{facts, group, patch};
use crate::platform::people::problem;
use crate::tables;

/// Reserved names as somebody would try them.
const TRIED: [&str; 5] = ["Admin", "ad\u{200b}min", "ＳＹＳＴＥＭ", "me", ".search"];

facts! {
    async fn no_team_is_made_wished_for_or_renamed_into_a_reserved_name(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let team = found(&roll, &boss, "Ops").await;
        let before = tables::dump(&roll).await;
        for name in TRIED {
            let wish = json!({ "name": name, "reason": "We are many." });
            for answer in [
                boss.post(&roll, "/api/teams", &json!({ "name": name })).await,
                edit(&roll, &boss, &team, &json!({ "name": name })).await,
                dana.post(&roll, "/api/team-requests", &wish).await,
            ] {
                let refused = problem(answer, 400, "reserved");
                assert_eq!(refused.body["errors"][0]["field"], "name", "{name}");
            }
        }
        assert_eq!(tables::dump(&roll).await, before);
        edit(&roll, &boss, &team, &json!({ "name": "Admins" })).await.expect(200);
    }

    async fn a_push_is_told_which_name_it_must_not_bring(roll: Roll) {
        let team = roll.group("Ops", &[]).await;
        let before = tables::dump(&roll).await["teams"].clone();
        for name in TRIED {
            let rename = patch(json!([{ "op": "replace", "value": { "displayName": name } }]));
            for answer in [
                roll.post("/Groups", &group(name, &[])).await,
                roll.put(&format!("/Groups/{team}"), &group(name, &[])).await,
                roll.patch(&format!("/Groups/{team}"), &rename).await,
            ] {
                answer.refused(400, Some("invalidValue"), "reserved name");
            }
        }
        assert_eq!(tables::dump(&roll).await["teams"], before);
        let bulk = json!({ "Operations": [{ "method": "POST", "path": "/Groups", "bulkId": "x", "data": group("admin", &[]) }] });
        assert_eq!(roll.post("/Bulk", &bulk).await.expect(200).body["Operations"][0]["status"], "400");
    }

    async fn who_bears_one_already_keeps_it_and_comes_back_with_it(roll: Roll) {
        let boss = roll.admin("boss").await;
        let (pushed, made) = (roll.group("Pushed", &[]).await, found(&roll, &boss, "Made").await);
        roll.sql_run("update teams set name = 'Admin', name_key = 'admin' where name = 'Pushed'").await;
        roll.sql_run("update teams set name = 'System', name_key = 'system' where name = 'Made'").await;
        let mut named = group("ADMIN", &[]);
        named["externalId"] = "00gadmin".into();
        roll.put(&format!("/Groups/{pushed}"), &named).await.expect(200);
        edit(&roll, &boss, &made, &json!({ "name": "SYSTEM", "slackChannel": "ops" })).await.expect(200);
        boss.delete(&roll, &format!("/api/teams/{made}")).await.expect(204);
        let back = boss.post(&roll, &format!("/api/teams/{made}/restore"), &json!({})).await.expect(200);
        assert_eq!(back.body["name"], "SYSTEM");
    }
}
