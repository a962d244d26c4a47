//! The console at the end of the demo: an admin of its own, an address that signs a reader in as them once, and a browser.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::Failure;
use super::stage::Stage;
use crate::access::secret::{hex, random_bytes};
use crate::access::sessions::{self, Arrival, Begun};
use crate::config::Jit;
use crate::ctx::{Actor, ActorKind, Ctx, Source};
use crate::directory::{people, sign_in};
use crate::error::Error;
use crate::http::demo::{PATH, Pass};
use crate::model::Id;
use crate::model::session::Born;
use crate::okta::claims::Identity;
use crate::store::audit_list::{self, Wanted};
use crate::store::users;

/// How long the address works.
const PATIENCE: Duration = Duration::from_mins(10);
/// Dana, whom Okta suspends in the play: her session ends with her access, and the story shows it.
const DANA: &str = "00u4k1r0vd8QmXz2T5d7";
/// What the story is found by; the last that came first.
const ROWS: usize = 1_000;
/// What opens an address in a browser, on the systems there are.
const OPENERS: [&str; 2] = ["xdg-open", "open"];

/// Signs Dana in, before Okta suspends her.
pub async fn sign_dana_in(stage: &Stage) -> Result<(), Failure> {
    let Some((dana, _)) = users::bound_to(&mut stage.app.db.view().await?, DANA).await? else { return Ok(()) };
    let now = stage.app.clock.now();
    let actor = Actor { kind: ActorKind::User, id: Some(dana.to_string()), name: "Dana Okoye".to_owned() };
    let ctx = Ctx { actor, source: Source::Ui, ..Ctx::cli(now) };
    let begun = Begun { at: now, epoch: None };
    let arrival = Arrival { born: Born::Okta, begun, proven_at: Some(now), gone: Vec::new() };
    let work = (&stage.app.key, dana, arrival);
    let opened = stage
        .app
        .db
        .unit(&ctx, &work, |tx, (key, dana, arrival)| Box::pin(sessions::open(tx, key, *dana, arrival.clone())));
    opened.await?;
    Ok(())
}

/// Makes the admin and lays the pass down; gives the address that opens the console on the story.
pub async fn open(stage: &Stage) -> Result<String, Failure> {
    let admin = make_admin(stage).await?;
    let (secret, until) = (hex(&random_bytes::<32>()), stage.app.clock.now().plus(PATIENCE));
    let then = story(stage).await?;
    stage.door.lay(Pass::of(&stage.app.key, &secret, admin, then, until));
    Ok(format!("{}{PATH}?key={secret}", stage.app.public_url))
}

async fn make_admin(stage: &Stage) -> Result<Id, Failure> {
    let identity = Identity {
        sub: "00udemoadmin".to_owned(),
        user_name: Some("demo.admin@example.com".to_owned()),
        email: Some("demo.admin@example.com".to_owned()),
        given_name: Some("Demo".to_owned()),
        family_name: Some("Admin".to_owned()),
        name: Some("Demo Admin".to_owned()),
        auth_time: None,
    };
    let ctx = Ctx::cli(stage.app.clock.now());
    let made = stage.app.db.unit(&ctx, &identity, |tx, identity| {
        Box::pin(async move {
            let now = tx.now();
            let recognised = sign_in::recognise(tx, identity, now, Jit::On).await?;
            let id = recognised.map_err(|refusal| Error::conflict(refusal.sentence()))?;
            people::grant_admin(tx, &id.to_string()).await?;
            Ok(id)
        })
    });
    Ok(made.await?)
}

/// Where the story of the last end of access by an event hook is told.
async fn story(stage: &Stage) -> Result<String, Failure> {
    let events = audit_list::list(&mut stage.app.db.view().await?, &Wanted::default(), ROWS).await?.events;
    let told = events.iter().rfind(|event| event.action == "user.deactivated" && event.source == Source::Hook);
    Ok(told.map_or_else(|| "/audit".to_owned(), |event| format!("/stories/{}", event.cause)))
}

/// Asks the system to open the address; whoever has no browser reads it on the screen.
pub fn show(url: &str) {
    for opener in OPENERS {
        let nothing = Stdio::null;
        let started = Command::new(opener).arg(url).stdin(nothing()).stdout(nothing()).stderr(nothing()).spawn();
        if started.is_ok() {
            return;
        }
    }
}
