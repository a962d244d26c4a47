//! `rollcall audit`: read and export the audit.

use std::io::{self, BufWriter, Write};

use serde_json::Value;

use super::screen::say;
use super::{Failure, open};
use crate::audit::render;
use crate::audit::search::Search;
use crate::audit::{Action, Entry, Event};
use crate::clock::{Clock, Time};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::audit_list::{self, Scope, Wanted};
use crate::store::{Db, Tx};
use crate::telemetry::harmless;

/// How many rows one query of an export reads.
const PAGE: usize = 500;

/// What to do with the audit.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the newest rows that match, newest first.
    List {
        #[command(flatten)]
        filters: Filters,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = at_most_a_thousand)]
        limit: usize,
        /// As one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one row whole.
    Show {
        /// Its id.
        id: String,
    },
    /// Write every row that matches to standard output, newest first.
    Export {
        #[command(flatten)]
        filters: Filters,
        /// NDJSON holds everything; CSV is for spreadsheets, its cells made safe to open.
        #[arg(long, value_enum, default_value_t = Format::Ndjson)]
        format: Format,
    },
}

fn at_most_a_thousand(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000).contains(number));
    number.ok_or_else(|| "must be from 1 to 1000".to_owned())
}

/// How an export is written.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values.
    Csv,
}

/// Which rows: every given condition must hold.
#[derive(clap::Args, Clone, Debug)]
pub struct Filters {
    /// An action's code, or a family such as `user.*`.
    #[arg(long)]
    action: Option<String>,
    /// INFO, WARN or HIGH.
    #[arg(long)]
    severity: Option<String>,
    /// A person, by id or sign-in name.
    #[arg(long)]
    user: Option<String>,
    /// A team, by id or name.
    #[arg(long)]
    team: Option<String>,
    /// A kind of resource, such as user, team or membership, or one of a kind: team/ID.
    #[arg(long)]
    resource: Option<String>,
    /// The id that ties everything of one request together.
    #[arg(long)]
    cause: Option<String>,
    /// A kind of actor, such as `scim_token` or cli, one of a kind (user/ID), or an actor's name.
    #[arg(long)]
    actor: Option<String>,
    /// The id of one request, as its answer carried it.
    #[arg(long)]
    request: Option<String>,
    /// An address, or a network such as 10.0.0.0/8.
    #[arg(long)]
    ip: Option<String>,
    /// A text anywhere in the row, whatever its letter case.
    #[arg(long)]
    text: Option<String>,
    /// The same in one line: `actor:cli -source:hook since:7d "free text"`.
    #[arg(long)]
    search: Option<String>,
    /// scim, hook, api, ui, cli or job.
    #[arg(long)]
    source: Option<String>,
    /// success or failure.
    #[arg(long)]
    outcome: Option<String>,
    /// Not before: RFC 3339, or a span such as 30m, 24h, 7d.
    #[arg(long)]
    since: Option<String>,
    /// Before: RFC 3339, or a span such as 30m, 24h, 7d.
    #[arg(long)]
    until: Option<String>,
}

impl Filters {
    fn search(&self, now: Time) -> Result<Search, Failure> {
        let mut search = Search::default();
        let given = [
            ("action", &self.action),
            ("severity", &self.severity),
            ("user", &self.user),
            ("team", &self.team),
            ("resource", &self.resource),
            ("cause", &self.cause),
            ("request", &self.request),
            ("actor", &self.actor),
            ("source", &self.source),
            ("outcome", &self.outcome),
            ("ip", &self.ip),
            ("text", &self.text),
            ("since", &self.since),
            ("until", &self.until),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                search.add(key, value, now).map_err(|problem| Failure::Usage(format!("--{problem}")))?;
            }
        }
        if let Some(text) = &self.search {
            search.add_text(text, now).map_err(|fault| Failure::Usage(format!("--search: {fault}")))?;
        }
        Ok(search)
    }
}

/// One of the words of a closed list, in whatever case.
pub(super) fn word<W: Word>(name: &str, text: Option<&str>) -> Result<Option<W>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let found = W::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text));
    let known = W::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| wrong(name, &format!("one of {known}")))
}

/// What an id of ours looks like.
pub(super) const A_UUID: &str = "a UUID, as the list shows it";

