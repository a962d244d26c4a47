//! What the forms of the console change is audited whole, and says what the route page promises.

use reqwest::Method;
use serde_json::json;

use crate::harness::facts;
use crate::platform::audited::Watch;
use crate::platform::people::GLASS_PASSWORD;
use crate::samples::with_form;

/// The forms that are driven here.
pub const DRIVEN: &[&str] = &["POST /sign-in", "POST /sign-out"];

facts! {
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
}
