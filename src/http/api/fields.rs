//! The fields of a body or a query, read one by one into types; every fault is told, by its field, in one answer.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use axum::http::Uri;
use serde_json::{Map, Value};

use crate::directory::incoming::Field;
use crate::error::{Error, Flaw, Result};
use crate::http::scim::body::{self, Concern};
use crate::model::Id;
use crate::model::words::Word;
use crate::scim::text::excerpt;

/// Fields not yet read, and what is wrong with those that were.
pub struct Fields {
    left: Map<String, Value>,
    is_query: bool,
    flaws: Vec<Flaw>,
}

/// How many fields that nobody knows are told by name; of the rest only how many there are.
const MOST_TOLD: usize = 20;

fn unknown(left: &Map<String, Value>) -> Vec<Flaw> {
    let told = left.keys().take(MOST_TOLD);
    let mut flaws: Vec<Flaw> =
        told.map(|name| Flaw { field: excerpt(name).into(), problem: "is not known here".into() }).collect();
    let more = left.len().saturating_sub(MOST_TOLD);
    if let Some(last) = flaws.last_mut().filter(|_| more > 0) {
        last.problem = format!("is not known here, and neither are {more} others").into();
    }
    flaws
}

impl Fields {
    /// The fields of a JSON object; nothing at all is an object without any.
    ///
    /// # Errors
    /// [`Error::Scim`] for what is no JSON object or names a key twice.
    pub fn of_body(body: &[u8]) -> Result<Self> {
        let value = if body.is_empty() { Value::Object(Map::new()) } else { body::parse(body, Concern::Person)? };
        let Value::Object(left) = value else { return Err(Error::internal("a body that is no object was taken")) };
        Ok(Self { left, is_query: false, flaws: Vec::new() })
    }

    /// The parameters of a query.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is given twice.
    pub fn of_query(uri: &Uri) -> Result<Self> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        Self::of_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The parameters of a query, or the fields of a form, already told apart.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is given twice.
    pub fn of_pairs<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Result<Self> {
        let mut left = Map::new();
        for (name, value) in pairs {
            if left.insert(name.to_owned(), value.to_owned().into()).is_some() {
                return Err(Error::invalid(excerpt(name), "is given twice"));
            }
        }
        Ok(Self { left, is_query: true, flaws: Vec::new() })
    }

    fn flaw<T>(&mut self, field: &'static str, problem: impl Into<Cow<'static, str>>) -> Option<T> {
        self.flaws.push(Flaw { field: field.into(), problem: problem.into() });
        None
    }

    /// A field that must be there.
    fn demand(&mut self, field: &'static str) -> Option<Value> {
        match self.left.remove(field) {
            None | Some(Value::Null) => self.flaw(field, "is required"),
            found => found,
        }
    }

