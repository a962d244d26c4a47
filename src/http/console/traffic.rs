//! How pages tell of what came in: moments, sizes, times taken, and bodies.

use serde_json::Value;

use super::text::block;
use crate::clock::Time;
use crate::http::api::call::Form;

/// A moment, for machines and for people.
pub struct Moment {
    /// RFC 3339, UTC.
    pub at: String,
    /// As it is read.
    pub when: String,
}

impl From<Time> for Moment {
    fn from(at: Time) -> Self {
        Self { at: at.rfc3339_millis(), when: at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string() }
    }
}

/// A value of a filter that is offered as a link.
pub struct Choice {
    /// What it is called.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether it is what is shown.
    pub is_current: bool,
}

/// No field of a page's takes more characters, so no more are given back to one.
const LONGEST_FIELD: usize = 256;

/// What a field of a form says, to be filled in again; nothing where it is not given.
#[must_use]
pub fn filled(form: &Form, name: &str) -> String {
    form.first(name).unwrap_or_default().trim().chars().take(LONGEST_FIELD).collect()
}

/// Those of these filters that are given.
pub fn given(form: &Form, names: impl IntoIterator<Item = &'static str>) -> Vec<(&'static str, &str)> {
    let value = |name| form.first(name).filter(|value| !value.is_empty()).map(|value| (name, value));
    names.into_iter().filter_map(value).collect()
}

/// How long something took, as it is read.
#[must_use]
pub fn took(micros: i64) -> String {
    match micros {
        ..1_000 => format!("{micros} µs"),
        1_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// A span, as it is read: in its largest whole unit.
#[must_use]
pub fn span(micros: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = micros / 1_000_000;
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| seconds >= *size) else { return took(micros.max(0)) };
    let count = seconds / size;
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// So many of something, as it is read.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A number of bytes, as it is read.
#[must_use]
pub fn size(bytes: i64) -> String {
    if bytes < 1_024 { format!("{bytes} B") } else { format!("{} KiB", bytes / 1_024) }
}

/// A body as it is read: JSON on many lines, anything else as it is.
#[must_use]
pub fn pretty(body: &str) -> String {
    let value: Option<Value> = serde_json::from_str(body).ok();
    let text = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    block(text.as_deref().unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_units_that_people_read() {
        assert_eq!([took(300), took(12_345), took(31_000_000)], ["300 µs", "12 ms", "31 s"]);
        assert_eq!([size(17), size(2_048)], ["17 B", "2 KiB"]);
        let of = |seconds: i64| span(seconds * 1_000_000);
        assert_eq!([of(1), of(119), of(7_200), of(200_000)], ["1 second", "1 minute", "2 hours", "2 days"]);
        assert_eq!(span(-5), "0 µs");
        assert_eq!(
            [counted(0, "event"), counted(1, "event"), counted(2, "event")],
            ["0 events", "1 event", "2 events"]
        );
    }

    #[test]
    fn a_field_is_given_back_as_long_as_it_may_be() {
        let form = Form::read(format!("a=+x+&b={}", "%22".repeat(9_000)).as_bytes());
        assert_eq!([filled(&form, "a"), filled(&form, "c")], ["x", ""]);
        assert_eq!(filled(&form, "b"), "\"".repeat(LONGEST_FIELD));
    }

    #[test]
    fn a_body_is_laid_out_and_what_is_no_json_is_left() {
        assert_eq!(pretty("{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(pretty("(15 bytes, not kept)"), "(15 bytes, not kept)");
    }
}
