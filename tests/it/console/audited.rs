//! What the forms of the console change is audited whole, and says what the route page promises.

use reqwest::Method;
use serde_json::json;

use crate::harness::facts;
use crate::platform::audited::{Watch, replay_each};
use crate::platform::people::GLASS_PASSWORD;
use crate::platform::scim_tokens::scim_token;
use crate::samples::{form_once, with_form};

/// The forms that are driven here.
pub const DRIVEN: &[&str] = &[
    "POST /sign-in",
    "POST /sign-out",
    "POST /events/{id}/replay",
    "POST /events/replays",
    "POST /events/replays/{id}/cancel",
    "POST /tokens",
    "POST /tokens/{id}/rotate",
    "POST /tokens/{id}/revoke",
];

facts! {
    async fn replays_by_form_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        replay_each(&mut watch, true).await;
        watch.said_as_promised("POST /events/{id}/replay");
    }

    async fn replays_of_many_by_form_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        watch.roll.dead_event(crate::hooks::event("a", "00unobody")).await;
        let form = with_form(boss.request(&watch.roll, Method::POST, "/events/replays"), &json!({ "dead": "1", "once": form_once() }));
        let begun = watch.form(form, "/events/replays").await.expect(303);
        watch.said_as_promised("POST /events/replays");
        watch.forget();
        for _ in 0..2 {
            let path = format!("{}/cancel", begun.header("location"));
            let cancel = with_form(boss.request(&watch.roll, Method::POST, &path), &json!({}));
            watch.form(cancel, &path).await.expect(303);
        }
        watch.said_as_promised("POST /events/replays/{id}/cancel");
    }

    async fn coming_and_going_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        watch.roll.glass("glass").await;
        for (password, status) in [(GLASS_PASSWORD, 303), ("opensesame", 401)] {
            let fields = json!({ "account": "glass", "password": password });
            let request = with_form(watch.roll.request(Method::POST, "/sign-in"), &fields);
            watch.form(request, "/sign-in").await.expect(status);
        }
        watch.said_as_promised("POST /sign-in");
        watch.forget();
        let dana = watch.roll.signed("dana").await;
        let request = with_form(dana.request(&watch.roll, Method::POST, "/sign-out"), &json!({}));
        watch.form(request, "/sign-out").await.expect(200);
        watch.said_as_promised("POST /sign-out");
    }

    async fn tokens_by_forms_are_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let boss = watch.roll.admin("boss").await;
        let id = scim_token(&watch.roll).await;
        watch.forget();
        for (route, path, fields, status) in [
            ("POST /tokens", "/tokens".to_owned(), json!({ "name": "Okta", "scopes": "scim:read", "once": form_once() }), 201),
            ("POST /tokens/{id}/rotate", format!("/tokens/{id}/rotate"), json!({ "overlapHours": "2", "once": form_once() }), 201),
            ("POST /tokens/{id}/revoke", format!("/tokens/{id}/revoke"), json!({}), 303),
        ] {
            let request = with_form(boss.request(&watch.roll, Method::POST, &path), &fields);
            watch.form(request, &path).await.expect(status);
            watch.said_as_promised(route);
            watch.forget();
        }
    }
}
