//! Signing out, here and at Okta.

use std::time::Duration;

use reqwest::Method;
use rollcall::config::Jit;

use super::{Browser, with_okta};
use crate::harness::facts;
use crate::platform::people::with_session;

facts! {
    async fn signing_out_leads_on_to_okta_with_the_token_it_gave(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        let secret = browser.cookies["rollcall"].clone();
        let out = roll.send(with_session(&roll, roll.request(Method::POST, "/auth/logout"), &secret)).await.expect(200);
        let location = out.body["location"].as_str().expect("a location");
        let (endpoint, query) = location.split_once('?').expect("a query");
        assert_eq!(endpoint, format!("{}/oauth2/v1/logout", okta.origin));
        let given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert!(given[0].0 == "id_token_hint" && given[0].1.starts_with("eyJ"), "{given:?}");
        assert_eq!(given[1], ("post_logout_redirect_uri".to_owned(), format!("{}/", roll.app.public_url)));
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert!(!browser.is_in(&roll).await);
    }

    async fn signing_out_works_without_okta(roll: Roll) {
        roll.person("dana").await;
        let (roll, okta) = with_okta(&roll, Jit::On).await;
        okta.person("00udana", "dana");
        let mut browser = Browser::new();
        browser.sign_in(&roll).await.location();
        okta.inside().instead.insert("discovery", (503, String::new()));
        roll.clock.advance(Duration::from_hours(11));
        roll.clock.advance(Duration::from_mins(30));
        let secret = browser.cookies["rollcall"].clone();
        let out = roll.send(with_session(&roll, roll.request(Method::POST, "/auth/logout"), &secret)).await;
        out.expect_one_of(&[200, 204]);
        assert!(!browser.is_in(&roll).await);
    }
}
