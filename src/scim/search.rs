//! What a list is asked for: the parameters of a query (RFC 7644 §3.4.2) or the body of a `.search` (§3.4.3).

use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::list::{Page, integer};
use super::schema::SEARCH_URN;

/// The parameters, as they were sent; what they mean depends on the resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Which resources.
    pub filter: Option<String>,
    /// By what they are ordered.
    pub sort_by: Option<String>,
    /// In which direction.
    pub sort_order: Option<String>,
    /// What is shown, names joined by commas.
    pub attributes: Option<String>,
    /// What is not shown.
    pub excluded: Option<String>,
    /// Which part of the list.
    pub window: Window,
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// By position.
    Index(Page),
    /// By cursor: from the beginning when there is none yet (RFC 9865 §2).
    Cursor {
        /// The cursor of the page before.
        cursor: Option<String>,
        /// The most resources.
        count: u32,
    },
}

impl Default for Window {
    fn default() -> Self {
        Self::Index(Page::clamped(None, None))
    }
}

/// The names a search may give, in the spelling of RFC 7644 §3.4.3 and RFC 9865 §2.
pub const PARAMETERS: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

impl Search {
    /// Reads the parameters of a query.
    ///
    /// # Errors
    /// `invalidValue` naming the parameter; `invalidCount` for the count of a cursor.
    pub fn from_query<'q>(given: impl Fn(&str) -> Option<&'q str>) -> Result<Self, ScimError> {
        let number = |name: &str| given(name).map(|text| integer(name, text)).transpose();
        let owned = |name: &str| given(name).map(str::to_owned);
        Ok(Self {
            filter: owned("filter"),
            sort_by: owned("sortBy"),
            sort_order: owned("sortOrder"),
            attributes: owned("attributes"),
            excluded: owned("excludedAttributes"),
            window: window(owned("cursor"), number("startIndex"), number("count"))?,
        })
    }

    /// Reads the body of a `.search`. Names count in any letter case, null is absent, other names are passed over.
    ///
    /// # Errors
    /// `invalidSyntax` for another schema; `invalidValue` naming what has the wrong type or is given twice;
    /// `invalidCount` for the count of a cursor.
    pub fn from_body(body: &Value) -> Result<Self, ScimError> {
        let body = Body::read(body)?;
        Ok(Self {
            filter: body.text("filter")?,
            sort_by: body.text("sortBy")?,
            sort_order: body.text("sortOrder")?,
            attributes: body.names("attributes")?,
            excluded: body.names("excludedAttributes")?,
            window: window(body.text("cursor")?, body.number("startIndex"), body.number("count"))?,
        })
    }
}

type Number = Result<Option<i64>, ScimError>;

/// A position and a cursor say different things, so only one of them is taken.
fn window(cursor: Option<String>, start: Number, count: Number) -> Result<Window, ScimError> {
    let start = start?;
    let Some(cursor) = cursor else { return Ok(Window::Index(Page::clamped(start, count?))) };
    if start.is_some() {
        return Err(ScimError::value("startIndex and cursor cannot be asked for together"));
    }
    let count = count.map_err(|error| ScimError::new(ScimType::InvalidCount, error.detail))?;
    Ok(Window::Cursor { cursor: Some(cursor).filter(|text| !text.is_empty()), count: Page::clamped(None, count).count })
}

/// A body by the names of the parameters.
struct Body<'b>(Vec<(&'static str, &'b Value)>);

