//! Fills every field that Okta, a hook, a user agent, a header or a person can fill with the hostile texts, over the roads
//! by which such texts come.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::hostile::texts;
use crate::harness::{Answer, HOOK_SECRET, NOON, Roll, patch};
use crate::hooks::delivery;
use crate::platform::people::Signed;

/// The wish of a company's own, which no schema here knows.
const FOREIGN: &str = "urn:example:params:scim:schemas:extension:canary:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// One text on its way into every field.
struct Poison<'a> {
    roll: &'a Roll,
    boss: &'a Signed,
    number: usize,
    text: &'a str,
}

/// Sends every text over every road; what is refused is refused, but nothing breaks.
pub async fn spread(roll: &Roll, boss: &Signed) {
    let trusting = roll.replica_with(|shared| shared.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]);
    let trusting = trusting.await;
    for (number, text) in texts().iter().enumerate() {
        let roll = if number % 2 == 0 { roll } else { &trusting };
        let poison = Poison { roll, boss, number, text: &text.text };
        let person = poison.person().await;
        poison.group(person.as_deref()).await;
        poison.team().await;
        poison.events().await;
        poison.refusals().await;
        if let Some(person) = person {
            poison.belongings(&person).await;
            poison.change(&person).await;
        }
    }
    roll.apply_hooks().await;
    for replica in [roll, &trusting] {
        replica.flush().await;
    }
}

