//! `rollcall audit`: read and export the audit.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::Failure;
use crate::audit::{Action, Entry, Event, Outcome, Resource, Severity};
use crate::clock::Time;
use crate::config::Config;
use crate::ctx::{ActorKind, Ctx, Source};
use crate::model::Id;
use crate::model::words::Word;
use crate::store::audit::{self, Wanted};
use crate::store::{Db, Tx};
use crate::telemetry::harmless;

/// How many rows one query of an export reads.
const PAGE: i64 = 500;

/// What to do with the audit.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the newest rows that match, newest first.
    List {
        #[command(flatten)]
        filters: Filters,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
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
    /// The id of a person.
    #[arg(long)]
    user: Option<String>,
    /// The id of a team.
    #[arg(long)]
    team: Option<String>,
    /// A kind of resource: user, team, membership, `scim_token` …
    #[arg(long)]
    resource: Option<String>,
    /// The id that ties everything of one request together.
    #[arg(long)]
    cause: Option<String>,
    /// A kind of actor: `scim_token`, cli, job, nobody.
    #[arg(long)]
    actor: Option<String>,
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
    fn wanted(&self, now: Time) -> Result<Wanted, Failure> {
        Ok(Wanted {
            action: self.action.as_deref().map(action).transpose()?,
            severity: word::<Severity>("--severity", self.severity.as_deref())?,
            user: id("--user", self.user.as_deref())?,
            team: id("--team", self.team.as_deref())?,
            resource: word::<Resource>("--resource", self.resource.as_deref())?,
            cause: id("--cause", self.cause.as_deref())?,
            actor: word::<ActorKind>("--actor", self.actor.as_deref())?,
            source: word::<Source>("--source", self.source.as_deref())?,
            outcome: word::<Outcome>("--outcome", self.outcome.as_deref())?,
            since: moment("--since", self.since.as_deref(), now)?,
            until: moment("--until", self.until.as_deref(), now)?,
            before: None,
        })
    }
}

fn action(text: &str) -> Result<String, Failure> {
    let known = match text.strip_suffix(".*") {
        Some(family) => Action::ALL.iter().any(|action| action.code().starts_with(&format!("{family}."))),
        None => Action::from_word(text).is_some(),
    };
    if known {
        Ok(text.to_owned())
    } else {
        Err(wrong("--action", "a code of docs/audit.md, or a family such as user.*"))
    }
}

/// One of the words of a closed list, in whatever case.
pub(super) fn word<W: Word>(name: &str, text: Option<&str>) -> Result<Option<W>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let found = W::ALL.iter().copied().find(|word| word.as_str().eq_ignore_ascii_case(text));
    let known = W::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| wrong(name, &format!("one of {known}")))
}

/// An id.
pub(super) fn id(name: &str, text: Option<&str>) -> Result<Option<Id>, Failure> {
    let Some(text) = text else { return Ok(None) };
    Id::parse(text).map(Some).ok_or_else(|| wrong(name, "an id"))
}

fn moment(name: &str, text: Option<&str>, now: Time) -> Result<Option<Time>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let found = Time::parse(text).or_else(|| span(text).map(|span| now.minus(span)));
    found.map(Some).ok_or_else(|| wrong(name, "a time such as 2026-03-01T12:00:00Z, or a span such as 24h"))
}

fn span(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        _ => return None,
    };
    let count: u32 = text[..text.len() - 1].parse().ok()?;
    Some(Duration::from_secs(u64::from(count) * unit))
}

/// What is said of an argument that cannot be.
pub(super) fn wrong(name: &str, expected: &str) -> Failure {
    Failure::Other(format!("{name} must be {expected}"))
}

/// Runs one of them.
pub async fn run(config: &Config, command: Command) -> Result<(), Failure> {
    let db = super::open(config).await?;
    let now = db.clock().now();
    match command {
        Command::List { filters, limit, json } => {
            let events = audit::list(&mut db.view().await?, &filters.wanted(now)?, limit).await?;
            let mut out = io::stdout().lock();
            for event in &events {
                writeln!(out, "{}", if json { harmless(&as_json(event).to_string()) } else { as_line(event) })?;
            }
        }
        Command::Show { id: text } => {
            let wanted = id("the id", Some(&text))?.ok_or_else(|| wrong("the id", "an id"))?;
            let found = audit::find(&mut db.view().await?, wanted).await?;
            let event = found.ok_or_else(|| Failure::Other("there is no audit row with this id".to_owned()))?;
            let text = serde_json::to_string_pretty(&as_json(&event)).map_err(io::Error::from)?;
            let mut out = io::stdout().lock();
            text.lines().try_for_each(|line| writeln!(out, "{}", harmless(line)))?;
        }
        Command::Export { filters, format } => {
            export(&db, filters.wanted(now)?, format, &mut BufWriter::new(io::stdout())).await?;
        }
    }
    Ok(())
}

