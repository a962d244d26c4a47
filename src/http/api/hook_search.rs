//! What may be asked of the inbox of Okta's events, read from a query.

use std::time::Duration;

use super::fields::Fields;
use super::scim_requests::{self, plain, taken};
use crate::audit::search;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::hook::HookState;
use crate::model::words::Word;
use crate::store::Link;
use crate::store::hook_search::{self, Filter, Page, Place};

/// Later than any event can have come: where the first page begins.
const LATER: Duration = Duration::from_hours(24);

pub(in crate::http) use scim_requests::cursor;

/// What was asked for.
pub(in crate::http) struct Wish {
    /// What must hold.
    pub filter: Filter,
    /// Where the page before ended.
    pub before: Option<Place>,
}

impl Wish {
    /// Reads the filters; what is empty is not given, as forms send it.
    pub fn read(query: &mut Fields, now: Time) -> Self {
        let mut text = |field| plain(query, field);
        let [state, kind, subject] = ["state", "type", "subject"].map(&mut text);
        let [since, until, cursor] = ["since", "until", "cursor"].map(&mut text);
        let filter = Filter {
            state: taken(
                query,
                "state",
                &state,
                HookState::from_word,
                "must be one of received, applied, no_change, ignored, stale, failed, dead",
            ),
            kind,
            subject,
            since: taken(query, "since", &since, |text| search::moment(text, now), scim_requests::NO_MOMENT),
            until: taken(query, "until", &until, |text| search::moment(text, now), scim_requests::NO_MOMENT),
        };
        let before = taken(query, "cursor", &cursor, scim_requests::place, scim_requests::NO_CURSOR);
        Self { filter, before }
    }

    /// The page that was asked for.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn page(&self, link: &mut impl Link, now: Time, limit: u32) -> Result<Page> {
        let before = self.before.unwrap_or((now.plus(LATER), Id::fresh()));
        hook_search::list(link, &self.filter, before, limit as usize).await
    }
}
