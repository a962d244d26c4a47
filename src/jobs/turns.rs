//! What jobs that ask Okta's API have in common: one replica at a time does each, and waits longer after each failure.

use std::time::Duration;

use tokio::sync::watch;

use crate::access::secret::random_bytes;
use crate::ctx::Ctx;
use crate::directory::breaker;
use crate::error::Result;
use crate::http::App;
use crate::model::Id;
use crate::okta_client::Trouble;
use crate::store::catch_up as store;

/// How long a replica holds a job without a sign of life: longer than one request may take.
pub const LEASE: Duration = Duration::from_mins(2);
/// How long a job rests when the database is away.
const REST: Duration = Duration::from_secs(10);
/// The wait after the first failure in a row; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// How often it doubles.
const DOUBLINGS: u32 = 7;
/// The most that chance adds to a wait, as a part of it.
const JITTER: u32 = 4;

/// A job that does one small thing a turn: one request to Okta at most.
pub trait Turning: Send {
    /// Whose turn it is.
    fn turns(&self) -> &Turns;
    /// Does one thing, if it is this replica's turn; tells how long to wait before the next.
    fn turn(&mut self, app: &App) -> impl Future<Output = Result<Duration>> + Send;
}

/// Does turns until `stop` says so. Cut off half-way, a turn has kept nothing.
pub async fn follow(app: &App, mut job: impl Turning, mut stop: watch::Receiver<bool>) {
    if app.okta.is_none() || !app.watches {
        return;
    }
    while !*stop.borrow() {
        tokio::select! {
            () = turn_and_rest(&mut job, app) => {}
            _ = stop.changed() => {}
        }
    }
    if let Err(error) = job.turns().give_up(app).await {
        tracing::debug!(%error, job = job.turns().job, "the lease of a job ends by itself");
    }
}

async fn turn_and_rest(job: &mut impl Turning, app: &App) {
    let turned = job.turn(app).await;
    let pause = turned.unwrap_or_else(|error| {
        tracing::warn!(%error, job = job.turns().job, "a job cannot go on; it is tried again");
        REST
    });
    tokio::time::sleep(pause).await;
}

/// Whether the breaker holds what nobody has said yes to.
///
/// # Errors
/// What the engine reports.
pub async fn is_held(app: &App) -> Result<bool> {
    let mut view = app.db.view().await?;
    breaker::is_held(&mut view, app.breaker).await
}

/// One replica's claim on a job, and how often it failed in a row.
#[derive(Debug)]
pub struct Turns {
    job: &'static str,
    holder: Id,
    failures: u32,
}

impl Turns {
    /// A claim on a job, by the name that leases, the audit and the log know it by.
    #[must_use]
    pub fn of(job: &'static str) -> Self {
        Self { job, holder: Id::fresh(), failures: 0 }
    }

    /// The context of what the job does.
    #[must_use]
    pub fn ctx(&self, app: &App) -> Ctx {
        Ctx::job(self.job, app.clock.now())
    }

    /// Takes the job or renews the claim; false while it is another replica's.
    ///
    /// # Errors
    /// That the database is away.
    pub async fn take(&self, app: &App) -> Result<bool> {
        let ctx = self.ctx(app);
        let work = (self.job, self.holder, ctx.now.plus(LEASE));
        let take = app
            .db
            .unit(&ctx, &work, |tx, (job, holder, ends_at)| Box::pin(store::take_lease(tx, job, *holder, *ends_at)));
        take.await
    }

    /// Lets another replica take over at once.
    ///
    /// # Errors
    /// That the database is away.
    pub async fn give_up(&self, app: &App) -> Result<()> {
        let work = (self.job, self.holder);
        app.db.unit(&self.ctx(app), &work, |tx, (job, holder)| Box::pin(store::drop_lease(tx, job, *holder))).await
    }

    /// Notes that Okta answered.
    pub fn went_well(&mut self) {
        self.failures = 0;
    }

    /// Notes trouble; tells how long to wait: until the limit's end, or twice as long as the last time.
    pub fn put_off(&mut self, trouble: &Trouble) -> Duration {
        if let Trouble::Limited(wait) = trouble {
            return *wait + jitter(*wait);
        }
        let wait = FIRST_WAIT * 2_u32.pow(self.failures.min(DOUBLINGS));
        self.failures += 1;
        tracing::warn!(%trouble, job = self.job, failures = self.failures, "Okta cannot be read; it is tried again");
        wait + jitter(wait)
    }
}

fn jitter(wait: Duration) -> Duration {
    let [chance] = random_bytes::<1>();
    wait * u32::from(chance) / u32::from(u8::MAX) / JITTER
}
