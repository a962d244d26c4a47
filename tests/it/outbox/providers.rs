//! Text messages and push, as their providers are asked and whatever they answer.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::fakes::FakeHttp;
use super::{SEND, VERIFY, digits, sends_by};
use crate::harness::{Roll, facts, person};
use crate::platform::people::Signed;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "the-token-of-a-twilio-account";

/// Somebody whose phone Okta knows as people write it.
async fn with_phone(roll: &Roll, name: &str) -> Signed {
    let mut body = person(name);
    body["phoneNumbers"] = json!([{ "primary": true, "value": "+1 (415) 555-0100", "type": "mobile" }]);
    let id = roll.post("/Users", &body).await.expect(201).id();
    roll.sign_in(&id).await
}

async fn texting(roll: &Roll) -> (FakeHttp, Roll) {
    let provider = FakeHttp::start().await;
    let vars = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_FROM", "+1 415 555 0199"),
        ("TWILIO_API_URL", &provider.origin),
    ];
    let sender = roll.replica_with(sends_by(&vars)).await;
    (provider, sender)
}

/// The key of a service account whose tokens this provider gives.
fn account(provider: &FakeHttp) -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS #8");
    let armoured =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    json!({
        "type": "service_account",
        "project_id": "roll-1",
        "client_email": "push@roll-1.example",
        "private_key": armoured,
        "token_uri": format!("{}/token", provider.origin),
    })
    .to_string()
}

async fn pushing(roll: &Roll) -> (FakeHttp, Roll) {
    let provider = FakeHttp::start().await;
    let account = account(&provider);
    let vars = [("FCM_SERVICE_ACCOUNT", account.as_str()), ("FCM_API_URL", &provider.origin)];
    let sender = roll.replica_with(sends_by(&vars)).await;
    (provider, sender)
}

fn granted(token: &str) -> String {
    json!({ "access_token": token, "expires_in": 3600, "token_type": "Bearer" }).to_string()
}

async fn ask(roll: &Roll, who: &Signed, method: &str) {
    who.post(roll, SEND, &json!({ "method": method })).await.expect(202);
}

