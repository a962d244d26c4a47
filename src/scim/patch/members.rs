//! The members of a group leave the document: they are changed one by one, never as a whole list.

use std::collections::hash_map::{Entry, HashMap};

use serde_json::Value;

use super::{Operation, Verb, located, taken};
use crate::scim::document::{MAX_KEY_BYTES, MAX_MEMBERS};
use crate::scim::error::ScimError;
use crate::scim::filter::{Comparison, Filter, Literal, Op};
use crate::scim::path::Target;
use crate::scim::schema::Place;

/// How many comparisons the filters of one PATCH may make with members: each is made with everybody in the team, while
/// nobody else can write. Who is named by value is not searched for.
const MOST_COMPARISONS: usize = 10;

/// One change to who is in a group; ids are as sent, each at most once.
#[derive(Clone, Debug)]
pub enum MemberChange {
    /// These are members from now on.
    Add(Vec<String>),
    /// These are no longer.
    Remove(Vec<String>),
    /// Exactly these are; none when it is empty.
    Replace(Vec<String>),
    /// Those the filter matches are no longer.
    RemoveWhere(Filter),
}

/// Takes what concerns `members` out of the operations, in order, with neighbours of one kind folded together.
///
/// # Errors
/// `invalidValue` for what names no member or too many, `mutability` for a change to a member itself.
pub fn split_members(operations: Vec<Operation>) -> Result<(Vec<Operation>, Vec<MemberChange>), ScimError> {
    let mut rest = Vec::with_capacity(operations.len());
    let mut changes = Vec::new();
    let mut standing = Standing::default();
    let (mut named, mut compared) = (0, 0);
    for operation in operations {
        let Target::Attribute { place, .. } = &operation.target else {
            rest.push(operation);
            continue;
        };
        if place.attribute.name != "members" {
            rest.push(operation);
            continue;
        }
        let (place, index) = (*place, operation.index);
        let change = change(operation, place).map_err(|error| located(index, &error))?;
        named += change.ids().len();
        if let MemberChange::RemoveWhere(filter) = &change {
            compared += filter.comparisons();
        }
        if compared > MOST_COMPARISONS {
            let detail =
                format!("A PATCH may make at most {MOST_COMPARISONS} comparisons with members, those of value apart");
            return Err(ScimError::value(detail));
        }
        if named > MAX_MEMBERS {
            return Err(too_many());
        }
        match change {
            MemberChange::Replace(ids) => {
                changes.clear();
                standing = Standing { is_all: true, ..Standing::default() };
                standing.take(ids, true);
            }
            MemberChange::Add(ids) => standing.take(ids, true),
            MemberChange::Remove(ids) => standing.take(ids, false),
            MemberChange::RemoveWhere(_) => {
                changes.extend(std::mem::take(&mut standing).told());
                changes.push(change);
            }
        }
    }
    changes.extend(standing.told());
    Ok((rest, changes))
}

/// Who is in and who is out after some operations, each by the last word: whoever goes and comes back in one request
/// has never left, and keeps what being a member gave them.
#[derive(Default)]
struct Standing {
    /// Whether nobody else is in.
    is_all: bool,
    /// Ids as sent, in the order in which they were first named, and whether each is in.
    named: Vec<(String, bool)>,
    /// Where an id stands among them.
    places: HashMap<String, usize>,
}

impl Standing {
    fn take(&mut self, ids: Vec<String>, is_in: bool) {
        for id in ids {
            match self.places.entry(id.clone()) {
                Entry::Occupied(place) => self.named[*place.get()].1 = is_in,
                Entry::Vacant(place) => {
                    place.insert(self.named.len());
                    self.named.push((id, is_in));
                }
            }
        }
    }

