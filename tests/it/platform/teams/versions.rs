//! The version of a team, and changes that name one.

use reqwest::Method;
use serde_json::json;

use super::{add, edit, found, times};
use crate::harness::{Answer, Roll, facts};
use crate::platform::people::{Signed, problem};

async fn version(roll: &Roll, who: &Signed, team: &str) -> String {
    who.get(roll, &format!("/api/teams/{team}")).await.expect(200).header("etag").to_owned()
}

/// A change of the channel, where the team is at this version.
async fn edit_at(roll: &Roll, who: &Signed, team: &str, if_match: &str, channel: &str) -> Answer {
    let request = who.request(roll, Method::PATCH, &format!("/api/teams/{team}"));
    let request = request.header("if-match", if_match).header("content-type", "application/json");
    roll.send(request.body(json!({ "slackChannel": channel }).to_string())).await
}

facts! {
    async fn a_change_of_a_version_that_is_gone_changes_nothing(roll: Roll) {
        let boss = roll.admin("boss").await;
        let team = found(&roll, &boss, "Ops").await;
        let read = version(&roll, &boss, &team).await;
        assert!(read.starts_with('"') && read.ends_with('"'), "{read} is strong");
        let changed = edit_at(&roll, &boss, &team, &read, "one").await.expect(200);
        let after = changed.header("etag").to_owned();
        assert_ne!(after, read);
        assert_eq!(version(&roll, &boss, &team).await, after);
        let before = crate::tables::dump(&roll).await;
        for gone in [read.as_str(), "\"x\"", "7", "", "\"7\", \"8\""] {
            problem(edit_at(&roll, &boss, &team, gone, "two").await, 412, "read it again");
        }
        problem(edit_at(&roll, &boss, &team, &read, "one").await, 412, "read it again");
        assert_eq!(crate::tables::dump(&roll).await, before);
        for good in [after.clone(), "*".to_owned(), format!("\"x\", {after}"), format!("W/{after}")] {
            edit_at(&roll, &boss, &team, &good, "one").await.expect(200);
        }
        assert_eq!((times(&roll, "team.updated").await, version(&roll, &boss, &team).await), (1, after));
        edit(&roll, &boss, &team, &json!({ "slackChannel": "three" })).await.expect(200);
    }

    async fn every_change_of_a_team_moves_its_version_and_reading_does_not(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Ops", &[]).await;
        let path = format!("/api/teams/{team}");
        let mut seen = vec![version(&roll, &boss, &team).await];
        assert_eq!(version(&roll, &boss, &team).await, seen[0]);
        let join = crate::harness::patch(json!([{ "op": "add", "path": "members", "value": [{ "value": dana }] }]));
        let rename = crate::harness::patch(json!([{ "op": "replace", "value": { "displayName": "Operations" } }]));
        roll.patch(&format!("/Groups/{team}"), &join).await.expect(204);
        seen.push(version(&roll, &boss, &team).await);
        roll.patch(&format!("/Groups/{team}"), &rename).await.expect(204);
        seen.push(version(&roll, &boss, &team).await);
        add(&roll, &boss, &team, &boss.user, "RESPONDER").await.expect(200);
        seen.push(version(&roll, &boss, &team).await);
        let tags = json!({ "tags": [{ "kind": "TECHNICAL", "value": "payments" }] });
        boss.send(&roll, Method::PUT, &format!("{path}/tags"), &tags).await.expect(200);
        seen.push(version(&roll, &boss, &team).await);
        boss.send(&roll, Method::PUT, &format!("{path}/maintenance"), &json!({ "on": true })).await.expect(200);
        seen.push(version(&roll, &boss, &team).await);
        boss.delete(&roll, &path).await.expect(204);
        seen.push(version(&roll, &boss, &team).await);
        let back = boss.post(&roll, &format!("{path}/restore"), &json!({})).await.expect(200);
        seen.push(back.header("etag").to_owned());
        let mut known = seen.clone();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), seen.len(), "{seen:?}");
    }

    async fn of_two_who_change_the_same_version_at_once_one_is_told(roll: Roll) {
        let (boss, other) = (roll.admin("boss").await, roll.replica().await);
        let team = found(&roll, &boss, "Ops").await;
        for round in 0..8 {
            let read = version(&roll, &boss, &team).await;
            let (one, two) = (format!("one-{round}"), format!("two-{round}"));
            let (first, second) =
                tokio::join!(edit_at(&roll, &boss, &team, &read, &one), edit_at(&other, &boss, &team, &read, &two));
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{} {}", first.body, second.body);
            let won = if first.status == 200 { one } else { two };
            let is = boss.get(&roll, &format!("/api/teams/{team}")).await.expect(200).body["slackChannel"].clone();
            assert_eq!(is, won);
        }
        assert_eq!(times(&roll, "team.updated").await, 8);
    }

    async fn who_may_not_change_a_team_learns_nothing_by_its_version(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let team = found(&roll, &boss, "Ops").await;
        let read = version(&roll, &dana, &team).await;
        for tag in [read.as_str(), "\"gone\""] {
            problem(edit_at(&roll, &dana, &team, tag, "one").await, 403, "may not");
        }
        problem(edit_at(&roll, &boss, &Roll::new_id(), "*", "one").await, 404, "no team");
    }
}
