//! Changes to registered attributes: values, objects, lists and chosen elements of lists.

use serde_json::{Map, Value};

use super::effort::Effort;
use super::{Verb, foreign};
use crate::scim::document::shape::{self, Field, Names, only};
use crate::scim::error::ScimError;
use crate::scim::filter::{self, Comparison, Filter, Literal, Op};
use crate::scim::schema::{Attribute, Kind, Place, names_secret};

/// What an operation does, and with what.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) verb: Verb,
    pub(super) value: Option<&'a Value>,
    pub(super) effort: &'a Effort,
}

impl<'a> Change<'a> {
    /// The same verb with another value.
    pub(super) fn with(self, value: &'a Value) -> Self {
        Self { value: Some(value), ..self }
    }

    /// Whether it leaves something behind, wherever it is aimed.
    pub(super) fn sets(self) -> bool {
        self.verb != Verb::Remove && !shape::empty(self.sent())
    }

    /// The value; a missing one is null.
    pub(super) fn sent(self) -> &'a Value {
        self.value.unwrap_or(&Value::Null)
    }
}

/// Lets `edit` change one entry, null standing for absent, and removes it when nothing is left of it.
pub(super) fn slot(
    parent: &mut Map<String, Value>,
    name: &str,
    edit: impl FnOnce(&mut Value) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    let slot = parent.entry(name).or_insert(Value::Null);
    let done = edit(slot);
    if shape::empty(slot) {
        parent.shift_remove(name);
    }
    done
}

/// The value as an object; anything else gives way to an empty one.
pub(super) fn object(slot: &mut Value) -> &mut Map<String, Value> {
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("it was made an object on the line before")
}

/// The value as a list; anything else gives way to an empty one.
fn array(slot: &mut Value) -> &mut Vec<Value> {
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    slot.as_array_mut().expect("it was made a list on the line before")
}

/// Changes a registered attribute of `parent`, which is the document or the extension's object.
pub(super) fn attribute(
    parent: &mut Map<String, Value>,
    place: Place,
    filter: Option<&Filter>,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let field = Field::new(place.extension, place.attribute);
    slot(parent, place.attribute.name, |slot| {
        match (place.attribute.multi, filter, place.sub) {
            (false, Some(_), _) => return Err(ScimError::path(format!("{} is no list to filter", place.name()))),
            (false, None, sub) => renewed(slot, place, change.sent(), |slot| match sub {
                None => single(slot, &field, change),
                Some(sub) => sub_value(slot, &field, sub, change),
            })?,
            (true, None, None) => list(array(slot), &field, change)?,
            (true, filter, sub) => elements(array(slot), &field, Chosen { filter, sub }, change)?,
        }
        match (place.attribute.required && shape::empty(slot), change.verb) {
            (false, _) => Ok(()),
            // RFC 7644 §3.5.2.2
            (true, Verb::Remove) => {
                Err(ScimError::mutability(format!("{} is required and cannot be taken away", place.name())))
            }
            (true, Verb::Add | Verb::Replace) => Err(ScimError::value(format!("{} is required", place.name()))),
        }
    })
}

/// Changes a value that is no list. Where its `value` names another thing than before, such as another manager or none, what
/// was said about the old one goes with it.
fn renewed(
    slot: &mut Value,
    place: Place,
    sent: &Value,
    edit: impl FnOnce(&mut Value) -> Result<(), ScimError>,
) -> Result<(), ScimError> {
    if place.attribute.sub("value").is_none() {
        return edit(slot);
    }
    let before = slot.get("value").cloned();
    edit(slot)?;
    if let Some(before) = before
        && slot.get("value") != Some(&before)
        && let Value::Object(now) = slot
    {
        let is_told = |name: &str| place.sub.is_none() && names(only(sent), name);
        now.retain(|name, _| name == "value" || is_told(name));
    }
    Ok(())
}

