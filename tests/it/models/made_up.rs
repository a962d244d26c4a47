//! Documents and PATCH operations that chance makes up from the registry, and how a client writes them.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rollcall::scim::Document;
use rollcall::scim::schema::{Attribute, COMMON, ENTERPRISE_URN, Kind, Place, ResourceType, Schema};
use serde_json::{Value, json};

use super::patch_model::{Condition, Object, Operation, Path, Verb};
use crate::harness;

/// Few texts, so that what is looked for is often there; some differ in letter case alone.
const TEXTS: [&str; 8] = ["a", "A", "bc", "work", "Work", "home", "É", "x@Y.org"];
/// Paths that mean nothing.
const NONSENSE: [&str; 8] = [
    "externalId.value",
    "hat.a.b",
    "members[type pr].size",
    "externalId[value pr]",
    "meta[",
    "colours[value pr]",
    "x y",
    "1",
];
/// An extension that nobody registered.
const STRANGE_URN: &str = "urn:example:strange:2.0:Thing";
/// Names that nobody registered: URN, name, part.
const STRANGE: [(Option<&str>, &str, Option<&str>); 10] = [
    (None, "shoeSize", None),
    (None, "SHOESIZE", None),
    (None, "shoeSize", Some("eu")),
    (None, "hat", Some("size")),
    (None, "name", Some("nick")),
    (None, "password", None),
    (Some(ENTERPRISE_URN), "floor", None),
    (Some(ENTERPRISE_URN), "manager", Some("nick")),
    (Some(STRANGE_URN), "a", None),
    (Some(STRANGE_URN), "b", Some("c")),
];

/// Operations, each with the way it is written.
pub type Written = Vec<(Operation, u8)>;

// ------------------------------------------------------------------------------------------------------------- values

/// A value of the right type.
fn good(row: &'static Attribute) -> BoxedStrategy<Value> {
    if !row.multi {
        return element(row);
    }
    let several = prop::collection::vec(element(row), 0..4).prop_map(Value::from);
    prop_oneof![3 => several, 1 => element(row)].boxed()
}

/// One value, or one element of a list.
fn element(row: &'static Attribute) -> BoxedStrategy<Value> {
    match row.kind {
        Kind::Boolean => select(vec![json!(true), json!(false), json!("True"), json!("false")]).boxed(),
        Kind::Complex => {
            let part = row_of(row.subs).prop_flat_map(|sub| (letters(sub.name), sent(sub)));
            let strange = (Just("label".to_owned()), strange());
            let parts = prop::collection::vec(prop_oneof![8 => part, 1 => strange], 0..4);
            let object = parts.prop_map(|parts| parts.into_iter().collect::<Value>());
            if row.sub("value").is_some() { prop_oneof![5 => object, 1 => text()].boxed() } else { object.boxed() }
        }
        _ => text(),
    }
}

