//! The server of the demo: its store, its loopback port, its token.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::{Failure, make};
use crate::access::scim_tokens::{self, Wish};
use crate::access::secret::{hex, random_bytes};
use crate::app;
use crate::config::{self, Config};
use crate::ctx::Ctx;
use crate::http::App;
use crate::http::demo::DemoDoor;
use crate::http::scim::render;
use crate::model::token::{Scope, TokenMode};
use crate::model::words::Word;
use crate::store::{Db, scim_tokens as token_rows, teams, users};

const DAY: Duration = Duration::from_hours(24);
/// Longer than any demo, and so long that no page warns of its end.
const TOKEN_LIFE: Duration = Duration::from_hours(24 * 60);

/// A running server that nobody else knows of.
pub struct Stage {
    /// The service.
    pub app: App,
    /// The SCIM base URL.
    pub base: String,
    /// The token that plays Okta.
    pub token: SecretString,
    /// Where Okta delivers its event hooks.
    pub hooks: String,
    /// The secret it shows there.
    pub hook_secret: SecretString,
    /// The way into the console; shut until the play is over.
    pub door: Arc<DemoDoor>,
    /// Whether the store goes with the server.
    pub is_temporary: bool,
    token_id: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    folder: Option<TempDir>,
}

impl Stage {
    /// Starts a server on the given store, or on one that goes with it.
    pub async fn set(database_url: Option<&str>) -> Result<Self, Failure> {
        let folder = match database_url {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("rollcall-demo-").tempdir()?),
        };
        let own = folder.as_ref().map(|folder| format!("sqlite://{}/rollcall.db", folder.path().display()));
        let url = database_url.map(str::to_owned).or(own).unwrap_or_default();
        let secret = hex(&random_bytes::<32>());
        let vars = [
            ("DATABASE_URL", url),
            ("PORT", config::port().unwrap_or_else(|| "0".to_owned())),
            ("OKTA_WEBHOOK_SECRET", secret.clone()),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), value));
        let config = Config::from_vars(vars.into_iter())?;
        let db = make(&config).await?;
        refuse_inhabited(&db).await?;
        let listener = app::listen("PORT", SocketAddr::new(config.host, config.port)).await?;
        let public_url = format!("http://{}", listener.local_addr()?);
        let app = app::build(db, &config, public_url).await?;
        let (token, token_id) = mint(&app).await?;
        let (stop, stopped) = oneshot::channel();
        let told = async move {
            // Nobody left to tell is the same as being told.
            let _ = stopped.await;
        };
        let audit_kept = DAY * config.audit_retention_days;
        let door = Arc::new(DemoDoor::default());
        let serving = app::serve_demo(Arc::clone(&app), Arc::clone(&door), listener, audit_kept, told);
        let served = tokio::spawn(serving);
        let is_temporary = folder.is_some();
        let (base, hooks) = (render::base(&app.public_url), format!("{}/webhooks/okta/events", app.public_url));
        Ok(Self {
            app,
            base,
            token,
            hooks,
            hook_secret: secret.into(),
            door,
            is_temporary,
            token_id,
            stop,
            served,
            folder,
        })
    }

    /// Takes the token back: it was for this play only.
    pub async fn retire_token(&self) -> Result<(), Failure> {
        let ctx = Ctx::cli(self.app.clock.now());
        self.app.db.unit(&ctx, &self.token_id, |tx, id| Box::pin(scim_tokens::revoke(tx, id))).await?;
        Ok(())
    }

    /// Stops the server in order and removes the temporary store.
    pub async fn strike(self) -> Result<(), Failure> {
        // The server is gone already only if it failed, and then it says so below.
        let _ = self.stop.send(());
        self.served.await.map_err(std::io::Error::from)??;
        self.folder.map_or(Ok(()), TempDir::close)?;
        Ok(())
    }
}

/// The play must not mix its people with anybody's, nor end the token of a server that uses the store.
async fn refuse_inhabited(db: &Db) -> Result<(), Failure> {
    let mut tx = db.begin(&Ctx::cli(db.clock().now())).await?;
    let is_empty = users::is_empty(&mut tx).await? && teams::is_empty(&mut tx).await?;
    let is_served = !token_rows::live_from_environment(&mut tx).await?.is_empty();
    tx.rollback().await;
    match (is_empty, is_served) {
        (true, false) => Ok(()),
        (false, _) => Err(Failure::Other("the store holds people or teams; the demo plays on an empty one".to_owned())),
        (true, true) => Err(Failure::Other("a server with SCIM_BEARER_TOKEN uses this store; name another".to_owned())),
    }
}

async fn mint(app: &App) -> Result<(SecretString, String), Failure> {
    let wish = Wish {
        name: "Okta".to_owned(),
        scopes: Scope::ALL.to_vec(),
        mode: TokenMode::Bearer,
        lifetime: Some(TOKEN_LIFE),
    };
    let work = (app, wish);
    let ctx = Ctx::cli(app.clock.now());
    let minted = app.db.unit(&ctx, &work, |tx, (app, wish)| Box::pin(scim_tokens::create(tx, &app.key, wish))).await?;
    Ok((minted.token, minted.row.key_id))
}
