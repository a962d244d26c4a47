//! What a client sends, brought into the one form that is kept: canonical names, right types, nothing empty.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use chrono::DateTime;
use serde_json::{Map, Value};

use super::{MAX_DEPTH, MAX_ELEMENTS, MAX_KEY_BYTES, MAX_MEMBERS, MAX_NAME_BYTES, MAX_NAMES, MAX_TEXT_BYTES};
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, Kind, Mutability, ResourceType, Schema, names_secret};
use crate::scim::text::{excerpt, fold};

/// A registered attribute as an error sentence names it, and whether its values become index rows.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) attribute: &'static Attribute,
    name: String,
    filterable: bool,
}

impl Field {
    /// The attribute itself, with the extension's URN in front if it belongs to one.
    pub(crate) fn new(extension: Option<&'static Schema>, attribute: &'static Attribute) -> Self {
        let urn = extension.map(|schema| format!("{}:", schema.urn)).unwrap_or_default();
        Self { attribute, name: format!("{urn}{}", attribute.name), filterable: attribute.filterable }
    }

    /// One of its sub-attributes.
    pub(crate) fn sub(&self, attribute: &'static Attribute) -> Self {
        let name = format!("{}.{}", self.name, attribute.name);
        Self { attribute, name, filterable: self.filterable && attribute.filterable }
    }

    /// A refusal that names the field.
    pub(crate) fn refuse(&self, sentence: &str) -> ScimError {
        ScimError::value(format!("{} {sentence}", self.name))
    }
}

/// Whether an attribute name is taken from a body without being kept, whatever its value.
pub(crate) fn ignored(resource: &ResourceType, name: &str) -> bool {
    names_secret(name)
        || resource.find(None, name).is_some_and(|place| place.attribute.mutability == Mutability::ReadOnly)
}

/// A whole body: core attributes, extension objects, and whatever else was sent.
pub(crate) fn body(
    body: &Map<String, Value>,
    resource: &'static ResourceType,
) -> Result<Map<String, Value>, ScimError> {
    let mut names = Names::default();
    let mut shaped = Map::new();
    for (key, value) in body {
        names.claim(key)?;
        if ignored(resource, key) {
            continue;
        }
        if let Some((key, value)) = entry(key, value, resource)? {
            shaped.insert(key, value);
        }
    }
    Ok(shaped)
}

/// One top-level entry: its canonical name and shaped value, or nothing when it is empty.
fn entry(key: &str, sent: &Value, resource: &'static ResourceType) -> Result<Option<(String, Value)>, ScimError> {
    if let Some(schema) = resource.extensions.iter().find(|schema| schema.urn.eq_ignore_ascii_case(key)) {
        return Ok(extension(sent, schema)?.map(|value| (schema.urn.to_owned(), value)));
    }
    if let Some(place) = resource.find(None, key).filter(|place| place.sub.is_none()) {
        let value = value(sent, &Field::new(None, place.attribute))?;
        return Ok(value.map(|value| (place.attribute.name.to_owned(), value)));
    }
    Ok(foreign(key, sent)?.map(|value| (key.to_owned(), value)))
}

/// The object of a registered extension.
fn extension(sent: &Value, schema: &'static Schema) -> Result<Option<Value>, ScimError> {
    match sent {
        Value::Object(sent) => object(sent, |name| {
            let attribute = schema.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))?;
            Some(Field::new(Some(schema), attribute))
        }),
        sent if empty(sent) => Ok(None),
        _ => Err(ScimError::value(format!("{} must be an object", schema.urn))),
    }
}

/// An object whose registered names are shaped and whose other names are kept as sent.
fn object(sent: &Map<String, Value>, field: impl Fn(&str) -> Option<Field>) -> Result<Option<Value>, ScimError> {
    let mut names = Names::default();
    let mut shaped = Map::new();
    for (key, sent) in sent {
        names.claim(key)?;
        if names_secret(key) {
            continue;
        }
        let (key, value) = match field(key) {
            Some(field) => (field.attribute.name, value(sent, &field)?),
            None => (key.as_str(), foreign(key, sent)?),
        };
        if let Some(value) = value {
            shaped.insert(key.to_owned(), value);
        }
    }
    Ok((!shaped.is_empty()).then_some(Value::Object(shaped)))
}

/// The value of a registered attribute, or nothing when it is empty or not the client's to set.
pub(crate) fn value(sent: &Value, field: &Field) -> Result<Option<Value>, ScimError> {
    if field.attribute.mutability == Mutability::ReadOnly {
        return Ok(None);
    }
    if field.attribute.multi { list(sent, field) } else { single(sent, field) }
}

