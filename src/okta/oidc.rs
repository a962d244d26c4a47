//! Sign-in with Okta by OpenID Connect: who issues, where the endpoints are, and the URLs that browsers are sent to.

use hyper::Uri;
use secrecy::SecretString;
use serde::Deserialize;

use super::api::Org;

/// What is asked for: who it is, and what to call them. Groups come over SCIM.
const SCOPES: &str = "openid profile email";
/// Where an issuer tells where its endpoints are (OpenID Connect Discovery §4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// An issuer's identifier: a URL, compared by every byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    origin: Org,
}

impl Issuer {
    /// Reads `https://example.okta.com` or `https://example.okta.com/oauth2/default`; `http` is for a stand-in on this
    /// machine.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be an issuer such as https://example.okta.com, without a slash at its end";
        let uri: Uri = text.parse().map_err(|_| SHAPE)?;
        let is_plain = !text.contains(['?', '#', '@', '\\']) && !text.contains("..") && !text.ends_with('/');
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(SHAPE) };
        let origin = Org::parse(&format!("{scheme}://{authority}"))?;
        if is_plain { Ok(Self { text: text.to_owned(), origin }) } else { Err(SHAPE) }
    }

    /// The issuer of an org itself.
    #[must_use]
    pub fn of(org: &Org) -> Self {
        let scheme = if org.is_stand_in() { "http" } else { "https" };
        Self { text: format!("{scheme}://{}", org.host()), origin: org.clone() }
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a stand-in on this machine.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.origin.is_stand_in()
    }

    /// Where it tells where its endpoints are.
    #[must_use]
    pub fn discovery_url(&self) -> String {
        format!("{}{WELL_KNOWN}", self.text)
    }

    /// Whether a URL lies on its host: nothing of ours goes elsewhere.
    fn hosts(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else { return false };
        let scheme = if self.is_stand_in() { "http" } else { "https" };
        let host = uri.authority().map_or("", |authority| authority.as_str());
        uri.scheme_str() == Some(scheme) && host.eq_ignore_ascii_case(self.origin.host()) && !url.contains(['#', '\\'])
    }
}

/// Our application at Okta. Debug shows no secret.
#[derive(Clone, Debug)]
pub struct Client {
    /// Whose tokens are believed: the org's issuer first, then those that a custom domain adds.
    pub issuers: Vec<Issuer>,
    /// The id of the application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// Where Okta's endpoints are, by its own word.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where browsers sign in.
    pub authorization_endpoint: String,
    /// Where a code becomes a token.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where browsers sign out.
    pub end_session_endpoint: Option<String>,
}

impl Metadata {
    /// Reads the answer of the first issuer's discovery.
    ///
    /// # Errors
    /// When it speaks for another issuer, or leads to a host that is none of the issuers'.
    pub fn read(body: &[u8], issuers: &[Issuer]) -> Result<Self, &'static str> {
        let read: Self = serde_json::from_slice(body).map_err(|_| "it is no discovery document")?;
        if issuers.first().is_none_or(|first| first.as_str() != read.issuer) {
            return Err("its issuer is not OKTA_ISSUER");
        }
        let endpoints = [&read.authorization_endpoint, &read.token_endpoint, &read.jwks_uri];
        let all = endpoints.into_iter().chain(&read.end_session_endpoint);
        let is_ours = |url: &String| issuers.iter().any(|issuer| issuer.hosts(url));
        if all.into_iter().all(is_ours) { Ok(read) } else { Err("an endpoint lies on another host") }
    }
}

/// What a browser brings to Okta when it signs in.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'e> {
    /// Our application.
    pub client_id: &'e str,
    /// Where the browser comes back to.
    pub redirect_uri: &'e str,
    /// What it brings back.
    pub state: &'e str,
    /// What the ID token repeats.
    pub nonce: &'e str,
    /// The hash of what we show with the code (RFC 7636, S256).
    pub challenge: &'e str,
    /// Whether Okta is to have the person prove anew who they are, even where it knows them.
    pub anew: bool,
}

/// What asks for a new proof (OpenID Connect Core §3.1.2.1). The browser may lose it on its way: what counts is the token's
/// `auth_time`, which must be there once `max_age` was asked for.
const ANEW: [(&str, &str); 2] = [("prompt", "login"), ("max_age", "0")];