/// An id.
pub(super) fn id(name: &str, text: Option<&str>) -> Result<Option<Id>, Failure> {
    let Some(text) = text else { return Ok(None) };
    Id::parse(text).map(Some).ok_or_else(|| wrong(name, A_UUID))
}

/// What is said of an argument that cannot be.
pub(super) fn wrong(name: &str, expected: &str) -> Failure {
    Failure::Usage(format!("{name} must be {expected}"))
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let now = Clock::system().now();
    match command {
        Command::List { filters, limit, json } => {
            let search = filters.search(now)?;
            list(&open(config).await?, search, limit, json).await?;
        }
        Command::Show { id } => {
            let wanted = Id::parse(&id).ok_or_else(|| wrong("ID", A_UUID))?;
            let db = open(config).await?;
            let found = audit_list::find(&mut db.view().await?, &Scope::Everything, wanted).await?;
            let event = found.ok_or_else(|| Failure::Other("there is no audit row with this id".to_owned()))?;
            let text = serde_json::to_string_pretty(&as_json(&event)?).map_err(io::Error::from)?;
            text.lines().try_for_each(|line| say(&harmless(line)))?;
        }
        Command::Export { filters, format } => {
            let search = filters.search(now)?;
            export(&open(config).await?, search, format, &mut BufWriter::new(io::stdout())).await?;
        }
    }
    Ok(())
}

/// Lists so many rows, however many pages a search takes to find them.
async fn list(db: &Db, search: Search, limit: usize, json: bool) -> Result<(), Failure> {
    let (mut wanted, mut left) = (Wanted { search, ..Wanted::default() }, limit);
    loop {
        let page = audit_list::list(&mut db.view().await?, &wanted, left).await?;
        for event in &page.events {
            say(&if json { harmless(&as_json(event)?.to_string()) } else { as_line(event) })?;
        }
        left -= page.events.len();
        wanted.before = page.next;
        if left == 0 || page.next.is_none() {
            return Ok(());
        }
    }
}

/// Writes page by page; the export itself is told in the audit first, so that it does not contain itself by chance.
async fn export(db: &Db, mut search: Search, format: Format, out: &mut (impl Write + Send)) -> Result<(), Failure> {
    let ctx = Ctx::cli(db.clock().now());
    search.until.get_or_insert(ctx.now);
    db.unit(&ctx, &format, |tx: &mut Tx, format| {
        let name = format!("{format:?}").to_lowercase();
        Box::pin(async move {
            tx.say(Entry::service(Action::AuditExported).with("format", name));
            Ok(())
        })
    })
    .await?;
    if matches!(format, Format::Csv) {
        out.write_all(&render::csv_line(render::COLUMNS)?)?;
    }
    let mut wanted = Wanted { search, ..Wanted::default() };
    loop {
        let page = audit_list::list(&mut db.view().await?, &wanted, PAGE).await?;
        for event in &page.events {
            match format {
                Format::Ndjson => writeln!(out, "{}", harmless(&as_json(event)?.to_string()))?,
                Format::Csv => out.write_all(&render::csv_line(render::cells(event))?)?,
            }
        }
        wanted.before = page.next;
        if page.next.is_none() {
            return Ok(out.flush()?);
        }
    }
}

/// A row, whole.
pub(super) fn as_json(event: &Event) -> Result<Value, Failure> {
    Ok(render::json(event).map_err(io::Error::from)?)
}

fn as_line(event: &Event) -> String {
    let about = event.detail.as_ref().and_then(|detail| {
        let name = |key: &str| detail.get(key).and_then(Value::as_str).map(str::to_owned);
        match (name("user"), name("team")) {
            (Some(user), Some(team)) => Some(format!("{user} in {team}")),
            (_, Some(team)) => Some(team),
            _ => name("name").or_else(|| name("reason")),
        }
    });
    let line = format!(
        "{}  {}  {:<4}  {:<22}  {:<28}  {:<7}  by {} {}",
        event.id,
        &event.at.rfc3339()[..19],
        event.severity.as_str(),
        event.action,
        about.unwrap_or_default(),
        event.outcome.as_str(),
        event.actor.kind.as_str(),
        event.actor.name,
    );
    harmless(&line)
}
