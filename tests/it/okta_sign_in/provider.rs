//! A stand-in for Okta as a provider of sign-in: real keys, real redirects, and the tricks that a test asks for.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rollcall::clock::Clock;
use rollcall::config::Jit;
use rollcall::http::SignIn;
use rollcall::okta::oidc::{Client, Issuer};
use rollcall::okta_client::provider::Provider;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

/// Our application there; the secret has what must be encoded in a header.
pub const CLIENT_ID: &str = "0oarollcall";
pub const CLIENT_SECRET: &str = "an app's secret: 100% + of/tests";

/// Keys are made once for the whole run: the first two are Okta's, the third is nobody's.
static KEYS: LazyLock<[RsaKeyPair; 3]> =
    LazyLock::new(|| std::array::from_fn(|_| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")));

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jwk(number: usize) -> Value {
    let public = KEYS[number].public_key();
    let n = b64(public.modulus().big_endian_without_leading_zero());
    let e = b64(public.exponent().big_endian_without_leading_zero());
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("key-{number}"), "n": n, "e": e })
}

/// A token signed with one of the keys.
pub fn signed(key: usize, header: &Value, claims: &Value) -> String {
    signed_by(key, &RSA_PKCS1_SHA256, header, claims)
}

fn signed_by(key: usize, how: &'static dyn RsaEncoding, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
    let mut signature = vec![0; KEYS[key].public_modulus_len()];
    KEYS[key].sign(how, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
    format!("{message}.{}", b64(&signature))
}

/// What goes wrong with the next answer of the token endpoint.
#[derive(Clone, Debug)]
pub enum Trick {
    /// A claim is another one; null leaves it out.
    Claim(&'static str, Value),
    /// A field of the token's header is another one; null leaves it out.
    Header(&'static str, Value),
    /// Signed with this key, whatever the header says.
    Key(usize),
    /// Signed with another algorithm of the same key.
    Pss,
    /// Signed with a text that everybody can read, by HMAC.
    Hmac,
    /// Not signed at all.
    Unsigned,
    /// A letter of what is claimed is another one.
    Tampered,
    /// This text instead of a token.
    Text(String),
    /// This body instead of an answer.
    Body(String),
    /// This status, with this error.
    Status(u16, &'static str),
    /// No answer at all.
    Silence,
}

/// What tokens say of when somebody proved who they are.
#[derive(Clone, Debug)]
pub enum AuthTime {
    /// When they first came here; now, where a new proof is asked for.
    Honest(i64),
    /// This, whatever was asked for; null leaves it out.
    Always(Value),
}

/// What it holds and has seen.
pub struct Inside {
    /// Who sits before the browser: the claims about them.
    pub person: Map<String, Value>,
    /// Tricks of the next answers of the token endpoint, each with all that is odd about one.
    pub tricks: VecDeque<Vec<Trick>>,
    /// What the authorization endpoint answers instead of a code.
    pub error: Option<(&'static str, &'static str)>,
    /// What else comes back with the code.
    pub beside: Vec<(&'static str, String)>,
    /// Which keys are published, and how they may be kept.
    pub published: Vec<usize>,
    pub cache_control: &'static str,
    /// Which key signs.
    pub signs: usize,
    /// What tokens say of when the person proved who they are: null leaves it out. A browser that was sent here for a new
    /// proof gives one, unless it is told otherwise.
    pub auth_time: AuthTime,
    /// Whether the last browser was sent for a new proof.
    pub asked_anew: bool,
    /// Answers of paths, instead of what they would be: status and body.
    pub instead: BTreeMap<&'static str, (u16, String)>,
    /// How often each path was asked.
    pub asked: BTreeMap<String, usize>,
    codes: HashMap<String, Grant>,
    origin: String,
    clock: Clock,
}

struct Grant {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

/// A running stand-in.
#[derive(Clone)]
pub struct FakeProvider {
    inside: Arc<Mutex<Inside>>,
    /// Its issuer.
    pub origin: String,
}

type Shared = Arc<Mutex<Inside>>;

impl FakeProvider {
    /// Starts one by this clock.
    pub async fn start(clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let inside = Inside {
            person: Map::new(),
            tricks: VecDeque::new(),
            error: None,
            beside: Vec::new(),
            published: vec![0],
            cache_control: "max-age=3600",
            signs: 0,
            auth_time: AuthTime::Honest(clock.now().micros() / 1_000_000),
            asked_anew: false,
            instead: BTreeMap::new(),
            asked: BTreeMap::new(),
            codes: HashMap::new(),
            origin: origin.clone(),
            clock: clock.clone(),
        };
        let inside = Arc::new(Mutex::new(inside));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/oauth2/v1/authorize", get(authorize))
            .route("/oauth2/v1/token", post(token))
            .route("/oauth2/v1/keys", get(keys))
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inside, origin }
    }

    /// What it holds.
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("the inside")
    }

    /// Who sits before the browser from now on: their id and their name.
    pub fn person(&self, sub: &str, name: &str) {
        let email = format!("{name}@example.com");
        let claims = json!({ "sub": sub, "preferred_username": email, "email": email, "name": name, "given_name": name,
            "family_name": "Example" });
        self.inside().person.clone_from(claims.as_object().expect("claims"));
    }

    /// Has something be odd about the next token.
    pub fn trick(&self, tricks: Vec<Trick>) {
        self.inside().tricks.push_back(tricks);
    }

    /// How often a path was asked.
    pub fn asked(&self, path: &str) -> usize {
        self.inside().asked.get(path).copied().unwrap_or_default()
    }

    /// Sign-in with it, as a rollcall is set up for it.
    pub fn sign_in(&self, jit: Jit) -> SignIn {
        let issuers = vec![Issuer::parse(&self.origin).expect("an issuer")];
        let client = Client { issuers, client_id: CLIENT_ID.to_owned(), client_secret: CLIENT_SECRET.into() };
        let redirects = vec!["com.example.app:/signed-in".to_owned()];
        SignIn { provider: Provider::new(client).expect("a provider"), jit, redirects }
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: String) -> Response<Body> {
    let with = |answer: axum::http::response::Builder, (name, value): &(&str, &str)| answer.header(*name, *value);
    headers.iter().fold(Response::builder().status(status), with).body(Body::from(body)).expect("an answer")
}

/// Counts a request; gives what a test wants to be answered instead.
fn enter(inside: &Shared, path: &'static str) -> Option<Response<Body>> {
    let mut inside = inside.lock().expect("the inside");
    *inside.asked.entry(path.to_owned()).or_default() += 1;
    inside.instead.get(path).map(|(status, body)| answer(*status, &[("location", "http://127.0.0.1:9/")], body.clone()))
}

async fn discovery(State(inside): State<Shared>) -> Response<Body> {
    if let Some(instead) = enter(&inside, "discovery") {
        return instead;
    }
    let origin = inside.lock().expect("the inside").origin.clone();
    let body = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/oauth2/v1/authorize"),
        "token_endpoint": format!("{origin}/oauth2/v1/token"),
        "jwks_uri": format!("{origin}/oauth2/v1/keys"),
        "end_session_endpoint": format!("{origin}/oauth2/v1/logout"),
    });
    answer(200, &[("cache-control", "max-age=3600")], body.to_string())
}

async fn keys(State(inside): State<Shared>) -> Response<Body> {
    if let Some(instead) = enter(&inside, "keys") {
        return instead;
    }
    let inside = inside.lock().expect("the inside");
    let keys: Vec<Value> = inside.published.iter().map(|number| jwk(*number)).collect();
    answer(200, &[("cache-control", inside.cache_control)], json!({ "keys": keys }).to_string())
}

async fn authorize(State(inside): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response<Body> {
    let mut inside = inside.lock().expect("the inside");
    for (name, value) in [
        ("client_id", CLIENT_ID),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("code_challenge_method", "S256"),
        ("scope", "openid profile email"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    let (prompt, max_age) = (query.get("prompt").map(String::as_str), query.get("max_age").map(String::as_str));
    assert!(matches!((prompt, max_age), (None, None) | (Some("login"), Some("0"))), "{prompt:?} {max_age:?}");
    inside.asked_anew = prompt.is_some();
    if let (AuthTime::Honest(_), true) = (&inside.auth_time, inside.asked_anew) {
        inside.auth_time = AuthTime::Honest(inside.clock.now().micros() / 1_000_000);
    }
    let (redirect_uri, state) = (query["redirect_uri"].clone(), query["state"].clone());
    let mut back = vec![("state", state)];
    if let Some((error, description)) = inside.error {
        back.extend([("error", error.to_owned()), ("error_description", description.to_owned())]);
    } else {
        let code = uuid::Uuid::now_v7().to_string();
        let (nonce, challenge) = (query["nonce"].clone(), query["code_challenge"].clone());
        inside.codes.insert(code.clone(), Grant { nonce, challenge, redirect_uri: redirect_uri.clone() });
        back.push(("code", code));
    }
    back.extend(inside.beside.clone());
    let back = form_urlencoded::Serializer::new(String::new()).extend_pairs(back).finish();
    answer(302, &[("location", &format!("{redirect_uri}?{back}"))], String::new())
}

async fn token(State(inside): State<Shared>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    if let Some(instead) = enter(&inside, "token") {
        return instead;
    }
    let (reply, is_silent) = exchange(&mut inside.lock().expect("the inside"), &headers, &body);
    if is_silent {
        std::future::pending::<()>().await;
    }
    reply
}

/// Whether the client is who it says: HTTP Basic, each half form-encoded (RFC 6749 §2.3.1).
fn is_client(headers: &HeaderMap) -> bool {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let decoded = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let text = String::from_utf8(decoded).unwrap_or_default();
    let (id, secret) = text.split_once(':').unwrap_or_default();
    let plain =
        |text: &str| form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect::<String>();
    plain(id) == CLIENT_ID && plain(secret) == CLIENT_SECRET
}

fn exchange(inside: &mut Inside, headers: &HeaderMap, body: &[u8]) -> (Response<Body>, bool) {
    let refusal = |status: u16, error: &str| {
        answer(status, &[], json!({ "error": error, "error_description": "<b>" }).to_string())
    };
    if !is_client(headers) {
        return (refusal(401, "invalid_client"), false);
    }
    let tricks = inside.tricks.pop_front().unwrap_or_default();
    for trick in &tricks {
        match trick {
            Trick::Status(status, error) => return (refusal(*status, error), false),
            Trick::Silence => return (answer(200, &[], String::new()), true),
            Trick::Body(body) => return (answer(200, &[], body.clone()), false),
            _ => {}
        }
    }
    let form: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let Some(grant) = inside.codes.remove(&form["code"]) else { return (refusal(400, "invalid_grant"), false) };
    let challenge = b64(&Sha256::digest(form["code_verifier"].as_bytes()));
    let is_right = form["grant_type"] == "authorization_code"
        && challenge == grant.challenge
        && form["redirect_uri"] == grant.redirect_uri;
    if !is_right {
        return (refusal(400, "invalid_grant"), false);
    }
    let token = id_token(inside, &grant.nonce, &tricks);
    let body =
        json!({ "id_token": token, "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600 });
    (answer(200, &[("content-type", "application/json")], body.to_string()), false)
}

fn id_token(inside: &Inside, nonce: &str, tricks: &[Trick]) -> String {
    let now = inside.clock.now().micros() / 1_000_000;
    let mut claims = inside.person.clone();
    let own =
        json!({ "iss": inside.origin, "aud": CLIENT_ID, "iat": now, "exp": now + 3600, "nonce": nonce, "ver": 1 });
    claims.extend(own.as_object().expect("claims").clone());
    let auth_time = match &inside.auth_time {
        AuthTime::Honest(at) => (*at).into(),
        AuthTime::Always(at) => at.clone(),
    };
    if !auth_time.is_null() {
        claims.insert("auth_time".to_owned(), auth_time);
    }
    let mut header = json!({ "alg": "RS256", "kid": format!("key-{}", inside.signs) });
    let mut key = inside.signs;
    for trick in tricks {
        match trick {
            Trick::Claim(name, Value::Null) => drop(claims.remove(*name)),
            Trick::Claim(name, value) => drop(claims.insert((*name).to_owned(), value.clone())),
            Trick::Header(name, Value::Null) => drop(header.as_object_mut().expect("a header").remove(*name)),
            Trick::Header(name, value) => header[*name] = value.clone(),
            Trick::Key(number) => key = *number,
            _ => {}
        }
    }
    let claims = Value::Object(claims);
    let token = signed(key, &header, &claims);
    let (message, signature) = token.rsplit_once('.').expect("a token");
    match tricks.first() {
        Some(Trick::Pss) => signed_by(key, &RSA_PSS_SHA256, &header, &claims),
        Some(Trick::Hmac) => hmac(&header, &claims),
        Some(Trick::Unsigned) => format!("{message}."),
        Some(Trick::Tampered) => {
            let (header, payload) = message.split_once('.').expect("a message");
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("text");
            format!("{header}.{}.{signature}", b64(text.replace("Example", "Exbmple").as_bytes()))
        }
        Some(Trick::Text(text)) => text.clone(),
        _ => token,
    }
}

/// The public key taken for a secret: the classic confusion of algorithms.
fn hmac(header: &Value, claims: &Value) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let message = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
    let secret = jwk(0)["n"].as_str().expect("a modulus").to_owned();
    let mut mac = hmac::Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(message.as_bytes());
    format!("{message}.{}", b64(&mac.finalize().into_bytes()))
}