facts! {
    async fn a_text_message_is_handed_in_with_the_accounts_credentials(roll: Roll) {
        let (provider, sender) = texting(&roll).await;
        let dana = with_phone(&roll, "dana").await;
        ask(&roll, &dana, "SMS").await;
        provider.next(201, r#"{"sid":"SM1"}"#);
        sender.send_out().await;
        let asked = provider.calls().asked.clone();
        assert_eq!((asked.len(), asked[0].path.as_str()), (1, &*format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")));
        assert_eq!(asked[0].authorization, format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"))));
        assert_eq!((asked[0].field("To").as_str(), asked[0].field("From").as_str()), ("+14155550100", "+14155550199"));
        let code = digits(&asked[0].field("Body"));
        let proven = dana.post(&roll, VERIFY, &json!({ "method": "SMS", "code": code })).await.expect(200);
        assert_eq!(proven.body["phone"]["verified"], true);
    }

    async fn what_a_provider_refuses_is_dead_and_what_passes_is_tried_again(roll: Roll) {
        let (provider, sender) = texting(&roll).await;
        let too_large = "x".repeat(65 * 1024);
        for (at, (status, body, state, words)) in [
            (400, r#"{"code":21211,"message":"+14155550100 is not a number"}"#, "dead", "400 (21211)"),
            (429, "", "failed", "429"),
            (503, "", "failed", "503"),
            (401, r#"{"code":"a b"}"#, "failed", "401"),
            (302, "", "dead", "302"),
            (200, too_large.as_str(), "failed", "too large"),
        ].into_iter().enumerate() {
            let who = with_phone(&roll, &format!("dana{at}")).await;
            ask(&roll, &who, "SMS").await;
            provider.next(status, body);
            assert_eq!(sender.send_out().await, 1);
            assert_eq!(roll.messages().await.pop(), Some(format!("{state} 1")), "{status}");
            let why = roll.why().await;
            assert!(why.contains(words) && !why.contains("555"), "{why}");
        }
        assert_eq!(provider.calls().asked.len(), 6, "no redirect is followed");
    }

    async fn a_push_goes_to_the_newest_device_in_the_name_of_the_service_account(roll: Roll) {
        let (provider, sender) = pushing(&roll).await;
        let dana = roll.signed("dana").await;
        for device in ["device-1", "device-2"] {
            roll.device(&dana.user, device).await;
        }
        ask(&roll, &dana, "PUSH").await;
        provider.next(200, granted("ya29.one"));
        sender.send_out().await;
        let asked = provider.calls().asked.clone();
        assert_eq!(asked.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["/token", "/v1/projects/roll-1/messages:send"]);
        let assertion = asked[0].field("assertion");
        let claims = assertion.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).expect("claims");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!((claims["iss"].as_str(), claims["iat"].as_i64()), (Some("push@roll-1.example"), Some(roll.clock.now().micros() / 1_000_000)));
        assert!(asked[1..].iter().all(|one| one.authorization == "Bearer ya29.one"));
        let sent: Vec<Value> = asked[1..].iter().map(|one| serde_json::from_str(&one.body).expect("JSON")).collect();
        let devices: Vec<&str> = sent.iter().filter_map(|one| one["message"]["token"].as_str()).collect();
        assert_eq!(devices, ["device-2"]);
        assert_eq!(sent[0]["message"]["android"]["collapse_key"], sent[0]["message"]["apns"]["headers"]["apns-collapse-id"]);
        let code = digits(sent[0]["message"]["notification"]["body"].as_str().expect("a text"));
        let proven = dana.post(&roll, VERIFY, &json!({ "method": "PUSH", "code": code })).await.expect(200);
        assert_eq!(proven.body["push"], json!({ "devices": 2, "provenDevices": 1, "verified": true }));
    }

    async fn a_token_is_asked_for_once_and_again_when_it_is_refused(roll: Roll) {
        let (provider, sender) = pushing(&roll).await;
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        for (who, device) in [(&dana, "device-1"), (&erin, "device-2")] {
            roll.device(&who.user, device).await;
        }
        ask(&roll, &dana, "PUSH").await;
        provider.next(200, granted("ya29.one"));
        sender.send_out().await;
        ask(&roll, &erin, "PUSH").await;
        provider.next(401, "");
        sender.send_out().await;
        assert_eq!(roll.messages().await, ["sent 1", "failed 1"]);
        roll.wait(std::time::Duration::from_secs(4));
        provider.next(200, granted("ya29.two"));
        sender.send_out().await;
        assert_eq!(roll.messages().await, ["sent 1", "sent 2"]);
        let asked = provider.calls().asked.clone();
        assert_eq!(asked.iter().filter(|one| one.path == "/token").count(), 2);
        assert_eq!(asked.last().map(|one| one.authorization.clone()).as_deref(), Some("Bearer ya29.two"));
        assert_eq!(roll.columns_with("ya29").await, Vec::<String>::new());
    }

    async fn a_device_that_the_provider_calls_gone_is_the_end(roll: Roll) {
        let (provider, sender) = pushing(&roll).await;
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        for (who, device) in [(&dana, "here-1"), (&erin, "gone-2")] {
            roll.device(&who.user, device).await;
        }
        let gone = json!({ "error": { "status": "NOT_FOUND", "message": "gone-2" } }).to_string();
        ask(&roll, &dana, "PUSH").await;
        provider.next(200, granted("ya29.one"));
        provider.next(200, "{}");
        sender.send_out().await;
        ask(&roll, &erin, "PUSH").await;
        provider.next(404, gone);
        sender.send_out().await;
        assert_eq!(roll.messages().await, ["sent 1", "dead 1"]);
        assert_eq!(roll.why().await, "the provider answered 404 (NOT_FOUND)");
    }

    async fn a_token_service_that_refuses_is_the_operators_to_mend(roll: Roll) {
        let (provider, sender) = pushing(&roll).await;
        let dana = roll.signed("dana").await;
        roll.device(&dana.user, "device-1").await;
        ask(&roll, &dana, "PUSH").await;
        provider.next(400, r#"{"error":"invalid_grant"}"#);
        sender.send_out().await;
        assert_eq!((roll.messages().await, roll.why().await.as_str()), (vec!["failed 1".to_owned()], "the token service answered 400"));
    }
}
