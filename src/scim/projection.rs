//! Which attributes an answer shows (RFC 7644 §3.9, §3.4.2.5; RFC 7643 §7 `returned`).

use serde_json::{Map, Value};

use super::document::shape::empty;
use super::error::ScimError;
use super::path::{self, Target};
use super::schema::{Attribute, Place, ResourceType, Returned, Schema};

/// The longest list of names, in bytes.
pub const MAX_LIST_BYTES: usize = 4_096;
/// The most names in one list.
pub const MAX_LIST_NAMES: usize = 100;

/// In every answer, whatever is asked.
const ALWAYS: [&str; 2] = ["schemas", "id"];

/// What of a resource the client wants to see.
#[derive(Clone, Debug)]
pub struct Projection {
    mode: Mode,
    names: Vec<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    All,
    Only,
    Except,
}

/// A name of the registry that was asked for: a whole schema, an attribute, or one sub-attribute.
#[derive(Clone, Copy, Debug)]
struct Name {
    /// The extension; `None` for the core.
    extension: Option<&'static Schema>,
    attribute: Option<&'static Attribute>,
    sub: Option<&'static Attribute>,
}

/// How much of an attribute the names cover.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    Whole,
    Part,
    Nothing,
}

impl Projection {
    /// Everything that is shown unless asked otherwise.
    #[must_use]
    pub fn all() -> Self {
        Self { mode: Mode::All, names: Vec::new() }
    }

    /// Reads `attributes` and `excludedAttributes`; names nobody knows are passed over, an empty list is none.
    ///
    /// # Errors
    /// `invalidValue` when both are given or one is too long.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource: &'static ResourceType,
    ) -> Result<Self, ScimError> {
        let given = |list: &&str| list.split(',').any(|name| !name.trim().is_empty());
        let (mode, parameter, list) = match (attributes.filter(given), excluded.filter(given)) {
            (None, None) => return Ok(Self::all()),
            (Some(list), None) => (Mode::Only, "attributes", list),
            (None, Some(list)) => (Mode::Except, "excludedAttributes", list),
            (Some(_), Some(_)) => {
                return Err(ScimError::value("attributes and excludedAttributes cannot be asked for together"));
            }
        };
        Ok(Self { mode, names: names(parameter, list, resource)? })
    }

    /// Whether the client asked for anything but the usual.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.mode != Mode::All
    }

    /// Whether a core attribute will be shown, at least in part; what is not need not be looked up.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        ALWAYS.contains(&name) || self.by_default(self.cover(None, name))
    }

    /// Takes out of an answer what is not to be shown.
    pub fn apply(&self, resource: &'static ResourceType, body: &mut Map<String, Value>) {
        body.retain(|key, value| self.keep(resource, key, value));
    }

    /// Filters one entry of an answer; false when all of it goes.
    fn keep(&self, resource: &'static ResourceType, key: &str, value: &mut Value) -> bool {
        if ALWAYS.contains(&key) {
            return true;
        }
        if let Some(schema) = resource.extensions.iter().find(|schema| schema.urn == key) {
            return self.keep_extension(schema, value);
        }
        match resource.find(None, key).filter(|place| place.sub.is_none()) {
            Some(place) => self.keep_attribute(place, value),
            None => self.mode != Mode::Only,
        }
    }

    /// Filters an extension's object; it goes when nothing is left of it.
    fn keep_extension(&self, schema: &'static Schema, value: &mut Value) -> bool {
        let Value::Object(object) = value else { return false };
        object.retain(|key, value| match schema.attributes.iter().find(|attribute| attribute.name == key) {
            Some(attribute) => self.keep_attribute(Place { extension: Some(schema), attribute, sub: None }, value),
            None => self.by_default(self.cover(Some(schema), key)),
        });
        !object.is_empty()
    }

    /// Filters the sub-attributes of an attribute; it goes when it is not shown or nothing is left of it.
    fn keep_attribute(&self, place: Place, value: &mut Value) -> bool {
        let cover = self.cover(place.extension, place.attribute.name);
        let shown = self.shown(place.attribute, cover);
        if !shown || empty(value) {
            return shown;
        }
        let entire = self.mode != Mode::Only || cover != Cover::Part;
        match value {
            Value::Object(object) => self.keep_subs(place, entire, object),
            Value::Array(elements) => {
                elements
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(|object| self.keep_subs(place, entire, object));
                elements.retain(|element| !empty(element));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        !empty(value)
    }

    /// Filters the sub-attributes of one object, which is shown entirely or for the named ones alone.
    fn keep_subs(&self, place: Place, entire: bool, object: &mut Map<String, Value>) {
        object.retain(|key, _| match place.attribute.sub(key) {
            Some(sub) if self.names_sub(place, sub) => self.shown(sub, Cover::Whole),
            Some(sub) if self.mode == Mode::Only && entire && sub.returned == Returned::Default => true,
            Some(sub) => self.shown(sub, Cover::Nothing),
            None => entire,
        });
    }

    /// Whether an attribute or sub-attribute is shown, given how much of it was named.
    fn shown(&self, attribute: &Attribute, cover: Cover) -> bool {
        match attribute.returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => self.by_default(cover),
            Returned::Request => self.mode == Mode::Only && cover != Cover::Nothing,
        }
    }

    /// The rule for what is returned by default.
    fn by_default(&self, cover: Cover) -> bool {
        match self.mode {
            Mode::All => true,
            Mode::Only => cover != Cover::Nothing,
            Mode::Except => cover != Cover::Whole,
        }
    }

    /// How much of an attribute was named.
    fn cover(&self, extension: Option<&Schema>, attribute: &str) -> Cover {
        let about = |name: &&Name| {
            let urn = |schema: Option<&Schema>| schema.map(|schema| schema.urn);
            urn(name.extension) == urn(extension) && name.attribute.is_none_or(|row| row.name == attribute)
        };
        match self.names.iter().filter(about).map(|name| name.sub.is_some()).min() {
            None => Cover::Nothing,
            Some(false) => Cover::Whole,
            Some(true) => Cover::Part,
        }
    }

    fn names_sub(&self, place: Place, sub: &Attribute) -> bool {
        let named = |name: &Name| Some((name.extension, name.attribute?.name, name.sub?.name));
        self.names.iter().any(|name| named(name) == Some((place.extension, place.attribute.name, sub.name)))
    }
}

