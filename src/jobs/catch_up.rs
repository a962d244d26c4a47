//! Catching up from Okta's System Log: one replica at a time follows it, page by page, wherever Okta says it goes on.

use std::time::Duration;

use super::turns::{Turning, Turns, is_held};
use crate::directory::catch_up::{self, Cursor, Found};
use crate::error::{Busy, Error, Result};
use crate::http::App;
use crate::okta::delivery;
use crate::okta_client::{Client, Page, Trouble};
use crate::store::catch_up as store;

pub use super::turns::LEASE;

/// How long the log is left alone once there was nothing new in it.
pub const IDLE: Duration = Duration::from_secs(10);

/// One replica's reader of the log.
#[derive(Debug)]
pub struct Reader(Turns);

impl Default for Reader {
    fn default() -> Self {
        Self(Turns::of("catch-up"))
    }
}

impl Turning for Reader {
    fn turns(&self) -> &Turns {
        &self.0
    }

    /// Reads one page. While the database is away nothing is kept and the place is as it was.
    async fn turn(&mut self, app: &App) -> Result<Duration> {
        let Some(okta) = &app.okta else { return Ok(IDLE) };
        if !self.0.take(app).await? || is_held(app).await? {
            return Ok(IDLE);
        }
        let source = catch_up::source(&okta.org);
        let mut view = app.db.view().await?;
        let cursor = store::find(&mut view, &source).await?;
        drop(view);
        match okta.get(&place(okta, cursor.as_ref(), app)).await {
            Ok(page) => {
                if let Some(said_at) = page.said_at {
                    okta.note_clock(said_at, app.clock.now().micros() / 1_000_000);
                }
                self.keep(app, source, cursor, page).await
            }
            Err(trouble) => self.put_off(app, &source, cursor, trouble).await,
        }
    }
}

impl Reader {
    async fn keep(&mut self, app: &App, source: String, cursor: Option<Cursor>, page: Page) -> Result<Duration> {
        let read = delivery::read_log(&page.body).ok_or(Trouble::Odd("it is no list of events"));
        let next = page.next.ok_or(Trouble::Odd("it does not say where the log goes on"));
        let (pieces, next) = match read.and_then(|pieces| Ok((pieces, next?))) {
            Ok(found) => found,
            Err(odd) => return Ok(self.0.put_off(&odd)),
        };
        self.0.went_well();
        let is_empty = pieces.is_empty();
        let found = Found { source, cursor, pieces, next };
        match app.db.unit(&self.0.ctx(app), &found, |tx, found| Box::pin(catch_up::keep(tx, found))).await {
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
            (Trouble::Refused { status: 400 | 404 | 410, sentence }, Some(cursor)) => {
                tracing::warn!(
                    sentence,
                    "Okta knows the place in its log no more; the log is read again from before it"
                );
                let work = (source, cursor);
                let ctx = self.0.ctx(app);
                let forget =
                    app.db.unit(&ctx, &work, |tx, (source, cursor)| Box::pin(catch_up::forget(tx, source, cursor)));
                forget.await.map(|()| Duration::ZERO)
            }
            (trouble, _) => Ok(self.0.put_off(&trouble)),
        }
    }
}

/// Where the log goes on. A place of another org's is none.
fn place(okta: &Client, cursor: Option<&Cursor>, app: &App) -> String {
    match cursor {
        Some(cursor) if okta.org.owns(&cursor.position) => cursor.position.clone(),
        _ => catch_up::first_url(&okta.org, cursor, app.clock.now()),
    }
}
