//! `/api/audit/export`: the same rows as a stream, read a piece at a time while the client takes them.
//!
//! Between two pieces nothing is held but the place in the order: no connection, no row. When the client goes, the body
//! is dropped, and with it the piece that is being read.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use serde_json::json;

use super::audit::Asked;
use super::call::Call;
use crate::access::audit_log;
use crate::audit::{Event, render};
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::problem::Answer;
use crate::model::words::{Word, words};
use crate::store::audit_list::{self, Wanted};

/// The most rows of one export; the line after the last says so where there are more.
pub const MAX_ROWS: usize = 100_000;
/// How many rows are read at once.
const PIECE: usize = 500;

words! {
    /// How rows are written.
    Format {
        /// One JSON object a line, everything in it.
        Ndjson = "ndjson",
        /// For spreadsheets, its cells made safe to open.
        Csv = "csv",
    }
}

impl Format {
    fn media(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn head(self) -> Result<Vec<u8>> {
        match self {
            Self::Ndjson => Ok(Vec::new()),
            Self::Csv => render::csv_line(render::COLUMNS).map_err(Error::internal),
        }
    }

    fn line(self, event: &Event) -> Result<Vec<u8>> {
        match self {
            Self::Ndjson => Ok(format!("{}\n", render::json(event).map_err(Error::internal)?).into_bytes()),
            Self::Csv => render::csv_line(render::cells(event)).map_err(Error::internal),
        }
    }

    /// What stands after the last row of an export that is not the whole.
    fn cut(self) -> Result<Vec<u8>> {
        match self {
            Self::Ndjson => Ok(format!("{}\n", json!({ "truncated": true, "rows": MAX_ROWS })).into_bytes()),
            Self::Csv => {
                let mut cells = [const { String::new() }; render::COLUMNS.len()];
                cells[0] = format!("truncated after {MAX_ROWS} rows");
                render::csv_line(cells).map_err(Error::internal)
            }
        }
    }
}

/// `GET /api/audit/export`: told in the audit before the first row leaves, and ending at that moment.
pub(in crate::http) async fn export(call: Call) -> Answer {
    let mut query = call.query()?;
    let format = query.word::<Format>("format");
    let mut asked = Asked::read(&call, &mut query);
    let format = query.done(format)?;
    asked.search.until = Some(asked.search.until.map_or(call.ctx.now, |until| until.min(call.ctx.now)));
    let scope = audit_log::scope(&mut call.view().await?, call.caller()?).await?;
    // Whoever asks for the headers alone exports nothing: the body below is never read.
    if !call.is_head() {
        begin(&call, format, &asked.written).await?;
    }
    let wanted = Wanted { scope, search: asked.search, ..Wanted::default() };
    let head = Bytes::from(format.head()?);
    let rest = Rest { app: App::clone(&call.app), format, wanted, left: MAX_ROWS };
    let body = Body::new(Export { head: Some(head), step: Step::Ready(rest) });
    let name = format!("attachment; filename=\"audit.{}\"", format.as_str());
    Ok(([(CONTENT_TYPE, format.media().to_owned()), (CONTENT_DISPOSITION, name)], body).into_response())
}

async fn begin(call: &Call, format: Format, written: &str) -> Result<()> {
    let work = (call.caller()?, format, written);
    call.unit(&work, |tx, (caller, format, written)| {
        Box::pin(audit_log::begin_export(tx, caller, (format.as_str(), written)))
    })
    .await
}

/// What is still to be read.
struct Rest {
    app: App,
    format: Format,
    wanted: Wanted,
    left: usize,
}

impl Rest {
    /// The next piece, and what is left after it. A piece of a search that finds little may be long in coming and empty.
    async fn piece(mut self) -> Result<(Bytes, Option<Self>)> {
        let mut view = self.app.db.view().await?;
        let page = audit_list::list(&mut view, &self.wanted, PIECE.min(self.left)).await?;
        drop(view);
        let mut text = Vec::new();
        for event in &page.events {
            text.extend(self.format.line(event)?);
        }
        self.left -= page.events.len();
        let is_cut = self.left == 0 && page.next.is_some();
        if is_cut {
            text.extend(self.format.cut()?);
        }
        self.wanted.before = page.next;
        let is_over = is_cut || page.next.is_none();
        Ok((text.into(), (!is_over).then_some(self)))
    }
}

type Reading = Pin<Box<dyn Future<Output = Result<(Bytes, Option<Rest>)>> + Send>>;

enum Step {
    /// Nothing is read until the client has taken what was.
    Ready(Rest),
    Reading(Reading),
    Over,
}

/// The body of an export.
struct Export {
    head: Option<Bytes>,
    step: Step,
}

impl HttpBody for Export {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        loop {
            match std::mem::replace(&mut self.step, Step::Over) {
                Step::Over => return Poll::Ready(None),
                Step::Ready(rest) => self.step = Step::Reading(Box::pin(rest.piece())),
                Step::Reading(mut reading) => {
                    let Poll::Ready(read) = reading.as_mut().poll(cx) else {
                        self.step = Step::Reading(reading);
                        return Poll::Pending;
                    };
                    let (piece, rest) = match read {
                        Ok(read) => read,
                        Err(error) => {
                            tracing::warn!(%error, "an export broke off");
                            return Poll::Ready(Some(Err(error)));
                        }
                    };
                    self.step = rest.map_or(Step::Over, Step::Ready);
                    if !piece.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(piece))));
                    }
                }
            }
        }
    }
}
