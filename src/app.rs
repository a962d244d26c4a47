//! Composition: open the store, build the service, serve, stop in order.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore, watch};

use crate::access::jwt;
use crate::access::marks::MarkBuffer;
use crate::access::passwords::Passwords;
use crate::access::refusals::Refusals;
use crate::access::scim_tokens;
use crate::access::secret::{HashKey, hex};
use crate::access::seen::Seen;
use crate::clock::Clock;
use crate::config::{AppEnv, Config};
use crate::ctx::Ctx;
use crate::directory::okta_events;
use crate::error::{self, Error};
use crate::http::demo::{self, DemoDoor};
use crate::http::hooks::spool::Spool;
use crate::http::hooks::{Hooks, MAX_UNPROVEN};
use crate::http::listener::{self, Limits};
use crate::http::metrics::Metrics;
use crate::http::room::Room;
use crate::http::scim::anchors::Anchors;
use crate::http::scim::bulk::Budget;
use crate::http::scim::request_log::RequestLog;
use crate::http::scim::turns::Turns;
use crate::http::{App, Service, Shared, SignIn, router};
use crate::jobs::runner;
use crate::okta_client::Client;
use crate::okta_client::provider::Provider;
use crate::senders::{Channel, Senders};
use crate::store::Db;
use crate::store::dialect::Engine;
use crate::store::migrate::{self, SchemaError};

