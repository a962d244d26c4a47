//! What the forms on the pages of people and teams change is audited whole, and says what the route page promises.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, facts};
use crate::platform::audited::Watch;
use crate::platform::people::Signed;
use crate::samples::with_form;

/// The forms that are driven here.
pub const DRIVEN: &[&str] = &[
    "POST /people/{id}/deactivate",
    "POST /people/{id}/reactivate",
    "POST /people/{id}/revoke-sessions",
    "POST /people/{id}/clear-okta-status",
    "POST /people/{id}/role",
    "POST /people/{id}/bind",
    "POST /people/{id}/sessions/{thing}/end",
    "POST /people/{id}/mobile/{thing}/end",
    "POST /people/{id}/devices/{thing}/end",
    "POST /people/{id}/keys/{thing}/end",
    "POST /teams",
    "POST /teams/{id}/settings",
    "POST /team-requests",
    "POST /teams/{id}/members",
    "POST /teams/{id}/members/{user}/role",
    "POST /teams/{id}/members/{user}/remove",
    "POST /teams/{id}/leave",
    "POST /teams/{id}/maintenance",
    "POST /teams/{id}/archive",
    "POST /teams/{id}/restore",
    "POST /teams/{id}/link",
    "POST /teams/{id}/unlink",
    "POST /team-requests/{id}/approve",
    "POST /team-requests/{id}/reject",
];

/// Sends a page's form, and demands that change and audit agree.
async fn send(watch: &mut Watch, who: &Signed, path: &str, fields: &Value) -> Answer {
    let request = with_form(who.request(&watch.roll, Method::POST, path), fields);
    watch.form(request, path).await
}

