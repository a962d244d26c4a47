//! Whose account at Okta somebody's is, where an admin says it: a page of its own, because it asks for a recent sign-in.

use super::done;
use super::forms::{self, Form, Input};
use super::people::PEOPLE;
use super::text::name;
use crate::directory::people::NO_SUCH_USER;
use crate::directory::{binding, person};
use crate::error::Result;
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::okta::claims::LONGEST_ID;

const SO: &str = "They sign in with this account from then on, and Okta's events about it find them: what Okta said of the \
     account before counts at once.";
const ONCE: &str = "A person is bound once: it cannot be taken back here. Marked HIGH in the audit.";
const WHERE: &str =
    "Such as 00u1ab2cd3ef4gh5ij6k7. In Okta's admin console it stands at the end of the address of the person's page.";

async fn form(call: &Call) -> Result<Form> {
    let id = call.id(NO_SUCH_USER)?;
    let (user, _) = person::read(&mut call.view().await?, call.caller()?, id).await?;
    let text = |value: Option<&str>| name(value.unwrap_or("none"));
    let called = text(user.display_name.as_deref().or(user.user_name.as_deref()));
    let told = format!(
        "Sign-in name {}, e-mail {}, externalId {}.",
        text(user.user_name.as_deref()),
        text(user.email.as_deref()),
        text(user.external_id.as_deref())
    );
    let input = Input::line("oktaId", "Okta user id", LONGEST_ID).needed().hint(WHERE);
    Ok(Form {
        title: format!("Bind {called} to an account at Okta"),
        about: vec![told, SO.to_owned(), ONCE.to_owned()],
        to: format!("{PEOPLE}/{id}/bind"),
        hidden: Vec::new(),
        inputs: vec![input.with(user.external_id.unwrap_or_default())],
        button: ("Bind", called, "to this account"),
        back: format!("{PEOPLE}/{id}"),
    })
}

/// `GET /people/{id}/bind`: what a binding does, and the form.
pub(in crate::http) async fn ask(call: Call) -> Answer {
    call.query()?.end()?;
    forms::ask(&call, PEOPLE, form(&call).await?).await
}

async fn bound(call: &Call) -> Result<Id> {
    let (id, mut fields) = (call.id(NO_SUCH_USER)?, call.form.fields(&[])?);
    let okta_id = fields.text("oktaId", 1..=LONGEST_ID);
    let work = (call.caller()?, id, fields.done(okta_id)?);
    call.unit(&work, |tx, (caller, id, okta_id)| Box::pin(binding::bind(tx, caller, *id, okta_id))).await?;
    Ok(id)
}

/// `POST /people/{id}/bind`.
pub(in crate::http) async fn bind(call: Call) -> Answer {
    match bound(&call).await {
        Ok(id) => Ok(done::led_to(&call, &format!("{PEOPLE}/{id}"), "bound")?),
        Err(error) => forms::refused(&call, PEOPLE, form(&call).await?, error).await,
    }
}