/// How long readiness is red before the server stops taking connections, so that balancers look elsewhere first.
const DRAIN_NOTICE: Duration = Duration::from_secs(1);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The schema is not one this program can work with.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The store could not be opened: where it is, and the cause.
    #[error("cannot open the database {0}: {1}")]
    Unopened(String, String),
    /// The store was opened and could not be worked with.
    #[error("the database cannot be used")]
    Store(#[source] Error),
    /// What the configuration gives cannot be used with this store.
    #[error("{0}")]
    Refused(#[source] Error),
    /// The address of this setting could not be listened on, and the cause.
    #[error("cannot listen on {1} ({0}): {2}")]
    Listen(&'static str, SocketAddr, String),
    /// A file of the data folder could not be written.
    #[error("cannot write {0}")]
    File(String, #[source] std::io::Error),
}

/// Connects and brings the schema up to date.
///
/// # Errors
/// [`StartError`]; a store with a newer schema is left as it is.
pub async fn open_store(url: &str, clock: Clock) -> Result<Db, StartError> {
    let unopened = |error: Error| StartError::Unopened(Db::place(url), error::root_cause(&error));
    let db = Db::connect(url, clock).await.map_err(unopened)?;
    migrate::run(&db).await?;
    Ok(db)
}

/// Takes the address that a setting names.
///
/// # Errors
/// [`StartError::Listen`].
pub async fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let unheard = |error| StartError::Listen(setting, address, error::plain(&error));
    TcpListener::bind(address).await.map_err(unheard)
}

/// Builds the service on an open store and makes the environment's SCIM token work.
///
/// # Errors
/// [`StartError::Store`].
pub async fn build(db: Db, config: &Config, public_url: String) -> Result<App, StartError> {
    let clock = db.clock().clone();
    let ctx = Ctx::job("start", clock.now());
    let key = HashKey::load(&db, &ctx).await.map_err(StartError::Store)?;
    adopt_token(&db, &ctx, &key, config.scim_bearer_token.as_ref()).await.map_err(StartError::Refused)?;
    let hooks = hooks(&db, config)?;
    let jwt = access_keys(config, &key, &public_url);
    Ok(Arc::new(Shared {
        db,
        clock,
        public_url,
        key,
        jwt,
        trusted_proxies: config.trusted_proxies.clone(),
        refusals: Refusals::default(),
        log: RequestLog::default(),
        anchors: Anchors::default(),
        room: Room::default(),
        answers: Room::default(),
        turns: Turns::default(),
        bulk_budget: Budget::default(),
        hooks,
        okta: okta(config)?,
        okta_apps: config.okta_app_ids.clone(),
        okta_sign_in: okta_sign_in(config)?,
        breaker: config.breaker,
        watches: true,
        seen: Seen::default(),
        marks: MarkBuffer::default(),
        senders: senders(config)?,
        sends: true,
        passwords: Passwords::default(),
        metrics: Metrics::default(),
        draining: AtomicBool::new(false),
    }))
}

/// The ways out to people. One without settings leads to the outbox page in development, and is off in production.
fn senders(config: &Config) -> Result<Senders, StartError> {
    let senders = Senders::new(&config.senders, config.env == AppEnv::Development);
    let senders = senders.map_err(|why| StartError::Refused(Error::conflict(why)))?;
    for settings in [Channel::Email, Channel::Sms, Channel::Push].into_iter().filter_map(|one| senders.missing(one)) {
        tracing::info!("not set: {settings}; nobody can prove that they are reached so");
    }
    Ok(senders)
}

/// The keys of access tokens. Development, where none is given, has one that follows from the deployment's own, so that
/// it stays the same from start to start.
fn access_keys(config: &Config, key: &HashKey, issuer: &str) -> jwt::Keys {
    if config.jwt_secrets.is_empty() {
        return jwt::Keys::new(issuer, &[hex(&key.hash("jwt", "")).into()]);
    }
    jwt::Keys::new(issuer, &config.jwt_secrets)
}

/// How many workers of the hook inbox a process has; SQLite has one writer.
fn workers(engine: Engine) -> usize {
    match engine {
        Engine::Pg => 4,
        Engine::Lite => 1,
    }
}

/// The way to Okta's API, where there is a token for it; without one what needs it is off, and says so.
fn okta(config: &Config) -> Result<Option<Client>, StartError> {
    let Some(api) = &config.okta_api else {
        tracing::info!("OKTA_API_TOKEN is not set: catching up from Okta's System Log is off");
        return Ok(None);
    };
    let client = Client::new(api.org.clone(), api.token.clone());
    client
        .map(Some)
        .map_err(|why| StartError::Refused(Error::conflict(format!("OKTA_API_TOKEN cannot be used: {why}"))))
}

/// Sign-in with Okta, where the application is named; without it break-glass accounts are the only way in.
fn okta_sign_in(config: &Config) -> Result<Option<SignIn>, StartError> {
    let Some(given) = &config.okta_sign_in else {
        tracing::info!("OKTA_CLIENT_SECRET is not set: sign-in with Okta is off, break-glass accounts work");
        return Ok(None);
    };
    let provider = Provider::new(given.client.clone());
    let provider = provider.map_err(|why| StartError::Refused(Error::conflict(format!("sign-in with Okta: {why}"))))?;
    Ok(Some(SignIn { provider, jit: given.jit, redirects: given.redirects.clone() }))
}

/// No route of the hooks is served without a secret: nothing could be believed.
fn hooks(db: &Db, config: &Config) -> Result<Hooks, StartError> {
    if config.hook_keys.secrets.is_empty() {
        return Err(StartError::Refused(Error::conflict("OKTA_WEBHOOK_SECRET is not set, and event hooks need it.")));
    }
    let open =
        |folder: &Path| Spool::open(folder).map_err(|error| StartError::File(folder.display().to_string(), error));
    Ok(Hooks {
        keys: config.hook_keys.clone(),
        spool: config.hook_spool_dir.as_deref().map(open).transpose()?,
        unproven: Semaphore::new(MAX_UNPROVEN),
        wake: Notify::new(),
        looked: Mutex::default(),
        apply: okta_events::applying(config.okta_app_ids.clone()),
        workers: workers(db.engine()),
    })
}

async fn adopt_token(db: &Db, ctx: &Ctx, key: &HashKey, token: Option<&SecretString>) -> crate::error::Result<()> {
    let work = (key, token.cloned());
    db.unit(ctx, &work, |tx, (key, token)| Box::pin(scim_tokens::adopt_environment(tx, key, token.as_ref()))).await
}

/// Serves until `stop` resolves, then stops in order: readiness red, no new connections, requests in flight finished,
/// buffers emptied, database closed.
///
/// # Errors
/// What the listener reports.
pub async fn serve(
    app: App,
    listener: TcpListener,
    limits: Limits,
    audit_kept: Duration,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let service = router(Arc::clone(&app));
    serve_router(app, service, listener, limits, audit_kept, stop).await
}

/// The same for the demo, which has a door of its own.
///
/// # Errors
/// What the listener reports.
pub async fn serve_demo(
    app: App,
    door: Arc<DemoDoor>,
    listener: TcpListener,
    audit_kept: Duration,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let service = demo::router(Arc::clone(&app), door);
    serve_router(app, service, listener, Limits::default(), audit_kept, stop).await
}

async fn serve_router(
    app: App,
    service: Service,
    listener: TcpListener,
    limits: Limits,
    audit_kept: Duration,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let (tell_jobs, jobs_stop) = watch::channel(false);
    let jobs = tokio::spawn(runner::run(Arc::clone(&app), audit_kept, jobs_stop));
    let draining = Arc::clone(&app);
    let stop = async move {
        stop.await;
        draining.draining.store(true, Ordering::SeqCst);
        tracing::info!("stopping: no longer ready, finishing requests in flight");
        tokio::time::sleep(DRAIN_NOTICE).await;
    };
    let served = listener::serve(listener, service, limits, stop).await;
    // The jobs have gone only if they panicked; then there is nobody to tell.
    let _ = tell_jobs.send(true);
    if jobs.await.is_err() {
        tracing::error!("the jobs ended badly; the last second of the request log may be missing");
    }
    app.db.close().await;
    served
}

/// The keys a development server makes for itself live here, readable by their owner alone.
///
/// # Errors
/// [`StartError::File`].
pub fn keep_secret(folder: &Path, name: &str, secret: &str) -> Result<(), StartError> {
    use std::io::Write;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let (file, fresh) = (folder.join(name), folder.join(format!(".{name}.{}", std::process::id())));
    let written = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        // A file that is there keeps its mode, or is a link to elsewhere: a new one takes its place.
        let mut handle = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        handle.write_all(secret.as_bytes())?;
        handle.write_all(b"\n")?;
        handle.sync_all()?;
        std::fs::rename(&fresh, &file)
    });
    written.map_err(|error| StartError::File(file.display().to_string(), error))
}
