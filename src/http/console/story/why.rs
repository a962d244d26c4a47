//! Why a story has no rows: nothing happened, and this is why.

use super::super::text::plain;
use crate::http::scim::hints::{self, Hint, Refused};
use crate::model::hook::{HookRoad, HookState};
use crate::store::hook_inbox::Kept;
use crate::store::stories::Request;

/// Why nothing happened, and what to do about it where there is anything.
pub struct Nothing {
    /// Why, in a sentence or two.
    pub why: String,
    /// What to do.
    pub next: Option<&'static str>,
}

impl Nothing {
    fn only(why: impl Into<String>) -> Self {
        Self { why: why.into(), next: None }
    }
}

/// Why a request changed nothing.
pub fn of_request(request: &Request) -> Nothing {
    let asks = ["GET", "HEAD"].contains(&request.method.as_str()) || request.path.ends_with("/.search");
    match request.status {
        400.. => of_refusal(request),
        _ if asks => Nothing::only("Nothing changed: the request only read."),
        _ if request.path.ends_with("/Bulk") => Nothing::only(
            "Nothing changed: each operation of the Bulk was refused, or found everything as it says already. What each was \
             answered stands in the answer, which is not kept.",
        ),
        _ => Nothing::only("Nothing changed: everything was so already."),
    }
}

/// Why a refusal changed nothing: what was said, and what it means.
fn of_refusal(request: &Request) -> Nothing {
    let said = request.detail.as_deref().unwrap_or_default();
    let kind = request.scim_type.as_deref();
    let refused = Refused { method: &request.method, status: request.status, kind, detail: said };
    let hint: Option<&Hint> = hints::of(&refused);
    let said = if said.is_empty() { String::new() } else { format!(" {}", plain(said)) };
    let why = match hint.filter(|hint| hint.is_usual) {
        Some(hint) => format!("Nothing changed. {}", hint.meaning),
        None => format!("Nothing changed: the request was refused with {}.{said}", request.status),
    };
    Nothing { why, next: hint.map(|hint| hint.next) }
}

/// What became of an event that changed nothing, and what to do about it. An event that was read from the log waits while
/// the breaker holds.
#[must_use]
pub fn told(state: HookState, is_held: bool) -> (&'static str, Option<&'static str>) {
    match state {
        HookState::Received | HookState::Failed if is_held => (
            "Nothing changed yet: many people lost access at once, the breaker tripped, and it holds what is read from the System Log",
            Some("Look at what happened, then let go on: rollcall breaker release."),
        ),
        HookState::Received => ("Nothing changed yet: the event waits for its turn", None),
        HookState::Applied => ("It changed something, and the rows that told of it are no longer kept", None),
        HookState::NoChange => ("Nothing changed: everything was so already", None),
        HookState::Ignored => ("Nothing changed: the event was ignored", None),
        HookState::Stale => ("Nothing changed: the event came too late, and something newer is known", None),
        HookState::Failed => ("Nothing changed yet: the event failed, and will be tried again by itself", None),
        HookState::Dead => (
            "Nothing changed: the event failed, and will not be tried again by itself",
            Some("Take away what stands in its way, then replay it from the inbox."),
        ),
    }
}

/// Why an event changed nothing.
pub fn of_event(event: &Kept, is_held: bool) -> Nothing {
    let (what, next) = told(event.state, is_held && event.road == HookRoad::Log);
    let because = event.reason.as_deref().map(|reason| format!(", because {}", plain(reason)));
    Nothing { why: format!("{what}{}.", because.unwrap_or_default()), next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::words::Word;

    #[test]
    fn every_end_of_an_event_is_told_in_words_of_its_own() {
        let mut all: Vec<&str> =
            HookState::ALL.iter().flat_map(|state| [told(*state, false).0, told(*state, true).0]).collect();
        all.sort_unstable();
        all.dedup();
        // Every state has its own; what waits has one more, while the breaker holds.
        assert_eq!(all.len(), HookState::ALL.len() + 1);
        assert!(all.iter().all(|words| !words.ends_with('.') && words.contains(' ')));
    }
}
