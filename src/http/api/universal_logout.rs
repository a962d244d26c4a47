//! `POST /auth/global-token-revocation`: Okta's Universal Logout, with a token that Okta signs for this very address.

use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::response::IntoResponse;

use super::call::Call;
use super::okta::{away, set_up};
use crate::access::login::seconds;
use crate::access::refusals::Kind as Refused;
use crate::audit::Action;
use crate::ctx::{Actor, ActorKind};
use crate::directory::universal_logout::{Outcome, Subject, carry_out};
use crate::error::Result;
use crate::http::problem::{Answer, Problem};
use crate::http::refusal;
use crate::okta::claims::{Expected, Ticket};
use crate::okta::token::{Flaw, Kind};
use crate::okta_client::provider::Doubt;

/// The path, which Okta's token names with our address before it.
pub const PATH: &str = "/auth/global-token-revocation";
const REPLAYED: &str = "token_replayed";
const REFUSED: &str = "The token is missing, is not Okta's for this endpoint, or was used before.";
/// An address or an id is no longer than this.
const LONGEST: usize = 320;

/// `POST /auth/global-token-revocation`.
pub(in crate::http) async fn revoke(mut call: Call) -> Answer {
    let ticket = match ticket(&call).await {
        Ok(ticket) => ticket,
        Err(Doubted::Problem(problem)) => return Err(problem),
        Err(Doubted::Refused(status, reason)) => return refuse(&call, status, reason).await,
    };
    call.ctx.actor = Actor { kind: ActorKind::OktaHook, id: None, name: "Okta".to_owned() };
    let subject = subject(&call);
    let work = (&call.app.key, ticket, subject.as_ref().ok());
    let outcome = call.unit(&work, |tx, (key, ticket, subject)| Box::pin(carry_out(tx, key, ticket, *subject))).await?;
    if outcome == Outcome::Replayed {
        return refuse(&call, StatusCode::UNAUTHORIZED, REPLAYED).await;
    }
    subject?;
    let problem = |status, detail: &'static str| Err(Problem::new(status, detail));
    match outcome {
        Outcome::Done | Outcome::Replayed => Ok(StatusCode::NO_CONTENT.into_response()),
        Outcome::Nobody => problem(StatusCode::NOT_FOUND, "There is no such user here."),
        Outcome::TooMany => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "Too many users have this address; name one by iss_sub.")
        }
    }
}

/// Why a token opens nothing.
enum Doubted {
    Problem(Problem),
    Refused(StatusCode, &'static str),
}

impl From<Doubt> for Doubted {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Trouble(trouble) => Self::Problem(away(&trouble)),
            // Okta's, and for us, but about another application.
            Doubt::Flaw(Flaw::Party) => Self::Refused(StatusCode::FORBIDDEN, Flaw::Party.code()),
            Doubt::Flaw(flaw) => Self::Refused(StatusCode::UNAUTHORIZED, flaw.code()),
        }
    }
}

async fn ticket(call: &Call) -> Result<Ticket, Doubted> {
    let provider = &set_up(call).map_err(|error| Doubted::Problem(error.into()))?.provider;
    let token = bearer(call).ok_or(Doubted::Refused(StatusCode::UNAUTHORIZED, "missing"))?;
    let now = seconds(call.ctx.now);
    let claims = provider.open(token, Kind::Logout, now).await?;
    let expected = Expected { issuers: &provider.client.issuers, client_id: &provider.client.client_id, now };
    let endpoint = format!("{}{PATH}", call.app.public_url);
    Ok(claims.ticket(&expected, &endpoint).map_err(Doubt::Flaw)?)
}

/// The token, where there is one and no other beside it.
fn bearer(call: &Call) -> Option<&str> {
    let mut given = call.headers.get_all(AUTHORIZATION).iter();
    let (header, None) = (given.next()?, given.next()) else { return None };
    let (scheme, token) = header.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whom the body names: a subject identifier (RFC 9493) of one of the two formats that Okta sends.
fn subject(call: &Call) -> Result<Subject> {
    let mut body = call.body()?;
    let Some(mut named) = body.object("sub_id") else { return body.enough(None) };
    let format = named.text("format", 1..=LONGEST);
    let read = match format.as_deref() {
        Some("email") => named.text("email", 1..=LONGEST).map(Subject::Email),
        Some("iss_sub") => {
            let issuer = named.text("iss", 1..=LONGEST);
            issuer.and(named.text("sub", 1..=LONGEST)).map(Subject::ScimId)
        }
        Some(_) => {
            named.refuse("format", "must be email or iss_sub");
            None
        }
        None => None,
    };
    body.enough(Some(()))?;
    named.enough(read)
}

async fn refuse(call: &Call, status: StatusCode, reason: &'static str) -> Answer {
    let kind = Refused { action: Action::AuthRefused, reason, ip: call.ctx.ip, token: None };
    refusal::tell(&call.app, &call.ctx, kind).await;
    Err(Problem::new(status, REFUSED))
}
