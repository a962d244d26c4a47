//! When the rows of a search happened: bars over its time, each a link that narrows to its span.

use super::filters::State;
use crate::audit::Severity;
use crate::audit::search::Search;
use crate::audit::search::parts::Part;
use crate::clock::Time;
use crate::store::audit_counts::Counted;

/// The most bars.
pub const MOST_BARS: i64 = 60;
/// How long a search without a beginning is shown for.
const USUAL: i64 = 7 * DAY;
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How wide a bar may be; beyond the last, whole numbers of days.
const WIDTHS: &[i64] =
    &[SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
/// The picture, in units of its own.
const HEIGHT: i64 = 72;
const STRIDE: i64 = 12;

/// The time that is shown.
pub struct Span {
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub to: Time,
    /// Whether the search says its beginning.
    pub is_said: bool,
}

/// The time of a search: its own, or the last seven days of it.
pub fn span(search: &Search, now: Time) -> Span {
    let to = search.until.map_or(now, |until| until.min(now));
    let usual = Time::from_micros(to.micros().saturating_sub(USUAL));
    Span { from: search.since.unwrap_or(usual).min(to), to, is_said: search.since.is_some() }
}

/// The picture.
pub struct Histogram {
    /// Its bars, from left to right; those in which nothing happened are left out.
    pub bars: Vec<Bar>,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// How many rows it counts.
    total: usize,
    /// What is older was not counted, RFC 3339 and as it is read.
    pub cut: Option<(String, String)>,
    /// Whether it shows the last seven days because the search does not say since when.
    pub is_usual: bool,
}

/// What happened within one span.
pub struct Bar {
    /// Its beginning, RFC 3339.
    pub at: String,
    /// Its beginning, as it is read.
    pub when: String,
    /// The search within it.
    pub href: String,
    /// How many rows, by severity: `INFO`, `WARN`, `HIGH`.
    pub counts: [usize; 3],
    /// What is drawn: the severity's word, from where, and how high.
    pub pieces: Vec<(&'static str, i64, i64)>,
    /// From where it is drawn.
    pub x: i64,
}

impl Bar {
    /// How many rows, in words.
    pub fn told(&self) -> String {
        let [info, warn, high] = self.counts;
        let grave = [("HIGH", high), ("WARN", warn)].into_iter().filter(|(_, count)| *count > 0);
        grave.fold((info + warn + high).to_string(), |told, (word, count)| format!("{told}, {word} {count}"))
    }
}

impl Histogram {
    /// How many rows it counts, in words.
    pub fn counted(&self) -> String {
        if self.total == 1 { "1 row".to_owned() } else { format!("{} rows", self.total) }
    }

    /// Puts rows into bars.
    pub fn of(state: &State, span: &Span, counted: &Counted) -> Self {
        let (from, to) = (span.from.micros(), span.to.micros());
        let width = bar_width(from, to);
        let first = from.div_euclid(width);
        let bars = usize::try_from(to.div_euclid(width) - first + 1).unwrap_or(1);
        let mut counts = vec![[0_usize; 3]; bars];
        for (at, severity) in &counted.rows {
            let place = usize::try_from(at.micros().div_euclid(width) - first).ok().and_then(|at| counts.get_mut(at));
            if let Some(bar) = place {
                bar[rank(*severity)] += 1;
            }
        }
        let highest = counts.iter().map(|bar| bar.iter().sum::<usize>()).max().unwrap_or(0).max(1);
        let filled = counts.into_iter().enumerate().filter(|(_, bar)| bar.iter().sum::<usize>() > 0);
        Self {
            bars: filled.map(|(at, counts)| bar(state, (first, width), (at, counts), highest)).collect(),
            width: i64::try_from(bars).unwrap_or(MOST_BARS) * STRIDE,
            height: HEIGHT,
            total: counted.rows.len(),
            cut: counted.cut.map(|cut| (cut.rfc3339_millis(), read(cut))),
            is_usual: !span.is_said,
        }
    }
}

fn rank(severity: Severity) -> usize {
    match severity {
        Severity::Info => 0,
        Severity::Warn => 1,
        Severity::High => 2,
    }
}

/// The least width that needs no more than [`MOST_BARS`] of them, whose edges lie on whole numbers of it.
fn bar_width(from: i64, to: i64) -> i64 {
    let fits = |width: &i64| to.div_euclid(*width) - from.div_euclid(*width) < MOST_BARS;
    let days = || (to.saturating_sub(from) / (MOST_BARS - 2) / DAY + 1) * DAY;
    WIDTHS.iter().copied().find(fits).unwrap_or_else(days)
}

fn bar(state: &State, (first, width): (i64, i64), (at, counts): (usize, [usize; 3]), highest: usize) -> Bar {
    let place = i64::try_from(at).unwrap_or(0);
    let edge = |place: i64| Time::from_micros((first + place).saturating_mul(width));
    let (begin, end) = (edge(place), edge(place + 1));
    let said = |key: &str, at: Time| Part::of(key, at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string());
    Bar {
        at: begin.rfc3339_millis(),
        when: read(begin),
        href: state.during(&[said("since", begin), said("until", end)]),
        pieces: stacked(counts, highest),
        counts,
        x: place * STRIDE,
    }
}

/// The pieces of a bar, the gravest at the foot. What is there is seen, however little it is.
fn stacked(counts: [usize; 3], highest: usize) -> Vec<(&'static str, i64, i64)> {
    let mut foot = HEIGHT;
    let mut pieces = Vec::new();
    for (word, count) in [("high", counts[2]), ("warn", counts[1]), ("info", counts[0])] {
        if count > 0 {
            let share = i64::try_from(count * 64 / highest).unwrap_or(64);
            let height = share.max(2).min(foot);
            foot -= height;
            pieces.push((word, foot, height));
        }
    }
    pieces
}

fn read(at: Time) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn there_are_never_too_many_bars_and_their_edges_stay_where_they_are() {
        let now = Time::parse("2026-11-22T22:51:41.123456Z").expect("a moment");
        for seconds in [0, 1, 59, 60, 3_600, 86_400, 7 * 86_400, 90 * 86_400, 36_500 * 86_400] {
            let (from, to) = (now.minus(Duration::from_secs(seconds)).micros(), now.micros());
            let width = bar_width(from, to);
            assert!(to.div_euclid(width) - from.div_euclid(width) < MOST_BARS, "{seconds}");
        }
        assert_eq!(bar_width(now.micros() - USUAL, now.micros()), 3 * HOUR);
    }

    #[test]
    fn one_grave_row_among_thousands_is_seen() {
        let pieces = stacked([9_999, 0, 1], 10_000);
        assert_eq!(pieces[0].0, "high");
        assert!(pieces[0].2 >= 2 && pieces[1].1 >= 0, "{pieces:?}");
    }
}
