//! The state of the audit page, and every link that changes it: the whole of it stands in the URL.

use crate::audit::search::parts::{Part, parts, written};
use crate::clock::Time;
use crate::http::console::html::link;
use crate::http::console::text::plain;

/// The spans that are one click away, as `since:` takes them.
const RANGES: &[(&str, &str)] =
    &[("1 hour", "1h"), ("24 hours", "24h"), ("7 days", "7d"), ("30 days", "30d"), ("90 days", "90d")];
/// What a search that finds nothing is widened to.
const WIDER: &[(&str, &str)] = &[("In the last 30 days", "30d"), ("In the last 90 days", "90d")];
/// Searches that people come for.
const CANNED: &[(&str, &str)] = &[
    ("High, last 7 days", "severity:HIGH since:7d"),
    ("Break-glass", "action:auth.break_glass.login since:90d"),
    ("Refused sign-ins", "action:auth.refused since:7d"),
    ("Deactivations", "action:user.deactivated since:30d"),
    ("What Okta did", "actor:scim_token since:24h"),
    ("What Okta's events did", "actor:okta_hook since:24h"),
];

/// What the URL says.
pub struct State {
    /// The search as it was written.
    pub q: String,
    /// Whether the script shows times of the reader's own place.
    pub is_local: bool,
}

/// A link among several.
pub struct Choice {
    /// What is read.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether one is there already.
    pub is_on: bool,
}

/// A term of the search, which can be taken away or turned round.
pub struct Chip {
    /// The term as it is written.
    pub text: String,
    /// The search without it.
    pub without: String,
    /// The search with it turned round, where it can be.
    pub turned: Option<String>,
}

impl State {
    /// The page with another search.
    pub fn with(&self, q: &str) -> String {
        link("/audit", &self.parameters(q))
    }

    /// The next page of this search.
    pub fn page(&self, cursor: &str) -> String {
        link("/audit", &[&self.parameters(&self.q)[..], &[("cursor", cursor)]].concat())
    }

    /// This page with times of the reader's own place, or with UTC.
    pub fn zone(&self, is_local: bool) -> String {
        Self { q: self.q.clone(), is_local }.with(&self.q)
    }

    fn parameters<'s>(&self, q: &'s str) -> Vec<(&'static str, &'s str)> {
        let q = (!q.is_empty()).then_some(("q", q));
        q.into_iter().chain(self.is_local.then_some(("tz", "local"))).collect()
    }

    fn parts(&self) -> Vec<Part> {
        parts(&self.q).unwrap_or_default()
    }

    /// The page with one term more; what is asked already is not asked twice.
    pub fn adding(&self, term: &Part) -> String {
        let mut all = self.parts();
        all.retain(|part| *part != *term && *part != term.turned());
        all.push(term.clone());
        self.with(&written(&all))
    }

    /// The page with another span of time.
    pub fn during(&self, span: &[Part]) -> String {
        let all = self.parts();
        self.with(&written(all.iter().filter(|part| !part.is_of_time()).chain(span)))
    }

    /// The search with the span that a form gives; the moment that is none, where one is.
    pub fn within(&self, from: Option<&str>, to: Option<&str>) -> Result<String, String> {
        let ends = [("since", from), ("until", to)];
        let given = ends.into_iter().filter_map(|(key, moment)| Some((key, moment.filter(|text| !text.is_empty())?)));
        let span: Result<Vec<Part>, String> =
            given.map(|(key, text)| moment(text).map(|at| Part::of(key, at)).ok_or_else(|| text.to_owned())).collect();
        let (all, span) = (self.parts(), span?);
        Ok(written(all.iter().filter(|part| !part.is_of_time()).chain(&span)))
    }

    /// The terms, one by one.
    pub fn chips(&self) -> Vec<Chip> {
        let all = self.parts();
        let but = |at: usize, instead: Option<&Part>| {
            let (before, after) = (&all[..at], &all[at + 1..]);
            self.with(&written(before.iter().chain(instead).chain(after)))
        };
        let one = |(at, part): (usize, &Part)| Chip {
            text: plain(&part.to_string()),
            without: but(at, None),
            turned: (!part.is_of_time()).then(|| but(at, Some(&part.turned()))),
        };
        all.iter().enumerate().map(one).collect()
    }

    /// The spans that are one click away.
    pub fn ranges(&self) -> Vec<Choice> {
        self.spans(RANGES, "All")
    }

    /// Longer times for a search that names one, up to all of it.
    pub fn wider(&self) -> Vec<Choice> {
        let is_timed = self.parts().iter().any(Part::is_of_time);
        self.spans(WIDER, "At any time").into_iter().filter(|choice| is_timed && !choice.is_on).collect()
    }

    /// The page in each of these spans, and at any time.
    fn spans(&self, spans: &[(&str, &str)], whole: &str) -> Vec<Choice> {
        let all = self.parts();
        let now: Vec<&Part> = all.iter().filter(|part| part.is_of_time()).collect();
        let one = |(label, span): &(&str, &str)| {
            let wish = Part::of("since", *span);
            let is_on = now == [&wish];
            Choice { label: (*label).to_owned(), href: self.during(&[wish]), is_on }
        };
        let whole = Choice { label: whole.to_owned(), href: self.during(&[]), is_on: now.is_empty() };
        spans.iter().map(one).chain([whole]).collect()
    }
}

/// A moment as a form writes it, in UTC, as a search takes it.
fn moment(text: &str) -> Option<String> {
    let whole = [format!("{text}:00Z"), format!("{text}Z"), text.to_owned()];
    let at = whole.iter().find_map(|text| Time::parse(text))?;
    Some(at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Searches that people come for.
pub fn canned(state: &State) -> Vec<Choice> {
    let one =
        |(label, q): &(&str, &str)| Choice { label: (*label).to_owned(), href: state.with(q), is_on: state.q == *q };
    CANNED.iter().map(one).collect()
}

/// A term that names somebody: what stands before the name, and the name.
pub fn term(before: &str, name: &str) -> String {
    let (negated, key) = before.strip_prefix('-').map_or((false, before), |key| (true, key));
    Part { negated, ..Part::of(key.trim_end_matches(':'), name) }.to_string()
}
