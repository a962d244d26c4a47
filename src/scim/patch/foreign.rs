//! Changes to what the registry does not know: kept as sent, where it was sent to.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Verb;
use super::edit::{Change, object, slot};
use crate::scim::document::{shape, urn_like};
use crate::scim::error::ScimError;
use crate::scim::schema::{ResourceType, names_secret};

/// Where an unknown value stands.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) urn: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) sub: Option<&'a str>,
}

/// Changes an unknown attribute at the top, in a registered extension, or in an unknown one.
pub(super) fn change(
    resource: &ResourceType,
    document: &mut Map<String, Value>,
    spot: Spot<'_>,
    change: Change<'_>,
) -> Result<(), ScimError> {
    match spot.urn.map(|urn| (urn, resource.schema_of(urn))) {
        None => at_top(document, spot, change),
        Some((_, Some(schema))) => slot(document, schema.urn, |extension| below(extension, 0, spot, change)),
        Some((urn, None)) => within_foreign(document, urn, spot, change),
    }
}

/// Changes an attribute that nobody registered, or an extension whose URN is no path.
fn at_top(document: &mut Map<String, Value>, spot: Spot<'_>, change: Change<'_>) -> Result<(), ScimError> {
    if urn_like(spot.name) && spot.sub.is_none() {
        let whole = spelling(document, spot.name, change)?;
        return extension(document, &whole, change);
    }
    // A name that is there by itself is meant by itself, whatever is in it.
    let whole = spelling(document, &dotted(spot), change)?;
    let spot = if document.contains_key(&whole) { Spot { urn: None, name: &whole, sub: None } } else { spot };
    inside(document, 0, spot, change)
}

/// Changes an attribute of an extension the registry does not know, or the whole extension: what the resource holds tells
/// which of them a path means. Where it holds neither, an object is an extension and anything else an attribute of one.
fn within_foreign(
    document: &mut Map<String, Value>,
    urn: &str,
    spot: Spot<'_>,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let whole = spelling(document, &format!("{urn}:{}", dotted(spot)), change)?;
    let holder = spelling(document, urn, change)?;
    let is_object = change.verb != Verb::Remove && change.sent().is_object();
    if document.contains_key(&whole) || (is_object && !document.contains_key(&holder)) {
        return extension(document, &whole, change);
    }
    slot(document, &holder, |extension| below(extension, 1, spot, change))?;
    shape::few_names(document)
}

/// Changes a whole extension that the registry does not know: an object merges into it, its keys being names by themselves.
fn extension(document: &mut Map<String, Value>, whole: &str, change: Change<'_>) -> Result<(), ScimError> {
    if change.verb == Verb::Remove {
        document.shift_remove(whole);
        return Ok(());
    }
    let Value::Object(sent) = change.sent() else {
        return inside(document, 0, Spot { urn: None, name: whole, sub: None }, change);
    };
    slot(document, whole, |extension| merge(extension, 1, sent, change))?;
    shape::few_names(document)
}

/// Sets the names that are given and leaves the others (RFC 7644 §3.5.2.1, §3.5.2.3).
fn merge(value: &mut Value, levels: usize, sent: &Map<String, Value>, change: Change<'_>) -> Result<(), ScimError> {
    for (key, sent) in sent.iter().filter(|(key, _)| !names_secret(key)) {
        below(value, levels, Spot { urn: None, name: key, sub: None }, change.with(sent))?;
    }
    Ok(())
}

/// A name and its part, as they were written: the version of an unknown URN may have been taken for a part.
fn dotted(spot: Spot<'_>) -> String {
    let sub = spot.sub.map(|sub| format!(".{sub}")).unwrap_or_default();
    format!("{}{sub}", spot.name)
}

/// Changes one name of an object, or one name of the object under that name.
fn inside(parent: &mut Map<String, Value>, levels: usize, spot: Spot<'_>, change: Change<'_>) -> Result<(), ScimError> {
    let key = spelling(parent, spot.name, change)?;
    // What is there as it is sent stays, also where it says nothing.
    if spot.sub.is_none() && change.verb != Verb::Remove && parent.get(&key) == Some(change.sent()) {
        return Ok(());
    }
    match spot.sub {
        None => slot(parent, &key, |slot| set(slot, levels, &key, change))?,
        Some(sub) => {
            slot(parent, &key, |slot| below(slot, levels + 1, Spot { urn: None, name: sub, sub: None }, change))?;
        }
    }
    shape::few_names(parent)
}

/// The same in a value, which gives way to an object only when something is to stand in it.
fn below(value: &mut Value, levels: usize, spot: Spot<'_>, change: Change<'_>) -> Result<(), ScimError> {
    if value.is_object() || change.sets() { inside(object(value), levels, spot, change) } else { Ok(()) }
}

/// Sets an unknown value as sent; an empty one is a removal when it replaces. An object merges into an object. What is a list already takes more elements, and
/// loses those that a removal lists, as any other does (RFC 7644 §3.5.2.1, §3.5.2.2).
pub(super) fn set(slot: &mut Value, levels: usize, name: &str, change: Change<'_>) -> Result<(), ScimError> {
    let is_whole = change.verb == Verb::Replace || (change.verb == Verb::Remove && change.sent().is_null());
    if let Some(elements) = slot.as_array_mut().filter(|_| !is_whole) {
        let sent = shape::foreign_below(levels, name, change.sent())?.unwrap_or(Value::Array(Vec::new()));
        edit_list(elements, sent, change)?;
        return shape::few_elements(elements, name);
    }
    if let (true, false, Value::Object(sent)) = (slot.is_object(), change.verb == Verb::Remove, change.sent()) {
        shape::foreign_below(levels, name, change.sent())?;
        return merge(slot, levels + 1, sent, change);
    }
    let sent = change.value.filter(|_| change.verb != Verb::Remove).unwrap_or(&Value::Null);
    match shape::foreign_below(levels, name, sent)? {
        Some(value) => *slot = value,
        None if change.verb == Verb::Add => {}
        None => *slot = Value::Null,
    }
    Ok(())
}

/// Adds elements to a list, or removes them from it; a lone value is one of them.
fn edit_list(elements: &mut Vec<Value>, sent: Value, change: Change<'_>) -> Result<(), ScimError> {
    let sent = match sent {
        Value::Array(sent) => sent,
        one => vec![one],
    };
    change.effort.look(elements)?;
    change.effort.look(&sent)?;
    if change.verb == Verb::Remove {
        let listed: HashSet<Value> = sent.into_iter().collect();
        elements.retain(|element| !listed.contains(element));
        return Ok(());
    }
    let there: HashSet<Value> = elements.iter().cloned().collect();
    elements.extend(sent.into_iter().filter(|element| !there.contains(element)));
    Ok(())
}

/// The spelling a name already has in an object, else the one it came with.
pub(super) fn spelling(object: &Map<String, Value>, name: &str, change: Change<'_>) -> Result<String, ScimError> {
    if object.contains_key(name) {
        return Ok(name.to_owned());
    }
    change.effort.find(object, name)?;
    Ok(object.keys().find(|key| key.eq_ignore_ascii_case(name)).map_or_else(|| name.to_owned(), Clone::clone))
}