    /// As changes.
    fn told(self) -> Vec<MemberChange> {
        let (inside, outside): (Vec<_>, Vec<_>) = self.named.into_iter().partition(|(_, is_in)| *is_in);
        let ids = |named: Vec<(String, bool)>| named.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        if self.is_all {
            return vec![MemberChange::Replace(ids(inside))];
        }
        let both = [(outside, MemberChange::Remove as fn(_) -> _), (inside, MemberChange::Add)];
        both.into_iter().filter(|(named, _)| !named.is_empty()).map(|(named, change)| change(ids(named))).collect()
    }
}

impl MemberChange {
    /// The ids it names.
    fn ids(&self) -> &[String] {
        match self {
            Self::Add(ids) | Self::Remove(ids) | Self::Replace(ids) => ids,
            Self::RemoveWhere(_) => &[],
        }
    }
}

/// What one operation on `members` means.
fn change(operation: Operation, place: Place) -> Result<MemberChange, ScimError> {
    let filter = match operation.target {
        Target::Attribute { filter, .. } => filter,
        Target::Schema(_) | Target::Unknown { .. } => None,
    };
    if place.sub.is_some() || (filter.is_some() && operation.verb != Verb::Remove) {
        return Err(ScimError::mutability("A member cannot be changed, only added or removed"));
    }
    match (operation.verb, filter, operation.value) {
        (Verb::Remove, Some(filter), _) => Ok(match alternatives(&filter) {
            Some(ids) => MemberChange::Remove(ids),
            None => MemberChange::RemoveWhere(filter),
        }),
        (Verb::Remove, None, None | Some(Value::Null)) => Ok(MemberChange::Replace(Vec::new())),
        (Verb::Remove, None, Some(value)) => ids(value).map(MemberChange::Remove),
        (Verb::Add, _, Some(value)) => ids(value).map(MemberChange::Add),
        (Verb::Replace, _, Some(value)) => ids(value).map(MemberChange::Replace),
        (Verb::Add | Verb::Replace, _, None) => Err(ScimError::value("members: value is required")),
    }
}

/// The ids of a filter that does nothing but list them: `value eq "a" or value eq "b"`.
fn alternatives(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Or(parts) => Some(parts.iter().map(alternatives).collect::<Option<Vec<_>>>()?.concat()),
        Filter::Compare(Comparison { place, op: Op::Eq, value: Literal::Text(id), .. })
            if place.leaf().name == "value" =>
        {
            Some(vec![id.clone()])
        }
        _ => None,
    }
}

/// The ids of a list of members as a whole body carries it, each once.
///
/// # Errors
/// `invalidValue` for an element that names nobody, or for too many.
pub fn member_ids(value: Value) -> Result<Vec<String>, ScimError> {
    let mut named = ids(value)?;
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// The ids of a value: a list of members, one member, or nobody when it is null or empty.
fn ids(value: Value) -> Result<Vec<String>, ScimError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::Array(members) if members.len() > MAX_MEMBERS => Err(too_many()),
        // Each member's tree goes as its id is taken: of a large group there is never a second copy.
        Value::Array(members) => members.into_iter().map(id).collect(),
        member => id(member).map(|id| vec![id]),
    }
}

fn too_many() -> ScimError {
    ScimError::value(format!("A request may name at most {MAX_MEMBERS} members"))
}

fn of_member(error: &ScimError) -> ScimError {
    ScimError::new(error.kind, format!("members.{}", error.detail))
}

/// The id of one member: `{"value": id, …}` or the bare id.
fn id(member: Value) -> Result<String, ScimError> {
    let id = match member {
        Value::Object(mut member) => taken(&mut member, "value").map_err(|error| of_member(&error))?,
        member => Some(member),
    };
    match id {
        Some(Value::String(id)) if id.contains('\0') => Err(ScimError::value("members.value contains a NUL character")),
        Some(Value::String(id)) if id.len() > MAX_KEY_BYTES => {
            Err(ScimError::value(format!("members.value is longer than {MAX_KEY_BYTES} bytes")))
        }
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        None | Some(Value::Null | Value::String(_)) => Err(ScimError::value("members.value is required")),
        Some(_) => Err(ScimError::value("members.value must be a string")),
    }
}

#[cfg(test)]
mod tests;