/// The names of a list that the registry knows.
fn names(parameter: &str, list: &str, resource: &'static ResourceType) -> Result<Vec<Name>, ScimError> {
    if list.len() > MAX_LIST_BYTES {
        return Err(ScimError::value(format!("{parameter} is longer than {MAX_LIST_BYTES} bytes")));
    }
    let texts: Vec<_> = list.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    if texts.len() > MAX_LIST_NAMES {
        return Err(ScimError::value(format!("{parameter} has more than {MAX_LIST_NAMES} names")));
    }
    Ok(texts.into_iter().filter_map(|text| name(text, resource)).collect())
}

/// What one name of a list means.
fn name(text: &str, resource: &'static ResourceType) -> Option<Name> {
    match path::parse(text, resource).ok()? {
        Target::Schema(schema) => {
            let extension = (schema.urn != resource.schema.urn).then_some(schema);
            Some(Name { extension, attribute: None, sub: None })
        }
        Target::Attribute { place, filter: None } => {
            Some(Name { extension: place.extension, attribute: Some(place.attribute), sub: place.sub })
        }
        Target::Attribute { .. } | Target::Unknown { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::schema::{ENTERPRISE_URN, GROUP, USER, USER_URN};

    fn user() -> Map<String, Value> {
        let body = json!({
            "schemas": [USER_URN, ENTERPRISE_URN], "id": "1", "meta": { "resourceType": "User", "version": "W/\"1\"" },
            "userName": "dana", "name": { "givenName": "Dana", "familyName": "Reyes", "nickPart": "D" },
            "emails": [{ "value": "d@example.com", "type": "work", "primary": true }, { "value": "d@example.org" }],
            "groups": [], "shoeSize": 42,
            (ENTERPRISE_URN): { "department": "Sales", "manager": { "value": "2", "displayName": "Ava" } },
        });
        body.as_object().expect("an object").clone()
    }

    fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let mut body = user();
        Projection::parse(attributes, excluded, &USER).expect("a projection").apply(&USER, &mut body);
        Value::Object(body)
    }

    fn only(attributes: &str) -> Value {
        let mut body = shown(Some(attributes), None);
        let body = body.as_object_mut().expect("an object");
        assert!(body.remove("schemas").is_some() && body.remove("id").is_some(), "always there");
        Value::Object(body.clone())
    }

    #[test]
    fn nothing_asked_shows_everything() {
        let projection = Projection::parse(None, Some(" , "), &USER).expect("a projection");
        assert!(!projection.asked() && projection.wants("groups") && projection.wants("members"));
        assert_eq!(shown(None, None), Value::Object(user()));
    }

    #[test]
    fn only_what_is_asked_for_is_shown() {
        assert_eq!(only("USERNAME , groups"), json!({ "userName": "dana", "groups": [] }));
        assert_eq!(only("name.givenname"), json!({ "name": { "givenName": "Dana" } }));
        assert_eq!(only("emails.type"), json!({ "emails": [{ "type": "work" }] }));
        assert_eq!(only("emails.display"), json!({}));
        assert_eq!(only("name")["name"], user()["name"]);
        assert_eq!(only("name.givenName,name")["name"], user()["name"]);
        assert_eq!(only("nobodyKnows,emails["), json!({}));
    }

    #[test]
    fn names_may_have_a_urn_in_front() {
        assert_eq!(only(&format!("{USER_URN}:userName")), json!({ "userName": "dana" }));
        assert_eq!(
            only(&format!("{ENTERPRISE_URN}:department")),
            json!({ (ENTERPRISE_URN): { "department": "Sales" } })
        );
        assert_eq!(
            only(&format!("{ENTERPRISE_URN}:manager.value")),
            json!({ (ENTERPRISE_URN): { "manager": { "value": "2" } } })
        );
        assert_eq!(only(&ENTERPRISE_URN.to_uppercase()), json!({ (ENTERPRISE_URN): user()[ENTERPRISE_URN] }));
    }

    #[test]
    fn what_is_excluded_goes_and_the_rest_stays() {
        let excluded = format!("emails, id, schemas, name.familyName, {ENTERPRISE_URN}:manager, unknown");
        let mut expected = user();
        expected.remove("emails");
        expected["name"].as_object_mut().expect("an object").remove("familyName");
        expected[ENTERPRISE_URN].as_object_mut().expect("an object").remove("manager");
        assert_eq!(shown(None, Some(&excluded)), Value::Object(expected));
        assert!(shown(None, Some(ENTERPRISE_URN)).get(ENTERPRISE_URN).is_none());
    }

    #[test]
    fn what_will_not_be_shown_is_not_wanted() {
        let parse = |attributes, excluded| Projection::parse(attributes, excluded, &GROUP).expect("a projection");
        assert!(!parse(None, Some("Members")).wants("members"));
        assert!(parse(None, Some("members.display")).wants("members"));
        assert!(!parse(Some("displayName"), None).wants("members"));
        assert!(parse(Some("members.value"), None).wants("members"));
        assert!(parse(Some("displayName"), None).wants("id"));
        assert!(parse(Some("x"), None).asked());
    }

    #[test]
    fn both_lists_together_and_endless_lists_are_refused() {
        let long = "userName,".repeat(500);
        let many = "id,".repeat(101);
        for (attributes, excluded) in [(Some("id"), Some("meta")), (Some(&*long), None), (None, Some(&*many))] {
            let error = Projection::parse(attributes, excluded, &USER).expect_err("refused");
            assert_eq!(error.kind, crate::scim::ScimType::InvalidValue);
        }
        assert!(Projection::parse(Some("id"), Some(""), &USER).is_ok());
    }
}
