//! Reads Okta and the tables side by side, and repairs what a run found. Started by hand; nothing here runs by itself.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::clock::Time;
use crate::config::BreakerRule;
use crate::ctx::{ActorKind, Ctx, Source};
use crate::directory::drift::{self, Difference, Listed, Repair};
use crate::error::Result;
use crate::okta::listing::{self, Account, Assigned};
use crate::okta_client::{Client, Trouble};
use crate::store::drift::LinkedTeam;
use crate::store::{Db, users};

/// How many rows of a table are looked at at once.
const PAGE: i64 = 500;
/// How often a page is asked for again that did not come.
const TRIES: u32 = 5;
/// The wait before the second try; it doubles.
const WAIT: Duration = Duration::from_secs(1);
/// The statuses of accounts, in the two questions that Okta needs to list them all: it leaves the second out by itself.
const ACCOUNTS: [&[(&str, &str)]; 2] =
    [&[("limit", "200")], &[("limit", "200"), ("filter", "status eq \"DEPROVISIONED\"")]];

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Report {
    /// What differs.
    pub differences: Vec<Difference>,
    /// What was not compared, and why.
    pub not_compared: Vec<String>,
    /// How many people were held against Okta.
    pub people: usize,
    /// How many linked teams were.
    pub teams: usize,
}

/// Compares the roll with Okta; changes nothing. Okta's side is kept in memory, a few hundred bytes a person; ours is
/// read page by page.
///
/// # Errors
/// What the engine reports. What Okta does not tell is in the report.
pub async fn compare(db: &Db, okta: &Client, apps: &[String]) -> Result<Report> {
    let began = db.clock().now();
    let mut report = Report::default();
    let listed = list_people(okta, apps, began, &mut report).await;
    compare_people(db, &listed, &mut report).await?;
    compare_teams(db, okta, &listed.began, &mut report).await?;
    Ok(report)
}

async fn list_people(okta: &Client, apps: &[String], began: Time, report: &mut Report) -> Listed {
    let accounts = list_accounts(okta).await;
    let assigned = list_assigned(okta, apps).await;
    let mut kept = |what: &str, why: String| report.not_compared.push(format!("{what}: {why}"));
    let accounts = accounts.map_err(|trouble| kept("accounts", trouble.to_string())).ok();
    let assigned = match assigned {
        _ if apps.is_empty() => {
            kept("assignments", "neither OKTA_APP_IDS nor OKTA_CLIENT_ID says which app is ours".to_owned());
            None
        }
        Ok(assigned) => Some(assigned),
        Err(trouble) => {
            kept("assignments", trouble.to_string());
            None
        }
    };
    Listed { accounts, assigned, apps: apps.to_vec(), began: drift::moment(began) }
}

async fn list_accounts(okta: &Client) -> Result<HashMap<String, Account>, Trouble> {
    let mut found = HashMap::new();
    for query in ACCOUNTS {
        let pages = walk(okta, okta.org.url("users", query), listing::accounts).await?;
        found.extend(pages.into_iter().map(|account| (account.id.clone(), account)));
    }
    Ok(found)
}

async fn list_assigned(okta: &Client, apps: &[String]) -> Result<HashMap<String, Assigned>, Trouble> {
    let mut found = HashMap::new();
    for app in apps {
        let url = okta.org.url(&format!("apps/{app}/users"), &[("limit", "500")]);
        let pages = walk(okta, url, listing::assigned).await?;
        found.extend(pages.into_iter().map(|one| (one.id.clone(), one)));
    }
    Ok(found)
}

/// Everything on a list, from its first page to its last.
async fn walk<T>(okta: &Client, first: String, read: fn(&[u8]) -> Option<Vec<T>>) -> Result<Vec<T>, Trouble> {
    let (mut found, mut url) = (Vec::new(), Some(first));
    while let Some(asked) = url.take() {
        let page = ask(okta, &asked).await?;
        found.extend(read(&page.body).ok_or(Trouble::Odd("it is no such list"))?);
        tokio::time::sleep(page.pause).await;
        url = page.next.filter(|next| *next != asked);
    }
    Ok(found)
}

async fn ask(okta: &Client, url: &str) -> Result<crate::okta_client::Page, Trouble> {
    let mut wait = WAIT;
    for _ in 1..TRIES {
        match okta.get(url).await {
            Err(Trouble::Limited(until)) => tokio::time::sleep(until).await,
            Err(Trouble::Unavailable(_)) => tokio::time::sleep(wait).await,
            answer => return answer,
        }
        wait *= 2;
    }
    okta.get(url).await
}

