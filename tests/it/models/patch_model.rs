//! PATCH on plain JSON: RFC 7644 §3.5.2 with the choices of docs/scim.md, one rule a function, everything by copying.
//!
//! It reads the rows of the registry and nothing else of the program: paths reach it as they are meant, not as text.
//! `None` is a refusal of the whole request; null stands for what is absent.

use rollcall::scim::schema::{Attribute, DROPPED, Kind, Mutability, Place, Schema, USER};
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verb {
    Add,
    Replace,
    Remove,
}

/// What a path means.
#[derive(Clone, Debug)]
pub enum Path {
    /// A place of the registry, perhaps in some elements only.
    Known(Place, Option<Condition>),
    /// The object of a registered extension.
    Extension(&'static Schema),
    /// A name nobody registered, perhaps under a URN, perhaps with a part.
    Foreign { urn: Option<&'static str>, name: &'static str, part: Option<&'static str> },
    /// A whole extension nobody registered.
    ForeignExtension(&'static str),
    /// A text that means nothing.
    Nonsense(&'static str),
}

/// Which elements of a list are meant.
#[derive(Clone, Debug)]
pub enum Condition {
    Eq(&'static Attribute, Value),
    Ne(&'static Attribute, Value),
    Contains(&'static Attribute, String),
    Begins(&'static Attribute, String),
    Above(&'static Attribute, String),
    Present(&'static Attribute),
    Absent(&'static Attribute),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

/// One operation of a request.
#[derive(Clone, Debug)]
pub enum Operation {
    /// With a path.
    At(Verb, Path, Option<Value>),
    /// Without a path: every key of its value is one.
    Spread(Verb, Vec<(Path, Value)>),
}

/// The document after all operations.
pub fn patch(mut document: Object, operations: &[Operation]) -> Option<Object> {
    for operation in operations {
        match operation {
            Operation::At(_, Path::Known(place, _), _) if is_locked(place) => return None,
            Operation::At(Verb::Add | Verb::Replace, _, None) | Operation::Spread(Verb::Remove, _) => return None,
            Operation::At(verb, path, value) => at(&mut document, *verb, path, value.as_ref().unwrap_or(&Value::Null))?,
            Operation::Spread(verb, parts) if names_twice(*verb, parts) => return None,
            Operation::Spread(verb, parts) => {
                parts.iter().try_for_each(|(path, value)| at(&mut document, *verb, path, value))?;
            }
        }
    }
    Some(document)
}

/// Whether two keys set one thing, or one a part of the other: an object sets its parts.
fn names_twice(verb: Verb, parts: &[(Path, Value)]) -> bool {
    let sets = parts.iter().filter(|(path, _)| !is_dropped(path)).flat_map(|(path, value)| settings(verb, path, value));
    let names: Vec<String> = sets.map(|name| name.to_lowercase()).collect();
    let holds = |whole: &str, name: &str| {
        name.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
    };
    let mut pairs =
        names.iter().enumerate().flat_map(|(at, one)| names[at + 1..].iter().map(move |other| (one, other)));
    pairs.any(|(one, other)| holds(one, other) || holds(other, one))
}

fn settings(verb: Verb, path: &Path, sent: &Value) -> Vec<String> {
    let behind = |urn: &str, name: &str| if urn.is_empty() { name.to_owned() } else { format!("{urn}:{name}") };
    let dotted = |name: String, part: Option<&str>| part.map_or(name.clone(), |part| format!("{name}.{part}"));
    match path {
        Path::Known(place, None) => {
            let name = behind(place.extension.map_or("", |schema| schema.urn), place.attribute.name);
            match (place.sub, only_one(sent).as_object()) {
                (None, Some(parts)) if !place.attribute.multi => {
                    parts.keys().map(|part| format!("{name}.{part}")).collect()
                }
                (sub, _) => vec![dotted(name, sub.map(|sub| sub.name))],
            }
        }
        // Where a URN that nobody registered ends is told by the document alone: its colons hold nothing.
        Path::Foreign { urn: Some(urn), name, part } if !is_registered(urn) => {
            let whole = dotted(behind(urn, name), *part).replace(':', ";");
            match sent.as_object() {
                Some(parts) if verb != Verb::Remove => parts.keys().map(|part| format!("{whole};{part}")).collect(),
                _ => vec![whole],
            }
        }
        Path::Foreign { urn, name, part } => vec![dotted(behind(urn.unwrap_or_default(), name), *part)],
        Path::Extension(schema) if is_nothing(sent) && !sent.is_object() => {
            if verb == Verb::Replace {
                vec![schema.urn.to_owned()]
            } else {
                Vec::new()
            }
        }
        Path::Extension(schema) => {
            let row = |name: &str| schema.attributes.iter().find(|row| row.name.eq_ignore_ascii_case(name));
            let part = |(name, sent): (&String, &Value)| match row(name) {
                Some(attribute) => {
                    settings(verb, &Path::Known(Place { extension: Some(schema), attribute, sub: None }, None), sent)
                }
                None => vec![behind(schema.urn, name)],
            };
            object(sent).iter().flat_map(part).collect()
        }
        Path::ForeignExtension(urn) => object(sent).keys().map(|name| behind(urn, name).replace(':', ";")).collect(),
        Path::Known(_, Some(_)) | Path::Nonsense(_) => Vec::new(),
    }
}

/// The object in a list of one.
fn only_one(sent: &Value) -> &Value {
    match sent.as_array() {
        Some(list) if list.len() == 1 && list[0].is_object() => &list[0],
        _ => sent,
    }
}

/// What the server sets: no path may name it.
fn is_locked(place: &Place) -> bool {
    ["id", "meta", "schemas"].contains(&place.attribute.name)
}

/// What is taken and dropped.
fn is_dropped(path: &Path) -> bool {
    match path {
        Path::Known(place, _) => place.attribute.mutability == Mutability::ReadOnly,
        Path::Foreign { urn: None, name, .. } => DROPPED.contains(name),
        _ => false,
    }
}

fn at(document: &mut Object, verb: Verb, path: &Path, sent: &Value) -> Option<()> {
    if is_dropped(path) {
        return Some(());
    }
    match path {
        Path::Nonsense(_) => return None,
        Path::Known(place, only) => {
            let Some(schema) = place.extension else { return known(document, *place, only.as_ref(), verb, sent) };
            let mut extension = object(&value_of(document, schema.urn));
            known(&mut extension, *place, only.as_ref(), verb, sent)?;
            put(document, schema.urn, Value::Object(extension));
        }
        Path::Extension(schema) => return extension(document, schema, verb, sent),
        Path::Foreign { urn: None, name, part } => foreign(document, name, *part, verb, sent),
        Path::Foreign { urn: Some(urn), name, part } => {
            let part_of = part.map(|part| format!(".{part}")).unwrap_or_default();
            let whole = spelled(document, &format!("{urn}:{name}{part_of}"));
            let makes = sent.is_object() && verb != Verb::Remove && !document.contains_key(&spelled(document, urn));
            if !is_registered(urn) && (document.contains_key(&whole) || makes) {
                return stranger(document, &whole, verb, sent);
            }
            within(document, urn, name, *part, verb, sent);
        }
        Path::ForeignExtension(urn) => return stranger(document, urn, verb, sent),
    }
    Some(())
}

/// Whether a URN is that of an extension of ours.
fn is_registered(urn: &str) -> bool {
    USER.extensions.iter().any(|schema| schema.urn == urn)
}

/// A whole extension nobody registered: an object sets the names it gives.
fn stranger(document: &mut Object, whole: &str, verb: Verb, sent: &Value) -> Option<()> {
    if verb == Verb::Remove {
        put(document, whole, Value::Null);
    } else if sent.is_object() {
        for (name, value) in &distinct(sent)? {
            within(document, whole, name, None, verb, value);
        }
    } else {
        keep(document, whole, verb, sent);
    }
    Some(())
}

/// A whole extension: its attributes are set one by one, nothing in its place removes it when it replaces.
fn extension(document: &mut Object, schema: &'static Schema, verb: Verb, sent: &Value) -> Option<()> {
    if verb == Verb::Remove || (verb == Verb::Replace && is_nothing(sent) && !sent.is_object()) {
        put(document, schema.urn, Value::Null);
        return Some(());
    }
    if is_nothing(sent) {
        return Some(());
    }
    for (name, value) in &distinct(sent)? {
        let row = schema.attributes.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        match row {
            Some(attribute) => {
                let place = Place { extension: Some(schema), attribute, sub: None };
                at(document, verb, &Path::Known(place, None), value)?;
            }
            None => within(document, schema.urn, name, None, verb, value),
        }
    }
    Some(())
}

// ------------------------------------------------------------------------------------------ attributes of the registry

fn known(parent: &mut Object, place: Place, only: Option<&Condition>, verb: Verb, sent: &Value) -> Option<()> {
    let row = place.attribute;
    let now = value_of(parent, row.name);
    let then = match (row.multi, only, place.sub) {
        (false, Some(_), _) => return None,
        (false, None, None) => renewed(&now, single(now.clone(), row, verb, sent)?, only_one(sent)),
        (false, None, Some(sub)) => renewed(&now, part(&now, sub, verb, sent)?, &Value::Null),
        (true, None, None) => Value::Array(list(elements(&now), row, verb, sent)?),
        (true, only, sub) => Value::Array(chosen(elements(&now), row, only, sub, verb, sent)?),
    };
    let is_missing = row.required && is_nothing(&then);
    put(parent, row.name, then);
    (!is_missing).then_some(())
}

/// Another value, or none, is another thing: what was said about the old one, and is not said anew, does not hold for it.
fn renewed(now: &Value, then: Value, sent: &Value) -> Value {
    match (now.get("value"), then.get("value")) {
        (Some(old), new) if Some(old) != new && then.is_object() => {
            let told: Vec<String> = object(sent).keys().map(|name| name.to_lowercase()).collect();
            let stays = |name: &str| name == "value" || told.contains(&name.to_lowercase());
            object(&then).into_iter().filter(|(name, _)| stays(name)).collect()
        }
        _ => then,
    }
}

/// One value. Nothing sent changes nothing when it is added and removes when it replaces.
fn single(now: Value, row: &Attribute, verb: Verb, sent: &Value) -> Option<Value> {
    if verb == Verb::Remove {
        return Some(Value::Null);
    }
    if row.kind == Kind::Complex {
        return merged(now, row, verb, sent);
    }
    let kept = kept_one(sent, row)?;
    Some(if verb == Verb::Add && kept.is_null() { now } else { kept })
}

/// One part of an object.
fn part(now: &Value, sub: &Attribute, verb: Verb, sent: &Value) -> Option<Value> {
    let mut whole = object(now);
    let then = single(value_of(&whole, sub.name), sub, verb, sent)?;
    put(&mut whole, sub.name, then);
    Some(Value::Object(whole))
}

/// An object takes the parts it is sent and keeps the others; a bare text is its `value`.
fn merged(now: Value, row: &Attribute, verb: Verb, sent: &Value) -> Option<Value> {
    let sent = if row.multi { sent } else { only_one(sent) };
    match (sent, row.sub("value")) {
        (Value::Object(_), _) => {
            let mut whole = now;
            for (name, sent) in &distinct(sent)? {
                whole = if let Some(sub) = row.sub(name) {
                    part(&whole, sub, verb, sent)?
                } else {
                    let mut parts = object(&whole);
                    foreign(&mut parts, name, None, verb, sent);
                    Value::Object(parts)
                };
            }
            Some(whole)
        }
        (sent, _) if is_nothing(sent) => Some(if verb == Verb::Add { now } else { Value::Null }),
        (Value::String(_), Some(value)) if row.multi => part(&now, value, verb, sent),
        (Value::String(_), Some(_)) if now.get("value") != Some(sent) => kept_one(sent, row),
        (Value::String(_), Some(_)) => Some(now),
        _ => None,
    }
}

/// A whole list.
fn list(mut now: Vec<Value>, row: &Attribute, verb: Verb, sent: &Value) -> Option<Vec<Value>> {
    match verb {
        Verb::Remove if sent.is_null() => Some(Vec::new()),
        Verb::Remove => {
            let listed = elements_sent(sent, row)?;
            now.retain(|element| !listed.iter().any(|listed| means(listed, element, row)));
            Some(now)
        }
        Verb::Replace => Some(elements(&kept(sent, row)?)),
        Verb::Add => {
            for element in elements(&kept(sent, row)?) {
                add(&mut now, &element, row);
            }
            settled(now)
        }
    }
}

/// One more element, or more about the one that has the same value and type.
fn add(now: &mut Vec<Value>, element: &Value, row: &Attribute) {
    let alike =
        |old: &Value| old == element || (old.get("value").is_some() && same(&["value", "type"], old, element, row));
    let at = now.iter().position(alike).unwrap_or(now.len());
    if at == now.len() {
        now.push(element.clone());
    }
    for (name, value) in object(element) {
        now[at][name.as_str()] = value;
    }
    if is_primary(element) {
        prefer(now, at);
    }
}

/// Some elements of a list, or one part of each; where there are none, one is made as the condition describes it.
fn chosen(
    now: Vec<Value>,
    row: &Attribute,
    only: Option<&Condition>,
    sub: Option<&Attribute>,
    verb: Verb,
    sent: &Value,
) -> Option<Vec<Value>> {
    let mut now = now;
    let sent = if sub.is_none() { only_one(sent) } else { sent };
    let meant = |element: &Value| only.is_none_or(|only| holds(only, element));
    if verb == Verb::Remove && sub.is_none() {
        now.retain(|element| !meant(element));
        return Some(now);
    }
    let mut places: Vec<usize> = (0..now.len()).filter(|at| meant(&now[*at])).collect();
    if places.is_empty() {
        if verb == Verb::Remove || is_nothing(sent) {
            return Some(now);
        }
        let mut made = Object::new();
        only.map_or(Some(()), |only| describe(only, &mut made))?;
        places.push(now.len());
        now.push(Value::Object(made));
    }
    for at in &places {
        let element = now[*at].clone();
        now[*at] = match sub {
            Some(sub) => part(&element, sub, verb, sent)?,
            // Replaced whole: only what it was chosen by stays.
            None if verb == Verb::Replace && sent.is_object() && !is_nothing(sent) => {
                let mut stays = Object::new();
                for name in only.map(pinned).unwrap_or_default() {
                    put(&mut stays, name, element.get(name).cloned().unwrap_or_default());
                }
                merged(Value::Object(stays), row, verb, sent)?
            }
            None => merged(element, row, verb, sent)?,
        };
    }
    places.retain(|at| is_primary(&now[*at]));
    // Elements that have become the same are one.
    if let Some(first) = places.first().copied()
        && places.iter().all(|at| now[*at] == now[first])
    {
        places.iter().filter(|at| **at != first).for_each(|at| now[*at] = Value::Null);
        prefer(&mut now, first);
    }
    now.retain(|element| !is_nothing(element));
    settled(now)
}

/// The parts that a condition says the value of.
fn pinned(only: &Condition) -> Vec<&'static str> {
    match only {
        Condition::And(one, other) => [pinned(one), pinned(other)].concat(),
        Condition::Eq(sub, _) => vec![sub.name],
        _ => Vec::new(),
    }
}

/// What a condition of `eq` and `and` says about an element; it cannot say anything else, or the same thing twice.
fn describe(only: &Condition, made: &mut Object) -> Option<()> {
    match only {
        Condition::And(one, other) => describe(one, made).and_then(|()| describe(other, made)),
        Condition::Eq(sub, value) => {
            let text = value.as_str().unwrap_or_default();
            let suggested = sub.canonical.iter().find(|known| known.eq_ignore_ascii_case(text));
            // Spelled as registered, else as it was written.
            let value = suggested.map_or_else(|| value.clone(), |known| Value::from(*known));
            made.insert(sub.name.to_owned(), value).is_none().then_some(())
        }
        _ => None,
    }
}

/// Whether a condition holds for an element; an absent part is not equal to anything.
fn holds(only: &Condition, element: &Value) -> bool {
    let text = |sub: &Attribute| element.get(sub.name).and_then(Value::as_str).map(|text| folded(text, sub));
    match only {
        Condition::And(one, other) => holds(one, element) && holds(other, element),
        Condition::Or(one, other) => holds(one, element) || holds(other, element),
        Condition::Not(inner) => !holds(inner, element),
        Condition::Eq(sub, value) => element.get(sub.name).is_some_and(|part| equal(part, value, Some(sub))),
        Condition::Ne(sub, value) => !element.get(sub.name).is_some_and(|part| equal(part, value, Some(sub))),
        Condition::Contains(sub, wanted) => text(sub).is_some_and(|text| text.contains(&folded(wanted, sub))),
        Condition::Begins(sub, wanted) => text(sub).is_some_and(|text| text.starts_with(&folded(wanted, sub))),
        Condition::Above(sub, wanted) => text(sub).is_some_and(|text| text > folded(wanted, sub)),
        Condition::Present(sub) => element.get(sub.name).is_some(),
        Condition::Absent(sub) => element.get(sub.name).is_none(),
    }
}

// ------------------------------------------------------------------------------------------- what nobody registered

/// A name nobody registered keeps what it is sent; what is no object gives way when a part of it is set.
fn foreign(parent: &mut Object, name: &str, part: Option<&str>, verb: Verb, sent: &Value) {
    let name = spelled(parent, name);
    let Some(part) = part else { return keep(parent, &name, verb, sent) };
    let now = value_of(parent, &name);
    if now.is_object() || (verb != Verb::Remove && !is_nothing(sent)) {
        let mut whole = object(&now);
        let part = spelled(&whole, part);
        keep(&mut whole, &part, verb, sent);
        put(parent, &name, Value::Object(whole));
    }
}

fn keep(parent: &mut Object, name: &str, verb: Verb, sent: &Value) {
    let lone = || if is_nothing(sent) { Vec::new() } else { vec![sent.clone()] };
    let mut all = elements(&value_of(parent, name));
    let meant = sent.as_array().cloned().unwrap_or_else(lone);
    let is_list = !all.is_empty();
    match verb {
        // A list takes more, and loses what is listed.
        Verb::Add if is_list => {
            let fresh: Vec<Value> = meant.into_iter().filter(|one| !all.contains(one)).collect();
            all.extend(fresh);
            put(parent, name, Value::Array(all));
        }
        Verb::Remove if is_list && !sent.is_null() => {
            all.retain(|one| !meant.contains(one));
            put(parent, name, Value::Array(all));
        }
        Verb::Remove => put(parent, name, Value::Null),
        // An object sets the names it gives.
        _ if sent.is_object() && value_of(parent, name).is_object() => {
            let mut whole = object(&value_of(parent, name));
            for (part, value) in object(sent) {
                let part = spelled(&whole, &part);
                if whole.get(&part) != Some(&value) {
                    keep(&mut whole, &part, verb, &value);
                }
            }
            put(parent, name, Value::Object(whole));
        }
        Verb::Add if is_nothing(sent) => {}
        _ => put(parent, name, sent.clone()),
    }
}

/// The same in the object of an extension.
fn within(document: &mut Object, urn: &str, name: &str, part: Option<&str>, verb: Verb, sent: &Value) {
    let now = value_of(document, urn);
    if now.is_object() || (verb != Verb::Remove && !is_nothing(sent)) {
        let mut extension = object(&now);
        foreign(&mut extension, name, part, verb, sent);
        put(document, urn, Value::Object(extension));
    }
}

/// The spelling a name has already, whatever its letter case.
fn spelled(parent: &Object, name: &str) -> String {
    let known = parent.keys().find(|key| key.eq_ignore_ascii_case(name));
    known.map_or_else(|| name.to_owned(), Clone::clone)
}

// ------------------------------------------------------------------------------------------------ values as they are kept

/// A value as it is kept: names as registered, right types, nothing empty.
fn kept(sent: &Value, row: &Attribute) -> Option<Value> {
    if row.multi { settled(elements_sent(sent, row)?).map(Value::Array) } else { kept_one(sent, row) }
}

/// The elements of a list as they are kept; a lone one is a list of one.
fn elements_sent(sent: &Value, row: &Attribute) -> Option<Vec<Value>> {
    let sent = sent.as_array().cloned().unwrap_or_else(|| vec![sent.clone()]);
    let kept: Option<Vec<Value>> = sent.iter().map(|element| kept_one(element, row)).collect();
    Some(kept?.into_iter().filter(|element| !element.is_null()).collect())
}

fn kept_one(sent: &Value, row: &Attribute) -> Option<Value> {
    if is_nothing(sent) {
        return Some(Value::Null);
    }
    match (row.kind, sent) {
        (Kind::Boolean, Value::String(word)) => word.to_lowercase().parse().ok().map(Value::Bool),
        (Kind::Boolean, Value::Bool(_)) | (Kind::String | Kind::Reference | Kind::Binary, Value::String(_)) => {
            Some(sent.clone())
        }
        (Kind::Complex, Value::Array(_)) if !row.multi && only_one(sent).is_object() => kept_one(only_one(sent), row),
        (Kind::Complex, Value::String(_)) if row.sub("value").is_some() => {
            part(&Value::Null, row.sub("value")?, Verb::Add, sent)
        }
        (Kind::Complex, Value::Object(_)) => {
            let mut whole = Object::new();
            for (name, sent) in &distinct(sent)? {
                match row.sub(name) {
                    Some(sub) => put(&mut whole, sub.name, kept(sent, sub)?),
                    None => put(&mut whole, name, sent.clone()),
                }
            }
            Some(if whole.is_empty() { Value::Null } else { Value::Object(whole) })
        }
        _ => None,
    }
}

/// A list without repeated elements, and with one primary element at most.
fn settled(now: Vec<Value>) -> Option<Vec<Value>> {
    let mut settled: Vec<Value> = Vec::new();
    for element in now {
        if !settled.contains(&element) {
            settled.push(element);
        }
    }
    (settled.iter().filter(|element| is_primary(element)).count() < 2).then_some(settled)
}

/// The names of an object, none of which stands twice in other letter case.
fn distinct(sent: &Value) -> Option<Object> {
    let object = sent.as_object()?;
    let mut names: Vec<String> = object.keys().map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    (names.len() == object.len()).then(|| object.clone())
}

/// Whether a listed element means this one: by value, and by type if it has one; without a value by all it says.
fn means(listed: &Value, element: &Value, row: &Attribute) -> bool {
    let all: Vec<String> = object(listed).keys().cloned().collect();
    let telling = |name: &&str| listed.get("value").is_none() || ["value", "type"].contains(name);
    let names: Vec<&str> = all.iter().map(String::as_str).filter(telling).collect();
    same(&names, listed, element, row)
}

fn same(names: &[&str], one: &Value, other: &Value, row: &Attribute) -> bool {
    names.iter().all(|name| match (one.get(name), other.get(name)) {
        (Some(one), Some(other)) => equal(one, other, row.sub(name)),
        (one, other) => one.is_none() && other.is_none(),
    })
}

/// Whether two values are equal; text by its attribute's idea of letter case.
fn equal(one: &Value, other: &Value, row: Option<&Attribute>) -> bool {
    match (one, other, row) {
        (Value::String(one), Value::String(other), Some(row)) => folded(one, row) == folded(other, row),
        _ => one == other,
    }
}

fn folded(text: &str, row: &Attribute) -> String {
    if row.case_exact { text.to_owned() } else { text.to_lowercase() }
}

fn prefer(now: &mut [Value], chosen: usize) {
    for (at, element) in now.iter_mut().enumerate() {
        if at != chosen && is_primary(element) {
            element["primary"] = Value::Bool(false);
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

fn is_nothing(value: &Value) -> bool {
    [Value::Null, "".into(), Value::Array(Vec::new()), Value::Object(Object::new())].contains(value)
}

fn value_of(parent: &Object, name: &str) -> Value {
    parent.get(name).cloned().unwrap_or_default()
}

fn object(value: &Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn elements(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Sets a name, or takes it away when nothing is left of it.
fn put(parent: &mut Object, name: &str, value: Value) {
    let name = spelled(parent, name);
    if is_nothing(&value) {
        parent.remove(&name);
    } else {
        parent.insert(name, value);
    }
}

#[test]
fn the_model_does_what_the_examples_of_the_rfc_show() {
    let place = |name| USER.resolve(name).expect("a place");
    let start =
        serde_json::json!({ "emails": [{ "value": "A@x.org", "type": "work" }, { "value": "b", "primary": true }] });
    let work = Condition::Eq(place("emails.type").leaf(), "WORK".into());
    let operations = [
        Operation::At(Verb::Replace, Path::Known(place("emails.primary"), Some(work)), Some(true.into())),
        Operation::At(Verb::Add, Path::Known(place("nickName"), None), Some("Babs".into())),
    ];
    let expected = serde_json::json!({
        "emails": [{ "value": "A@x.org", "type": "work", "primary": true }, { "value": "b", "primary": false }],
        "nickName": "Babs",
    });
    assert_eq!(patch(object(&start), &operations).map(Value::Object), Some(expected));
}
