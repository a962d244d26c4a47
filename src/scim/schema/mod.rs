//! The attribute registry: every attribute rollcall knows, as data (RFC 7643 §2, §4, §8.7).
//!
//! One row an attribute. Discovery, document checks, filters, PATCH and projection are all driven by these rows; the
//! store maps each filterable row to its place (`store::scim_map`), and the compiler or a test stops where one is
//! missing.

use std::fmt;

mod registry;
mod secret;

pub use registry::{
    BULK_REQUEST_URN, BULK_RESPONSE_URN, COMMON, CONFIG_URN, DISCOVERED, DROPPED, ENTERPRISE_URN, ERROR_URN, GROUP,
    GROUP_URN, LIST_URN, PATCH_URN, RESOURCE_TYPE_URN, RESOURCE_TYPES, ROLE, ROLE_URN, SCHEMA_URN, SEARCH_URN, USER,
    USER_URN,
};
pub use secret::names_secret;

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A date and time, RFC 3339.
    DateTime,
    /// A URI or the id of another resource.
    Reference,
    /// Base64 bytes.
    Binary,
    /// An object of sub-attributes.
    Complex,
}

/// Who may write an attribute, and when (RFC 7643 §7 `mutability`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// The server alone.
    ReadOnly,
    /// The client, any time.
    ReadWrite,
    /// The client, at creation.
    Immutable,
    /// The client, and nobody reads it back.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 §7 `returned`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// In every answer, whatever the projection says.
    Always,
    /// In no answer.
    Never,
    /// Unless the projection leaves it out.
    Default,
    /// Only when the projection names it.
    Request,
}

/// Whether two resources may share a value (RFC 7643 §7 `uniqueness`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uniqueness {
    /// They may.
    None,
    /// Not within this server.
    Server,
}

/// One attribute or sub-attribute, as RFC 7643 §7 describes it.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the characteristics RFC 7643 §7 lists")]
pub struct Attribute {
    /// The canonical spelling; clients may use any letter case (RFC 7643 §2.1).
    pub name: &'static str,
    /// What it is, one sentence, shown by `/Schemas`.
    pub description: &'static str,
    /// Its data type.
    pub kind: Kind,
    /// Whether it is a list.
    pub multi: bool,
    /// Whether a resource without it is refused.
    pub required: bool,
    /// Whether `eq` minds the letter case.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Whether its value is taken once used.
    pub uniqueness: Uniqueness,
    /// Suggested values, as `canonicalValues`.
    pub canonical: &'static [&'static str],
    /// What a reference may point at, as `referenceTypes`.
    pub references: &'static [&'static str],
    /// The sub-attributes of a complex one.
    pub subs: &'static [Attribute],
    /// Whether filters may name it. Large values (photos, certificates) may not.
    pub filterable: bool,
}

/// A schema: a URN and the attributes it speaks of (RFC 7643 §7).
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its URN, which is its id.
    pub urn: &'static str,
    /// Its short name.
    pub name: &'static str,
    /// What it describes, one sentence.
    pub description: &'static str,
    /// Its attributes, in the order answers show them.
    pub attributes: &'static [Attribute],
}

/// A kind of resource: its endpoint, its core schema and its extensions (RFC 7643 §6).
#[derive(Debug)]
pub struct ResourceType {
    /// The name, as `meta.resourceType` says it.
    pub name: &'static str,
    /// The path below the base URL.
    pub endpoint: &'static str,
    /// What it is, one sentence.
    pub description: &'static str,
    /// The schema every resource has.
    pub schema: &'static Schema,
    /// The schemas a resource may have besides.
    pub extensions: &'static [&'static Schema],
}

/// Where in a document a value lives: an attribute, perhaps of an extension, perhaps one of its sub-attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The extension it belongs to; `None` for core and common attributes.
    pub extension: Option<&'static Schema>,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The sub-attribute, when one is meant.
    pub sub: Option<&'static Attribute>,
}

impl Place {
    /// The canonical dotted name, with the URN in front for an extension.
    #[must_use]
    pub fn name(&self) -> String {
        let urn = self.extension.map(|schema| format!("{}:", schema.urn)).unwrap_or_default();
        let sub = self.sub.map(|sub| format!(".{}", sub.name)).unwrap_or_default();
        format!("{urn}{}{sub}", self.attribute.name)
    }

    /// The attribute whose type decides: the sub-attribute if there is one.
    #[must_use]
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// Whether a filter may name it.
    #[must_use]
    pub fn filterable(&self) -> bool {
        self.attribute.filterable && self.leaf().filterable
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Attribute {
    /// The sub-attribute of this name, in any letter case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        named(self.subs, name)
    }
}

impl ResourceType {
    /// The core schema or extension with this URN, in any letter case.
    #[must_use]
    pub fn schema_of(&self, urn: &str) -> Option<&'static Schema> {
        self.schemas().find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    /// The place of `attr` or `attr.sub`, in any letter case; common attributes answer without a URN and to the core's.
    #[must_use]
    pub fn find(&self, urn: Option<&str>, name: &str) -> Option<Place> {
        let schema = urn.map_or(Some(self.schema), |urn| self.schema_of(urn))?;
        let extension = (schema.urn != self.schema.urn).then_some(schema);
        let common = if extension.is_none() { COMMON } else { &[] };
        let (name, sub) = name.split_once('.').map_or((name, None), |(name, sub)| (name, Some(sub)));
        let attribute = named(schema.attributes, name).or_else(|| named(common, name))?;
        let sub = match sub {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(Place { extension, attribute, sub })
    }

    /// Splits the URN of one of our schemas from the name behind it: the longest that fits, in any letter case.
    #[must_use]
    pub fn split_urn<'a>(&self, text: &'a str) -> (Option<&'static Schema>, &'a str) {
        let fits = self.schemas().filter_map(|schema| Some((schema, after_urn(text, schema.urn)?)));
        match fits.max_by_key(|(schema, _)| schema.urn.len()) {
            Some((schema, rest)) => (Some(schema), rest),
            None => (None, text),
        }
    }

