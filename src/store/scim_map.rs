//! Where each filterable attribute of the registry lives. A test asks for every one of them.

use crate::scim::schema::{Place, ResourceType};

/// A place a comparison can be made at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A text column that holds the key as compared (folded, or exact where the attribute is).
    Key(&'static str),
    /// A UUID column.
    Uuid(&'static str),
    /// A boolean column.
    Flag(&'static str),
    /// A column, or expression, of a moment.
    Moment(&'static str),
    /// Rows of `user_values` under the attribute's canonical name.
    Values,
    /// The same text for every resource.
    Constant(&'static str),
}

/// A list whose elements are rows of a join, not of `user_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// The id of the resource, for `in (select …)`.
    pub id: &'static str,
    /// The tables, and which of their rows SCIM sees.
    pub rows: &'static str,
}

/// The teams of a person.
const GROUPS_OF_USER: Join = Join {
    id: "m.user_id",
    rows: "team_members m join teams g on g.id = m.team_id where m.by_okta and g.scim_visible",
};
/// The people of a team.
const MEMBERS_OF_GROUP: Join = Join {
    id: "m.team_id",
    rows: "team_members m join users p on p.id = m.user_id where m.by_okta and p.scim_id is not null",
};

/// The home of a place that is not an element of a joined list; none when no filter may name it.
#[must_use]
pub fn home(resource: &ResourceType, place: &Place) -> Option<Home> {
    if !place.filterable() {
        return None;
    }
    Some(match (resource.name, place.name().as_str()) {
        // Every resource has one, and `pr` is all that can be asked of a complex attribute.
        (_, "meta") => Home::Constant("meta"),
        ("User", "id") => Home::Uuid("u.scim_id"),
        ("User", "externalId") => Home::Key("u.external_id"),
        ("User", "userName") => Home::Key("u.user_name_key"),
        ("User", "active") => Home::Flag("u.scim_active"),
        ("User", "meta.created") => Home::Moment("u.created_at"),
        ("User", "meta.lastModified") => Home::Moment("u.updated_at"),
        ("User", "meta.resourceType") => Home::Constant("User"),
        ("User", "groups.value") => Home::Uuid("g.id"),
        ("User", "groups.display") => Home::Key("g.name_key"),
        ("User", "groups.type") => Home::Constant("direct"),
        ("User", "groups.$ref") => return None,
        ("User", _) => Home::Values,
        ("Group", "id") => Home::Uuid("t.id"),
        ("Group", "externalId") => Home::Key("t.external_id"),
        ("Group", "displayName") => Home::Key("t.name_key"),
        ("Group", "meta.created") => Home::Moment("t.created_at"),
        ("Group", "meta.lastModified") => {
            Home::Moment("(select max(r.changed_at) from team_revisions r where r.team_id = t.id)")
        }
        ("Group", "meta.resourceType") => Home::Constant("Group"),
        ("Group", "members.value") => Home::Uuid("p.scim_id"),
        ("Group", "members.display") => Home::Key("p.display_key"),
        ("Group", "members.type") => Home::Constant("user"),
        _ => return None,
    })
}

/// The join behind a list that is not kept in `user_values`.
#[must_use]
pub fn join(place: &Place) -> Option<Join> {
    match place.attribute.name {
        "groups" => Some(GROUPS_OF_USER),
        "members" => Some(MEMBERS_OF_GROUP),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{COMMON, RESOURCE_TYPES};

    #[test]
    fn every_filterable_attribute_has_a_home_or_is_refused_by_name() {
        let refused = ["groups.$ref", "members.$ref"];
        for resource in RESOURCE_TYPES {
            let core = resource.schema.attributes.iter().chain(COMMON).map(|attribute| (None, attribute));
            let extended = resource
                .extensions
                .iter()
                .flat_map(|extension| extension.attributes.iter().map(move |attribute| (Some(*extension), attribute)));
            for (extension, attribute) in core.chain(extended) {
                let leaves = attribute.subs.iter().map(Some).chain(attribute.subs.is_empty().then_some(None));
                for sub in leaves {
                    let place = Place { extension, attribute, sub };
                    if place.filterable() && !refused.contains(&place.name().as_str()) {
                        assert!(home(resource, &place).is_some(), "{} {} has no home", resource.name, place.name());
                    }
                }
            }
        }
    }
}