impl Errand<'_> {
    /// The URL that a browser is sent to.
    #[must_use]
    pub fn url(&self, metadata: &Metadata) -> String {
        let mut pairs = vec![
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", SCOPES),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("nonce", self.nonce),
            ("code_challenge", self.challenge),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(self.anew.then_some(ANEW).into_iter().flatten());
        with_query(&metadata.authorization_endpoint, &pairs)
    }
}

/// Where a browser signs out of Okta as well (OpenID Connect RP-Initiated Logout §2); Okta demands the ID token.
#[must_use]
pub fn sign_out_url(endpoint: &str, id_token: &str, back_to: &str) -> String {
    with_query(endpoint, &[("id_token_hint", id_token), ("post_logout_redirect_uri", back_to)])
}

/// A URL with these parameters added to its query.
#[must_use]
pub fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{query}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(text).expect("an issuer")
    }

    fn discovery() -> Value {
        json!({
            "issuer": "https://example.okta.com",
            "authorization_endpoint": "https://example.okta.com/oauth2/v1/authorize",
            "token_endpoint": "https://example.okta.com/oauth2/v1/token",
            "jwks_uri": "https://example.okta.com/oauth2/v1/keys",
            "end_session_endpoint": "https://example.okta.com/oauth2/v1/logout",
        })
    }

    #[test]
    fn an_issuer_is_a_url_by_https_without_extras() {
        assert_eq!(
            issuer("https://example.okta.com").discovery_url(),
            "https://example.okta.com/.well-known/openid-configuration"
        );
        assert_eq!(
            issuer("https://example.okta.com/oauth2/default").as_str(),
            "https://example.okta.com/oauth2/default"
        );
        assert!(issuer("http://127.0.0.1:1").is_stand_in());
        assert_eq!(Issuer::of(&Org::parse("example.okta.com").expect("an org")), issuer("https://example.okta.com"));
        for bad in [
            "",
            "example.okta.com",
            "http://example.okta.com",
            "https://example.okta.com/",
            "https://a@example.okta.com",
            "https://example.okta.com?x",
            "https://example.okta.com#x",
            "https://example.okta.com/a/../b",
            "https://example-admin.okta.com",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_discovery_that_speaks_for_another_or_leads_elsewhere_is_refused() {
        let issuers = [issuer("https://example.okta.com"), issuer("https://id.example.com")];
        let read = |field: &str, value: &str| {
            let mut document = discovery();
            document[field] = value.into();
            Metadata::read(document.to_string().as_bytes(), &issuers).map(drop)
        };
        assert_eq!(read("token_endpoint", "https://id.example.com/oauth2/v1/token"), Ok(()));
        for (field, value) in [
            ("issuer", "https://example.okta.com/"),
            ("issuer", "https://id.example.com"),
            ("token_endpoint", "https://evil.test/token"),
            ("token_endpoint", "http://example.okta.com/token"),
            ("jwks_uri", "https://example.okta.com@evil.test/keys"),
            ("jwks_uri", "https://example.okta.com:8443/keys"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("end_session_endpoint", "https://evil.test\\@example.okta.com/"),
        ] {
            assert!(read(field, value).is_err(), "{field}: {value}");
        }
    }

    #[test]
    fn a_browser_brings_everything_that_ties_the_answer_to_the_question() {
        let metadata = Metadata::read(discovery().to_string().as_bytes(), &[issuer("https://example.okta.com")]);
        let metadata = metadata.expect("a discovery");
        let errand = Errand {
            client_id: "0oa1",
            redirect_uri: "https://r.example/auth/callback",
            state: "s",
            nonce: "n",
            challenge: "c",
            anew: false,
        };
        let url = errand.url(&metadata);
        assert_eq!(
            url,
            "https://example.okta.com/oauth2/v1/authorize?client_id=0oa1&response_type=code&response_mode=query\
             &scope=openid+profile+email&redirect_uri=https%3A%2F%2Fr.example%2Fauth%2Fcallback&state=s&nonce=n\
             &code_challenge=c&code_challenge_method=S256"
        );
        assert_eq!(Errand { anew: true, ..errand }.url(&metadata), format!("{url}&prompt=login&max_age=0"));
    }
}
