//! What a form did, told on the page that it leads on to: a word in the address, sealed for the session that sent the form
//! and for that page. A link that somebody else made says nothing, and neither does one that has grown old; both are the
//! page as it is otherwise, so that nobody is shown a failure for what was not done.

use std::time::Duration;

use axum::response::Response;
use serde_json::json;

use super::html::{link, see_other};
use crate::access::secret;
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::api::fields::Fields;

/// For how long a page tells it: as long as a browser takes to load it, and no longer than anybody remembers.
pub const TOLD_FOR: Duration = Duration::from_mins(2);
/// For what the deployment's key is used here.
const PURPOSE: &str = "console-done";
const FIELD: &str = "done";

/// Sends a browser on to a page of ours, to be told there what was done.
///
/// # Errors
/// A path that is no header.
pub fn led_to(call: &Call, path: &str, word: &str) -> Result<Response> {
    let until = call.ctx.now.plus(TOLD_FOR).micros();
    match seal(call, path, word, until) {
        Some(seal) => see_other(&link(path, &[(FIELD, &format!("{word}.{until}.{seal}"))])),
        None => see_other(path),
    }
}

/// What this session just did by a form that led to this page; nothing where no form of its own did.
#[must_use]
pub fn told(call: &Call) -> Option<String> {
    let asked = call.asked();
    let (word, rest) = asked.first(FIELD)?.split_once('.')?;
    let (until, given) = rest.split_once('.')?;
    let until: i64 = until.parse().ok()?;
    let seal = seal(call, call.path(), word, until)?;
    let is_ours = secret::same_hash(seal.as_bytes(), given.as_bytes());
    (is_ours && call.ctx.now.micros() < until).then(|| word.to_owned())
}

/// What else was asked of the page.
///
/// # Errors
/// [`crate::error::Error::Invalid`] for a parameter that is given twice.
pub fn beside(call: &Call) -> Result<Fields> {
    call.asked().fields(&[FIELD])
}

/// What only this server can make, for one session, page, word and end; none where nobody is signed in with a session.
fn seal(call: &Call, path: &str, word: &str, until: i64) -> Option<String> {
    let sealed = json!([call.csrf()?, path, word, until]).to_string();
    Some(secret::hex(&call.app.key.hash(PURPOSE, &sealed)))
}
