//! Which page of a list is asked for, and the list that answers (RFC 7644 §3.4.2.4).

use serde::Serialize;

use super::document::{MAX_DOCUMENT_BYTES, MAX_KEY_BYTES};
use super::error::{ScimError, ScimType};
use super::schema::LIST_URN;

/// The most resources of one page.
pub const MAX_PAGE: u32 = 500;
/// The resources of a page when the client does not say how many.
pub const DEFAULT_PAGE: u32 = 100;
/// The most bytes of the resources of one page. It is refused, not cut: Okta goes on by what it asked for, not by what it got
/// (okta.md §1.6), and would take whoever it is not shown for gone.
pub const MAX_PAGE_BYTES: usize = 32 * 1024 * 1024;

// A page of the usual size is never refused for what its people are.
const _: () = assert!(DEFAULT_PAGE as usize * (MAX_DOCUMENT_BYTES + 12 * MAX_KEY_BYTES) <= MAX_PAGE_BYTES);

/// What is said of a page of more bytes.
#[must_use]
pub fn too_large() -> ScimError {
    let detail = format!(
        "count: these resources take more than {} MiB together; ask for fewer at once, people without their groups and \
         roles, groups without their members",
        MAX_PAGE_BYTES / (1024 * 1024)
    );
    ScimError::new(ScimType::TooMany, detail)
}

/// A page: where it starts, counted from one, and how many resources it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The position of its first resource, at least 1.
    pub start: u64,
    /// The most resources on it, at most `MAX_PAGE`; 0 asks for the total alone.
    pub count: u32,
}

impl Page {
    /// The nearest page there is: below the least means the least, above the most means the most.
    #[must_use]
    pub fn clamped(start: Option<i64>, count: Option<i64>) -> Self {
        let start = u64::try_from(start.unwrap_or(1)).unwrap_or(1).max(1);
        let count = count.unwrap_or(i64::from(DEFAULT_PAGE)).clamp(0, i64::from(MAX_PAGE));
        Self { start, count: u32::try_from(count).unwrap_or(MAX_PAGE) }
    }
}

/// A whole number however long; beyond 64 bits it is the largest or smallest there is.
pub(super) fn integer(name: &str, text: &str) -> Result<i64, ScimError> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ScimError::value(format!("{name} must be a whole number")));
    }
    let furthest = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(text.parse().unwrap_or(furthest))
}

/// A page of resources (RFC 7644 §3.4.2, RFC 9865 §2). Okta stops at a number that is a string, and wants `Resources` even when empty.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResponse<T> {
    schemas: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_index: Option<u64>,
    items_per_page: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    #[serde(rename = "Resources")]
    resources: Vec<T>,
}

impl<T> ListResponse<T> {
    /// A page that starts at `start` of `total` resources.
    #[must_use]
    pub fn new(total: u64, start: u64, resources: Vec<T>) -> Self {
        Self { start_index: Some(start), ..Self::by_cursor(Some(total), None, resources) }
    }

    /// A page of a walk by cursor; without a next one it is the last. The total is left out where it would have to be
    /// counted.
    #[must_use]
    pub fn by_cursor(total_results: Option<u64>, next_cursor: Option<String>, resources: Vec<T>) -> Self {
        let items_per_page = resources.len();
        Self { schemas: [LIST_URN], total_results, start_index: None, items_per_page, next_cursor, resources }
    }
}

impl ListResponse<String> {
    /// The page as JSON text, of resources that are JSON text already.
    ///
    /// # Errors
    /// Never: everything in it can be written.
    pub fn into_text(self) -> Result<String, serde_json::Error> {
        let Self { schemas, total_results, start_index, items_per_page, next_cursor, resources } = self;
        let frame = ListResponse::<()> {
            schemas,
            total_results,
            start_index,
            items_per_page,
            next_cursor,
            resources: Vec::new(),
        };
        let frame = serde_json::to_string(&frame)?;
        let (before, after) = frame.split_at(frame.len() - "]}".len());
        let mut text = String::with_capacity(frame.len() + resources.iter().map(|one| one.len() + 1).sum::<usize>());
        text.push_str(before);
        for (at, resource) in resources.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(resource);
        }
        text.push_str(after);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scim::ScimType;

    #[test]
    fn nothing_asked_is_the_first_page_of_the_usual_size() {
        assert_eq!(Page::clamped(None, None), Page { start: 1, count: DEFAULT_PAGE });
    }

    #[test]
    fn a_start_below_one_is_one() {
        for start in [0, -1, i64::MIN] {
            assert_eq!(Page::clamped(Some(start), None).start, 1, "{start}");
        }
    }

    #[test]
    fn a_count_stays_between_nothing_and_the_most() {
        for (count, expected) in [(-5, 0), (0, 0), (2, 2), (500, 500), (501, 500), (i64::MAX, MAX_PAGE)] {
            assert_eq!(Page::clamped(None, Some(count)).count, expected, "{count}");
        }
    }

    #[test]
    fn endless_digits_saturate() {
        let digits = "9".repeat(10_000);
        assert_eq!(integer("count", &digits), Ok(i64::MAX));
        assert_eq!(integer("count", &format!("-{digits}")), Ok(i64::MIN));
        assert_eq!(integer("count", " +7"), Ok(7));
    }

    #[test]
    fn what_is_no_integer_is_refused_by_the_name_of_its_parameter() {
        for text in ["", "-", "1.5", "one", "1e3", "0x10", "١"] {
            let error = integer("startIndex", text).expect_err(text);
            assert_eq!(error.kind, ScimType::InvalidValue);
            assert!(error.detail.contains("startIndex"), "{error}");
        }
    }

    #[test]
    fn an_empty_list_says_so_in_integers() {
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        });
        assert_eq!(json!(ListResponse::<Value>::new(0, 1, Vec::new())), expected);
    }

    #[test]
    fn resources_that_are_text_make_the_same_page() {
        for texts in [vec![], vec![r#"{"a":[1]}"#], vec![r#"{"a":[1]}"#, "{}"]] {
            let values: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
            let texts = texts.into_iter().map(str::to_owned).collect();
            let text = ListResponse::new(9, 3, texts).into_text().expect("text");
            assert_eq!(text, serde_json::to_string(&ListResponse::new(9, 3, values)).expect("text"));
        }
    }
}