async fn compare_people(db: &Db, listed: &Listed, report: &mut Report) -> Result<()> {
    let (mut after, mut known) = (drift::beginning(), HashSet::new());
    loop {
        let mut view = db.view().await?;
        let page = drift::people(&mut view, after, PAGE).await?;
        drop(view);
        let Some(last) = page.last() else { break };
        after = last.id;
        report.people += page.len();
        for person in page {
            report.differences.extend(listed.compare(&person));
            known.insert(person.okta_id);
        }
    }
    report.differences.extend(listed.unknown(&known));
    Ok(())
}

async fn compare_teams(db: &Db, okta: &Client, began: &str, report: &mut Report) -> Result<()> {
    let mut after = drift::beginning();
    loop {
        let mut view = db.view().await?;
        let page = drift::linked_teams(&mut view, after, PAGE).await?;
        drop(view);
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for team in page {
            match list_members(okta, &team).await {
                Ok(members) => compare_members(db, &team, members, began, report).await?,
                Err(Trouble::Refused { status: 404, .. }) => report.differences.push(drift::gone(&team, began)),
                Err(trouble) => report.not_compared.push(format!("team {}: {trouble}", team.name)),
            }
            report.teams += 1;
        }
    }
}

async fn list_members(okta: &Client, team: &LinkedTeam) -> Result<HashSet<String>, Trouble> {
    let url = okta.org.url(&format!("groups/{}/users", team.okta_group_id), &[("limit", "200")]);
    Ok(walk(okta, url, listing::members).await?.into_iter().collect())
}

async fn compare_members(
    db: &Db,
    team: &LinkedTeam,
    mut there: HashSet<String>,
    began: &str,
    report: &mut Report,
) -> Result<()> {
    let (mut after, mut view) = (drift::beginning(), db.view().await?);
    loop {
        let page = drift::members(&mut view, team.id, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.user_id;
        let extra = page.iter().filter(|member| !there.remove(&member.okta_id));
        report.differences.extend(extra.map(|member| drift::member(team, &member.okta_id, false, began)));
    }
    let mut missing: Vec<String> = there.into_iter().collect();
    missing.sort();
    for okta_id in missing {
        // Groups hold people who are not of our app, too.
        if users::bound_to(&mut view, &okta_id).await?.is_some_and(|(_, scim_id)| scim_id.is_some()) {
            report.differences.push(drift::member(team, &okta_id, true, began));
        }
    }
    Ok(())
}

/// What a run of repairs did, difference by difference.
#[derive(Debug, Default)]
pub struct Repaired {
    /// What became of each, in the order of the report; none where nothing here can repair it.
    pub outcomes: Vec<Option<Repair>>,
    /// How many changed something.
    pub done: usize,
    /// Whether the breaker stopped it.
    pub held: bool,
}

/// Repairs what a comparison found: each difference in a unit of its own, all under one cause, until the breaker holds.
/// Doing it again finds nothing to do.
///
/// # Errors
/// What the engine reports; what was repaired before stays repaired.
pub async fn repair(db: &Db, report: &Report, apps: &[String], rule: BreakerRule) -> Result<Repaired> {
    let ctx = Ctx::local(ActorKind::Cli, Source::Cli, "drift", db.clock().now());
    let mut repaired = Repaired::default();
    for found in &report.differences {
        let outcome = match &found.repair {
            Some(_) if repaired.held => Some(Repair::Held),
            Some(event) => {
                let work = (event, apps);
                let done = db.unit(&ctx, &work, |tx, (event, apps)| Box::pin(drift::repair(tx, event, apps, rule)));
                Some(done.await?)
            }
            None => None,
        };
        repaired.held |= outcome == Some(Repair::Held);
        repaired.done += usize::from(outcome == Some(Repair::Done));
        repaired.outcomes.push(outcome);
    }
    let work = (report.differences.len(), repaired.done, !report.not_compared.is_empty());
    db.unit(&ctx, &work, |tx, (found, done, partly)| {
        Box::pin(async move {
            drift::say(tx, *found, *done, *partly);
            Ok(())
        })
    })
    .await?;
    Ok(repaired)
}
