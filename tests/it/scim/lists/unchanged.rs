//! `If-None-Match`, on a GET by id and on writes.

use reqwest::Method;

use crate::harness::{Answer, Roll, facts, patch, person};
use serde_json::{Value, json};

async fn ask(roll: &Roll, path: &str, tag: &str) -> Answer {
    roll.send(roll.scim(Method::GET, path).header("if-none-match", tag)).await
}

facts! {
    async fn a_version_that_the_client_has_is_not_sent_again(roll: Roll) {
        let dana = roll.person("dana").await;
        let team = roll.group("Ops", &[&dana]).await;
        for path in [format!("/Users/{dana}?excludedAttributes=groups,roles"), format!("/Groups/{team}?excludedAttributes=members")] {
            let tag = roll.get(&path).await.expect(200).header("etag").to_owned();
            for same in [tag.clone(), "*".to_owned(), format!("\"0\", {tag}")] {
                let answer = ask(&roll, &path, &same).await.expect(304);
                assert_eq!((answer.header("etag"), &answer.body), (tag.as_str(), &Value::Null));
            }
            for other in ["W/\"999\"", "\"x\""] {
                ask(&roll, &path, other).await.expect(200);
            }
        }
    }

    async fn a_write_does_nothing_to_a_version_that_is_excluded(roll: Roll) {
        let dana = roll.person("dana").await;
        let users = format!("/Users/{dana}");
        let groups = format!("/Groups/{}", roll.group("Ops", &[&dana]).await);
        let change = patch(json!([{ "op": "replace", "path": "displayName", "value": "Other" }]));
        for path in [users, groups] {
            let tag = roll.get(&path).await.expect(200).header("etag").to_owned();
            for excluded in ["*", tag.as_str()] {
                let write = |method| roll.scim(method, &path).header("if-none-match", excluded).header("content-type", "application/scim+json");
                roll.send(write(Method::PATCH).body(change.to_string())).await.refused(412, None, "If-None-Match");
                roll.send(write(Method::DELETE)).await.refused(412, None, "If-None-Match");
            }
            assert_eq!(roll.get(&path).await.expect(200).header("etag"), tag);
            let other = roll.scim(Method::DELETE, &path).header("if-none-match", "W/\"999\"");
            roll.send(other).await.expect(204);
        }
    }

    async fn two_lines_of_tags_are_one_list(roll: Roll) {
        let path = format!("/Users/{}", roll.person("dana").await);
        let shown = format!("{path}?excludedAttributes=groups,roles");
        let twice = |request: reqwest::RequestBuilder, name: &str, tags: [&str; 2]| {
            tags.into_iter().fold(request, |request, tag| request.header(name, tag))
        };
        for tags in [["\"0\"", "W/\"1\""], ["W/\"1\"", "\"0\""]] {
            roll.send(twice(roll.scim(Method::GET, &shown), "if-none-match", tags)).await.expect(304);
            roll.send(twice(roll.with_body(Method::PUT, &path, &person("dana")), "if-match", tags)).await.expect(200);
        }
        let stale = twice(roll.with_body(Method::PUT, &path, &person("erin")), "if-match", ["\"0\"", "\"2\""]);
        roll.send(stale).await.refused(412, None, "version");
    }

    async fn a_changed_answer_is_never_held_back(roll: Roll) {
        let dana = roll.person("dana").await;
        let team = roll.group("Ops", &[&dana]).await;
        let (user, group) = (format!("/Users/{dana}"), format!("/Groups/{team}"));
        let tags = [roll.get(&user).await.header("etag").to_owned(), roll.get(&group).await.header("etag").to_owned()];
        roll.patch(&group, &patch(json!([{ "op": "replace", "path": "displayName", "value": "Night" }]))).await.expect(204);
        assert_eq!(ask(&roll, &user, &tags[0]).await.expect(200).body["groups"][0]["display"], "Night");
        let tag = roll.get(&group).await.header("etag").to_owned();
        assert_ne!(tag, tags[1]);
        let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": "Dana" }]));
        roll.patch(&user, &rename).await.expect(200);
        assert_eq!(ask(&roll, &group, &tag).await.expect(200).body["members"][0]["display"], "Dana");
        ask(&roll, &format!("{user}?excludedAttributes=groups"), &tags[0]).await.expect(200);
        ask(&roll, "/Users/00000000-0000-7000-8000-00000000dead", "*").await.refused(404, None, "no user");
    }
}