impl<'b> Body<'b> {
    fn read(body: &'b Value) -> Result<Self, ScimError> {
        let object = body.as_object().ok_or_else(|| ScimError::syntax("The body must be a JSON object."))?;
        check_schema(object, SEARCH_URN)?;
        let mut found: Vec<(&'static str, &Value)> = Vec::new();
        for (key, value) in object {
            let Some(name) = PARAMETERS.into_iter().find(|name| name.eq_ignore_ascii_case(key)) else { continue };
            if found.iter().any(|(known, _)| *known == name) {
                return Err(ScimError::value(format!("{name} is given twice")));
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    fn get(&self, name: &str) -> Option<&'b Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, ScimError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| ScimError::value(format!("{name} must be a string")))?;
        Ok(Some(text.to_owned()))
    }

    fn number(&self, name: &str) -> Number {
        let Some(value) = self.get(name) else { return Ok(None) };
        let whole = value.as_i64().or_else(|| value.as_u64().map(|_| i64::MAX));
        whole.map(Some).ok_or_else(|| ScimError::value(format!("{name} must be a whole number")))
    }

    /// A list of names; as many and as long as a query may have, which the projection checks.
    fn names(&self, name: &str) -> Result<Option<String>, ScimError> {
        let wrong = || ScimError::value(format!("{name} must be a list of attribute names"));
        let Some(value) = self.get(name) else { return Ok(None) };
        let texts = value.as_array().ok_or_else(wrong)?.iter().map(Value::as_str);
        let texts = texts.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        Ok(Some(texts.join(",")))
    }
}

/// Some clients leave `schemas` out; one that names something else means another request.
pub(super) fn check_schema(object: &Map<String, Value>, urn: &str) -> Result<(), ScimError> {
    let Some((_, sent)) = object.iter().find(|(key, _)| key.eq_ignore_ascii_case("schemas")) else { return Ok(()) };
    let is_this = |sent: &Value| sent.as_str().is_some_and(|sent| sent.eq_ignore_ascii_case(urn));
    if sent.as_array().is_some_and(|urns| urns.iter().any(is_this)) {
        return Ok(());
    }
    Err(ScimError::syntax(format!("schemas must name {urn}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::list::MAX_PAGE;

    #[test]
    fn a_body_and_a_query_of_the_same_parameters_ask_for_the_same() {
        let body = json!({
            "schemas": [SEARCH_URN], "FILTER": "active eq true", "sortBy": "userName", "sortOrder": "descending",
            "startIndex": 3, "count": 7, "attributes": ["id", "userName"], "excludedAttributes": null, "other": 1,
        });
        let query = |name: &str| match name {
            "filter" => Some("active eq true"),
            "sortBy" => Some("userName"),
            "sortOrder" => Some("descending"),
            "startIndex" => Some("3"),
            "count" => Some("7"),
            "attributes" => Some("id,userName"),
            _ => None,
        };
        assert_eq!(Search::from_body(&body), Search::from_query(query));
        assert_eq!(Search::from_body(&json!({})), Ok(Search::default()));
    }

    #[test]
    fn what_has_the_wrong_type_is_refused_by_name() {
        for (key, value) in [
            ("filter", json!(1)),
            ("sortBy", json!(["userName"])),
            ("sortOrder", json!(true)),
            ("startIndex", json!("1")),
            ("count", json!(1.5)),
            ("cursor", json!(7)),
            ("attributes", json!("userName")),
            ("excludedAttributes", json!([1])),
        ] {
            let refusal = Search::from_body(&json!({ key: value })).expect_err(key);
            assert_eq!(refusal.kind, ScimType::InvalidValue);
            assert!(refusal.detail.contains(key), "{refusal}");
        }
        assert!(Search::from_body(&json!({ "schemas": ["urn:x"] })).is_err());
        assert!(Search::from_body(&json!({ "filter": "a pr", "Filter": "b pr" })).is_err());
    }

    #[test]
    fn a_cursor_goes_with_a_count_and_not_with_a_position() {
        let read = |body| Search::from_body(&body).map(|search| search.window);
        let first = Window::Cursor { cursor: None, count: 100 };
        assert_eq!(read(json!({ "cursor": "" })), Ok(first));
        let second = Window::Cursor { cursor: Some("abc".to_owned()), count: MAX_PAGE };
        assert_eq!(read(json!({ "cursor": "abc", "count": 9_999 })), Ok(second));
        assert!(read(json!({ "cursor": "", "startIndex": 1 })).is_err());
        let refusal = read(json!({ "cursor": "", "count": "1" })).expect_err("no number");
        assert_eq!(refusal.kind, ScimType::InvalidCount);
    }
}
