//! Many at once on one group.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Crew, PAYMENTS, crowd};
use crate::harness::{facts, group, patch};

facts! {
    async fn member_changes_at_once_all_land(roll: Roll) {
        let people = crowd(&roll, 32).await;
        let (leaving, coming) = people.split_at(16);
        let leaving: Vec<&str> = leaving.iter().map(String::as_str).collect();
        let id = roll.group("busy", &leaving).await;
        let path = format!("/Groups/{id}");
        let add = |id: &String| json!({ "op": "add", "path": "members", "value": [{ "value": id, "display": "x" }] });
        let remove = |id: &&str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
        let changes = coming.iter().map(add).chain(leaving.iter().map(remove));
        let requests = changes.map(|change| roll.with_body(Method::PATCH, &path, &patch(json!([change]))));
        assert_eq!(at_once(requests.collect()).await, [204; 32]);
        assert_eq!(roll.members(&id).await, coming);
        assert_eq!(roll.get(&path).await.expect(200).header("etag"), "W/\"33\"");
        let rows = roll.actions().await;
        let counted = |action: &str| rows.iter().filter(|row| *row == action).count();
        assert_eq!((counted("team.member.added"), counted("team.member.removed")), (32, 16));
    }

    async fn of_writers_with_one_tag_exactly_one_wins(roll: Roll) {
        let people = crowd(&roll, 8).await;
        let id = roll.group("busy", &[]).await;
        let path = format!("/Groups/{id}");
        let tag = roll.get(&path).await.expect(200).header("etag").to_owned();
        let write = |(at, person): (usize, &String)| {
            let joins = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": person }] }]));
            let (method, body) = if at % 2 == 0 { (Method::PUT, group("busy", &[person])) } else { (Method::PATCH, joins) };
            roll.with_body(method, &path, &body).header("if-match", &tag)
        };
        let mut statuses = at_once(people.iter().enumerate().map(write).collect()).await;
        statuses.sort_unstable();
        assert!(statuses[0] == 200 || statuses[0] == 204, "{statuses:?}");
        assert_eq!(statuses[1..], [412; 7]);
        assert_eq!(roll.members(&id).await.len(), 1);
    }

    async fn a_stale_tag_is_412_with_the_version_that_is_there(roll: Roll) {
        let crew = Crew::of_two(&roll).await;
        let stale = crew.tag(&roll).await;
        roll.patch(&crew.path(), &crew.sends("okta/scim/group-patch-add-members.json")).await.expect(204);
        let now = crew.tag(&roll).await;
        let empty = patch(json!([{ "op": "remove", "path": "members" }]));
        for (method, body) in [(Method::PUT, group(PAYMENTS, &[])), (Method::PATCH, empty), (Method::DELETE, Value::Null)] {
            let request = roll.with_body(method.clone(), &crew.path(), &body).header("if-match", &stale);
            let refusal = roll.send(request).await.refused(412, None, "now at version");
            assert!(refusal.body["detail"].as_str().is_some_and(|detail| detail.contains(&now)), "{method}");
        }
        assert_eq!(roll.members(&crew.group).await.len(), 3);
        let request = roll.with_body(Method::DELETE, &crew.path(), &Value::Null).header("if-match", &now);
        roll.send(request).await.expect(204);
    }

    async fn an_update_with_a_tag_and_plain_additions_lose_nothing(roll: Roll) {
        let people = crowd(&roll, 17).await;
        let id = roll.group("busy", &[]).await;
        let path = format!("/Groups/{id}");
        let tag = roll.get(&path).await.expect(200).header("etag").to_owned();
        let (first, others) = people.split_first().expect("people");
        let joins = |id: &String| patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        let demanding = roll.with_body(Method::PUT, &path, &group("busy", &[first])).header("if-match", &tag);
        let plain = others.iter().map(|id| roll.with_body(Method::PATCH, &path, &joins(id)));
        let statuses = at_once(std::iter::once(demanding).chain(plain).collect()).await;
        assert_eq!(statuses[1..], [204; 16]);
        let members = roll.members(&id).await;
        match statuses[0] {
            // It came first, and every addition after it.
            200 => assert_eq!(members, people),
            // An addition came before it: nothing was overwritten.
            412 => assert_eq!(members, others),
            other => panic!("a PUT with If-Match was answered {other}"),
        }
    }

    async fn puts_at_once_leave_exactly_one_of_them(roll: Roll) {
        let people = crowd(&roll, 24).await;
        let id = roll.group("busy", &[]).await;
        let path = format!("/Groups/{id}");
        let teams: Vec<&[String]> = people.chunks(3).collect();
        let put = |team: &&[String]| {
            let members: Vec<&str> = team.iter().map(String::as_str).collect();
            roll.with_body(Method::PUT, &path, &group("busy", &members))
        };
        assert_eq!(at_once(teams.iter().map(put).collect()).await, [200; 8]);
        let left = roll.members(&id).await;
        assert!(teams.contains(&left.as_slice()), "{left:?} is no team that was put");
    }

    async fn a_group_made_at_once_is_made_once(roll: Roll) {
        let post = |at: usize| {
            let name = if at.is_multiple_of(2) { "Payments" } else { "PAYMENTS" };
            roll.with_body(Method::POST, "/Groups", &group(name, &[]))
        };
        let mut statuses = at_once((0..24).map(post).collect()).await;
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (201, &[409; 23][..]));
        assert_eq!(roll.actions().await, ["team.created"]);
    }

    async fn renames_at_once_onto_one_name_leave_one_winner(roll: Roll) {
        let mut requests = Vec::new();
        for at in 0..12 {
            let id = roll.group(&format!("team {at}"), &[]).await;
            let rename = patch(json!([{ "op": "replace", "value": { "id": id, "displayName": "The One" } }]));
            requests.push(roll.with_body(Method::PATCH, &format!("/Groups/{id}"), &rename));
        }
        let mut statuses = at_once(requests).await;
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (204, &[409; 11][..]));
    }

    async fn nobody_deleted_is_left_in_a_group(roll: Roll) {
        let people = crowd(&roll, 12).await;
        let id = roll.group("busy", &[]).await;
        let path = format!("/Groups/{id}");
        let joins = |id: &String| patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        let races = people.iter().flat_map(|id| {
            let deletes = roll.scim(Method::DELETE, &format!("/Users/{id}"));
            [roll.with_body(Method::PATCH, &path, &joins(id)), deletes]
        });
        assert_eq!(at_once(races.collect()).await, [204; 24]);
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "0");
        assert!(roll.members(&id).await.is_empty());
    }

    async fn leaving_a_group_and_the_roll_at_once_never_fails(roll: Roll) {
        let people = crowd(&roll, 12).await;
        let ids: Vec<&str> = people.iter().map(String::as_str).collect();
        let id = roll.group("busy", &ids).await;
        let path = format!("/Groups/{id}");
        let leaves = |id: &String| patch(json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]));
        let races = people.iter().flat_map(|id| {
            let deletes = roll.scim(Method::DELETE, &format!("/Users/{id}"));
            let others: Vec<&str> = ids.iter().copied().filter(|other| other != id).collect();
            let put = roll.with_body(Method::PUT, &path, &group("busy", &others));
            [roll.with_body(Method::PATCH, &path, &leaves(id)), put, deletes]
        });
        let statuses = at_once(races.collect()).await;
        assert_eq!(statuses.chunks(3).filter(|trio| **trio == [204, 200, 204]).count(), 12, "{statuses:?}");
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "0");
    }

    async fn people_deleted_at_once_leave_all_their_groups(roll: Roll) {
        let people = crowd(&roll, 8).await;
        let ids: Vec<&str> = people.iter().map(String::as_str).collect();
        for name in ["one", "two", "three"] {
            roll.group(name, &ids).await;
        }
        let deletes = people.iter().map(|id| roll.scim(Method::DELETE, &format!("/Users/{id}")));
        assert_eq!(at_once(deletes.collect()).await, [204; 8]);
        assert_eq!(roll.sql_one("select cast(count(*) as text) from team_members").await, "0");
        let ended = roll.actions().await.into_iter().filter(|action| action == "team.member.removed").count();
        assert_eq!(ended, 24);
    }

    async fn a_deletion_and_additions_at_once_never_fail(roll: Roll) {
        let crew = Crew::without_members(&roll).await;
        let people = crowd(&roll, 8).await;
        let joins = |id: &String| patch(json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        let adds = people.iter().map(|id| roll.with_body(Method::PATCH, &crew.path(), &joins(id)));
        let requests = adds.chain([roll.scim(Method::DELETE, &crew.path())]).collect();
        let statuses: BTreeSet<u16> = at_once(requests).await.into_iter().collect();
        assert!(statuses.is_subset(&BTreeSet::from([204, 404])), "{statuses:?}");
        roll.get(&crew.path()).await.refused(404, None, "no group");
    }
}

/// Sends requests at the same time; the statuses in the order of the requests.
async fn at_once(requests: Vec<RequestBuilder>) -> Vec<u16> {
    let sent: Vec<_> = requests.into_iter().map(|request| tokio::spawn(request.send())).collect();
    let mut statuses = Vec::with_capacity(sent.len());
    for answer in sent {
        statuses.push(answer.await.expect("a finished request").expect("an answer").status().as_u16());
    }
    statuses
}
