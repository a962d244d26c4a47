//! What a SCIM body says of a person or a group, once its document is understood.

use serde_json::Value;

use crate::model::unseen::is_blank;
use crate::model::{Team, User};
use crate::scim::schema::{GROUP, USER};
use crate::scim::{Document, ScimError, patch};

/// A value that a body leaves out, clears, or gives. Three different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// Not mentioned: stays as it is.
    Kept,
    /// Mentioned as null or empty: goes.
    Cleared,
    /// Given.
    Given(T),
}

impl<T: Clone> Field<T> {
    /// What the value is after this.
    pub fn over(&self, before: Option<&T>) -> Option<T> {
        match self {
            Self::Kept => before.cloned(),
            Self::Cleared => None,
            Self::Given(value) => Some(value.clone()),
        }
    }
}

/// What a body says of a person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The sign-in name; required.
    pub user_name: String,
    /// The client's id for the person.
    pub external_id: Field<String>,
    /// SCIM's own switch.
    pub active: Option<bool>,
    /// Everything else.
    pub document: Document,
}

impl Person {
    /// Reads the body of a POST or PUT.
    ///
    /// # Errors
    /// What the document's rules refuse, or a missing userName.
    pub fn read(body: Value) -> Result<Self, ScimError> {
        let body = Document::unfold(body, &USER)?;
        let document = Document::parse(&body, &USER)?;
        let person = Self::of(document)?;
        let cleared = person.external_id == Field::Kept && mentioned(&body, "externalId").is_some();
        Ok(Self { external_id: if cleared { Field::Cleared } else { person.external_id.clone() }, ..person })
    }

    /// Takes a whole document apart; what is not in it is kept.
    ///
    /// # Errors
    /// A missing userName.
    pub fn of(mut document: Document) -> Result<Self, ScimError> {
        document.require(&USER)?;
        Ok(Self {
            user_name: taken_text(&mut document, "userName").unwrap_or_default(),
            external_id: taken_text(&mut document, "externalId").map_or(Field::Kept, Field::Given),
            active: document.take("active").and_then(|value| value.as_bool()),
            document,
        })
    }

    /// What of a person's document belongs to the address rather than to the person.
    #[must_use]
    pub fn address_of(user: &User) -> Document {
        let (whole, mut document) = (Self::document_of(user), Document::default());
        for name in ["userName", "externalId", "active", "name", "emails"] {
            if let Some(value) = whole.get(name) {
                document.set(name, value.clone());
            }
        }
        document
    }

    /// The whole document of a person: what PATCH works on and what differences are drawn between.
    #[must_use]
    pub fn document_of(user: &User) -> Document {
        let mut document = user.document.clone();
        set_text(&mut document, "userName", user.user_name.as_deref());
        set_text(&mut document, "externalId", user.external_id.as_deref());
        document.set("active", Value::Bool(user.switches.scim.value));
        document
    }
}

/// What a body says of a group.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name; required.
    pub name: String,
    /// The client's id for the group.
    pub external_id: Field<String>,
    /// The SCIM ids of the members, as sent; none of them empties the group.
    pub members: Field<Vec<String>>,
    /// Everything else.
    pub document: Document,
}

impl Group {
    /// Reads the body of a POST or PUT.
    ///
    /// # Errors
    /// What the document's rules refuse, or a missing displayName.
    pub fn read(body: Value) -> Result<Self, ScimError> {
        let mut body = Document::unfold(body, &GROUP)?;
        let list = mentioned_mut(&mut body, "members").map(Value::take);
        let members = list.map(patch::member_ids).transpose()?.map_or(Field::Kept, Field::Given);
        let mut document = Document::parse(&body, &GROUP)?;
        document.take("members");
        let group = Self { members, ..Self::of(document)? };
        let cleared = group.external_id == Field::Kept && mentioned(&body, "externalId").is_some();
        Ok(Self { external_id: if cleared { Field::Cleared } else { group.external_id.clone() }, ..group })
    }

    /// Takes a document without members apart; what is not in it is kept.
    ///
    /// # Errors
    /// A missing displayName.
    pub fn of(mut document: Document) -> Result<Self, ScimError> {
        document.require(&GROUP)?;
        Ok(Self {
            name: taken_text(&mut document, "displayName").unwrap_or_default(),
            external_id: taken_text(&mut document, "externalId").map_or(Field::Kept, Field::Given),
            members: Field::Kept,
            document,
        })
    }

    /// The document of a team, members excepted.
    #[must_use]
    pub fn document_of(team: &Team) -> Document {
        let mut document = team.document.clone();
        set_text(&mut document, "displayName", Some(&team.name));
        set_text(&mut document, "externalId", team.external_id.as_deref());
        document
    }
}

/// Refuses to give a name that nobody sees: it is none. Who bears one already keeps it, and can still be let go.
///
/// # Errors
/// `invalidValue` naming the attribute.
pub fn demand_seen(attribute: &str, before: Option<&str>, name: &str) -> Result<(), ScimError> {
    if !is_blank(name) || before == Some(name) {
        return Ok(());
    }
    Err(ScimError::value(format!("{attribute} is required, and what was sent has no letter that is seen")))
}

/// The value of a key of the body, in any letter case, however empty it is.
fn mentioned<'b>(body: &'b Value, name: &str) -> Option<&'b Value> {
    body.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn mentioned_mut<'b>(body: &'b mut Value, name: &str) -> Option<&'b mut Value> {
    body.as_object_mut()?.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn taken_text(document: &mut Document, name: &str) -> Option<String> {
    match document.take(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn set_text(document: &mut Document, name: &str, text: Option<&str>) {
    match text {
        Some(text) => document.set(name, Value::String(text.to_owned())),
        None => {
            document.take(name);
        }
    }
}
