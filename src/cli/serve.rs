//! `rollcall serve`: start, say how to connect Okta, serve until told to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};

use super::screen::say;
use super::{Failure, make};
use crate::access::scim_tokens::{self, Wish};
use crate::access::secret::{hex, random_bytes};
use crate::app;
use crate::config::{AppEnv, Config};
use crate::ctx::Ctx;
use crate::http::App;
use crate::http::listener::Limits;
use crate::http::metrics;
use crate::model::token::{Scope, TokenMode};
use crate::model::words::Word;
use crate::store::scim_tokens as rows;

/// Said of a server of production that goes by an address of its own machine, as it does without `PUBLIC_URL`.
const LOCAL_NAME: &str = "PUBLIC_URL is not set, or names this machine alone: the addresses told to Okta lead nowhere, and the \
     console refuses whoever opens it by another name; set it to the https address that Okta reaches";
/// The file in the data folder that holds the token made at the first start.
const TOKEN_FILE: &str = "scim-token";
/// The file beside it that holds the secret of event hooks.
const HOOK_SECRET_FILE: &str = "okta-webhook-secret";

/// Starts the server.
pub async fn run(mut config: Config) -> Result<(), Failure> {
    let db = make(&config).await?;
    let listener = app::listen("PORT", SocketAddr::new(config.host, config.port)).await?;
    let metrics = match config.metrics_addr {
        Some(address) => Some(app::listen("METRICS_ADDR", address).await?),
        None => None,
    };
    let address = listener.local_addr()?;
    let public_url = if config.port == 0 { format!("http://{address}") } else { config.public_url.clone() };
    let is_new_secret = ensure_hook_secret(&mut config)?;
    let app = app::build(db, &config, public_url).await?;
    tracing::info!(%address, public_url = app.public_url, "listening");
    if config.is_known_to_itself_alone() {
        tracing::warn!(public_url = app.public_url, "{}", LOCAL_NAME);
    }
    if config.env == AppEnv::Development {
        // Whoever does not read it finds all of it in the files.
        match introduce(&app, &config, is_new_secret).await {
            Err(failure) if !failure.is_unread() => return Err(failure),
            _ => {}
        }
    }
    let audit_kept = Duration::from_secs(u64::from(config.audit_retention_days) * 24 * 3600);
    let metrics = metrics.map(|listener| tokio::spawn(metrics::serve(Arc::clone(&app), listener)));
    app::serve(app, listener, Limits::default(), audit_kept, told_to_stop()?).await?;
    if let Some(serving) = metrics {
        serving.abort();
    }
    tracing::info!("stopped");
    Ok(())
}

/// Resolves when the process is asked to end.
pub(super) fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Says how to connect Okta, as far as a development server made that itself.
async fn introduce(app: &App, config: &Config, is_new_secret: bool) -> Result<(), Failure> {
    introduce_scim(app, config).await?;
    if is_new_secret { introduce_hooks(app, config) } else { Ok(()) }
}

/// At the first start of a development server, before there was any SCIM token: makes one and says, once, what to type
/// into Okta's form.
async fn introduce_scim(app: &App, config: &Config) -> Result<(), Failure> {
    let base = crate::http::scim::render::base(&app.public_url);
    if config.scim_bearer_token.is_some() {
        return Ok(());
    }
    let file = config.data_dir.join(TOKEN_FILE);
    if let Ok(kept) = std::fs::read_to_string(&file)
        && works(app, kept.trim()).await?
    {
        return say(&format!("SCIM connector base URL: {base}   (the token is in {})", file.display()));
    }
    if !rows::page(&mut app.db.view().await?, None, 1).await?.is_empty() {
        return say(&format!("SCIM connector base URL: {base}   ({})", no_first_token(&file)));
    }
    let token = first_token(app).await?;
    app::keep_secret(&config.data_dir, TOKEN_FILE, &token)?;
    say("\nrollcall is running. In Okta: Applications > your app > Provisioning > Integration > Edit, and enter\n")?;
    say(&format!("  SCIM connector base URL            {base}"))?;
    say("  Unique identifier field for users  userName")?;
    say("  Supported provisioning actions     Push New Users, Push Profile Updates, Push Groups")?;
    say("  Authentication Mode                HTTP Header")?;
    say(&format!("  Authorization (Bearer)             {token}"))?;
    say(&format!("\nThis is shown once. The token is kept in {} for its owner to read.\n", file.display()))
}

/// Said where tokens were made in this store, and the one of the first start is not there or works no more: what somebody
/// revoked must not come back by a restart.
fn no_first_token(file: &Path) -> String {
    let is_kept =
        if file.exists() { format!("the token in {} works no more; ", file.display()) } else { String::new() };
    format!("{is_kept}see: rollcall token list, or make another: rollcall token create")
}

/// A development server without a secret of event hooks takes the one it keeps, and makes it where there is none; tells
/// whether it did. Production has been refused without one.
fn ensure_hook_secret(config: &mut Config) -> Result<bool, Failure> {
    if !config.hook_keys.secrets.is_empty() || config.env == AppEnv::Production {
        return Ok(false);
    }
    let kept = std::fs::read_to_string(config.data_dir.join(HOOK_SECRET_FILE)).unwrap_or_default();
    let is_new = kept.trim().is_empty();
    let secret = if is_new { hex(&random_bytes::<32>()) } else { kept.trim().to_owned() };
    if is_new {
        app::keep_secret(&config.data_dir, HOOK_SECRET_FILE, &secret)?;
    }
    config.hook_keys.secrets.push(secret.into());
    Ok(is_new)
}

/// Says, once, what to type into Okta's form of an event hook.
fn introduce_hooks(app: &App, config: &Config) -> Result<(), Failure> {
    let secret = config.hook_keys.secrets.first().map_or("", |secret| secret.expose_secret());
    say("In Okta: Workflow > Event Hooks > Create Event Hook, and enter\n")?;
    say(&format!("  URL                   {}/webhooks/okta/events", app.public_url))?;
    say("  Authentication field  Authorization")?;
    say(&format!("  Authentication secret {secret}"))?;
    let file = config.data_dir.join(HOOK_SECRET_FILE);
    say(&format!("\nThis is shown once; it is kept in {}.\n", file.display()))
}

/// Whether the token kept from an earlier start still opens this store.
async fn works(app: &App, token: &str) -> Result<bool, Failure> {
    let header = format!("Bearer {token}");
    let mut view = app.db.view().await?;
    Ok(scim_tokens::check(&mut view, &app.key, Some(&header), app.clock.now()).await?.is_ok())
}

async fn first_token(app: &App) -> Result<String, Failure> {
    let wish =
        Wish { name: "first start".to_owned(), scopes: Scope::ALL.to_vec(), mode: TokenMode::Bearer, lifetime: None };
    let work = (app, wish);
    let ctx = Ctx::job("start", app.clock.now());
    let minted = app.db.unit(&ctx, &work, |tx, (app, wish)| Box::pin(scim_tokens::create(tx, &app.key, wish))).await?;
    Ok(minted.token.expose_secret().to_owned())
}