/// One of these rows.
fn row_of(rows: &'static [Attribute]) -> BoxedStrategy<&'static Attribute> {
    select(rows.iter().collect::<Vec<_>>()).boxed()
}

fn text() -> BoxedStrategy<Value> {
    select(&TEXTS[..]).prop_map(Value::from).boxed()
}

/// What counts as absent.
fn nothing() -> BoxedStrategy<Value> {
    select(vec![json!(null), json!(""), json!([]), json!({})]).boxed()
}

/// What a name that nobody registered is sent.
fn strange() -> BoxedStrategy<Value> {
    select(vec![
        json!(7),
        json!("x"),
        json!([1, { "a": null }]),
        json!({ "a": 1, "b": { "c": [2] } }),
        json!({ "A": 3, "b": { "d": [4] }, "e": "x" }),
        json!([1, "x"]),
        json!(false),
        json!(null),
        json!(""),
        json!([]),
    ])
    .boxed()
}

/// Mostly good, sometimes nothing, sometimes of the wrong type.
fn sent(row: &'static Attribute) -> BoxedStrategy<Value> {
    let wrong = select(vec![
        json!(7),
        json!("maybe"),
        json!([[]]),
        json!({ "x": 1 }),
        json!([null, "a"]),
        json!([{ "value": "a" }]),
        json!(true),
    ]);
    prop_oneof![20 => good(row), 3 => nothing(), 1 => wrong].boxed()
}

/// A name in some letter case.
fn letters(name: &'static str) -> BoxedStrategy<String> {
    (0..6_u8).prop_map(|style| cased(style, name)).boxed()
}

fn cased(style: u8, text: &str) -> String {
    match style % 6 {
        0 => text.to_lowercase(),
        1 => text.to_uppercase(),
        _ => text.to_owned(),
    }
}

// ---------------------------------------------------------------------------------------------------------- documents

/// Attributes of a resource, but those that never stand in a document.
fn attributes(resource: &'static ResourceType) -> Vec<Place> {
    let core = COMMON.iter().chain(resource.schema.attributes).map(|attribute| (None, attribute));
    let more = resource.extensions.iter().flat_map(|schema| schema.attributes.iter().map(|row| (Some(*schema), row)));
    let all = core.chain(more).map(|(extension, attribute)| Place { extension, attribute, sub: None });
    all.filter(|place| place.attribute.name != "members").collect()
}

/// A document in its kept form.
pub fn document(resource: &'static ResourceType) -> BoxedStrategy<Object> {
    let known = select(attributes(resource)).prop_flat_map(|place| (Just(place), good(place.attribute)));
    let strange = (any::<Index>(), strange());
    let parts = (prop::collection::vec(known, 0..10), prop::collection::vec(strange, 0..3));
    let kept = parts.prop_filter_map("a document", move |(known, strange)| {
        let mut body = json!({});
        for (place, value) in known {
            let whole = if let Some(schema) = place.extension { &mut body[schema.urn] } else { &mut body };
            whole[place.attribute.name] = value;
        }
        for (at, value) in strange {
            body[["shoeSize", "hat", STRANGE_URN][at.index(3)]] = value;
        }
        Document::parse(&body, resource).ok().map(Document::into_map)
    });
    kept.boxed()
}

// --------------------------------------------------------------------------------------------------------- operations

fn condition(list: &'static Attribute) -> BoxedStrategy<Condition> {
    let subs: Vec<&'static Attribute> = list.subs.iter().filter(|sub| sub.name != "$ref").collect();
    let texts: Vec<&'static Attribute> = subs.iter().copied().filter(|sub| sub.kind != Kind::Boolean).collect();
    let ordered: Vec<&'static Attribute> = texts.iter().copied().filter(|sub| sub.kind == Kind::String).collect();
    let ordered = if ordered.is_empty() { texts.clone() } else { ordered };
    let any = move || select(subs.clone());
    let equal = any().prop_flat_map(|sub| (Just(sub), if sub.kind == Kind::Boolean { flag() } else { text() }));
    let part = |texts: &Vec<&'static Attribute>| (select(texts.clone()), select(&TEXTS[..]).prop_map(str::to_owned));
    let leaf = prop_oneof![
        8 => equal.clone().prop_map(|(sub, value)| Condition::Eq(sub, value)),
        1 => equal.prop_map(|(sub, value)| Condition::Ne(sub, value)),
        1 => part(&texts).prop_map(|(sub, text)| Condition::Contains(sub, text)),
        1 => part(&texts).prop_map(|(sub, text)| Condition::Begins(sub, text)),
        1 => part(&ordered).prop_map(|(sub, text)| Condition::Above(sub, text)),
        1 => any().prop_map(Condition::Present),
        1 => any().prop_map(Condition::Absent),
    ];
    let grown = leaf.prop_recursive(2, 4, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            2 => two.clone().prop_map(|(one, other)| Condition::And(one.into(), other.into())),
            1 => two.prop_map(|(one, other)| Condition::Or(one.into(), other.into())),
            1 => inner.prop_map(|one| Condition::Not(one.into())),
        ]
    });
    grown.boxed()
}

fn flag() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::from).boxed()
}