facts! {
    async fn what_a_person_s_page_does_is_audited_whole_and_once(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let dana = watch.roll.signed("dana").await;
        let off = |on: bool| if on { "admin_active = false, is_active = false" } else { "admin_active = true" };
        for (verb, other) in [("deactivate", "scim"), ("reactivate", "scim")] {
            watch.forget();
            let path = format!("/people/{}/{verb}", dana.user);
            for _ in 0..2 {
                let done = send(&mut watch, &boss, &path, &json!({})).await.expect(303);
                assert!(done.header("location").starts_with(&format!("/people/{}?done={verb}d.", dana.user)));
            }
            let word = if verb == "deactivate" { "user.deactivated" } else { "user.reactivated" };
            assert_eq!(watch.said.iter().collect::<Vec<_>>(), [word], "twice is once");
            let idle = watch.roll.person(&format!("idle-{verb}")).await;
            let columns = format!("{other}_active = false, is_active = false, {}", off(verb == "reactivate").replace(", is_active = false", ""));
            watch.roll.set_user(&idle, &columns).await;
            send(&mut watch, &boss, &format!("/people/{idle}/{verb}"), &json!({})).await.expect(303);
            watch.said_as_promised(&format!("POST /people/{{id}}/{verb}"));
        }
        watch.forget();
        let path = format!("/people/{}/role", dana.user);
        for _ in 0..2 {
            send(&mut watch, &boss, &path, &json!({ "role": "PLATFORM_ADMIN" })).await.expect(303);
        }
        watch.said_as_promised("POST /people/{id}/role");
        watch.forget();
        watch.roll.sign_in(&dana.user).await;
        for _ in 0..2 {
            send(&mut watch, &boss, &format!("/people/{}/revoke-sessions", dana.user), &json!({})).await.expect(303);
        }
        watch.said_as_promised("POST /people/{id}/revoke-sessions");
    }

    async fn setting_oktas_word_aside_by_its_form_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        for (name, more) in [("dana", ""), ("erin", ", admin_active = false")] {
            let user = watch.roll.person(name).await;
            watch.roll.set_user(&user, &format!("okta_status = 'suspended', is_active = false{more}")).await;
            for _ in 0..2 {
                send(&mut watch, &boss, &format!("/people/{user}/clear-okta-status"), &json!({})).await.expect(303);
            }
        }
        watch.said_as_promised("POST /people/{id}/clear-okta-status");
    }

    async fn ending_one_thing_by_its_form_is_audited_whole_and_once(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.signed("dana").await);
        let user = &dana.user;
        let things = [
            ("sessions", dana.session.clone()),
            ("mobile", watch.roll.mobile(user).await.id),
            ("devices", watch.roll.device_of(user).await),
            ("keys", watch.roll.key_for(user, &["users:read"]).await.id),
        ];
        for (kind, thing) in things {
            watch.forget();
            for _ in 0..2 {
                send(&mut watch, &boss, &format!("/people/{user}/{kind}/{thing}/end"), &json!({})).await.expect(303);
            }
            watch.said_as_promised(&format!("POST /people/{{id}}/{kind}/{{thing}}/end"));
        }
    }

    async fn a_binding_by_its_form_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        for (user, okta_id) in watch.roll.unbound_of_each_kind().await {
            for _ in 0..2 {
                send(&mut watch, &boss, &format!("/people/{user}/bind"), &json!({ "oktaId": okta_id })).await.expect(303);
            }
        }
        watch.said_as_promised("POST /people/{id}/bind");
    }

    async fn new_teams_and_their_settings_are_audited_whole_and_once(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.signed("dana").await);
        let fields = json!({ "name": "Night shift", "description": "Night work" });
        let done = send(&mut watch, &boss, "/teams", &fields).await.expect(303);
        watch.said_as_promised("POST /teams");
        let (team, _) = done.header("location").split_once("?done=made.").expect("what was done");
        watch.forget();
        for description in ["Day work", "Day work", "More work"] {
            let revision = watch.roll.newest_revision().await;
            let fields = json!({ "description": description, "technical": "db", "revision": revision });
            send(&mut watch, &boss, &format!("{team}/settings"), &fields).await.expect(303);
        }
        watch.said_as_promised("POST /teams/{id}/settings");
        watch.forget();
        for _ in 0..2 {
            let wish = json!({ "name": "Day shift", "reason": "We are many." });
            send(&mut watch, &dana, "/team-requests", &wish).await.expect(303);
        }
        watch.said_as_promised("POST /team-requests");
    }

    async fn what_a_team_s_page_does_is_audited_whole_and_once(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let team = watch.roll.group("Ops", &[]).await;
        for (verb, fields) in [
            ("link", json!({ "group": "00gops" })),
            ("unlink", json!({ "group": "00gops" })),
            ("maintenance", json!({ "on": "true", "reason": " A move. " })),
            ("maintenance", json!({ "on": "false" })),
            ("archive", json!({})),
            ("restore", json!({})),
        ] {
            watch.forget();
            for _ in 0..2 {
                send(&mut watch, &boss, &format!("/teams/{team}/{verb}"), &fields).await.expect(303);
            }
            watch.said_as_promised(&format!("POST /teams/{{id}}/{verb}"));
        }
    }

    async fn who_is_in_a_team_is_changed_by_forms_and_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana, erin) =
            (watch.roll.admin("boss").await, watch.roll.signed("dana").await, watch.roll.signed("erin").await);
        let team = watch.roll.group("Ops", &[&dana.user]).await;
        let path = format!("/teams/{team}/members");
        let joins = |who: &str| json!({ "who": format!(" {who} "), "role": "RESPONDER" });
        send(&mut watch, &boss, &path, &joins("ERIN@example.com")).await.expect(303);
        let words = ["opted-out", "removed"];
        for (who, word) in [&dana, &erin].into_iter().zip(words) {
            let done = send(&mut watch, who, &format!("/teams/{team}/leave"), &json!({})).await.expect(303);
            assert!(done.header("location").starts_with(&format!("/teams/{team}?done={word}.")));
        }
        assert_eq!(watch.said.iter().collect::<Vec<_>>(), ["team.member.added", "team.member.opted_out", "team.member.removed"]);
        watch.forget();
        for who in [&dana.user, &erin.user] {
            for _ in 0..2 {
                send(&mut watch, &boss, &path, &joins(who)).await.expect(303);
            }
        }
        watch.said_as_promised("POST /teams/{id}/members");
        watch.forget();
        for _ in 0..2 {
            let role = json!({ "role": "TEAM_ADMIN" });
            send(&mut watch, &boss, &format!("{path}/{}/role", dana.user), &role).await.expect(303);
        }
        watch.said_as_promised("POST /teams/{id}/members/{user}/role");
        watch.forget();
        for (who, word) in [(&dana, "opted-out"), (&erin, "removed"), (&erin, "not-in-it")] {
            let done = send(&mut watch, &boss, &format!("{path}/{}/remove", who.user), &json!({})).await.expect(303);
            assert!(done.header("location").starts_with(&format!("/teams/{team}?done={word}.")));
        }
        watch.said_as_promised("POST /teams/{id}/members/{user}/remove");
        watch.said_as_promised("POST /teams/{id}/leave");
    }

    async fn who_asked_for_a_team_is_answered_by_forms_and_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let (boss, dana) = (watch.roll.admin("boss").await, watch.roll.signed("dana").await);
        for (name, how) in [("One", "approve"), ("Two", "reject")] {
            let body = json!({ "name": name, "reason": "We are many." });
            let id = dana.post(&watch.roll, "/api/team-requests", &body).await.expect(201).id();
            watch.forget();
            for _ in 0..2 {
                send(&mut watch, &boss, &format!("/team-requests/{id}/{how}"), &json!({})).await.expect(303);
            }
            watch.said_as_promised(&format!("POST /team-requests/{{id}}/{how}"));
            let other = if how == "approve" { "reject" } else { "approve" };
            let told = send(&mut watch, &boss, &format!("/team-requests/{id}/{other}"), &json!({})).await.expect(409);
            assert!(told.text.contains("Nothing was changed."), "{}", told.text);
        }
    }
}
