//! `rollcall drift`: where the roll and Okta differ, and the repair.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::screen::say;
use super::{Failure, open};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::directory::drift::{Difference, Repair};
use crate::jobs::drift::{self, Repaired, Report};
use crate::model::connection::{Mark, Seen};
use crate::model::words::Word;
use crate::okta_client::Client;
use crate::store::{Db, connection};
use crate::telemetry::harmless;

/// What to do about drift.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Args {
    /// Repair what differs and can be repaired here.
    #[arg(long)]
    apply: bool,
    /// Repair also when more people would lose access than the breaker lets pass.
    #[arg(long, requires = "apply")]
    yes: bool,
    /// As one JSON object a line, the summary last.
    #[arg(long)]
    json: bool,
}

/// Compares, prints, and repairs when it is told to. Something that could not be compared is [`Failure::Partial`].
pub async fn run(config: &Config, args: Args) -> Result<(), Failure> {
    let Some(api) = &config.okta_api else {
        return Err(Failure::Usage("drift needs OKTA_DOMAIN and OKTA_API_TOKEN".to_owned()));
    };
    let okta = Client::new(api.org.clone(), api.token.clone()).map_err(Failure::Other)?;
    let db = open(config).await?;
    let report = drift::compare(&db, &okta, &config.okta_app_ids).await?;
    if report.not_compared.is_empty() {
        remember(&db).await?;
    }
    let ends = report.differences.iter().filter(|found| found.ends_access && found.repair.is_some());
    let ends = ends.map(|found| &found.okta_id).collect::<HashSet<_>>().len();
    let is_burst = ends > usize::try_from(config.breaker.people).unwrap_or(usize::MAX);
    let is_refused = args.apply && is_burst && !args.yes;
    let repaired = if args.apply && !is_refused {
        Some(drift::repair(&db, &report, &config.okta_app_ids, config.breaker).await?)
    } else {
        None
    };
    db.close().await;
    tell(&report, repaired.as_ref(), args.json)?;
    if is_refused {
        return Err(Failure::Other(format!(
            "{ends} people would lose access; nothing was changed. If that is meant: --yes"
        )));
    }
    if repaired.is_some_and(|repaired| repaired.held) {
        return Err(Failure::Other(
            "the breaker holds the rest: rollcall breaker show, rollcall breaker release".to_owned(),
        ));
    }
    if report.not_compared.is_empty() { Ok(()) } else { Err(Failure::Partial(report.not_compared.join("; "))) }
}

/// Remembers that all of the roll was held against Okta, for who looks at the connection.
async fn remember(db: &Db) -> Result<(), Failure> {
    let now = db.clock().now();
    let (ctx, seen) = (Ctx::cli(now), Seen { first: now, last: now });
    let noted = db.unit(&ctx, &seen, |tx, seen| Box::pin(connection::note(tx, Mark::DriftCompared, *seen)));
    Ok(noted.await?)
}

fn tell(report: &Report, repaired: Option<&Repaired>, as_json: bool) -> Result<(), Failure> {
    for (number, found) in report.differences.iter().enumerate() {
        let outcome = repaired.and_then(|repaired| repaired.outcomes.get(number).copied().flatten());
        let line = if as_json { as_object(found, outcome).to_string() } else { as_line(found, outcome) };
        say(&line)?;
    }
    let (found, done) = (report.differences.len(), repaired.map_or(0, |repaired| repaired.done));
    if as_json {
        let summary = json!({ "people": report.people, "teams": report.teams, "differences": found, "repaired": done,
            "notCompared": report.not_compared });
        return say(&summary.to_string());
    }
    let compared = format!("{} people and {} linked teams compared", report.people, report.teams);
    say(&format!("{compared}: {found} differences, {done} repaired"))
}

fn as_line(found: &Difference, outcome: Option<Repair>) -> String {
    let Difference { kind, name, okta_id, here, there, repair, .. } = found;
    let what = match (outcome, repair) {
        (Some(Repair::Done), _) => "repaired".to_owned(),
        (Some(Repair::Needless(reason)), _) => format!("not repaired: {reason}"),
        (Some(Repair::Held), _) => "held".to_owned(),
        (None, Some(_)) => "can be repaired".to_owned(),
        (None, None) => "for Okta or an admin".to_owned(),
    };
    harmless(&format!("{:<14} {name} {okta_id}  here: {here}  Okta: {there}  ({what})", kind.as_str()))
}

fn as_object(found: &Difference, outcome: Option<Repair>) -> Value {
    let outcome = outcome.map(|outcome| match outcome {
        Repair::Done => "repaired",
        Repair::Needless(reason) => reason,
        Repair::Held => "held",
    });
    json!({
        "kind": found.kind.as_str(),
        "name": found.name,
        "oktaId": found.okta_id,
        "here": found.here,
        "okta": found.there,
        "repairable": found.repair.is_some(),
        "endsAccess": found.ends_access,
        "outcome": outcome,
    })
}