/// A path to a place of the registry, and what is sent to it.
fn known(resource: &'static ResourceType) -> BoxedStrategy<(Path, Value)> {
    let aimed = select(attributes(resource)).prop_flat_map(|whole| {
        let (row, subs) = (whole.attribute, whole.attribute.subs);
        let sub = if subs.is_empty() { Just(None).boxed() } else { prop::option::of(row_of(subs)).boxed() };
        let takes_brackets = row.multi && row.kind == Kind::Complex;
        let only = if takes_brackets { prop::option::of(condition(row)).boxed() } else { Just(None).boxed() };
        (sub, only).prop_flat_map(move |(sub, only)| {
            let value = match sub {
                Some(sub) => sent(sub),
                None if only.is_some() => prop_oneof![6 => element(row), 1 => sent(row)].boxed(),
                None => sent(row),
            };
            value.prop_map(move |value| (Path::Known(Place { sub, ..whole }, only.clone()), value))
        })
    });
    aimed.boxed()
}

/// The object of an extension, and what is sent to it.
fn extension(schema: &'static Schema) -> BoxedStrategy<(Path, Value)> {
    let part = row_of(schema.attributes).prop_flat_map(|row| (letters(row.name), sent(row)));
    let parts = prop::collection::vec(prop_oneof![6 => part, 1 => (Just("floor".to_owned()), strange())], 0..4);
    let object = parts.prop_map(|parts| parts.into_iter().collect::<Value>());
    let value = prop_oneof![6 => object, 1 => nothing(), 1 => text()];
    value.prop_map(move |value| (Path::Extension(schema), value)).boxed()
}

/// A path and what is sent to it.
fn aimed(resource: &'static ResourceType) -> BoxedStrategy<(Path, Value)> {
    let usable =
        STRANGE.into_iter().filter(|(urn, ..)| !(resource.extensions.is_empty() && *urn == Some(ENTERPRISE_URN)));
    let unknown = (select(usable.collect::<Vec<_>>()), strange())
        .prop_map(|((urn, name, part), value)| (Path::Foreign { urn, name, part }, value));
    let parts = prop::collection::vec((select(vec!["a", "b", "d"]), strange()), 1..3);
    let whole = parts.prop_map(|parts| {
        let object: Object = parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        (Path::ForeignExtension(STRANGE_URN), Value::Object(object))
    });
    let extended = match resource.extensions.first() {
        Some(schema) => extension(schema),
        None => known(resource),
    };
    prop_oneof![12 => known(resource), 2 => extended, 2 => unknown, 1 => whole].boxed()
}

fn verb() -> BoxedStrategy<Verb> {
    select(vec![Verb::Add, Verb::Add, Verb::Replace, Verb::Replace, Verb::Remove]).boxed()
}

/// One operation of any form.
fn operation(resource: &'static ResourceType) -> BoxedStrategy<Operation> {
    let at = (verb(), aimed(resource), 0..30_u8).prop_map(|(verb, (path, value), twist)| match twist {
        0 => Operation::At(verb, Path::Nonsense(NONSENSE[value.to_string().len() % NONSENSE.len()]), Some(value)),
        1 => Operation::At(verb, path, None),
        // What a remove of anything but a list is sent is of no interest; most send nothing.
        _ if verb == Verb::Remove && twist % 3 > 0 => Operation::At(verb, path, None),
        _ => Operation::At(verb, path, Some(value)),
    });
    let spread = (verb(), 0..20_u8, prop::collection::vec(aimed(resource), 0..4)).prop_map(|(verb, odd, parts)| {
        let verb = if odd > 0 && verb == Verb::Remove { Verb::Replace } else { verb };
        Operation::Spread(verb, parts)
    });
    prop_oneof![3 => at, 1 => spread].boxed()
}

/// A sequence of operations.
pub fn operations(resource: &'static ResourceType) -> BoxedStrategy<Written> {
    prop::collection::vec((operation(resource), any::<u8>()), 1..6)
        .prop_map(|all| all.into_iter().map(once_each).collect())
        .boxed()
}