/// A text as one part of a path, or one value of a query: only what an address cannot hold is escaped.
pub fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$'()*,;:=@".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Poison<'_> {
    /// A request whose every header that a client chooses is the text; those that no header can hold stay away.
    fn dressed(&self, request: RequestBuilder) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        for name in ["user-agent", "x-request-id", "x-forwarded-for", "referer", "accept-language", "x-okta-request-id"]
        {
            if let Ok(value) = HeaderValue::from_bytes(self.text.as_bytes()) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        request.headers(headers)
    }

    /// Sends it; whatever is thought of it, nothing breaks.
    async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = self.roll.send(self.dressed(request)).await;
        assert!(answer.status.as_u16() < 500, "{} answered {}", self.text.escape_debug(), answer.body);
        answer
    }

    async fn scim(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(self.roll.with_body(method, path, body)).await
    }

    async fn say(&self, by: &Signed, method: Method, path: &str, body: &Value) -> Answer {
        let request = by.request(self.roll, method, path).header("content-type", "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// Everything SCIM tells of a person, with the text in each of it that is free.
    fn profile(&self) -> Value {
        let (text, number) = (self.text, self.number);
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, FOREIGN],
            "userName": format!("{text}{number}"),
            "externalId": format!("00ucanary{number}"),
            "displayName": text, "nickName": text, "title": text, "userType": text, "profileUrl": text,
            "preferredLanguage": text, "locale": text, "timezone": text, "active": true, "password": text,
            "name": { "givenName": text, "familyName": text, "middleName": text, "formatted": text,
                "honorificPrefix": text, "honorificSuffix": text },
            "emails": [{ "value": format!("{text}@example.com"), "type": text, "display": text, "primary": true }],
            "phoneNumbers": [{ "value": text, "type": text, "display": text, "primary": true }],
            "ims": [{ "value": text, "type": text, "display": text }],
            "photos": [{ "value": text, "type": "photo", "display": text }],
            "addresses": [{ "streetAddress": text, "locality": text, "region": text, "postalCode": text,
                "country": text, "formatted": text, "type": text }],
            "entitlements": [{ "value": text, "type": text, "display": text }],
            ENTERPRISE: { "employeeNumber": text, "costCenter": text, "organization": text, "division": text,
                "department": text, "manager": { "value": "1", "displayName": text } },
            FOREIGN: { "colour": text, "<x-canary>": text },
            "unknown": text,
        })
    }

    /// A person with as much of the text as SCIM takes; gives the id. Some texts are no names, some are nothing at all.
    async fn person(&self) -> Option<String> {
        let mut profile = self.profile();
        let strict: [&[&str]; 3] =
            [&[], &["userName", "emails"], &["phoneNumbers", "profileUrl", "photos", "locale", "timezone"]];
        for names in strict {
            for name in names {
                profile.as_object_mut().expect("an object").remove(*name);
                profile["userName"] = format!("canary{}@example.com", self.number).into();
            }
            let answer = self.scim(Method::POST, "/Users", &profile).await;
            if answer.status == 201 {
                return Some(answer.id());
            }
        }
        None
    }

    /// A group of this name, whose member comes, is shown under another name, and goes.
    async fn group(&self, person: Option<&str>) {
        let (text, number) = (self.text, self.number);
        let members: Vec<Value> =
            person.iter().map(|id| json!({ "value": id, "display": text, "type": text })).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": format!("{text}{number}"),
            "externalId": format!("{text}{number}"), "members": members, "unknown": text,
        });
        let made = self.scim(Method::POST, "/Groups", &body).await;
        if made.status != 201 {
            return;
        }
        let path = format!("/Groups/{}", made.id());
        let renamed = patch(json!([{ "op": "replace", "path": "displayName", "value": format!("{number}{text}") }]));
        self.scim(Method::PATCH, &path, &renamed).await;
        self.scim(Method::PATCH, &path, &patch(json!([{ "op": "remove", "path": "members" }]))).await;
    }

    /// A team of the platform's own, with everything its admins may say of it, and somebody's wish for one.
    async fn team(&self) {
        let (text, number) = (self.text, self.number);
        let body = json!({ "name": format!("{text} {number}"), "description": text });
        let mut made = self.say(self.boss, Method::POST, "/api/teams", &body).await;
        if made.status != 201 {
            let body = json!({ "name": format!("canary {number}") });
            made = self.say(self.boss, Method::POST, "/api/teams", &body).await.expect(201);
        }
        let path = format!("/api/teams/{}", made.id());
        let tags =
            json!({ "tags": [{ "kind": "TECHNICAL", "value": text }, { "kind": "ORGANIZATIONAL", "value": text }] });
        self.say(self.boss, Method::PUT, &format!("{path}/tags"), &tags).await;
        let reason = json!({ "on": true, "reason": text });
        self.say(self.boss, Method::PUT, &format!("{path}/maintenance"), &reason).await;
        for change in [json!({ "description": format!("{text}!") }), json!({ "slackChannel": text })] {
            self.say(self.boss, Method::PATCH, &path, &change).await;
        }
        let token = json!({ "name": text, "scopes": ["scim:read"] });
        self.say(self.boss, Method::POST, "/api/scim/tokens", &token).await;
    }

    /// What a person has: a session, a device, a key, a wish.
    async fn belongings(&self, person: &str) {
        let (text, number) = (self.text, self.number);
        let signed = self.roll.sign_in(&self.roll.row_of(person).await).await;
        let device = json!({ "platform": "web", "token": format!("canary-{number}"), "name": text });
        let key = json!({ "name": text, "scopes": ["users:read"] });
        let wish = json!({ "name": format!("{text} wished {number}"), "reason": text });
        for (path, body) in [("/api/devices", device), ("/api/api-keys", key), ("/api/team-requests", wish)] {
            self.say(&signed, Method::POST, path, &body).await;
        }
        self.say(&signed, Method::GET, "/auth/me", &Value::Null).await;
    }

    /// A change of a person, and their end.
    async fn change(&self, person: &str) {
        let (text, path) = (self.text, format!("/Users/{person}"));
        let changes =
            json!([{ "op": "replace", "value": { "title": format!("{text}!"), "displayName": format!("{text}!") } }]);
        self.scim(Method::PATCH, &path, &patch(changes)).await.expect(200);
        if self.number.is_multiple_of(2) {
            self.scim(Method::PATCH, &path, &patch(json!([{ "op": "replace", "value": { "active": false } }]))).await;
        }
    }

    /// Events about the person of this number, and one that no list of Okta's knows.
    async fn events(&self) {
        let (text, number) = (self.text, self.number);
        let event = |kind: &str, uuid: &str, target: &str| {
            json!({
                "uuid": uuid, "published": NOON, "eventType": kind, "displayMessage": text, "severity": text,
                "legacyEventType": text, "outcome": { "result": "SUCCESS", "reason": text },
                "client": { "userAgent": { "rawUserAgent": text, "os": text, "browser": text }, "zone": text,
                    "device": text, "ipAddress": text, "geographicalContext": { "city": text, "country": text } },
                "actor": { "id": text, "type": "User", "alternateId": text, "displayName": text },
                "target": [{ "id": target, "type": "User", "alternateId": text, "displayName": text },
                    { "id": text, "type": text, "alternateId": text, "displayName": text }],
                "debugContext": { "debugData": { "requestUri": text, text: text } },
            })
        };
        let events = [
            event("user.lifecycle.suspend", &format!("canary-{number}"), &format!("00ucanary{number}")),
            event("user.lifecycle.deactivate", &format!("{text}{number}"), text),
            event(text, &format!("odd-{number}"), text),
        ];
        let body = delivery(text, &events).to_string();
        self.send(self.roll.hook(body).header(AUTHORIZATION, HOOK_SECRET)).await.expect(204);
        self.send(self.roll.hook(self.text.to_owned()).header(AUTHORIZATION, HOOK_SECRET)).await;
    }

    /// Requests that are refused: what they carried is shown to admins too.
    async fn refusals(&self) {
        let (text, part) = (self.text, encoded(self.text));
        for path in ["/Users?filter=", "/Users?sortBy=", "/Groups?attributes=", "/Users/", "/Groups/", "/Schemas/", "/"]
        {
            self.send(self.roll.scim(Method::GET, &format!("{path}{part}"))).await;
        }
        for path in [
            "/",
            "/api/teams/",
            "/api/users/",
            "/auth/login?return_to=",
            "/auth/callback?state=a&error=a&error_description=",
        ] {
            self.send(self.roll.request(Method::GET, &format!("{path}{part}"))).await;
        }
        self.scim(Method::POST, "/Users", &json!({ "userName": text, text: { text: text } })).await;
        self.scim(Method::PATCH, "/Users/x", &patch(json!([{ "op": text, "path": text, "value": text }]))).await;
        self.send(
            self.roll.scim(Method::POST, "/Users").header("content-type", text_or_plain(text)).body(text.to_owned()),
        )
        .await;
        let glass = json!({ "account": text, "password": text }).to_string();
        let glass =
            self.roll.request(Method::POST, "/auth/emergency").header("content-type", "application/json").body(glass);
        self.send(glass).await;
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            let stranger = self.roll.request(Method::GET, "/scim/v2/Users").header(USER_AGENT, value.clone());
            self.send(stranger.header(AUTHORIZATION, value)).await.expect_one_of(&[401, 429]);
        }
    }
}

/// The text as a type of content where a header can hold it.
fn text_or_plain(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static("text/plain"))
}