    /// The place of a name as clients write it, with or without a URN in front.
    #[must_use]
    pub fn resolve(&self, text: &str) -> Option<Place> {
        let (schema, name) = self.split_urn(text);
        self.find(schema.map(|schema| schema.urn), name)
    }

    /// The core schema, then the extensions.
    pub fn schemas(&self) -> impl Iterator<Item = &'static Schema> {
        std::iter::once(self.schema).chain(self.extensions.iter().copied())
    }
}

/// What follows `urn` and its colon in `text`; empty when the text is the bare URN.
fn after_urn<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(urn.len())?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix(':')? };
    head.eq_ignore_ascii_case(urn).then_some(rest)
}

/// The attribute of this name, in any letter case.
fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place of the resource: attributes, then their parts.
    fn places(resource: &'static ResourceType) -> Vec<Place> {
        let common = COMMON.iter().map(|attribute| (None, attribute));
        let known = resource.schemas().flat_map(|schema| {
            let extension = (schema.urn != resource.schema.urn).then_some(schema);
            schema.attributes.iter().map(move |attribute| (extension, attribute))
        });
        let each = common.chain(known).flat_map(|(extension, attribute)| {
            let whole = Place { extension, attribute, sub: None };
            let parts = attribute.subs.iter().map(move |sub| Place { sub: Some(sub), ..whole });
            std::iter::once(whole).chain(parts)
        });
        each.collect()
    }

    #[test]
    fn every_place_is_found_by_its_own_name_in_any_letter_case() {
        for resource in RESOURCE_TYPES {
            for place in places(resource) {
                assert_eq!(resource.resolve(&place.name()), Some(place));
                assert_eq!(resource.resolve(&place.name().to_uppercase()), Some(place));
            }
        }
    }

    #[test]
    fn rows_agree_with_themselves() {
        for leaf in RESOURCE_TYPES.iter().flat_map(|resource| places(resource)) {
            let attribute = leaf.leaf();
            assert_eq!(attribute.kind == Kind::Complex, !attribute.subs.is_empty(), "{leaf:?}");
            assert_eq!(attribute.kind == Kind::Reference, !attribute.references.is_empty(), "{leaf:?}");
            assert!(attribute.description.ends_with('.'), "{leaf:?}");
            let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
            assert!(!read_only(leaf.attribute) || read_only(attribute), "{leaf:?}: a part of what nobody writes");
        }
    }

    #[test]
    fn the_core_urn_may_stand_before_core_and_common_names() {
        let name = |urn: &str, name| USER.find(Some(urn), name).map(|place| place.name());
        assert_eq!(name(USER_URN, "EMAILS.Value").as_deref(), Some("emails.value"));
        assert_eq!(name(&USER_URN.to_uppercase(), "externalid").as_deref(), Some("externalId"));
        assert_eq!(name(ENTERPRISE_URN, "id"), None);
        assert_eq!(name(GROUP_URN, "displayName"), None);
        assert_eq!(USER.find(None, "department"), None);
        assert_eq!(USER.find(None, "name.nope"), None);
        assert_eq!(USER.find(None, ""), None);
    }

    #[test]
    fn a_secret_is_known_by_its_name_however_that_is_written() {
        for text in [
            "password",
            "pass\u{ad}word",
            "p\u{200b}assword\u{0}",
            "ｐassword",
            "password,",
            "(password)",
            "password\\",
            "\"password\"",
            "password[value eq \"x\"]",
            "emails[password eq \"x\"]",
            "urn:x:y:userPassword",
            "newPassword",
            "user_password",
            "user-password_",
            "password2",
            "password_hash",
            "passwordHash.value",
            "\u{1d429}\u{1d41a}\u{1d42c}\u{1d42c}\u{1d430}\u{1d428}\u{1d42b}\u{1d41d}",
            "ﷺ password",
        ] {
            assert!(names_secret(text), "{text}");
        }
        for text in ["", "passwordChangedAt", "password_changed_at", "passwordless", "pass word", "userName eq \"x\""] {
            assert!(!names_secret(text), "{text}");
        }
    }

    #[test]
    fn an_extension_carries_its_urn_in_its_name() {
        let manager = USER.find(Some(ENTERPRISE_URN), "MANAGER.VALUE").map(|place| place.name());
        assert_eq!(manager, Some(format!("{ENTERPRISE_URN}:manager.value")));
        assert_eq!(USER.split_urn(ENTERPRISE_URN).1, "");
        assert_eq!(USER.split_urn("urn:ietf:params:scim:schemas:core:2.0:Users").0, None);
    }

    #[test]
    fn no_password_stands_in_the_registry() {
        for name in DROPPED {
            assert_eq!(USER.resolve(name), None);
        }
    }

    /// Answers to clients that ask for nothing in particular are put together from what is stored, as it is.
    #[test]
    fn nothing_in_the_registry_is_hidden_from_who_does_not_ask() {
        for place in [&USER, &GROUP, &ROLE].into_iter().flat_map(places) {
            assert!(matches!(place.leaf().returned, Returned::Always | Returned::Default), "{}", place.name());
        }
    }

    #[test]
    fn large_and_computed_values_are_not_filterable() {
        let hidden = places(&USER).into_iter().filter(|place| !place.filterable() && place.sub.is_none());
        let hidden = hidden.map(|place| place.name());
        let expected = ["schemas", "photos", "roles", "x509Certificates"];
        assert_eq!(hidden.collect::<Vec<_>>(), expected);
    }
}
