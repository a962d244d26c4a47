//! The audit as a page.

use askama::Template;

use super::events::{self, Line};
use super::frame::Frame;
use super::html::{link, show};
use crate::access::audit_log;
use crate::audit::sentence::Piece;
use crate::http::api::audit::{Wish, sealed};
use crate::http::api::call::Call;
use crate::http::problem::Answer;
use crate::store::audit_list::Page;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    /// The search as it was written.
    q: String,
    lines: Vec<Line>,
    /// Where the next page is, if there may be one.
    next: Option<String>,
}

/// `GET /audit`: the rows that match, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let wish = Wish::read(&call)?;
    let mut view = call.view().await?;
    let asked = (wish.asked.search, wish.before);
    let Page { events, next } = audit_log::list(&mut view, call.caller()?, asked, wish.limit as usize).await?;
    let lines = events::lines(&mut view, &events).await?;
    let frame = Frame::of(&call, &mut view, "/audit", "Audit").await?;
    let q = wish.asked.written;
    let cursor = next.map(|place| sealed(&call, &q, place)).transpose()?;
    let next = cursor.map(|cursor| link("/audit", &[("q", &q), ("cursor", &cursor)]));
    Ok(show(&AuditPage { frame, q, lines, next })?)
}
