//! A resource as the client means it, in the one form that is kept: a `Document` cannot be wrong.
//!
//! Names stand in their canonical spelling, extensions are objects under their URN, nothing is null or empty, and what
//! the server computes (`schemas`, `id`, `meta`, read-only attributes) is not in it. What the registry does not know is
//! kept exactly as sent.

use serde_json::{Map, Value};

use super::error::ScimError;
use super::filter;
use super::schema::{Attribute, COMMON, Kind, Place, ResourceType, Schema};
use super::text;

pub(crate) mod shape;
pub mod stored;
#[cfg(test)]
pub(crate) mod tests;
mod unfold;

/// The most elements of a multi-valued attribute other than `members`.
pub const MAX_ELEMENTS: usize = 100;
/// The most members of a group in one request: Okta pushes whole groups, and some hold everybody.
pub const MAX_MEMBERS: usize = 100_000;
/// The longest comparison key of a value that filters may name, in bytes.
pub const MAX_KEY_BYTES: usize = 2_000;
/// The longest text anywhere else, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// How deep a value outside the registry may be nested.
pub const MAX_DEPTH: usize = 16;
/// How large the attributes of one resource may be in all, members excepted.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// The longest name of an attribute, in bytes: a URN, and a path in brackets behind it.
pub const MAX_NAME_BYTES: usize = 512;
/// The most attributes one object may have.
pub const MAX_NAMES: usize = 500;

/// Refuses attributes of more bytes than a resource may have.
pub(crate) fn demand_bounded(bytes: usize) -> Result<(), ScimError> {
    if bytes > MAX_DOCUMENT_BYTES {
        return Err(ScimError::value(format!("The attributes take more than {MAX_DOCUMENT_BYTES} bytes in all")));
    }
    Ok(())
}

/// A resource's attributes in their kept form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document(pub(crate) Map<String, Value>);

/// One value the store keeps an index row for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// The canonical dotted name, such as `emails.value`.
    pub attribute: String,
    /// The position in its list; 0 where there is no list.
    pub element: i32,
    /// The value in the form in which it is compared.
    pub key: String,
}

impl Document {
    /// Takes what a client sent into the kept form.
    ///
    /// # Errors
    /// `invalidSyntax` for a name given twice, `invalidValue` for a value of the wrong type or size.
    pub fn parse(body: &Value, resource: &'static ResourceType) -> Result<Self, ScimError> {
        match body {
            Value::Object(body) if unfold::is_folded(body, resource) => {
                Self(shape::body(&unfold::unfolded(body.clone(), resource)?, resource)?).within_bounds(resource)
            }
            Value::Object(body) => Self(shape::body(body, resource)?).within_bounds(resource),
            _ => Err(ScimError::syntax("The body must be a JSON object")),
        }
    }

    /// A whole body with everything that stands behind a URN of ours where it belongs: at the top, or in the object of
    /// its extension.
    ///
    /// # Errors
    /// `invalidSyntax` for what is given twice, `invalidValue` for an extension that is no object.
    pub fn unfold(body: Value, resource: &'static ResourceType) -> Result<Value, ScimError> {
        match body {
            Value::Object(body) if unfold::is_folded(&body, resource) => {
                unfold::unfolded(body, resource).map(Value::Object)
            }
            body => Ok(body),
        }
    }

    /// The document, unless it is larger than the store should carry with every change.
    pub(crate) fn within_bounds(self, resource: &ResourceType) -> Result<Self, ScimError> {
        let has_members = resource.find(None, "members").is_some();
        let own = self.0.iter().filter(|(key, _)| !has_members || *key != "members");
        demand_bounded(own.map(|(key, value)| key.len() + shape::weight(value)).sum())?;
        Ok(self)
    }

    /// Reads what `to_stored` wrote.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn from_stored(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The text the store keeps.
    ///
    /// # Panics
    /// Never: a JSON object has string keys and finite numbers.
    #[must_use]
    pub fn to_stored(&self) -> String {
        serde_json::to_string(&self.0).expect("a JSON object has string keys and finite numbers")
    }

    /// The attributes.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// The value of a top-level attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text of a top-level attribute.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The text of a sub-attribute, or of an extension's attribute.
    #[must_use]
    pub fn sub_text(&self, name: &str, sub: &str) -> Option<&str> {
        self.get(name)?.get(sub)?.as_str()
    }

