//! What tokens of Okta's claim, and whether it may be believed here and now: pure comparisons against what is expected.

use serde_json::{Map, Value};

use super::oidc::Issuer;
use super::token::Flaw;

/// How far Okta's clock and ours may be apart, in seconds.
pub const LEEWAY: i64 = 60;
/// The longest time, in seconds from now, for which a sign-out token may be good; Okta gives five minutes.
pub const LONGEST_LOGOUT: i64 = 60 * 60;
/// The longest id of Okta's, and the longest text of a claim that is kept.
pub const LONGEST_ID: usize = 255;

/// The claims of a token whose signature is right.
#[derive(Clone, Debug)]
pub struct Claims(Map<String, Value>);

/// What an ID token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// From whom: one of these.
    pub issuers: &'e [Issuer],
    /// To whom: our client.
    pub client_id: &'e str,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// Who signed in, by Okta's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Okta's id of the person; the only thing that binds.
    pub sub: String,
    /// The name they sign in to Okta with.
    pub user_name: Option<String>,
    /// Their e-mail address, which proves nothing.
    pub email: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// What to call them.
    pub name: Option<String>,
    /// When they last proved who they are, in seconds since 1970, where Okta tells.
    pub auth_time: Option<i64>,
}

impl Identity {
    /// Believes that they proved who they are since a moment, in seconds since 1970, at which that was asked for.
    ///
    /// # Errors
    /// [`Flaw::Undated`] or [`Flaw::Stale`].
    pub fn proven_since(&self, asked: i64) -> Result<(), Flaw> {
        let at = self.auth_time.ok_or(Flaw::Undated)?;
        if at < asked - LEEWAY { Err(Flaw::Stale) } else { Ok(()) }
    }
}

/// A sign-out token that may be used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its own id, unique for its issuer.
    pub id: String,
    /// Who issued it.
    pub issuer: String,
    /// Until when it would be taken, in seconds since 1970.
    pub until: i64,
}

impl Claims {
    /// The claims of a JSON object.
    #[must_use]
    pub fn of(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A moment in seconds; one that is there must be a number, and one that must be there is demanded by the caller.
    fn moment(&self, name: &str) -> Result<Option<i64>, Flaw> {
        const LAST: f64 = 253_402_300_799.0;
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_f64().filter(|seconds| (0.0..=LAST).contains(seconds)).ok_or(Flaw::Malformed)?;
        #[expect(clippy::cast_possible_truncation, reason = "it lies between 1970 and the year 9999")]
        Ok(Some(seconds as i64))
    }

    /// When who it is about last proved who they are (OpenID Connect Core §2): a whole number, and no moment to come.
    fn auth_time(&self, now: i64) -> Result<Option<i64>, Flaw> {
        if self.0.get("auth_time").is_some_and(|value| !value.is_i64() && !value.is_u64()) {
            return Err(Flaw::Malformed);
        }
        match self.moment("auth_time")? {
            Some(at) if at > now + LEEWAY => Err(Flaw::Early),
            at => Ok(at),
        }
    }

    /// A short text without control characters, or none.
    fn plain(&self, name: &str) -> Option<String> {
        let text = self.text(name)?.trim();
        let is_plain = !text.is_empty() && text.chars().count() <= LONGEST_ID && !text.chars().any(char::is_control);
        is_plain.then(|| text.to_owned())
    }

    fn issuer<'e>(&self, issuers: &'e [Issuer]) -> Result<&'e Issuer, Flaw> {
        let given = self.text("iss").ok_or(Flaw::Issuer)?;
        issuers.iter().find(|issuer| issuer.as_str() == given).ok_or(Flaw::Issuer)
    }

    /// Whom it is for: one text, or a list of them.
    fn audience(&self) -> Result<Vec<&str>, Flaw> {
        match self.0.get("aud") {
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(list)) => list.iter().map(Value::as_str).collect::<Option<_>>().ok_or(Flaw::Malformed),
            _ => Err(Flaw::Audience),
        }
    }

    /// Whether it is good at this moment; tells until when.
    fn lifetime(&self, now: i64) -> Result<i64, Flaw> {
        let until = self.moment("exp")?.ok_or(Flaw::Malformed)? + LEEWAY;
        let issued = self.moment("iat")?.ok_or(Flaw::Malformed)?;
        let begins = self.moment("nbf")?.unwrap_or(issued).max(issued);
        if now >= until {
            return Err(Flaw::Expired);
        }
        if begins > now + LEEWAY { Err(Flaw::Early) } else { Ok(until) }
    }

    /// Believes an ID token (OpenID Connect Core §3.1.3.7): from one of our issuers, for our client and nobody we do not
    /// know beside it, good now, of this very sign-in, and about somebody.
    ///
    /// # Errors
    /// [`Flaw`].
    pub fn identity(&self, expected: &Expected<'_>, nonce: &str) -> Result<Identity, Flaw> {
        self.issuer(expected.issuers)?;
        if self.audience()? != [expected.client_id] {
            return Err(Flaw::Audience);
        }
        if self.0.contains_key("azp") && self.text("azp") != Some(expected.client_id) {
            return Err(Flaw::Party);
        }
        self.lifetime(expected.now)?;
        if self.text("nonce") != Some(nonce) {
            return Err(Flaw::Nonce);
        }
        let sub = self.text("sub").filter(|sub| is_id(sub)).ok_or(Flaw::Subject)?;
        Ok(Identity {
            sub: sub.to_owned(),
            user_name: self.plain("preferred_username"),
            email: self.plain("email"),
            given_name: self.plain("given_name"),
            family_name: self.plain("family_name"),
            name: self.plain("name"),
            auth_time: self.auth_time(expected.now)?,
        })
    }

    /// Believes a sign-out token: for this very endpoint, from one of our issuers, about our client, good now and not
    /// for long.
    ///
    /// # Errors
    /// [`Flaw`]; [`Flaw::Party`] when everything holds but the client is another one.
    pub fn ticket(&self, expected: &Expected<'_>, endpoint: &str) -> Result<Ticket, Flaw> {
        let issuer = self.issuer(expected.issuers)?;
        if self.audience()? != [endpoint] {
            return Err(Flaw::Audience);
        }
        let until = self.lifetime(expected.now)?;
        if until > expected.now + LONGEST_LOGOUT + LEEWAY {
            return Err(Flaw::Lifetime);
        }
        let id = self.text("jti").filter(|id| is_id(id)).ok_or(Flaw::Unnamed)?;
        if self.text("sub") != Some(expected.client_id) {
            return Err(Flaw::Party);
        }
        Ok(Ticket { id: id.to_owned(), issuer: issuer.as_str().to_owned(), until })
    }
}