/// Keys of one object are given once: the second of two is left out.
fn once_each((operation, style): (Operation, u8)) -> (Operation, u8) {
    let Operation::Spread(verb, parts) = operation else { return (operation, style) };
    let mut seen = Vec::new();
    let fresh = parts.into_iter().filter(|(path, _)| {
        let key = name_of(path, None, style).to_lowercase();
        let is_fresh = !seen.contains(&key);
        seen.push(key);
        is_fresh
    });
    (Operation::Spread(verb, fresh.collect()), style)
}

// ----------------------------------------------------------------------------------------------- as a client writes it

/// The body of a request with these operations.
pub fn request(operations: &Written, resource: &ResourceType) -> Value {
    harness::patch(operations.iter().map(|(operation, style)| written(operation, resource, *style)).collect())
}

fn written(operation: &Operation, resource: &ResourceType, style: u8) -> Value {
    let core = resource.schema.urn;
    let urn = style.is_multiple_of(5).then_some(core);
    match operation {
        Operation::At(verb, path, value) => {
            let mut written = json!({ "op": op(*verb, style), "path": name_of(path, urn, style) });
            if let Some(value) = value {
                written["value"] = value.clone();
            }
            written
        }
        Operation::Spread(verb, parts) => {
            let keys = parts.iter().map(|(path, value)| (name_of(path, urn, style), value.clone()));
            let value: Value = keys.collect::<Object>().into();
            match style % 7 {
                0 => json!({ "op": op(*verb, style), "value": { core: value } }),
                1 => json!({ "op": op(*verb, style), "path": core, "value": value }),
                _ => json!({ "op": op(*verb, style), "value": value }),
            }
        }
    }
}

fn op(verb: Verb, style: u8) -> String {
    cased(style / 7, &format!("{verb:?}"))
}

/// A path as text, with `urn` in front of a core name if one is given.
fn name_of(path: &Path, urn: Option<&str>, style: u8) -> String {
    let behind = |urn: Option<&str>, name: String| urn.map_or_else(|| name.clone(), |urn| format!("{urn}:{name}"));
    match path {
        Path::Known(place, only) => {
            let urn = place.extension.map(|schema| schema.urn).or(urn);
            let name = cased(style, &behind(urn, place.attribute.name.to_owned()));
            let only = only.as_ref().map(|only| format!("[{}]", said(only, style))).unwrap_or_default();
            let sub = place.sub.map(|sub| cased(style / 3, &format!(".{}", sub.name))).unwrap_or_default();
            format!("{name}{only}{sub}")
        }
        Path::Extension(schema) => cased(style, schema.urn),
        Path::Foreign { urn: own, name, part } => {
            let part = part.map(|part| format!(".{part}")).unwrap_or_default();
            behind(own.or(urn), format!("{name}{part}"))
        }
        Path::ForeignExtension(urn) => (*urn).to_owned(),
        Path::Nonsense(text) => (*text).to_owned(),
    }
}

/// A condition as the grammar of filters writes it.
fn said(only: &Condition, style: u8) -> String {
    let compared =
        |sub: &Attribute, op: &str, value: &Value| format!("{} {} {value}", cased(style, sub.name), cased(style, op));
    match only {
        Condition::Eq(sub, value) => compared(sub, "eq", value),
        Condition::Ne(sub, value) => compared(sub, "ne", value),
        Condition::Contains(sub, text) => compared(sub, "co", &json!(text)),
        Condition::Begins(sub, text) => compared(sub, "sw", &json!(text)),
        Condition::Above(sub, text) => compared(sub, "gt", &json!(text)),
        Condition::Present(sub) => format!("{} pr", sub.name),
        Condition::Absent(sub) => compared(sub, "eq", &Value::Null),
        Condition::And(one, other) => format!("({} and {})", said(one, style), said(other, style)),
        Condition::Or(one, other) => format!("({} or {})", said(one, style), said(other, style)),
        Condition::Not(inner) => format!("not ({})", said(inner, style)),
    }
}
