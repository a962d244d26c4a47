//! A row of the audit as it leaves the house: one JSON object, or a line of CSV that no spreadsheet runs.

use std::io;

use serde::Serialize;
use serde_json::Value;

use super::entry::Event;

/// A row of the audit, whole.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The row's id.
    pub id: String,
    /// The moment the change carries, UTC.
    pub at: String,
    /// The code of the action.
    pub action: String,
    /// `INFO`, `WARN` or `HIGH`.
    pub severity: &'static str,
    /// `success` or `failure`.
    pub outcome: &'static str,
    /// Who did it.
    pub actor: RowActor,
    /// The face it came through.
    pub source: &'static str,
    /// The person concerned.
    pub user_id: Option<String>,
    /// The team concerned.
    pub team_id: Option<String>,
    /// The row that changed.
    pub resource: RowResource,
    /// The fields that changed, as they were.
    pub before: Option<Value>,
    /// The fields that changed, as they are.
    pub after: Option<Value>,
    /// Names at the time, counts, reasons, and what ended with it.
    pub detail: Option<Value>,
    /// One id for everything of one cause.
    pub cause: String,
    /// The request's own id.
    pub request_id: String,
    /// The client's address.
    pub ip: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

/// Who did what a row tells.
#[derive(Clone, Debug, Serialize)]
pub struct RowActor {
    /// The kind of actor.
    pub kind: &'static str,
    /// The id within that kind.
    pub id: Option<String>,
    /// The name at the time.
    pub name: String,
}

/// What a row is about.
#[derive(Clone, Debug, Serialize)]
pub struct RowResource {
    /// The kind of row that changed.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which.
    pub id: Option<String>,
}

impl From<&Event> for Row {
    fn from(event: &Event) -> Self {
        use crate::model::words::Word;
        Self {
            id: event.id.to_string(),
            at: event.at.rfc3339(),
            action: event.action.clone(),
            severity: event.severity.as_str(),
            outcome: event.outcome.as_str(),
            actor: RowActor {
                kind: event.actor.kind.as_str(),
                id: event.actor.id.clone(),
                name: event.actor.name.clone(),
            },
            source: event.source.as_str(),
            user_id: event.user_id.map(|id| id.to_string()),
            team_id: event.team_id.map(|id| id.to_string()),
            resource: RowResource { kind: event.resource.clone(), id: event.resource_id.clone() },
            before: event.before.clone(),
            after: event.after.clone(),
            detail: event.detail.clone(),
            cause: event.cause.to_string(),
            request_id: event.request_id.clone(),
            ip: event.ip.map(|ip| ip.to_string()),
            user_agent: event.user_agent.clone(),
        }
    }
}

/// A row as a JSON object.
///
/// # Errors
/// A defect: every field of a row can be written.
pub fn json(event: &Event) -> serde_json::Result<Value> {
    serde_json::to_value(Row::from(event))
}

/// The columns of CSV.
pub const COLUMNS: [&str; 18] = [
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

/// A row as the cells of [`COLUMNS`]; `before`, `after` and `detail` are JSON in a cell.
#[must_use]
pub fn cells(event: &Event) -> [String; COLUMNS.len()] {
    let text = |value: Option<String>| value.unwrap_or_default();
    let json = |value: Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let row = Row::from(event);
    [
        row.id,
        row.at,
        row.action,
        row.severity.to_owned(),
        row.outcome.to_owned(),
        row.actor.kind.to_owned(),
        text(row.actor.id),
        row.actor.name,
        row.source.to_owned(),
        text(row.user_id),
        text(row.team_id),
        row.resource.kind,
        text(row.resource.id),
        json(row.before),
        json(row.after),
        json(row.detail),
        row.cause,
        row.request_id,
    ]
}

/// A line of CSV whose cells no spreadsheet takes for a formula (OWASP ASVS 1.2.10).
///
/// # Errors
/// A defect: a line in memory can always be written.
pub fn csv_line<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.into_iter().map(|cell| cell_text(cell.as_ref()))).map_err(io::Error::from)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn cell_text(cell: &str) -> String {
    // A byte order mark is swallowed by whoever reads the file, and what stands after it counts as the beginning.
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{feff}']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cell_comes_back_and_is_no_formula(cells in proptest::collection::vec("[=+\\-@\t\r\n\0\u{feff}]?.{0,12}", 2..6)) {
            let line = csv_line(&cells).expect("a line");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_slice());
            let read = reader.records().next().expect("a row").expect("CSV");
            for (cell, read) in cells.iter().zip(read.iter()) {
                let is_formula = read.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{feff}']);
                prop_assert!(!is_formula, "{read:?}");
                prop_assert!(read == cell || read.strip_prefix('\'') == Some(cell.as_str()));
            }
        }
    }
}