/// Whether an object has a name, in any letter case.
fn names(value: &Value, name: &str) -> bool {
    value.as_object().is_some_and(|object| object.keys().any(|key| key.eq_ignore_ascii_case(name)))
}

/// Changes a value that is no list.
fn single(slot: &mut Value, field: &Field, change: Change<'_>) -> Result<(), ScimError> {
    if change.verb == Verb::Remove {
        *slot = Value::Null;
        return Ok(());
    }
    if field.attribute.kind == Kind::Complex {
        return merge(slot, field, change);
    }
    match shape::value(change.sent(), field)? {
        Some(value) => *slot = value,
        None if change.verb == Verb::Add => {}
        None => *slot = Value::Null,
    }
    Ok(())
}

/// Changes one sub-attribute of an object.
fn sub_value(slot: &mut Value, field: &Field, sub: &'static Attribute, change: Change<'_>) -> Result<(), ScimError> {
    self::slot(object(slot), sub.name, |slot| single(slot, &field.sub(sub), change))
}

/// Sets the sub-attributes that are given and leaves the others (RFC 7644 §3.5.2.1, §3.5.2.3).
fn merge(slot: &mut Value, field: &Field, change: Change<'_>) -> Result<(), ScimError> {
    let sent = if field.attribute.multi { change.sent() } else { only(change.sent()) };
    match (sent, field.attribute.sub("value")) {
        (Value::Object(sent), _) => merge_object(object(slot), field, sent, change),
        (sent, _) if shape::empty(sent) => {
            if change.verb == Verb::Replace {
                *slot = Value::Null;
            }
            Ok(())
        }
        (Value::String(_), Some(sub)) if field.attribute.multi => sub_value(slot, field, sub, change),
        (sent, _) => rename(slot, field, sent),
    }
}

/// Merges an object into another, name by name.
fn merge_object(
    target: &mut Map<String, Value>,
    field: &Field,
    sent: &Map<String, Value>,
    change: Change<'_>,
) -> Result<(), ScimError> {
    let mut names = Names::default();
    for (key, value) in sent {
        names.claim(key)?;
        if names_secret(key) {
            continue;
        }
        if let Some(sub) = field.attribute.sub(key) {
            slot(target, sub.name, |slot| single(slot, &field.sub(sub), change.with(value)))?;
        } else {
            let key = foreign::spelling(target, key, change)?;
            slot(target, &key, |slot| foreign::set(slot, 0, &key, change.with(value)))?;
        }
    }
    shape::few_names(target)
}

/// Points an object at another `value`; what was said about the old one goes with it.
fn rename(slot: &mut Value, field: &Field, sent: &Value) -> Result<(), ScimError> {
    let named = shape::single(sent, field)?.unwrap_or_default();
    if slot.get("value") != named.get("value") {
        *slot = named;
    }
    Ok(())
}

/// Changes a whole list.
fn list(elements: &mut Vec<Value>, field: &Field, change: Change<'_>) -> Result<(), ScimError> {
    match (change.verb, change.sent()) {
        (Verb::Remove, Value::Null) => {
            elements.clear();
            Ok(())
        }
        (Verb::Remove, sent) => remove_listed(elements, field, sent, change.effort),
        (Verb::Replace, sent) => {
            *elements = shaped(sent, field)?;
            Ok(())
        }
        (Verb::Add, sent) => append(elements, field, shaped(sent, field)?, change.effort),
    }
}

/// The elements a value stands for.
fn shaped(sent: &Value, field: &Field) -> Result<Vec<Value>, ScimError> {
    match shape::value(sent, field)? {
        Some(Value::Array(elements)) => Ok(elements),
        _ => Ok(Vec::new()),
    }
}

