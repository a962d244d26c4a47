//! How long ago, and in how long, in the words of people.

use crate::clock::Time;

/// Up to this many seconds, in this unit of so many.
const UNITS: [(i64, i64, &str); 4] =
    [(60, 1, "second"), (3_600, 60, "minute"), (2 * 86_400, 3_600, "hour"), (i64::MAX, 86_400, "day")];
/// Less than this is no time at all.
const NOW: i64 = 2;

fn seconds(from: Time, to: Time) -> i64 {
    (to.micros() - from.micros()) / 1_000_000
}

/// So many seconds, in the largest unit that says enough.
#[must_use]
pub fn span(seconds: i64) -> String {
    let unit = UNITS.iter().find(|(below, ..)| seconds < *below);
    let (_, size, name) = unit.copied().unwrap_or((i64::MAX, 86_400, "day"));
    let number = seconds / size;
    if number == 1 { format!("1 {name}") } else { format!("{number} {name}s") }
}

/// How long before `now` something was; what lies ahead, by a clock that runs before ours, is just now.
#[must_use]
pub fn ago(now: Time, then: Time) -> String {
    match seconds(then, now) {
        past if past < NOW => "just now".to_owned(),
        past => format!("{} ago", span(past)),
    }
}

/// In how long from `now` something is.
#[must_use]
pub fn ahead(now: Time, then: Time) -> String {
    match seconds(now, then) {
        left if left < NOW => "now".to_owned(),
        left => format!("in {}", span(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_people_say_them() {
        let now = Time::from_micros(1_000_000_000_000_000);
        let before = |seconds: i64| ago(now, Time::from_micros(now.micros() - seconds * 1_000_000));
        for (seconds, words) in [
            (-9, "just now"),
            (1, "just now"),
            (2, "2 seconds ago"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (3_600, "1 hour ago"),
            (86_400, "24 hours ago"),
            (2 * 86_400, "2 days ago"),
            (700 * 86_400, "700 days ago"),
        ] {
            assert_eq!(before(seconds), words);
        }
        assert_eq!(ahead(now, now.plus(std::time::Duration::from_hours(72))), "in 3 days");
    }
}
