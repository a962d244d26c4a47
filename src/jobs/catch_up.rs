//! Catching up from Okta's System Log: one replica at a time follows it, page by page, wherever Okta says it goes on.

use std::time::Duration;

use tokio::sync::watch;

use crate::access::secret::random_bytes;
use crate::ctx::Ctx;
use crate::directory::breaker;
use crate::directory::catch_up::{self, Cursor, Found};
use crate::error::{Busy, Error, Result};
use crate::http::App;
use crate::model::Id;
use crate::okta::delivery;
use crate::okta_client::{Client, Page, Trouble};
use crate::store::catch_up as store;

/// The job's name, as leases and the log know it.
const JOB: &str = "catch-up";
/// How long the log is left alone once there was nothing new in it.
pub const IDLE: Duration = Duration::from_secs(10);
/// How long a replica holds the job without a sign of life: longer than one request may take.
pub const LEASE: Duration = Duration::from_mins(2);
/// The wait after the first failure in a row; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// How often it doubles.
const DOUBLINGS: u32 = 7;
/// The most that chance adds to a wait, as a part of it.
const JITTER: u32 = 4;

/// Follows the log until `stop` says so.
pub async fn run(app: &App, mut stop: watch::Receiver<bool>) {
    if app.okta.is_none() || !app.watches {
        return;
    }
    let mut reader = Reader::default();
    while !*stop.borrow() {
        // Cut off half-way, a turn has kept nothing.
        tokio::select! {
            () = turn_and_rest(&mut reader, app) => {}
            _ = stop.changed() => {}
        }
    }
    if let Err(error) = reader.give_up(app).await {
        tracing::debug!(%error, "the lease of catching up ends by itself");
    }
}

async fn turn_and_rest(reader: &mut Reader, app: &App) {
    let pause = reader.turn(app).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "catching up cannot go on; it is tried again");
        IDLE
    });
    tokio::time::sleep(pause).await;
}

/// One replica's reader of the log.
#[derive(Debug)]
pub struct Reader {
    holder: Id,
    failures: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Self { holder: Id::fresh(), failures: 0 }
    }
}

impl Reader {
    /// Reads one page, if it is this replica's turn; tells how long to wait before the next.
    ///
    /// # Errors
    /// That the database is away; then nothing was kept and the place is as it was.
    pub async fn turn(&mut self, app: &App) -> Result<Duration> {
        let Some(okta) = &app.okta else { return Ok(IDLE) };
        if !self.take_turn(app).await? || is_held(app).await? {
            return Ok(IDLE);
        }
        let source = catch_up::source(&okta.org);
        let mut view = app.db.view().await?;
        let cursor = store::find(&mut view, &source).await?;
        drop(view);
        match okta.get(&place(okta, cursor.as_ref(), app)).await {
            Ok(page) => self.keep(app, source, cursor, page).await,
            Err(trouble) => self.put_off(app, &source, cursor, trouble).await,
        }
    }

    async fn take_turn(&self, app: &App) -> Result<bool> {
        let ctx = ctx(app);
        let work = (self.holder, ctx.now.plus(LEASE));
        app.db.unit(&ctx, &work, |tx, (holder, ends_at)| Box::pin(store::take_lease(tx, JOB, *holder, *ends_at))).await
    }

    /// Lets another replica take over at once.
    ///
    /// # Errors
    /// That the database is away.
    pub async fn give_up(&self, app: &App) -> Result<()> {
        app.db.unit(&ctx(app), &self.holder, |tx, holder| Box::pin(store::drop_lease(tx, JOB, *holder))).await
    }

    async fn keep(&mut self, app: &App, source: String, cursor: Option<Cursor>, page: Page) -> Result<Duration> {
        let read = delivery::read_log(&page.body).ok_or(Trouble::Odd("it is no list of events"));
        let next = page.next.ok_or(Trouble::Odd("it does not say where the log goes on"));
        let (pieces, next) = match read.and_then(|pieces| Ok((pieces, next?))) {
            Ok(found) => found,
            Err(odd) => return Ok(self.wait(&odd)),
        };
        self.failures = 0;
        let is_empty = pieces.is_empty();
        let found = Found { source, cursor, pieces, next };
        match app.db.unit(&ctx(app), &found, |tx, found| Box::pin(catch_up::keep(tx, found))).await {
            Ok(0) => {}
            Ok(new) => {
                tracing::info!(new, "events were read from the System Log");
                app.hooks.wake.notify_one();
            }
            // Another replica was faster, and has kept the same.
            Err(Error::Busy { why: Busy::Lock, .. }) => return Ok(IDLE),
            Err(error) => return Err(error),
        }
        Ok(if is_empty { page.pause.max(IDLE) } else { page.pause })
    }

    async fn put_off(&mut self, app: &App, source: &str, cursor: Option<Cursor>, trouble: Trouble) -> Result<Duration> {
        match (trouble, cursor.filter(|cursor| !cursor.position.is_empty())) {
            (Trouble::Limited(wait), _) => Ok(wait + jitter(wait)),
            (Trouble::Refused { status: 400 | 404 | 410, sentence }, Some(cursor)) => {
                tracing::warn!(
                    sentence,
                    "Okta knows the place in its log no more; the log is read again from before it"
                );
                let work = (source, cursor);
                let ctx = ctx(app);
                let forget =
                    app.db.unit(&ctx, &work, |tx, (source, cursor)| Box::pin(catch_up::forget(tx, source, cursor)));
                forget.await.map(|()| Duration::ZERO)
            }
            (trouble, _) => Ok(self.wait(&trouble)),
        }
    }

    /// Notes a failure; tells how long to wait.
    fn wait(&mut self, trouble: &Trouble) -> Duration {
        let wait = FIRST_WAIT * 2_u32.pow(self.failures.min(DOUBLINGS));
        self.failures += 1;
        tracing::warn!(%trouble, failures = self.failures, "the System Log cannot be read; it is tried again");
        wait + jitter(wait)
    }
}

fn ctx(app: &App) -> Ctx {
    Ctx::job(JOB, app.clock.now())
}

/// Where the log goes on. A place of another org's is none.
fn place(okta: &Client, cursor: Option<&Cursor>, app: &App) -> String {
    match cursor {
        Some(cursor) if okta.org.owns(&cursor.position) => cursor.position.clone(),
        _ => catch_up::first_url(&okta.org, cursor, app.clock.now()),
    }
}

async fn is_held(app: &App) -> Result<bool> {
    let mut view = app.db.view().await?;
    breaker::is_held(&mut view, app.breaker).await
}

fn jitter(wait: Duration) -> Duration {
    let [chance] = random_bytes::<1>();
    wait * u32::from(chance) / u32::from(u8::MAX) / JITTER
}
