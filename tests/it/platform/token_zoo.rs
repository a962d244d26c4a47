//! Tokens that look like ours and are not: none opens anything.

use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::{Value, json};

use super::mobile::{Phone, VERIFIER};
use super::people::problem;
use crate::harness::{JWT_SECRET, Roll, facts};

/// A token made of parts, signed with a secret by HMAC.
fn forged(header: &str, claims: &str, secret: &[u8], algorithm: Algorithm) -> String {
    let message = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(message.as_bytes(), &EncodingKey::from_secret(secret), algorithm).expect("a signature");
    format!("{message}.{signature}")
}

/// What a part of a token says.
fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn with(of: &Value, key: &str, value: Value) -> String {
    let mut changed = of.clone();
    changed[key] = value;
    changed.to_string()
}

fn without(of: &Value, key: &str) -> String {
    let mut changed = of.clone();
    changed.as_object_mut().expect("an object").remove(key);
    changed.to_string()
}

/// Good claims under headers that are not ours, each signed with the right secret.
fn by_header(good: &str) -> Vec<String> {
    let (header, claims) = (part(good, 0), part(good, 1).to_string());
    let kid = header["kid"].as_str().expect("a kid").to_owned();
    let mut headers = vec![
        without(&header, "kid"),
        without(&header, "typ"),
        without(&header, "alg"),
        "{}".into(),
        "[]".into(),
        "null".into(),
        String::new(),
    ];
    let algorithms = [
        "none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES256K",
        "EdDSA", "HS256 ", "HS1", "A256GCM", "dir",
    ];
    headers.extend(algorithms.map(|alg| with(&header, "alg", alg.into())));
    headers.extend(
        [Value::Null, 7.into(), json!(["HS256"]), json!({ "HS256": 1 }), true.into()]
            .map(|alg| with(&header, "alg", alg)),
    );
    let kids = [
        "",
        "0",
        "../../../../dev/null",
        "' or 1=1 --",
        "/etc/hostname",
        "%00",
        "0000000000000000",
        &kid.to_uppercase(),
        &kid[1..],
        &format!("{kid}0"),
        "a;b|c",
    ];
    headers.extend(kids.iter().map(|kid| with(&header, "kid", json!(kid))));
    headers.extend([Value::Null, 0.into(), json!([kid]), json!({ "$ne": "" })].map(|kid| with(&header, "kid", kid)));
    let types =
        ["JWT", "jwt", "", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "global-token-revocation+jwt"];
    headers.extend(types.map(|typ| with(&header, "typ", typ.into())));
    let extras = [
        ("jwk", json!({ "kty": "oct", "k": BASE64_URL_SAFE_NO_PAD.encode(JWT_SECRET) })),
        ("jku", json!("https://evil.test/jwks")),
        ("x5u", json!("https://evil.test/cert")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
        ("exp", json!(1)),
    ];
    headers.extend(extras.map(|(key, value)| with(&header, key, value)));
    headers.push(format!("{{\"alg\":\"none\",{}", &header.to_string()[1..]));
    headers.iter().map(|header| forged(header, &claims, JWT_SECRET.as_bytes(), Algorithm::HS256)).collect()
}

/// Claims that are not ours under the right header, each signed with the right secret.
fn by_claims(good: &str, now: i64, other: &str) -> Vec<String> {
    let (header, claims) = (part(good, 0).to_string(), part(good, 1));
    let mut all: Vec<String> = ["iss", "aud", "sub", "sid", "auth_epoch", "iat", "nbf", "exp"]
        .iter()
        .map(|key| without(&claims, key))
        .collect();
    for key in ["iss", "aud", "sub", "sid"] {
        let values = [
            Value::Null,
            json!(""),
            json!([]),
            json!({}),
            json!(7),
            json!(true),
            json!([claims[key]]),
            json!(format!("{} ", claims[key].as_str().expect("text"))),
        ];
        all.extend(values.map(|value| with(&claims, key, value)));
    }
    for key in ["iat", "nbf", "exp", "auth_epoch"] {
        let values = [
            Value::Null,
            json!("x"),
            json!(claims[key].to_string()),
            json!(1.5),
            json!(-1),
            json!(0),
            json!([claims[key]]),
            json!(i64::MAX),
            json!(1e300),
            json!(true),
        ];
        all.extend(values.map(|value| with(&claims, key, value)));
    }
    let foreign = [
        ("iss", "https://evil.test"),
        ("iss", "http://127.0.0.1:1"),
        ("aud", "rollcall"),
        ("aud", "ROLLCALL-MOBILE"),
        ("sub", other),
        ("sid", other),
    ];
    all.extend(foreign.map(|(key, value)| with(&claims, key, value.into())));
    all.push(with(&claims, "auth_epoch", 2.into()));
    all.push(with(&claims, "aud", json!(["rollcall-mobile", "another"])));
    all.push(with(&claims, "role", "PLATFORM_ADMIN".into()));
    all.push(format!("{{\"sub\":\"{other}\",{}", &claims.to_string()[1..]));
    for at in [now + 31, now + 86_400, now - 901, now - 86_400] {
        let mut moved = claims.clone();
        (moved["iat"], moved["nbf"], moved["exp"]) = (at.into(), at.into(), (at + 900).into());
        all.push(moved.to_string());
    }
    all.push(with(&claims, "exp", (now + 86_400).into()));
    all.extend(["{}", "[]", "null", "", "7", "\"x\""].map(str::to_owned));
    all.iter().map(|claims| forged(&header, claims, JWT_SECRET.as_bytes(), Algorithm::HS256)).collect()
}

/// Good parts put together or signed wrongly.
fn by_signature(good: &str) -> Vec<String> {
    let (header, claims) = (part(good, 0), part(good, 1).to_string());
    let parts: Vec<&str> = good.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let kid = header["kid"].as_str().expect("a kid").as_bytes();
    let secrets: [&[u8]; 8] = [
        b"",
        b"\0",
        b"secret",
        kid,
        head.as_bytes(),
        b"null",
        JWT_SECRET.to_uppercase().leak().as_bytes(),
        &JWT_SECRET.as_bytes()[1..],
    ];
    let mut all: Vec<String> =
        secrets.iter().map(|secret| forged(&header.to_string(), &claims, secret, Algorithm::HS256)).collect();
    all.extend(
        [Algorithm::HS384, Algorithm::HS512]
            .map(|algorithm| forged(&header.to_string(), &claims, JWT_SECRET.as_bytes(), algorithm)),
    );
    let raw = BASE64_URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    all.extend((0..raw.len()).map(|at| {
        let mut flipped = raw.clone();
        flipped[at] ^= 1;
        format!("{head}.{body}.{}", BASE64_URL_SAFE_NO_PAD.encode(flipped))
    }));
    all.extend([
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{head}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{head}.{body}.{signature}."),
        format!("{head}.{body}.{signature}.{signature}"),
        format!("{head}.{body}.{signature}="),
        format!("{head}.{body}.{}", BASE64_STANDARD.encode(&raw)),
        format!("{head}.{body}.{}", BASE64_URL_SAFE_NO_PAD.encode(&raw[..16])),
        format!("{head}.{body}.{}", &signature[..signature.len() - 1]),
        format!("{head}.{body}.{}", signature.to_uppercase()),
        format!("{body}.{head}.{signature}"),
        format!("{}.{body}.{signature}", &head[..head.len() - 1]),
        format!("{head}.{}.{signature}", &body[1..]),
        "..".to_owned(),
        "...".to_owned(),
        ".".repeat(2_000),
        format!("{}.{}.{}", "a".repeat(9_000), "b".repeat(9_000), "c".repeat(9_000)),
        good.replace('.', "_"),
        format!("{good}x"),
        format!("x{good}"),
        format!("rc_key_{good}"),
    ]);
    all
}

async fn refused(roll: &Roll, token: &str) {
    let shown = &token[..token.len().min(400)];
    let answer = roll.send(roll.request(Method::GET, "/auth/me").bearer_auth(token)).await;
    assert_eq!(answer.status.as_u16(), 401, "{shown} was answered {}", answer.body);
    problem(answer, 401, "");
}

facts! {
    async fn no_token_of_the_zoo_opens_anything(roll: Roll) {
        let (dana, erin) = (roll.person("dana").await, roll.signed("erin").await);
        let (phone, theirs) = (roll.mobile(&dana).await, roll.mobile(&erin.user).await);
        let now = roll.clock.now().micros() / 1_000_000;
        let mut zoo = by_header(&phone.access);
        zoo.extend(by_claims(&phone.access, now, &theirs.id));
        zoo.extend(by_claims(&phone.access, now, &erin.user));
        zoo.extend(by_signature(&phone.access));
        assert!(zoo.len() > 200, "{}", zoo.len());
        assert!(!zoo.contains(&phone.access));
        for token in &zoo {
            refused(&roll, token).await;
        }
        phone.get(&roll, "/auth/me").await.expect(200);
    }

    async fn no_other_credential_passes_for_an_access_token_nor_it_for_another(roll: Roll) {
        let dana = roll.signed("dana").await;
        let (phone, key) = (roll.mobile(&dana.user).await, roll.key_of(&dana, &["users:read"]).await);
        let code = roll.code_for(&dana.user).await;
        for wrong in [&phone.refresh, &roll.token, &dana.secret, &code, &format!("rc_scim_{}", phone.access), &key.key.replace("rc_key_", "rc_refresh_"), &phone.refresh.replace("rc_refresh_", "rc_key_")] {
            refused(&roll, wrong).await;
        }
        for wrong in [&phone.access, &roll.token, &key.key, &code, &dana.secret] {
            problem(roll.refresh(wrong).await, 401, "does not work");
        }
        for wrong in [&phone.access, &phone.refresh, &key.key] {
            problem(roll.exchange(wrong, VERIFIER).await, 401, "does not work");
        }
        for wrong in [&phone.access, &phone.refresh] {
            let answer = roll.send(roll.request(Method::GET, "/scim/v2/Users").bearer_auth(wrong)).await;
            answer.refused(401, None, "not known");
            let cookie = roll.request(Method::GET, "/auth/me").header("cookie", format!("rollcall={wrong}"));
            problem(roll.send(cookie).await, 401, "cannot be read");
        }
    }

    async fn a_token_beside_a_cookie_or_under_another_scheme_is_refused(roll: Roll) {
        let dana = roll.signed("dana").await;
        let phone = roll.mobile(&dana.user).await;
        let both = dana.request(&roll, Method::GET, "/auth/me").bearer_auth(&phone.access);
        problem(roll.send(both).await, 401, "cannot be read");
        for header in [phone.access.clone(), format!("Basic {}", phone.access), format!("DPoP {}", phone.access), "Bearer".to_owned(), "Bearer ".to_owned()] {
            let answer = roll.send(roll.request(Method::GET, "/auth/me").header("authorization", &header)).await;
            problem(answer, 401, "");
        }
    }

    async fn an_access_token_writes_without_a_page_of_ours_and_reaches_no_further_than_its_person(roll: Roll) {
        let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
        let phone: Phone = roll.mobile(&dana).await;
        let post = |path: String| roll.send(roll.request(Method::POST, &path).bearer_auth(&phone.access));
        problem(post(format!("/api/users/{erin}/deactivate")).await, 403, "may not");
        roll.set_user(&dana, "platform_role = 'PLATFORM_ADMIN'").await;
        post(format!("/api/users/{erin}/deactivate")).await.expect(200);
        roll.set_user(&dana, "platform_role = 'USER'").await;
        problem(post(format!("/api/users/{erin}/reactivate")).await, 403, "may not");
        roll.wait(Duration::from_mins(14));
        phone.get(&roll, "/auth/me").await.expect(200);
    }
}