/// A list; one bare element is a list of one.
fn list(sent: &Value, field: &Field) -> Result<Option<Value>, ScimError> {
    let sent = match sent {
        Value::Array(sent) => sent.as_slice(),
        sent => std::slice::from_ref(sent),
    };
    within_limit(sent.len(), field)?;
    let mut elements = Vec::with_capacity(sent.len());
    for element in sent {
        elements.extend(single(element, field)?);
    }
    settle(&mut elements, field)?;
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// Refuses a list that is too long.
pub(crate) fn within_limit(length: usize, field: &Field) -> Result<(), ScimError> {
    let limit = if field.attribute.name == "members" { MAX_MEMBERS } else { MAX_ELEMENTS };
    if length > limit {
        return Err(field.refuse(&format!("has more than {limit} elements")));
    }
    Ok(())
}

/// Drops repeated elements and refuses a second primary one (RFC 7643 §2.4).
pub(crate) fn settle(elements: &mut Vec<Value>, field: &Field) -> Result<(), ScimError> {
    let mut seen = HashSet::new();
    let fresh: Vec<bool> = elements.iter().map(|element| seen.insert(element)).collect();
    let mut fresh = fresh.into_iter();
    elements.retain(|_| fresh.next().unwrap_or(true));
    if elements.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(field.refuse("has more than one element with primary true"));
    }
    within_limit(elements.len(), field)
}

/// Whether an element is the preferred one of its list.
pub(crate) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// One value: a whole attribute that is no list, or one element of a list.
pub(crate) fn single(sent: &Value, field: &Field) -> Result<Option<Value>, ScimError> {
    if empty(sent) {
        return Ok(None);
    }
    match field.attribute.kind {
        Kind::Complex => complex(sent, field),
        Kind::Boolean => boolean(sent, field).map(Some),
        Kind::Integer if sent.is_i64() => Ok(Some(sent.clone())),
        Kind::Integer => Err(field.refuse("must be a whole number")),
        Kind::DateTime => moment(sent, field).map(Some),
        Kind::String | Kind::Reference | Kind::Binary => text(sent, field).map(Some),
    }
}

/// The object that a list of one stands for, as Entra's documentation shows a manager; anything else as it is.
pub(crate) fn only(sent: &Value) -> &Value {
    match sent.as_array().map(Vec::as_slice) {
        Some([one @ Value::Object(_)]) => one,
        _ => sent,
    }
}

/// An object of sub-attributes; a bare string stands for `{"value": …}`, as Entra sends managers.
fn complex(sent: &Value, field: &Field) -> Result<Option<Value>, ScimError> {
    let sent = if field.attribute.multi { sent } else { only(sent) };
    match (sent, field.attribute.sub("value")) {
        (Value::Object(sent), _) => object(sent, |name| field.attribute.sub(name).map(|sub| field.sub(sub))),
        (Value::String(_), Some(sub)) => {
            let value = single(sent, &field.sub(sub))?;
            Ok(value.map(|value| Value::Object(Map::from_iter([("value".to_owned(), value)]))))
        }
        _ => Err(field.refuse("must be an object")),
    }
}

/// A boolean; Entra sends `"True"` and `"False"`.
fn boolean(sent: &Value, field: &Field) -> Result<Value, ScimError> {
    match sent {
        Value::Bool(_) => Ok(sent.clone()),
        Value::String(word) if word.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        _ => Err(field.refuse("must be true or false")),
    }
}

/// A date and time with its offset (RFC 7643 §2.3.5).
fn moment(sent: &Value, field: &Field) -> Result<Value, ScimError> {
    match sent.as_str().map(DateTime::parse_from_rfc3339) {
        Some(Ok(_)) => Ok(sent.clone()),
        _ => Err(field.refuse("must be a date and time such as 2026-01-31T09:00:00Z")),
    }
}

/// A string within its limit.
fn text(sent: &Value, field: &Field) -> Result<Value, ScimError> {
    let Value::String(text) = sent else { return Err(field.refuse("must be a string")) };
    printable(text, &field.name)?;
    if field.filterable && key(text, field.attribute).len() > MAX_KEY_BYTES {
        return Err(field.refuse(&format!("is longer than {MAX_KEY_BYTES} bytes")));
    }
    Ok(sent.clone())
}

/// The form in which a value of this attribute is compared.
pub(crate) fn key(text: &str, attribute: &Attribute) -> String {
    if attribute.case_exact { text.to_owned() } else { fold(text) }
}

/// Whether a value says no more than an absent one would (RFC 7643 §2.5).
pub(crate) fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value the registry does not know: kept exactly as sent, within limits.
fn foreign(name: &str, sent: &Value) -> Result<Option<Value>, ScimError> {
    foreign_below(0, name, sent)
}

