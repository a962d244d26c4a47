//! Break-glass accounts: SCIM does not see them, whatever it asks.

use serde_json::json;

use crate::harness::{Answer, facts, patch, person};

facts! {
    async fn a_break_glass_account_is_answered_like_nobody(roll: Roll) {
        let glass = roll.break_glass("rescue").await;
        let (hidden, nobody) = (format!("/Users/{glass}"), format!("/Users/{}", crate::harness::Roll::new_id()));
        let change = patch(json!([{ "op": "replace", "path": "userName", "value": "mine" }]));
        let body = person("dana");
        same(&roll.get(&hidden).await.expect(404), &roll.get(&nobody).await);
        same(&roll.put(&hidden, &body).await.expect(404), &roll.put(&nobody, &body).await);
        same(&roll.patch(&hidden, &change).await.expect(404), &roll.patch(&nobody, &change).await);
        same(&roll.delete(&hidden).await.expect(404), &roll.delete(&nobody).await);
        assert_eq!(roll.user_says(&glass, "user_name").await.as_deref(), Some("rescue"));
        assert_eq!(roll.user_says(&glass, "version").await.as_deref(), Some("1"));
        assert!(roll.actions().await.is_empty());
    }

    async fn a_break_glass_account_is_in_no_list_and_no_count(roll: Roll) {
        let glass = roll.break_glass("rescue").await;
        let id = roll.person("dana").await;
        let all = roll.get("/Users").await.expect(200).body;
        assert_eq!((&all["totalResults"], &all["Resources"][0]["id"]), (&json!(1), &json!(id)));
        assert_eq!(roll.get("/Users?count=0").await.expect(200).body["totalResults"], 1);
        let filters = [
            "userName eq \"rescue\"", "userName sw \"res\"", "userName co \"scu\"", "displayName eq \"Glass\"",
            "not (userName eq \"dana@example.com\")", &format!("id eq \"{glass}\""), "userName ne \"dana@example.com\"",
            "active eq true and not (emails pr)", "userName eq \"rescue\" or displayName eq \"Glass\"",
        ];
        for filter in filters {
            assert_eq!(roll.find(filter).await.expect(200).body["totalResults"], 0, "{filter}");
        }
    }

    async fn a_break_glass_name_is_taken_in_the_words_of_any_taken_name(roll: Roll) {
        roll.break_glass("rescue").await;
        roll.person("dana").await;
        let id = roll.person("other").await;
        let mut answers = Vec::new();
        for name in ["dana@example.com", "RESCUE"] {
            let mut body = person("third");
            body["userName"] = name.into();
            let made = roll.post("/Users", &body).await.expect(409);
            body["externalId"] = "00uother".into();
            let put = roll.put(&format!("/Users/{id}"), &body).await.expect(409);
            let rename = patch(json!([{ "op": "replace", "path": "userName", "value": name }]));
            let patched = roll.patch(&format!("/Users/{id}"), &rename).await.expect(409);
            answers.push([made.body, put.body, patched.body]);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0][0], answers[0][2]);
    }

    async fn a_break_glass_account_is_never_adopted(roll: Roll) {
        let glass = roll.break_glass("rescue").await;
        let off = "scim_active = false, is_active = false, external_id = '00urescue', okta_id = '00urescue'";
        roll.sql_run(&format!("update users set {off} where is_break_glass_account")).await;
        let mut body = person("rescue");
        body["userName"] = "rescue".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "userName is already taken");
        body["userName"] = "else@example.com".into();
        roll.post("/Users", &body).await.refused(409, Some("uniqueness"), "externalId already belongs");
        assert_eq!(roll.user_says(&glass, "password_hash").await.as_deref(), Some("$argon2id$"));
        assert_eq!(roll.user_says(&glass, "version").await.as_deref(), Some("1"));
    }

    async fn a_break_glass_account_joins_no_team(roll: Roll) {
        let (glass, id) = (roll.break_glass("rescue").await, roll.person("dana").await);
        let team = roll.group("payments", &[&glass, &id]).await;
        let join = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": glass }] }]));
        assert!(roll.patch(&format!("/Groups/{team}"), &join).await.status.is_success());
        assert_eq!(roll.members(&team).await, [id]);
    }
}

/// The same status and the same words.
#[track_caller]
fn same(one: &Answer, other: &Answer) {
    assert_eq!((one.status, &one.body), (other.status, &other.body));
}