/// Adds elements; one that is there already, by `value` and `type`, takes what is new.
fn append(elements: &mut Vec<Value>, field: &Field, added: Vec<Value>, effort: &Effort) -> Result<(), ScimError> {
    effort.compare(elements, 1)?;
    effort.compare(&added, 1)?;
    let mut there: Vec<Value> = elements.iter().map(|element| keyed(element, field)).collect();
    for element in added {
        let (primary, own) = (shape::is_primary(&element), keyed(&element, field));
        let is_there = |(other, key): (&Value, &Value)| *other == element || same(key, &own);
        let index = elements.iter().zip(&there).position(is_there).unwrap_or(elements.len());
        match (elements.get_mut(index), element) {
            (Some(Value::Object(other)), Value::Object(element)) => {
                other.extend(element);
                there[index] = keyed(&elements[index], field);
            }
            (Some(_), _) => {}
            (None, element) => {
                elements.push(element);
                there.push(own);
            }
        }
        shape::within_limit(elements.len(), field)?;
        if primary {
            prefer(elements, index);
        }
    }
    shape::settle(elements, field)
}

/// An element with its texts as they are compared, each by its own idea of letter case.
fn keyed(element: &Value, field: &Field) -> Value {
    let Value::Object(parts) = element else { return element.clone() };
    let key = |(name, part): (&String, &Value)| match (part, field.attribute.sub(name)) {
        (Value::String(text), Some(sub)) => (name.clone(), Value::String(shape::key(text, sub))),
        (part, _) => (name.clone(), part.clone()),
    };
    parts.iter().map(key).collect()
}

/// Whether two elements, as they are compared, have the same `value` and the same `type`.
fn same(one: &Value, other: &Value) -> bool {
    one.get("value").is_some() && ["value", "type"].iter().all(|name| one.get(name) == other.get(name))
}