/// The same for a value that stands so many levels inside one the registry does not know.
pub(crate) fn foreign_below(levels: usize, name: &str, sent: &Value) -> Result<Option<Value>, ScimError> {
    bounded(sent, name, MAX_DEPTH.saturating_sub(levels))?;
    let kept = without_secrets(sent);
    Ok((!empty(&kept)).then_some(kept))
}

/// A value without whatever in it is named as a secret, however deep.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(without_secrets).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| !names_secret(key));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_secrets(value))).collect())
        }
        simple => simple.clone(),
    }
}

/// Roughly how many bytes a value takes: its texts when they are written, and its objects and lists when they are held.
pub(crate) fn weight(value: &Value) -> usize {
    const AROUND: usize = 8;
    const NUMBER: usize = 24;
    const TREE: usize = 64;
    match value {
        Value::String(text) => written(text) + AROUND,
        Value::Array(elements) => elements.iter().map(weight).sum::<usize>() + TREE,
        Value::Object(members) => {
            members.iter().map(|(key, value)| written(key) + AROUND + weight(value)).sum::<usize>() + TREE
        }
        Value::Number(_) => NUMBER,
        Value::Null | Value::Bool(_) => AROUND,
    }
}

/// How many bytes a text is in JSON, but for its quotes.
fn written(text: &str) -> usize {
    /// What `\u001f` has more than the byte it stands for; `\"` has one more.
    const ESCAPED: usize = 5;
    let more = |byte: u8| match byte {
        0..0x20 => ESCAPED,
        b'"' | b'\\' => 1,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// Walks a value no deeper than allowed and checks every string and every name in it.
fn bounded(value: &Value, name: &str, depth: usize) -> Result<(), ScimError> {
    if depth == 0 {
        return Err(ScimError::value(format!("{} is nested more than {MAX_DEPTH} levels deep", excerpt(name))));
    }
    match value {
        Value::String(text) => printable(text, name),
        Value::Array(elements) => {
            few_elements(elements, name)?;
            elements.iter().try_for_each(|element| bounded(element, name, depth - 1))
        }
        Value::Object(members) => {
            few_names(members)?;
            let mut names = Names::default();
            members.iter().try_for_each(|(key, value)| {
                printable(key, name)?;
                names.claim(key)?;
                bounded(value, name, depth - 1)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Refuses what no engine stores (NUL) and what is too large for any text.
fn printable(text: &str, name: &str) -> Result<(), ScimError> {
    if text.contains('\0') {
        return Err(ScimError::value(format!("{} contains a NUL character", excerpt(name))));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(ScimError::value(format!("{} is longer than {MAX_TEXT_BYTES} bytes", excerpt(name))));
    }
    Ok(())
}

/// Refuses a list that the registry does not know with more elements than any has.
pub(crate) fn few_elements(elements: &[Value], name: &str) -> Result<(), ScimError> {
    if elements.len() > MAX_ELEMENTS {
        return Err(ScimError::value(format!("{} has more than {MAX_ELEMENTS} elements", excerpt(name))));
    }
    Ok(())
}

/// Refuses a name that is longer than any has to be.
pub(crate) fn short(name: &str) -> Result<(), ScimError> {
    if name.len() > MAX_NAME_BYTES {
        return Err(ScimError::value(format!("The name {} is longer than {MAX_NAME_BYTES} bytes", excerpt(name))));
    }
    Ok(())
}

/// Refuses an object with more names than anyone needs.
pub(crate) fn few_names(object: &Map<String, Value>) -> Result<(), ScimError> {
    if object.len() > MAX_NAMES {
        return Err(ScimError::value(format!("An object has more than {MAX_NAMES} attributes")));
    }
    Ok(())
}

/// The names one object has used so far; they are the same in any letter case (RFC 7643 §2.1).
#[derive(Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Takes a name, unless it is taken, too long, or one too many.
    pub(crate) fn claim(&mut self, name: &str) -> Result<(), ScimError> {
        printable(name, name)?;
        short(name)?;
        match self.0.entry(name.to_ascii_lowercase()) {
            Entry::Vacant(free) => free.insert(name.to_owned()),
            Entry::Occupied(taken) => {
                let how = if taken.get() == name { "" } else { " in different letter case" };
                return Err(ScimError::syntax(format!("{} is given twice{how}", excerpt(name))));
            }
        };
        if self.0.len() > MAX_NAMES {
            return Err(ScimError::value(format!("An object has more than {MAX_NAMES} attributes")));
        }
        Ok(())
    }
}
