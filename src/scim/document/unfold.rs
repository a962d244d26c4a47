//! Names behind a URN of ours in a whole body: they mean the attribute at the top, or the one in its extension, as a
//! PATCH has it. Kept as sent they would be strangers, and an `active` among them would be lost.

use serde_json::{Map, Value};

use super::shape::{self, Names};
use crate::scim::error::ScimError;
use crate::scim::schema::{ResourceType, Schema};

/// Where the value of a key belongs.
enum Spot<'k> {
    /// Where it stands.
    Here,
    /// Its parts belong to the top.
    Core,
    /// It is an extension's object.
    Extension(&'static Schema),
    /// Under this name at the top.
    Top(&'k str),
    /// Under this name in an extension's object.
    Within(&'static Schema, &'k str),
}

/// Whether anything in a body belongs elsewhere.
pub(crate) fn is_folded(body: &Map<String, Value>, resource: &ResourceType) -> bool {
    body.keys().any(|key| !matches!(spot(key, resource), Spot::Here | Spot::Extension(_)))
}

/// The same body with everything where it belongs.
///
/// # Errors
/// `invalidSyntax` for what is given twice, `invalidValue` for an extension that is no object.
pub(crate) fn unfolded(body: Map<String, Value>, resource: &ResourceType) -> Result<Map<String, Value>, ScimError> {
    let mut flat = Flat { resource, names: Names::default(), top: Map::new() };
    flat.take(body)?;
    Ok(flat.top)
}

fn spot<'k>(key: &'k str, resource: &ResourceType) -> Spot<'k> {
    let (Some(schema), name) = resource.split_urn(key) else { return Spot::Here };
    let is_core = schema.urn == resource.schema.urn;
    let is_known = resource.find(Some(schema.urn), name).is_some_and(|place| place.sub.is_none());
    match (is_core, is_known, name) {
        (true, _, "") => Spot::Core,
        (false, _, "") => Spot::Extension(schema),
        (true, true, name) => Spot::Top(name),
        (false, true, name) => Spot::Within(schema, name),
        (_, false, _) => Spot::Here,
    }
}

/// A body under way to the top.
struct Flat<'r> {
    resource: &'r ResourceType,
    names: Names,
    top: Map<String, Value>,
}

impl Flat<'_> {
    fn take(&mut self, body: Map<String, Value>) -> Result<(), ScimError> {
        for (key, value) in body {
            match (spot(&key, self.resource), value) {
                (Spot::Core, Value::Object(inner)) => self.take(inner)?,
                (Spot::Extension(schema), Value::Object(inner)) => {
                    inner.into_iter().try_for_each(|(name, value)| self.put_within(schema, &name, value))?;
                }
                // An empty extension says nothing that its absence does not.
                (Spot::Extension(_), value) if shape::empty(&value) => {}
                (Spot::Extension(schema), _) => return Err(no_object(schema)),
                (Spot::Top(name), value) => self.put(name, value)?,
                (Spot::Within(schema, name), value) => self.put_within(schema, name, value)?,
                (Spot::Here | Spot::Core, value) => self.put(&key, value)?,
            }
        }
        Ok(())
    }

    fn put(&mut self, name: &str, value: Value) -> Result<(), ScimError> {
        self.names.claim(name)?;
        self.top.insert(name.to_owned(), value);
        Ok(())
    }

    fn put_within(&mut self, schema: &Schema, name: &str, value: Value) -> Result<(), ScimError> {
        self.names.claim(&format!("{}:{name}", schema.urn))?;
        let object = self.top.entry(schema.urn).or_insert_with(|| Value::Object(Map::new()));
        let object = object.as_object_mut().ok_or_else(|| no_object(schema))?;
        object.insert(name.to_owned(), value);
        Ok(())
    }
}

fn no_object(schema: &Schema) -> ScimError {
    ScimError::value(format!("{} must be an object", schema.urn))
}
