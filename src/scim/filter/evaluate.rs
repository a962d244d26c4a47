//! Whether a document matches a filter; the reference for the SQL compiled from the same tree.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::value::moment;
use super::{Comparison, Filter, Literal, Op};
use crate::scim::schema::{Attribute, Place};
use crate::scim::text::fold;

/// Whether the document, in canonical spelling, matches.
#[must_use]
pub fn matches(filter: &Filter, document: &Map<String, Value>) -> bool {
    match filter {
        Filter::And(terms) => terms.iter().all(|term| matches(term, document)),
        Filter::Or(terms) => terms.iter().any(|term| matches(term, document)),
        Filter::Not(inner) => !matches(inner, document),
        Filter::Never => false,
        Filter::Compare(comparison) => compares(comparison, value_at(document, comparison.place)),
        Filter::Element { place, filter } => {
            elements(value_at(document, *place)).any(|element| matches_element(filter, element))
        }
    }
}

/// Whether one element of a list matches the inner filter of an `Element`.
#[must_use]
pub fn matches_element(filter: &Filter, element: &Value) -> bool {
    match filter {
        Filter::And(terms) => terms.iter().all(|term| matches_element(term, element)),
        Filter::Or(terms) => terms.iter().any(|term| matches_element(term, element)),
        Filter::Not(inner) => !matches_element(inner, element),
        Filter::Compare(comparison) => holds(comparison, leaf_of(element, comparison.place.sub)),
        // The grammar knows no brackets within brackets, nor other types there.
        Filter::Element { .. } | Filter::Never => false,
    }
}

/// The value of the place's attribute, its sub-attribute not yet taken.
fn value_at(document: &Map<String, Value>, place: Place) -> Option<&Value> {
    match place.extension {
        Some(schema) => document.get(schema.urn)?.get(place.attribute.name),
        None => document.get(place.attribute.name),
    }
}

fn compares(comparison: &Comparison, value: Option<&Value>) -> bool {
    let sub = comparison.place.sub;
    if comparison.place.attribute.multi {
        elements(value).any(|element| holds(comparison, leaf_of(element, sub)))
    } else {
        holds(comparison, value.and_then(|value| leaf_of(value, sub)))
    }
}

/// The elements that are there; a lone value counts as one.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let several = match value {
        Some(Value::Array(several)) => several.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    several.iter().filter(|element| present(element))
}

fn leaf_of<'a>(value: &'a Value, sub: Option<&Attribute>) -> Option<&'a Value> {
    sub.map_or(Some(value), |sub| value.get(sub.name))
}

/// Whether there is anything in it.
pub(in crate::scim) fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(present),
        Value::Object(parts) => parts.values().any(present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn holds(comparison: &Comparison, value: Option<&Value>) -> bool {
    match value.filter(|value| present(value)) {
        Some(value) => satisfies(comparison, value),
        None => comparison.op == Op::Ne,
    }
}

fn satisfies(comparison: &Comparison, value: &Value) -> bool {
    let exact = comparison.place.leaf().case_exact;
    let op = comparison.op;
    match (&comparison.value, value) {
        (Literal::None, _) => op == Op::Pr,
        (Literal::Text(wanted), Value::String(text)) if exact => text_holds(op, text, wanted),
        (Literal::Text(wanted), Value::String(text)) => text_holds(op, &fold(text), wanted),
        (Literal::Time(wanted), Value::String(text)) => {
            moment(text).map_or(op == Op::Ne, |moment| ordered(op, moment.cmp(wanted)))
        }
        (Literal::Bool(wanted), Value::Bool(flag)) => ordered(op, flag.cmp(wanted)),
        (Literal::Integer(wanted), Value::Number(number)) => {
            number.as_i64().map_or(op == Op::Ne, |number| ordered(op, number.cmp(wanted)))
        }
        _ => op == Op::Ne,
    }
}

fn text_holds(op: Op, text: &str, wanted: &str) -> bool {
    match op {
        Op::Co => text.contains(wanted),
        Op::Sw => text.starts_with(wanted),
        Op::Ew => text.ends_with(wanted),
        _ => ordered(op, text.cmp(wanted)),
    }
}

fn ordered(op: Op, ordering: Ordering) -> bool {
    match op {
        Op::Eq => ordering.is_eq(),
        Op::Ne => ordering.is_ne(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
        Op::Co | Op::Sw | Op::Ew | Op::Pr => false,
    }
}