/// Makes one element the primary one; the others are so no longer (RFC 7644 §3.5.2).
fn prefer(elements: &mut [Value], chosen: usize) {
    for (index, element) in elements.iter_mut().enumerate() {
        if index != chosen && shape::is_primary(element) {
            object(element).insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

/// Removes the elements a value lists, as Entra asks for, and no others.
fn remove_listed(elements: &mut Vec<Value>, field: &Field, sent: &Value, effort: &Effort) -> Result<(), ScimError> {
    let sent = match sent {
        Value::Array(sent) => sent.as_slice(),
        sent => std::slice::from_ref(sent),
    };
    shape::within_limit(sent.len(), field)?;
    effort.compare(elements, 1)?;
    effort.compare(sent, 1)?;
    let mut listed = Vec::with_capacity(sent.len());
    for sent in sent {
        listed.extend(shape::single(sent, field)?.map(|one| keyed(&one, field)));
    }
    elements.retain(|element| {
        let own = keyed(element, field);
        !listed.iter().any(|listed| means(listed, &own))
    });
    Ok(())
}

/// Whether a listed element means this one, both as they are compared: by `value`, and `type` if given; without a value
/// by all it says.
fn means(listed: &Value, element: &Value) -> bool {
    let Value::Object(names) = listed else { return listed == element };
    let telling = |name: &str| listed.get("value").is_none() || name == "value" || name == "type";
    names.keys().filter(|name| telling(name)).all(|name| listed.get(name) == element.get(name))
}

/// Which elements of a list a path means, and which sub-attribute of them.
#[derive(Clone, Copy)]
struct Chosen<'a> {
    filter: Option<&'a Filter>,
    sub: Option<&'static Attribute>,
}

impl Chosen<'_> {
    fn matches(self, element: &Value) -> bool {
        self.filter.is_none_or(|filter| filter::matches_element(filter, element))
    }
}

/// Changes the chosen elements of a list, or one sub-attribute of each.
fn elements(elements: &mut Vec<Value>, field: &Field, chosen: Chosen<'_>, change: Change<'_>) -> Result<(), ScimError> {
    // A list of one stands for the one.
    let change =
        if chosen.sub.is_none() && change.verb != Verb::Remove { change.with(only(change.sent())) } else { change };
    change.effort.look(elements)?;
    change.effort.compare(elements, chosen.filter.map_or(0, Filter::comparisons))?;
    if change.verb == Verb::Remove && chosen.sub.is_none() {
        elements.retain(|element| !chosen.matches(element));
        return Ok(());
    }
    let mut matched: Vec<usize> = (0..elements.len()).filter(|index| chosen.matches(&elements[*index])).collect();
    if matched.is_empty() {
        if change.verb == Verb::Remove || shape::empty(change.sent()) {
            return Ok(());
        }
        let made = seed(chosen, field)?;
        // What a filter says may be longer than a value.
        shape::single(&made, field)?;
        matched.push(elements.len());
        elements.push(made);
    }
    change.effort.copy(change.sent(), matched.len())?;
    for index in &matched {
        if let Some(sub) = chosen.sub {
            sub_value(&mut elements[*index], field, sub, change)?;
            continue;
        }
        if change.verb == Verb::Replace && change.sent().is_object() && change.sets() {
            elements[*index] = kept(chosen, &elements[*index]);
        }
        merge(&mut elements[*index], field, change)?;
    }
    matched.retain(|index| shape::is_primary(&elements[*index]));
    // Elements that have become the same are one.
    if let Some((first, others)) = matched.split_first()
        && others.iter().all(|other| elements[*other] == elements[*first])
    {
        for other in others {
            elements[*other] = Value::Null;
        }
        prefer(elements, *first);
    }
    elements.retain(|element| !shape::empty(element));
    shape::settle(elements, field)
}

/// The element a filter describes, which Entra expects to be made when there is none.
fn seed(chosen: Chosen<'_>, field: &Field) -> Result<Value, ScimError> {
    let mut element = Map::new();
    if chosen.filter.is_none_or(|filter| describe(filter, &mut element)) {
        return Ok(Value::Object(element));
    }
    let name = field.attribute.name;
    Err(ScimError::no_target(format!("No element of {name} matches the filter, and it does not describe a new one")))
}

/// What stays of an element that is replaced whole (RFC 7644 §3.5.2.3): what it was chosen by, so that the same path finds
/// it again.
fn kept(chosen: Chosen<'_>, element: &Value) -> Value {
    let mut names = Vec::new();
    if let Some(filter) = chosen.filter {
        pinned(filter, &mut names);
    }
    let kept = names.into_iter().filter_map(|name| Some((name.to_owned(), element.get(name)?.clone())));
    Value::Object(kept.collect())
}

/// Collects the sub-attributes of which a filter says what they must be.
fn pinned(filter: &Filter, names: &mut Vec<&'static str>) {
    match filter {
        Filter::And(parts) => parts.iter().for_each(|part| pinned(part, names)),
        Filter::Compare(Comparison { place, op: Op::Eq, .. }) => names.push(place.leaf().name),
        _ => {}
    }
}

/// Collects what a filter of `eq` and `and` says about an element; false when it says anything else.
fn describe(filter: &Filter, element: &mut Map<String, Value>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| describe(part, element)),
        Filter::Compare(Comparison { place, op: Op::Eq, value, written, .. }) => {
            let sub = place.leaf();
            literal(sub, value, written).is_some_and(|value| element.insert(sub.name.to_owned(), value).is_none())
        }
        _ => false,
    }
}

/// A literal as a value; text is spelled as the registry suggests, where it does, else as it was written.
fn literal(sub: &Attribute, value: &Literal, written: &str) -> Option<Value> {
    match value {
        Literal::Text(text) => {
            let suggested = sub.canonical.iter().find(|canonical| canonical.eq_ignore_ascii_case(text));
            Some(Value::String(suggested.copied().unwrap_or(written).to_owned()))
        }
        Literal::Bool(flag) => Some(Value::Bool(*flag)),
        Literal::Integer(number) => Some(Value::from(*number)),
        Literal::Time(time) => Some(Value::String(time.to_rfc3339())),
        Literal::None => None,
    }
}
