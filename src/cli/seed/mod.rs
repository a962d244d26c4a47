//! `rollcall seed`: fills a store with invented people and teams, for development and for measuring.
//!
//! Everybody comes by the same verbs as over SCIM, many to a unit of work, so that the rows, the index of values, the
//! versions and the audit are those of a real roll. `roster` invents, `progress` shows how far it is.

mod progress;
mod roster;

use super::Failure;
use crate::access::secret;
use crate::config::{AppEnv, Config};
use crate::ctx::Ctx;
use crate::directory::incoming::{Group, Person};
use crate::directory::teams::{self as team_verbs, Change};
use crate::directory::users as user_verbs;
use crate::model::Id;
use crate::scim::ScimError;
use crate::scim::etag::IfMatch;
use crate::scim::patch::MemberChange;
use crate::store::{Db, teams, users};
use progress::Progress;
use roster::Roster;

/// The most people one run makes, and the most teams.
const MAX_PEOPLE: u32 = 1_000_000;
const MAX_TEAMS: u32 = 10_000;
/// How many people, or members of a team, one unit of work takes.
const CHUNK: usize = 500;
/// How many people an ordinary team has, as far as there are that many.
const TEAM_SIZE: usize = 12;

/// How much to make.
#[derive(clap::Args)]
pub struct Args {
    /// How many people.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_PEOPLE)))]
    users: u32,
    /// How many teams of a dozen.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_TEAMS)))]
    teams: u32,
    /// One more team, of this many of the people made here.
    #[arg(long, value_name = "MEMBERS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_PEOPLE)))]
    big_team: u32,
    /// Add to a store that holds people or teams already; what is made has names of its own.
    #[arg(long)]
    add: bool,
}

/// Fills the store. Stopped half-way, what is there stays: every unit is whole.
pub async fn run(config: &Config, args: &Args) -> Result<(), Failure> {
    refuse_misuse(config, args)?;
    let db = super::make(config).await?;
    let roster = if args.add { Roster::marked(&secret::hex(&secret::random_bytes::<4>())) } else { Roster::plain() };
    if !args.add {
        refuse_inhabited(&db).await?;
    }
    let people = make_people(&db, &roster, args.users as usize).await?;
    make_teams(&db, &roster, args.teams as usize, &people).await?;
    if args.big_team > 0 {
        make_big_team(&db, &roster, &people[..args.big_team as usize]).await?;
    }
    db.close().await;
    Ok(())
}

fn refuse_misuse(config: &Config, args: &Args) -> Result<(), Failure> {
    if config.env == AppEnv::Production {
        return Err(Failure::Other("seed invents people, and APP_ENV is production: nobody was made".to_owned()));
    }
    if args.big_team > args.users {
        let why = format!("--big-team {} is more than the {} people of --users", args.big_team, args.users);
        return Err(Failure::Usage(why));
    }
    Ok(())
}

async fn refuse_inhabited(db: &Db) -> Result<(), Failure> {
    let mut view = db.view().await?;
    if users::is_empty(&mut view).await? && teams::is_empty(&mut view).await? {
        return Ok(());
    }
    Err(Failure::Other("the store holds people or teams; say --add to put invented ones among them".to_owned()))
}

/// Provisions people, a chunk to a unit; gives their SCIM ids in order.
async fn make_people(db: &Db, roster: &Roster, count: usize) -> Result<Vec<Id>, Failure> {
    let mut progress = Progress::of("people", count);
    let mut ids = Vec::with_capacity(count);
    for from in (0..count).step_by(CHUNK) {
        let numbers = from..count.min(from + CHUNK);
        let people = numbers.map(|number| Person::read(roster.person(number))).collect::<Result<Vec<_>, _>>();
        let people = people.map_err(defect)?;
        let ctx = ctx(db);
        let unit = db.unit(&ctx, &people, |tx, people| {
            Box::pin(async move {
                let mut made = Vec::with_capacity(people.len());
                for person in people {
                    made.push(user_verbs::provision(tx, person).await?.id);
                }
                Ok(made)
            })
        });
        ids.extend(unit.await?);
        progress.at(ids.len());
    }
    Ok(ids)
}

/// Makes teams of neighbours on the roster, going round when people run out.
async fn make_teams(db: &Db, roster: &Roster, count: usize, people: &[Id]) -> Result<(), Failure> {
    let mut progress = Progress::of("teams", count);
    for number in 0..count {
        let from = number * TEAM_SIZE;
        let member = |at: usize| people[(from + at) % people.len()];
        let members: Vec<Id> = (0..TEAM_SIZE.min(people.len())).map(member).collect();
        make_team(db, roster.team(&format!("Team {:05}", number + 1)), &members).await?;
        progress.at(number + 1);
    }
    Ok(())
}

/// Makes an empty team and lets its members join chunk by chunk, as Okta pushes a large group.
async fn make_big_team(db: &Db, roster: &Roster, people: &[Id]) -> Result<(), Failure> {
    let team = make_team(db, roster.team("Everybody"), &[]).await?;
    let mut progress = Progress::of("members of the big team", people.len());
    for (at, chunk) in people.chunks(CHUNK).enumerate() {
        let joining = MemberChange::Add(chunk.iter().map(Id::to_string).collect());
        let work = (team, Change { operations: Vec::new(), members: vec![joining] });
        let ctx = ctx(db);
        db.unit(&ctx, &work, |tx, (team, change)| Box::pin(team_verbs::patch(tx, *team, change, &IfMatch::Absent)))
            .await?;
        progress.at(at * CHUNK + chunk.len());
    }
    Ok(())
}

async fn make_team(db: &Db, body: serde_json::Value, members: &[Id]) -> Result<Id, Failure> {
    let mut group = Group::read(body).map_err(defect)?;
    group.members = crate::directory::incoming::Field::Given(members.iter().map(Id::to_string).collect());
    let ctx = ctx(db);
    let unit = db.unit(&ctx, &group, |tx, group| Box::pin(team_verbs::create(tx, group)));
    Ok(unit.await?.id)
}

fn ctx(db: &Db) -> Ctx {
    Ctx::cli(db.clock().now())
}

/// What is invented here is always well-formed.
fn defect(error: ScimError) -> Failure {
    Failure::Domain(error.into())
}
