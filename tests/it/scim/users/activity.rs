//! Who has access, by which switch, and what ends with it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{dana, shown};
use crate::harness::{Roll, facts, patch, person};

/// Which contacts are proven: `e`, `p`, or a dash.
const PROVEN: &str = "case when email_verified then 'e' else '-' end || case when phone_verified then 'p' else '-' end";

/// The requests that end the access of whoever looks like this, and what they are called.
fn roads(whole: &Value) -> Vec<(&'static str, Method, Value)> {
    let mut put = whole.clone();
    put["active"] = false.into();
    let pathless = patch(json!([{ "op": "replace", "value": { "active": false } }]));
    let string = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    vec![
        ("put", Method::PUT, put),
        ("pathless", Method::PATCH, pathless),
        ("string", Method::PATCH, string),
        ("pathless string", Method::PATCH, patch(json!([{ "op": "replace", "value": { "active": "False" } }]))),
        ("delete", Method::DELETE, Value::Null),
    ]
}

async fn switch(roll: &Roll, id: &str, active: bool) {
    let body = patch(json!([{ "op": "replace", "value": { "active": active } }]));
    assert_eq!(roll.patch(&format!("/Users/{id}"), &body).await.expect(200).body["active"], active);
}

async fn is_in(roll: &Roll, id: &str) -> bool {
    roll.user_says(id, "case when is_active then 'in' else 'out' end").await.as_deref() == Some("in")
}

async fn okta_says(roll: &Roll, id: &str, status: &str, since: &str) {
    let since = roll.moment(since);
    roll.set_user(id, &format!("okta_status = '{status}', is_active = false, okta_since = {since}")).await;
}

/// How many rows of each kind an audit row lists as ended.
fn counts(detail: &Value) -> Value {
    let effects = detail["effects"].as_object().cloned().unwrap_or_default();
    effects.into_iter().map(|(kind, ids)| (kind, json!(ids.as_array().map_or(0, Vec::len)))).collect()
}

