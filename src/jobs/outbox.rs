//! The workers of the outbox: one a lane, so that a provider that is down holds up nobody else's messages.
//!
//! Nothing is held while a message is sent. Whoever takes it moves it on first; ended half-way it comes due again, which
//! makes delivery at least once.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::access::outbox::{self, Parcel, Taken};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::App;
use crate::model::contact::Method;
use crate::model::words::Word;
use crate::store::outbox as rows;

/// How long an idle worker waits.
const POLL: Duration = Duration::from_secs(1);
/// How long a message may still take at a stop; one that takes longer comes due again.
const GRACE: Duration = Duration::from_secs(3);
/// How long a worker rests while the database is away.
const REST: Duration = Duration::from_secs(2);

/// Runs the workers of this process until `stop` says so; each gives the message it holds a moment more.
pub async fn run(app: &App, stop: &watch::Receiver<bool>) {
    if !app.sends {
        return;
    }
    let [email, sms, push] = [Method::Email, Method::Sms, Method::Push].map(|lane| worker(app, lane, stop.clone()));
    tokio::join!(email, sms, push);
}

async fn worker(app: &App, lane: Method, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let mut work = pin!(work_once(app, lane));
        let worked = tokio::select! {
            worked = &mut work => worked,
            _ = stop.changed() => timeout(GRACE, work).await.unwrap_or(Ok(false)),
        };
        let pause = match worked {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(lane = lane.as_str(), %error, "the outbox cannot be worked on; it is looked at again");
                REST
            }
        };
        if *stop.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Sends the message of a lane that is due longest; tells whether there was one.
///
/// # Errors
/// That the database is away. What a message fails by is noted with it.
pub async fn work_once(app: &App, lane: Method) -> Result<bool> {
    let ctx = Ctx::job("outbox", app.clock.now());
    // SQLite has one writer: it is not taken to find that there is nothing to do.
    if !rows::is_due(&mut app.db.view().await?, lane, ctx.now).await? {
        return Ok(false);
    }
    let work = (&app.key, lane);
    match app.db.unit(&ctx, &work, |tx, (key, lane)| Box::pin(outbox::take(tx, key, *lane))).await? {
        Taken::Nothing => Ok(false),
        Taken::Settled => Ok(true),
        Taken::Parcel(parcel) => send_apart(app, lane, *parcel).await.map(|()| true),
    }
}

/// Sends in a task of its own: a panic is one message's and not the worker's, and what went out is settled at a stop.
async fn send_apart(app: &App, lane: Method, parcel: Parcel) -> Result<()> {
    let app = Arc::clone(app);
    tokio::spawn(async move { send(&app, lane, &parcel).await }).await.unwrap_or_else(|error| {
        tracing::error!(%error, "sending a message ended badly; it is tried again");
        Ok(())
    })
}

async fn send(app: &App, lane: Method, parcel: &Parcel) -> Result<()> {
    let outcome = app.senders.send(&parcel.message, app.clock.now()).await;
    match &outcome {
        Ok(()) => tracing::info!(message = parcel.message.id, lane = lane.as_str(), "a message went out"),
        Err(trouble) => {
            tracing::warn!(message = parcel.message.id, lane = lane.as_str(), %trouble, "a message did not go out");
        }
    }
    let ctx = Ctx::job("outbox", app.clock.now());
    let work = (parcel, lane, outcome);
    app.db.unit(&ctx, &work, |tx, (parcel, lane, outcome)| Box::pin(outbox::settle(tx, parcel, *lane, outcome))).await
}
