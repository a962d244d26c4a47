//! `rollcall health`: asks a running server, so that a container needs no other tool.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::Failure;
use crate::config::Config;
use crate::error::root_cause;

/// How long a server may take: a little more than the five seconds it waits for its database before it answers 503.
const PATIENCE: Duration = Duration::from_secs(6);

/// What to ask.
#[derive(clap::Args)]
pub struct Args {
    /// The address to ask, at /health where it names no path; the configured port on this machine when left out. No answer
    /// within 6 seconds is a failure; a server whose database is away says so after 5.
    url: Option<String>,
}

/// Succeeds when the server answers that it is well. To be sent elsewhere says nothing of it.
pub async fn run(args: Args) -> Result<(), Failure> {
    let url = match args.url {
        Some(url) => address(&url)?,
        None => address(&format!("http://127.0.0.1:{}", Config::load()?.port))?,
    };
    let client = Client::builder().timeout(PATIENCE).no_proxy().redirect(Policy::none()).build();
    let asked = client.map_err(|error| away(&url, &error))?.get(url.clone()).send().await;
    let status = asked.map_err(|error| away(&url, &error))?.status();
    if status.is_success() { Ok(()) } else { Err(Failure::Other(format!("{url} answered {status}"))) }
}

/// An address as it was meant: `/health` of a bare origin.
fn address(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let mut url = url.ok_or_else(|| Failure::Usage(format!("{text} is no http or https address")))?;
    if url.path() == "/" && url.query().is_none() {
        url.set_path("/health");
    }
    Ok(url)
}

fn away(url: &Url, error: &reqwest::Error) -> Failure {
    let why = if error.is_timeout() { format!("no answer in {PATIENCE:?}") } else { root_cause(error) };
    Failure::Other(format!("{url} cannot be asked: {why}"))
}