facts! {
    async fn every_road_of_deactivation_ends_everything_at_once(roll: Roll) {
        for (road, method, body) in roads(&person("dana")) {
            let id = roll.post("/Users", &person("dana")).await.expect(201).id();
            roll.let_in(&id).await;
            assert_eq!(roll.live(&id).await.len(), 6);
            let answer = roll.send(roll.with_body(method, &format!("/Users/{id}"), &body)).await;
            assert!(answer.status.is_success(), "{road}: {}", answer.body);
            assert_eq!(roll.live(&id).await, [], "{road}");
            assert!(!is_in(&roll, &id).await, "{road}");
            assert_eq!(roll.user_says(&id, "auth_epoch").await.as_deref(), Some("2"), "{road}");
            let (before, after, detail) = roll.last_audit("user.deactivated").await;
            assert_eq!((&before["isActive"], &after["isActive"]), (&json!(true), &json!(false)), "{road}");
            let all = json!({ "session": 1, "refresh_token": 1, "api_key": 1, "contact_verification": 2,
                "device": 1, "login_attempt": 1 });
            assert_eq!(counts(&detail), all, "{road}");
            let _ = roll.delete(&format!("/Users/{id}")).await;
        }
        let said = roll.actions().await;
        assert_eq!(said.iter().filter(|action| *action == "user.deactivated").count(), 5);
    }

    async fn what_is_another_persons_lives_on(roll: Roll) {
        let (dana, other) = (dana(&roll).await, roll.person("other").await);
        roll.let_in(&other).await;
        switch(&roll, &dana, false).await;
        assert_eq!(roll.live(&other).await.len(), 6);
    }

    async fn memberships_and_role_outlive_a_deactivation(roll: Roll) {
        let id = dana(&roll).await;
        let team = roll.group("payments", &[&id]).await;
        roll.sql_run("update team_members set role = 'TEAM_ADMIN'").await;
        roll.set_user(&id, "platform_role = 'PLATFORM_ADMIN'").await;
        switch(&roll, &id, false).await;
        assert_eq!(roll.members(&team).await, [id.as_str()]);
        assert_eq!(shown(&roll, &id).await["groups"][0]["value"], team);
        switch(&roll, &id, true).await;
        assert_eq!(roll.sql_one("select role from team_members").await, "TEAM_ADMIN");
        assert_eq!(roll.user_says(&id, "platform_role").await.as_deref(), Some("PLATFORM_ADMIN"));
    }

    async fn reactivation_restores_nothing_but_access(roll: Roll) {
        let id = dana(&roll).await;
        roll.let_in(&id).await;
        switch(&roll, &id, false).await;
        switch(&roll, &id, true).await;
        assert!(is_in(&roll, &id).await);
        assert_eq!(roll.live(&id).await, []);
        assert_eq!(roll.user_says(&id, "auth_epoch").await.as_deref(), Some("2"));
        assert_eq!(roll.user_says(&id, "deactivated_at").await, None);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated", "user.reactivated"]);
    }

    async fn deactivating_twice_is_said_once(roll: Roll) {
        let id = dana(&roll).await;
        switch(&roll, &id, false).await;
        let once = shown(&roll, &id).await;
        switch(&roll, &id, false).await;
        assert_eq!(shown(&roll, &id).await, once);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
    }

    async fn scim_shows_and_filters_its_own_switch_only(roll: Roll) {
        let id = dana(&roll).await;
        okta_says(&roll, &id, "suspended", "2026-03-02T11:00:00Z").await;
        assert_eq!(shown(&roll, &id).await["active"], true);
        assert_eq!(roll.find("active eq true").await.expect(200).body["totalResults"], 1);
        assert_eq!(roll.find("active eq false").await.expect(200).body["totalResults"], 0);
        switch(&roll, &id, false).await;
        assert_eq!(roll.find("active eq false").await.expect(200).body["totalResults"], 1);
        assert_eq!(roll.actions().await, ["user.created", "user.switch.changed"]);
    }

    async fn a_profile_put_lifts_neither_suspension_nor_deactivation(roll: Roll) {
        let id = roll.person("dana").await;
        for status in ["suspended", "deactivated"] {
            okta_says(&roll, &id, status, "2026-03-02T11:00:00Z").await;
            let mut body = person("dana");
            body["title"] = status.into();
            assert_eq!(roll.put(&format!("/Users/{id}"), &body).await.expect(200).body["active"], true);
            assert!(!is_in(&roll, &id).await);
            assert_eq!(roll.user_says(&id, "okta_status").await.as_deref(), Some(status));
        }
        assert_eq!(roll.actions().await, ["user.created", "user.updated", "user.updated"]);
    }

    async fn an_assignment_lifts_an_earlier_deactivation_in_okta(roll: Roll) {
        let id = dana(&roll).await;
        switch(&roll, &id, false).await;
        okta_says(&roll, &id, "deactivated", "2026-03-02T11:00:00Z").await;
        switch(&roll, &id, true).await;
        assert!(is_in(&roll, &id).await);
        assert_eq!(roll.user_says(&id, "okta_status").await.as_deref(), Some("ok"));
        let (before, after, _) = roll.last_audit("user.reactivated").await;
        assert_eq!((&before["okta"], &after["okta"]), (&json!("deactivated"), &json!("ok")));
    }

    async fn an_assignment_lifts_no_later_deactivation_and_no_suspension(roll: Roll) {
        for (status, since) in
            [("deactivated", "2026-03-02T12:00:01Z"), ("suspended", "2026-03-02T11:00:00Z")]
        {
            let id = roll.person(status).await;
            switch(&roll, &id, false).await;
            okta_says(&roll, &id, status, since).await;
            switch(&roll, &id, true).await;
            assert!(!is_in(&roll, &id).await, "{status}");
            assert_eq!(roll.user_says(&id, "okta_status").await.as_deref(), Some(status));
        }
    }

    async fn scim_does_not_turn_the_admins_switch(roll: Roll) {
        let id = dana(&roll).await;
        roll.set_user(&id, "admin_active = false, is_active = false").await;
        switch(&roll, &id, false).await;
        switch(&roll, &id, true).await;
        assert!(!is_in(&roll, &id).await);
        assert_eq!(roll.actions().await, ["user.created", "user.switch.changed", "user.switch.changed"]);
    }

    async fn a_changed_address_is_an_unproven_address(roll: Roll) {
        let id = roll.person("dana").await;
        let mut put = person("dana");
        put["emails"][0]["value"] = "new@example.com".into();
        let path = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "newer@example.com" }]);
        for (method, body) in [(Method::PUT, put), (Method::PATCH, patch(path))] {
            roll.let_in(&id).await;
            roll.set_user(&id, "email_verified = true, phone_verified = true").await;
            roll.send(roll.with_body(method, &format!("/Users/{id}"), &body)).await.expect(200);
            assert_eq!(roll.user_says(&id, PROVEN).await.as_deref(), Some("-p"));
            let open = "select distinct method from contact_verifications where ended_at is null";
            assert_eq!(roll.sql(open).await, [[Some("SMS".to_owned())]]);
            assert_eq!(roll.severity("user.email.changed").await, "HIGH");
            let (_, _, detail) = roll.last_audit("user.email.changed").await;
            assert_eq!(counts(&detail), json!({ "contact_verification": 1 }));
        }
    }

    async fn a_changed_phone_is_an_unproven_phone(roll: Roll) {
        let id = dana(&roll).await;
        roll.let_in(&id).await;
        roll.set_user(&id, "email_verified = true, phone_verified = true").await;
        let body = patch(json!([{ "op": "remove", "path": "phoneNumbers" }]));
        roll.patch(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(roll.user_says(&id, PROVEN).await.as_deref(), Some("e-"));
        assert_eq!(roll.sql_one("select method from contact_verifications where ended_at is null").await, "EMAIL");
    }

    async fn a_profile_change_elsewhere_leaves_proofs_alone(roll: Roll) {
        let id = dana(&roll).await;
        roll.let_in(&id).await;
        roll.set_user(&id, "email_verified = true, phone_verified = true").await;
        let body = patch(json!([{ "op": "replace", "path": "title", "value": "Lead" },
            { "op": "add", "path": "emails", "value": [{ "type": "home", "value": "d@home.org" }] }]));
        roll.patch(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(roll.user_says(&id, PROVEN).await.as_deref(), Some("ep"));
        assert_eq!(roll.live(&id).await.len(), 6);
    }
}