    /// A text of so many characters, without control characters.
    pub fn text(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Option<String> {
        match self.demand(field)? {
            Value::String(text) if text.chars().any(char::is_control) => {
                self.flaw(field, "must hold no control characters")
            }
            Value::String(text) if size.contains(&text.chars().count()) => Some(text),
            Value::String(_) => self.flaw(field, format!("must be {} to {} characters long", size.start(), size.end())),
            _ => self.flaw(field, "must be a string"),
        }
    }

    /// A text as [`Self::text`], or none where it is not given.
    pub fn optional_text(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Option<String> {
        self.left.get(field).filter(|value| !value.is_null())?;
        self.text(field, size)
    }

    /// The same, or none where it is not given.
    pub fn maybe_text(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Option<String> {
        if self.left.get(field).is_none_or(Value::is_null) {
            self.left.remove(field);
            return None;
        }
        self.text(field, size)
    }

    /// The fields of an object.
    pub fn object(&mut self, field: &'static str) -> Option<Self> {
        match self.demand(field)? {
            Value::Object(left) => Some(Self { left, is_query: false, flaws: Vec::new() }),
            _ => self.flaw(field, "must be an object"),
        }
    }

    /// Whether a field is there at all.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.left.contains_key(field)
    }

    /// `true` or `false` of a query, or none where it is not given.
    pub fn query_flag(&mut self, field: &'static str) -> Option<bool> {
        let given = self.left.remove(field)?;
        let flag = given.as_str().and_then(|text| text.parse().ok());
        flag.or_else(|| self.flaw(field, "must be true or false"))
    }

    /// A text of at most so many characters that another grammar reads, or none where it is not given.
    pub fn given(&mut self, field: &'static str, most: usize) -> Option<String> {
        match self.left.remove(field).filter(|value| !value.is_null())? {
            Value::String(text) if text.chars().count() <= most => Some(text),
            _ => self.flaw(field, format!("must be a string of at most {most} characters")),
        }
    }

    /// A secret: at most so many bytes, whatever they are. How long it must be is not told here.
    pub fn secret(&mut self, field: &'static str, most: usize) -> Option<String> {
        match self.demand(field)? {
            Value::String(text) if text.len() <= most => Some(text),
            Value::String(_) => self.flaw(field, format!("must be at most {most} bytes long")),
            _ => self.flaw(field, "must be a string"),
        }
    }

    /// One word of a closed list.
    pub fn word<W: Word>(&mut self, field: &'static str) -> Option<W> {
        let found = self.demand(field)?;
        let word = found.as_str().and_then(W::from_word);
        word.or_else(|| self.flaw(field, format!("must be one of {}", known::<W>())))
    }

    /// The same, or another word where the field is not given.
    pub fn word_or<W: Word>(&mut self, field: &'static str, otherwise: W) -> Option<W> {
        if self.left.get(field).is_none_or(Value::is_null) {
            self.left.remove(field);
            return Some(otherwise);
        }
        self.word(field)
    }

    /// Words of a closed list, at least one, each once.
    pub fn words<W: Word + PartialEq>(&mut self, field: &'static str) -> Option<Vec<W>> {
        let found = self.demand(field)?;
        let read = |one: &Value| one.as_str().and_then(W::from_word);
        let words: Option<Vec<W>> = found.as_array().and_then(|list| list.iter().map(read).collect());
        let is_set = |words: &Vec<W>| words.iter().enumerate().all(|(at, word)| !words[..at].contains(word));
        let words = words.filter(|words| !words.is_empty() && is_set(words));
        words.or_else(|| self.flaw(field, format!("must be a list of some of {}, each once", known::<W>())))
    }

    /// A name that people see: a text that neither begins nor ends with a space.
    pub fn title(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Option<String> {
        let text = self.text(field, size)?;
        if text.trim() == text { Some(text) } else { self.flaw(field, "must not begin or end with a space") }
    }

    /// A text that may be given, cleared by null, or left out.
    pub fn text_or_null(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Field<String> {
        match self.left.get(field) {
            None => Field::Kept,
            Some(Value::Null) => {
                self.left.remove(field);
                Field::Cleared
            }
            Some(_) => self.text(field, size).map_or(Field::Kept, Field::Given),
        }
    }

    /// True or false, or none where it is not given.
    pub fn flag_or_none(&mut self, field: &'static str) -> Option<bool> {
        let given = self.left.remove(field).filter(|value| !value.is_null())?;
        let flag = match &given {
            Value::String(text) if self.is_query => text.parse().ok(),
            Value::Bool(flag) => Some(*flag),
            _ => None,
        };
        flag.or_else(|| self.flaw(field, "must be true or false"))
    }

    /// An id that must be there.
    pub fn demand_id(&mut self, field: &'static str) -> Option<Id> {
        let given = self.demand(field)?;
        self.left.insert(field.to_owned(), given);
        self.id(field)
    }

    /// Fields within a field, which may be given, cleared by null, or left out; faults are told by both names.
    pub fn part<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Self) -> T) -> Field<T> {
        match self.left.remove(field) {
            None => Field::Kept,
            Some(Value::Null) => Field::Cleared,
            Some(value) => self.within(field, value, read).map_or(Field::Kept, Field::Given),
        }
    }

    fn within<T>(&mut self, field: &str, value: Value, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Value::Object(left) = value else {
            self.flaws.push(Flaw { field: field.to_owned().into(), problem: "must be an object".into() });
            return None;
        };
        let mut inner = Self { left, is_query: self.is_query, flaws: Vec::new() };
        let read = read(&mut inner);
        let Err(Error::Invalid(flaws)) = inner.end() else { return Some(read) };
        let named = |flaw: Flaw| Flaw { field: format!("{field}.{}", flaw.field).into(), ..flaw };
        self.flaws.extend(flaws.into_iter().map(named));
        None
    }

    /// A whole number, or none where it is not given.
    pub fn number(&mut self, field: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let given = self.left.remove(field).filter(|value| !value.is_null())?;
        let number = match &given {
            Value::String(text) if self.is_query => text.parse().ok(),
            Value::Number(number) => number.as_u64(),
            _ => None,
        };
        let number = number.and_then(|number| u32::try_from(number).ok()).filter(|number| range.contains(number));
        number.or_else(|| self.flaw(field, format!("must be a whole number from {} to {}", range.start(), range.end())))
    }

    /// A whole number that must be there.
    pub fn count(&mut self, field: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let given = self.demand(field)?;
        self.left.insert(field.to_owned(), given);
        self.number(field, range)
    }

    /// True or false.
    pub fn flag(&mut self, field: &'static str) -> Option<bool> {
        let found = self.demand(field)?;
        found.as_bool().or_else(|| self.flaw(field, "must be true or false"))
    }

    /// A list of so many objects, each read in the same way; what is wrong in one is told with its place in the list.
    pub fn each<T>(
        &mut self,
        field: &'static str,
        size: RangeInclusive<usize>,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::Array(list) = self.demand(field)? else { return self.flaw(field, "must be a list of objects") };
        if !size.contains(&list.len()) {
            return self.flaw(field, format!("must hold {} to {} objects", size.start(), size.end()));
        }
        let one = |(at, item)| self.item(format!("{field}[{at}]"), item, &read);
        // Each is read, so that every fault is told.
        let items: Vec<Option<T>> = list.into_iter().enumerate().map(one).collect();
        items.into_iter().collect()
    }

    fn item<T>(&mut self, place: String, item: Value, read: &impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let Value::Object(left) = item else {
            self.refuse(place, "must be an object");
            return None;
        };
        let mut fields = Self { left, is_query: false, flaws: Vec::new() };
        let found = read(&mut fields);
        if let Err(Error::Invalid(flaws)) = fields.end() {
            let placed = |flaw: Flaw| Flaw { field: format!("{place}.{}", flaw.field).into(), ..flaw };
            self.flaws.extend(flaws.into_iter().map(placed));
        }
        found
    }

    /// Refuses a value that was read, for what it is beside others.
    pub fn refuse(&mut self, field: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) {
        self.flaws.push(Flaw { field: field.into(), problem: problem.into() });
    }

    /// An id, or none where it is not given.
    pub fn id(&mut self, field: &'static str) -> Option<Id> {
        let given = self.left.remove(field).filter(|value| !value.is_null())?;
        let id = given.as_str().and_then(Id::parse);
        id.or_else(|| self.flaw(field, "must be an id, as this server writes them"))
    }

    /// A list of so many ids, or none where it is not given.
    pub fn ids(&mut self, field: &'static str, size: RangeInclusive<usize>) -> Option<Vec<Id>> {
        let given = self.left.remove(field).filter(|value| !value.is_null())?;
        let list = given.as_array().filter(|list| size.contains(&list.len()));
        let ids = list.and_then(|list| list.iter().map(|one| one.as_str().and_then(Id::parse)).collect());
        ids.or_else(|| self.flaw(field, format!("must be a list of {} to {} ids", size.start(), size.end())))
    }

    /// Ends the reading: nothing may be left over.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault there is.
    pub fn end(mut self) -> Result<()> {
        self.flaws.extend(unknown(&self.left));
        if self.flaws.is_empty() { Ok(()) } else { Err(Error::Invalid(self.flaws)) }
    }

    /// The same for what was read where others may stand beside it, whose names are not ours to know.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault there is.
    pub fn enough<T>(mut self, read: Option<T>) -> Result<T> {
        self.left.clear();
        self.done(read)
    }

    /// The same for what was read of fields that must be there.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault there is.
    pub fn done<T>(self, read: Option<T>) -> Result<T> {
        self.end()?;
        read.ok_or_else(|| Error::internal("a field is missing and nothing was said of it"))
    }
}

fn known<W: Word>() -> String {
    W::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::user::PlatformRole;

    fn fields(body: &str) -> Fields {
        Fields::of_body(body.as_bytes()).expect("an object")
    }

    fn told(outcome: Result<()>) -> String {
        outcome.expect_err("a refusal").to_string()
    }

    #[test]
    fn every_fault_is_told_by_its_field_at_once() {
        let mut body = fields(r#"{"name":["x"],"role":"ROOT","days":0,"extra":1}"#);
        assert!(body.text("name", 1..=9).is_none());
        assert!(body.word::<PlatformRole>("role").is_none());
        assert!(body.number("days", 1..=9).is_none());
        assert!(body.text("gone", 1..=9).is_none());
        let told = told(body.end());
        for words in [
            "name: must be a string",
            "role: must be one of",
            "days: must be",
            "gone: is required",
            "extra: is not known",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_flood_of_unknown_fields_is_told_by_a_few_and_their_number() {
        let of = |count: usize| {
            let pairs: Vec<(String, String)> = (0..count).map(|at| (format!("x{at}"), String::new())).collect();
            let fields = Fields::of_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            told(fields.expect("fields").end())
        };
        assert!(of(MOST_TOLD).ends_with("x19: is not known here"), "{}", of(MOST_TOLD));
        let many = of(30_000);
        assert!(many.contains("x19: is not known here, and neither are 29980 others"), "{many}");
        assert!(many.len() < 2_000 && !many.contains("x20:"), "{many}");
    }

    #[test]
    fn arrays_objects_and_numbers_are_no_strings() {
        for bad in ["[]", "{}", "7", "true", "[\"a\"]", "null"] {
            let mut body = fields(&format!("{{\"name\":{bad}}}"));
            assert!(body.text("name", 0..=9).is_none(), "{bad}");
            assert!(body.end().is_err());
        }
    }

    #[test]
    fn words_are_a_set_of_the_known() {
        let read = |text: &str| {
            let mut body = fields(&format!("{{\"roles\":{text}}}"));
            let words = body.words::<PlatformRole>("roles");
            body.done(words)
        };
        assert_eq!(read(r#"["USER"]"#).expect("words"), [PlatformRole::User]);
        for bad in [r#"["USER","USER"]"#, "[]", r#""USER""#, r#"["user"]"#, "[1]"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_text_is_given_cleared_or_left_out() {
        let read = |text: &str| {
            let mut body = fields(text);
            let field = body.text_or_null("name", 1..=3);
            body.end().map(|()| field)
        };
        assert_eq!(read("{}").expect("kept"), Field::Kept);
        assert_eq!(read(r#"{"name":null}"#).expect("cleared"), Field::Cleared);
        assert_eq!(read(r#"{"name":"abc"}"#).expect("given"), Field::Given("abc".to_owned()));
        for bad in [r#"{"name":""}"#, r#"{"name":"abcd"}"#, r#"{"name":7}"#] {
            assert!(told(read(bad).map(drop)).starts_with("name: "), "{bad}");
        }
    }

    #[test]
    fn faults_of_a_part_are_told_by_both_names() {
        let mut body = fields(r#"{"wait":{"minutes":"7","other":1},"tags":[{"kind":"USER"},{"kind":"x"},7]}"#);
        let wait = body.part("wait", |wait| wait.number("minutes", 1..=9));
        let tags = body.each("tags", 0..=3, |tag| tag.word::<PlatformRole>("kind"));
        assert_eq!((wait, tags), (Field::Kept, None));
        let said = told(body.end());
        for words in
            ["wait.minutes: must be", "wait.other: is not known", "tags[1].kind: must be one", "tags[2]: must be"]
        {
            assert!(said.contains(words), "{said}");
        }
        let mut body = fields(r#"{"tags":[{},{}]}"#);
        assert!(body.each("tags", 0..=1, |tag| tag.id("id")).is_none());
        assert!(told(body.end()).contains("tags: must hold 0 to 1 objects"));
    }

    #[test]
    fn a_flag_is_a_word_in_a_query_and_none_in_a_body() {
        let mut query = Fields::of_query(&"/x?on=true&off=TRUE".parse().expect("a URI")).expect("a query");
        assert_eq!((query.flag_or_none("on"), query.flag_or_none("off")), (Some(true), None));
        assert!(told(query.end()).starts_with("off: "));
        let mut body = fields(r#"{"on":false,"off":"false"}"#);
        assert_eq!((body.flag_or_none("on"), body.flag_or_none("off")), (Some(false), None));
        assert!(told(body.end()).starts_with("off: "));
    }

    #[test]
    fn a_query_gives_numbers_as_text_and_no_name_twice() {
        let query = |text: &str| Fields::of_query(&text.parse().expect("a URI"));
        let mut fields = query("/x?limit=7").expect("a query");
        assert_eq!(fields.number("limit", 1..=9), Some(7));
        fields.end().expect("nothing is left");
        assert!(query("/x?a=1&a=2").is_err());
        assert!(told(query("/x?b=1").expect("a query").end()).contains("b: is not known"));
    }
}
