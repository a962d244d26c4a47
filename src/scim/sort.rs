//! In which order a list comes (RFC 7644 §3.4.2.3).

use super::error::ScimError;
use super::schema::{Kind, Place, ResourceType};
use super::text::excerpt;

/// An order that a client asked for. Resources without a value come last when ascending and first when descending; of
/// a list the primary element counts, else the first; equal ones come in the order of their ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// The attribute; none when only another kind of resource of the same search has it, so that nobody has a value.
    pub place: Option<Place>,
    /// Its type, whoever has it.
    pub kind: Kind,
    /// Whether the largest comes first.
    pub descending: bool,
    /// The attribute's canonical name.
    pub name: String,
}

impl Sort {
    /// Reads `sortBy` and `sortOrder` for resources of this type, in a search `among` these types.
    ///
    /// # Errors
    /// `invalidValue` for a `sortBy` that no type knows or that has no single value, and for an unknown `sortOrder`:
    /// an order that is not kept would be taken for kept.
    pub fn parse(
        by: Option<&str>,
        order: Option<&str>,
        resource: &'static ResourceType,
        among: &[&'static ResourceType],
    ) -> Result<Option<Self>, ScimError> {
        let descending = descending(order)?;
        let Some(by) = by.map(str::trim).filter(|by| !by.is_empty()) else { return Ok(None) };
        let own = resource.resolve(by);
        let known = own.or_else(|| among.iter().find_map(|other| other.resolve(by)));
        let searched = if among.is_empty() { resource.name } else { "every type of resource" };
        let known = known
            .ok_or_else(|| ScimError::value(format!("sortBy: {searched} lacks the attribute “{}”", excerpt(by))))?;
        let place = sortable(known)?;
        Ok(Some(Self { place: own.map(|_| place), kind: place.leaf().kind, descending, name: place.name() }))
    }
}

fn descending(order: Option<&str>) -> Result<bool, ScimError> {
    match order.map(str::trim) {
        None | Some("") => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("ascending") => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("descending") => Ok(true),
        Some(_) => Err(ScimError::value("sortOrder must be ascending or descending")),
    }
}

/// The place whose values are compared: a complex attribute stands for its `value`, where it has one.
fn sortable(place: Place) -> Result<Place, ScimError> {
    let name = place.name();
    let whole = match (place.leaf().kind, place.attribute.sub("value")) {
        (Kind::Complex, None) => {
            let part = place.attribute.subs.first().map_or("part", |sub| sub.name);
            return Err(ScimError::value(format!(
                "sortBy: “{name}” has parts: name one of them, such as {name}.{part}"
            )));
        }
        (Kind::Complex, value) => Place { sub: value, ..place },
        _ => place,
    };
    if whole.filterable() {
        Ok(whole)
    } else {
        Err(ScimError::value(format!("sortBy: “{name}” cannot be sorted by")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{GROUP, RESOURCE_TYPES, USER};

    fn sort(by: &str, order: &str) -> Result<Option<Sort>, ScimError> {
        Sort::parse(Some(by), Some(order), &USER, &[])
    }

    #[test]
    fn names_are_found_in_any_letter_case_and_lists_stand_for_their_value() {
        for (by, name) in [
            ("USERNAME", "userName"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"),
            ("emails", "emails.value"),
            ("name.familyname", "name.familyName"),
            ("meta.created", "meta.created"),
        ] {
            let found = sort(by, "Descending").expect(by).expect(by);
            assert_eq!((found.name.as_str(), found.descending), (name, true));
        }
        assert_eq!(sort("", ""), Ok(None));
    }

    #[test]
    fn what_cannot_order_is_refused_by_name() {
        for (by, words) in
            [("nope", "nope"), ("name", "name.formatted"), ("photos", "photos"), ("meta.version", "sorted")]
        {
            assert!(sort(by, "").expect_err(by).detail.contains(words), "{by}");
        }
        assert!(sort("userName", "upwards").expect_err("upwards").detail.contains("sortOrder"));
    }

    #[test]
    fn in_a_search_of_several_types_one_may_lack_the_attribute() {
        let found = Sort::parse(Some("userName"), None, &GROUP, &RESOURCE_TYPES).expect("known").expect("an order");
        assert_eq!((found.place, found.kind), (None, Kind::String));
        assert!(Sort::parse(Some("userName"), None, &GROUP, &[]).is_err());
    }
}