    /// Sets a top-level attribute; an empty value removes it.
    pub fn set(&mut self, name: &str, value: Value) {
        if shape::empty(&value) {
            self.0.shift_remove(name);
        } else {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Removes a top-level attribute and returns what it was.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// The value of the primary element of a list, else of the first that has one.
    #[must_use]
    pub fn primary(&self, name: &str) -> Option<&str> {
        let elements = self.get(name)?.as_array()?;
        let value = |element: &'_ Value| element.get("value").is_some_and(Value::is_string);
        let chosen = elements.iter().find(|element| shape::is_primary(element) && value(element));
        chosen.or_else(|| elements.iter().find(|element| value(element)))?.get("value")?.as_str()
    }

    /// Refuses a document without what its schema requires; asked once everything is merged.
    ///
    /// # Errors
    /// `invalidValue` naming the attribute.
    pub fn require(&self, resource: &ResourceType) -> Result<(), ScimError> {
        let missing = resource.schema.attributes.iter().find(|row| row.required && !self.0.contains_key(row.name));
        match missing {
            Some(row) => Err(ScimError::value(format!("{} is required", row.name))),
            None => Ok(()),
        }
    }

    /// Every value that filters may name, in the order of the registry.
    #[must_use]
    pub fn leaves(&self, resource: &ResourceType) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for attribute in resource.schema.attributes.iter().chain(COMMON) {
            gather(&self.0, place(None, attribute), &mut leaves);
        }
        for schema in resource.extensions {
            let Some(Value::Object(object)) = self.0.get(schema.urn) else { continue };
            for attribute in schema.attributes {
                gather(object, place(Some(schema), attribute), &mut leaves);
            }
        }
        leaves
    }

    /// What changed between two states: only the attributes that differ, null where absent.
    ///
    /// Attributes of extensions stand under `urn:…:attribute`. Objects compare whatever their order, lists in theirs.
    #[must_use]
    pub fn diff(before: &Self, after: &Self) -> (Value, Value) {
        let (before, after) = (before.flat(), after.flat());
        let added = after.keys().filter(|key| !before.contains_key(*key));
        let changed = before.keys().chain(added).filter(|key| before.get(*key) != after.get(*key));
        let (mut was, mut is) = (Map::new(), Map::new());
        for key in changed {
            was.insert(key.clone(), before.get(key).cloned().unwrap_or_default());
            is.insert(key.clone(), after.get(key).cloned().unwrap_or_default());
        }
        (Value::Object(was), Value::Object(is))
    }

    /// The attributes by name, those of extension objects with the URN in front.
    fn flat(&self) -> Map<String, Value> {
        let mut flat = Map::new();
        for (key, value) in &self.0 {
            match value {
                Value::Object(object) if is_extension(key, value) => {
                    flat.extend(object.iter().map(|(name, value)| (format!("{key}:{name}"), value.clone())));
                }
                _ => {
                    flat.insert(key.clone(), value.clone());
                }
            }
        }
        flat
    }

    /// Makes `name.formatted` out of given and family name when there is none.
    pub fn form_name(&mut self) {
        if self.sub_text("name", "formatted").is_none() {
            self.reform_name();
        }
    }

    /// Makes `name.formatted` out of given and family name, whatever it was; without those there is none, nor where both
    /// are longer than what is compared may be.
    pub fn reform_name(&mut self) {
        let parts = ["givenName", "familyName"].iter().filter_map(|part| self.sub_text("name", part));
        let formatted = parts.collect::<Vec<_>>().join(" ");
        let Some(Value::Object(name)) = self.0.get_mut("name") else { return };
        name.shift_remove("formatted");
        if !formatted.is_empty() && text::fold(&formatted).len() <= MAX_KEY_BYTES {
            name.insert("formatted".to_owned(), Value::String(formatted));
        } else if name.is_empty() {
            self.0.shift_remove("name");
        }
    }
}

/// Whether a top-level entry is an extension's object, known or not.
pub(crate) fn is_extension(key: &str, value: &Value) -> bool {
    value.is_object() && urn_like(key)
}

/// Whether a name is a URN or a web address, as extensions are named.
pub(crate) fn urn_like(key: &str) -> bool {
    let begins = |prefix: &str| key.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    ["urn:", "http://", "https://"].into_iter().any(begins)
}

fn place(extension: Option<&'static Schema>, attribute: &'static Attribute) -> Place {
    Place { extension, attribute, sub: None }
}

/// Adds the leaves of one attribute of `object`.
fn gather(object: &Map<String, Value>, place: Place, leaves: &mut Vec<Leaf>) {
    let Some(value) = object.get(place.attribute.name).filter(|_| place.attribute.filterable) else { return };
    let elements = match value {
        Value::Array(elements) if place.attribute.multi => elements.as_slice(),
        value => std::slice::from_ref(value),
    };
    for (element, value) in (0..).zip(elements) {
        if place.attribute.kind == Kind::Complex {
            let known = leaves.len();
            let subs = place.attribute.subs.iter().map(|sub| Place { sub: Some(sub), ..place });
            subs.filter(Place::filterable).for_each(|place| {
                let value = value.get(place.leaf().name);
                leaves.extend(value.and_then(|value| leaf(place, element, value)));
            });
            // Nothing in it has a name that filters know; that it is there can be asked all the same.
            if leaves.len() == known && filter::present(value) {
                leaves.push(Leaf { attribute: place.name(), element, key: String::new() });
            }
        } else {
            leaves.extend(leaf(place, element, value));
        }
    }
}

/// The index row of one value.
fn leaf(place: Place, element: i32, value: &Value) -> Option<Leaf> {
    let key = match value {
        Value::String(text) => shape::key(text, place.leaf()),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(Leaf { attribute: place.name(), element, key })
}
