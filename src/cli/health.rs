//! `rollcall health`: asks a running server, so that a container needs no other tool.

use std::time::Duration;

use super::Failure;
use crate::config::Config;

/// What to ask.
#[derive(clap::Args)]
pub struct Args {
    /// The address to ask; the configured port on this machine when left out.
    url: Option<String>,
}

/// Succeeds when the server answers that it is well.
pub async fn run(args: Args) -> Result<(), Failure> {
    let url = match args.url {
        Some(url) => url,
        None => format!("http://127.0.0.1:{}/health", Config::load()?.port),
    };
    let client =
        reqwest::Client::builder().timeout(Duration::from_secs(3)).no_proxy().build().map_err(|error| said(&error))?;
    let answer = client.get(&url).send().await.map_err(|error| said(&error))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Failure::Other(format!("{url} answered {}", answer.status())))
}

fn said(error: &reqwest::Error) -> Failure {
    Failure::Other(error.to_string())
}