/// Whether it can be an id of Okta's: short and visible.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const US: &str = "0oaclient";
    const ENDPOINT: &str = "https://rollcall.example/auth/global-token-revocation";

    fn issuers() -> Vec<Issuer> {
        ["https://example.okta.com", "https://id.example.com"].map(|one| Issuer::parse(one).expect("an issuer")).into()
    }

    fn changed(base: &Value, field: &str, value: Value) -> Claims {
        let mut claims = base.as_object().expect("claims").clone();
        claims.remove(field);
        if !value.is_null() {
            claims.insert(field.to_owned(), value);
        }
        Claims::of(claims)
    }

    fn id_token() -> Value {
        json!({ "iss": "https://example.okta.com", "aud": US, "exp": NOW + 3600, "iat": NOW, "nonce": "n", "sub": "00u1" })
    }

    fn judged(field: &str, value: Value) -> Option<Flaw> {
        let issuers = issuers();
        let expected = Expected { issuers: &issuers, client_id: US, now: NOW };
        changed(&id_token(), field, value).identity(&expected, "n").err()
    }

    #[test]
    fn an_id_token_is_believed_only_where_every_claim_holds() {
        for (field, value, flaw) in [
            ("iss", json!("https://evil.test"), Flaw::Issuer),
            ("iss", json!("https://example.okta.com/"), Flaw::Issuer),
            ("iss", json!(["https://example.okta.com"]), Flaw::Issuer),
            ("iss", Value::Null, Flaw::Issuer),
            ("aud", json!("another"), Flaw::Audience),
            ("aud", json!([US, "another"]), Flaw::Audience),
            ("aud", json!([]), Flaw::Audience),
            ("aud", json!([1]), Flaw::Malformed),
            ("aud", Value::Null, Flaw::Audience),
            ("azp", json!("another"), Flaw::Party),
            ("azp", json!([US]), Flaw::Party),
            ("exp", json!(NOW - LEEWAY), Flaw::Expired),
            ("exp", json!("x"), Flaw::Malformed),
            ("exp", json!("99999999999"), Flaw::Malformed),
            ("exp", json!(1e300), Flaw::Malformed),
            ("exp", json!(-1), Flaw::Malformed),
            ("exp", Value::Null, Flaw::Malformed),
            ("iat", json!(NOW + LEEWAY + 1), Flaw::Early),
            ("iat", Value::Null, Flaw::Malformed),
            ("nbf", json!(NOW + LEEWAY + 1), Flaw::Early),
            ("nbf", json!({}), Flaw::Malformed),
            ("nonce", json!("m"), Flaw::Nonce),
            ("nonce", Value::Null, Flaw::Nonce),
            ("sub", json!(""), Flaw::Subject),
            ("sub", json!(7), Flaw::Subject),
            ("sub", json!("a b"), Flaw::Subject),
            ("sub", json!("x".repeat(256)), Flaw::Subject),
            ("sub", Value::Null, Flaw::Subject),
            ("auth_time", json!(NOW + LEEWAY + 1), Flaw::Early),
            ("auth_time", json!(NOW.to_string()), Flaw::Malformed),
            ("auth_time", json!(1_800_000_000.5), Flaw::Malformed),
            ("auth_time", json!(-1), Flaw::Malformed),
            ("auth_time", json!(u64::MAX), Flaw::Malformed),
            ("auth_time", json!([NOW]), Flaw::Malformed),
        ] {
            assert_eq!(judged(field, value.clone()), Some(flaw), "{field}: {value}");
        }
    }

    #[test]
    fn the_edges_of_the_leeway_and_a_second_issuer_are_taken() {
        for (field, value) in [
            ("iss", json!("https://id.example.com")),
            ("aud", json!([US])),
            ("azp", json!(US)),
            ("exp", json!(NOW - LEEWAY + 1)),
            ("exp", json!(1_800_000_000.5)),
            ("iat", json!(NOW + LEEWAY)),
            ("nbf", json!(NOW + LEEWAY)),
            ("auth_time", json!(0)),
            ("auth_time", json!(NOW + LEEWAY)),
        ] {
            assert_eq!(judged(field, value.clone()), None, "{field}: {value}");
        }
    }

    #[test]
    fn a_new_proof_is_one_since_it_was_asked_for() {
        let issuers = issuers();
        let expected = Expected { issuers: &issuers, client_id: US, now: NOW };
        let since = |value: Value| {
            let identity = changed(&id_token(), "auth_time", value).identity(&expected, "n").expect("an identity");
            identity.proven_since(NOW)
        };
        for (value, outcome) in [
            (json!(NOW), Ok(())),
            (json!(NOW + LEEWAY), Ok(())),
            (json!(NOW - LEEWAY), Ok(())),
            (json!(NOW - LEEWAY - 1), Err(Flaw::Stale)),
            (json!(0), Err(Flaw::Stale)),
            (Value::Null, Err(Flaw::Undated)),
        ] {
            assert_eq!(since(value.clone()), outcome, "{value}");
        }
    }

    #[test]
    fn names_with_control_characters_are_not_kept() {
        let issuers = issuers();
        let expected = Expected { issuers: &issuers, client_id: US, now: NOW };
        let named =
            |name: &str| changed(&id_token(), "name", json!(name)).identity(&expected, "n").expect("an identity").name;
        assert_eq!(named(" Dana Okoye "), Some("Dana Okoye".to_owned()));
        assert_eq!(named("Dana\u{1b}[31m"), None);
        assert_eq!(named(" "), None);
    }

    #[test]
    fn a_sign_out_token_is_for_this_endpoint_and_short() {
        let issuers = issuers();
        let expected = Expected { issuers: &issuers, client_id: US, now: NOW };
        let good = json!({ "jti": "j", "iss": "https://example.okta.com", "sub": US, "aud": ENDPOINT, "exp": NOW + 300,
            "nbf": NOW - 300, "iat": NOW });
        let judged = |field: &str, value: Value| changed(&good, field, value).ticket(&expected, ENDPOINT).err();
        for (field, value, flaw) in [
            ("aud", json!("https://rollcall.example/auth/global-token-revocation?x=1"), Flaw::Audience),
            ("aud", json!([ENDPOINT, "https://other.example"]), Flaw::Audience),
            ("sub", json!("another"), Flaw::Party),
            ("sub", Value::Null, Flaw::Party),
            ("jti", Value::Null, Flaw::Unnamed),
            ("jti", json!(7), Flaw::Unnamed),
            ("exp", json!(NOW + LONGEST_LOGOUT + LEEWAY), Flaw::Lifetime),
            ("exp", json!(NOW - LEEWAY), Flaw::Expired),
            ("iss", json!("https://evil.test"), Flaw::Issuer),
        ] {
            assert_eq!(judged(field, value.clone()), Some(flaw), "{field}: {value}");
        }
        assert_eq!(judged("aud", json!([ENDPOINT])), None);
    }
}