/// Writes page by page; the export itself is told in the audit first, so that it does not contain itself by chance.
async fn export(db: &Db, mut wanted: Wanted, format: Format, out: &mut (impl Write + Send)) -> Result<(), Failure> {
    let ctx = Ctx::cli(db.clock().now());
    wanted.until.get_or_insert(ctx.now);
    db.unit(&ctx, &format, |tx: &mut Tx, format| {
        let name = format!("{format:?}").to_lowercase();
        Box::pin(async move {
            tx.say(Entry::service(Action::AuditExported).with("format", name));
            Ok(())
        })
    })
    .await?;
    if matches!(format, Format::Csv) {
        out.write_all(&csv_row(COLUMNS.iter().map(|name| (*name).to_owned()))?)?;
    }
    loop {
        let page = audit::list(&mut db.view().await?, &wanted, PAGE).await?;
        for event in &page {
            match format {
                Format::Ndjson => writeln!(out, "{}", harmless(&as_json(event).to_string()))?,
                Format::Csv => out.write_all(&csv_row(cells(event))?)?,
            }
        }
        match page.last() {
            Some(last) if page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX) => {
                wanted.before = Some((last.at, last.id));
            }
            _ => break,
        }
    }
    Ok(out.flush()?)
}

/// A row, whole.
pub(super) fn as_json(event: &Event) -> Value {
    json!({
        "id": event.id.to_string(),
        "at": event.at.rfc3339(),
        "action": event.action,
        "severity": event.severity.as_str(),
        "outcome": event.outcome.as_str(),
        "actor": { "kind": event.actor.kind.as_str(), "id": event.actor.id, "name": event.actor.name },
        "source": event.source.as_str(),
        "userId": event.user_id.map(|id| id.to_string()),
        "teamId": event.team_id.map(|id| id.to_string()),
        "resource": { "type": event.resource, "id": event.resource_id },
        "before": event.before,
        "after": event.after,
        "detail": event.detail,
        "cause": event.cause.to_string(),
        "requestId": event.request_id,
        "ip": event.ip.map(|ip| ip.to_string()),
        "userAgent": event.user_agent,
    })
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
        "{}  {:<4}  {:<22}  {:<28}  {:<7}  by {} {}",
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

const COLUMNS: [&str; 18] = [
    "id",
    "at",
    "action",
    "severity",
    "outcome",
    "actor_kind",
    "actor_id",
    "actor_name",
    "source",
    "user_id",
    "team_id",
    "resource_type",
    "resource_id",
    "before",
    "after",
    "detail",
    "cause",
    "request_id",
];

fn cells(event: &Event) -> impl Iterator<Item = String> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    [
        event.id.to_string(),
        event.at.rfc3339(),
        event.action.clone(),
        event.severity.as_str().to_owned(),
        event.outcome.as_str().to_owned(),
        event.actor.kind.as_str().to_owned(),
        text(event.actor.id.clone()),
        event.actor.name.clone(),
        event.source.as_str().to_owned(),
        text(event.user_id.map(|id| id.to_string())),
        text(event.team_id.map(|id| id.to_string())),
        event.resource.clone(),
        text(event.resource_id.clone()),
        json(&event.before),
        json(&event.after),
        json(&event.detail),
        event.cause.to_string(),
        event.request_id.clone(),
    ]
    .into_iter()
}

/// A line of CSV whose cells no spreadsheet takes for a formula (OWASP ASVS 1.2.10).
fn csv_row(cells: impl Iterator<Item = String>) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.map(|cell| cell_text(&cell))).map_err(io::Error::from)?;
    writer.into_inner().map_err(|error| Failure::Io(error.into_error()))
}

fn cell_text(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_quoted() {
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x"] {
            assert!(cell_text(cell).starts_with('\''), "{cell:?}");
        }
        assert_eq!(cell_text("a=b"), "a=b");
    }

    #[test]
    fn spans_are_read_back_from_now() {
        let now = Time::from_micros(1_000_000_000_000);
        assert_eq!(moment("--since", Some("1h"), now).ok().flatten(), Some(now.minus(Duration::from_hours(1))));
        assert!(moment("--since", Some("yesterday"), now).is_err());
    }
}
