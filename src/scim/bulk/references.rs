//! `bulkId:x` in the place of an id that is not known yet (RFC 7644 §3.7.2), and the order that follows from it.
//!
//! A reference is a whole text anywhere in `data`, the id of a path, or a quoted value in the path of a PATCH.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Operation, Refusal, Sent};
use crate::scim::error::ScimError;
use crate::scim::text::excerpt;

/// What stands before the name.
pub(super) const PREFIX: &str = "bulkId:";
/// The same within the filter of a PATCH path.
const QUOTED: &str = "\"bulkId:";
/// How many names of a circle an error sentence tells.
const MAX_TOLD: usize = 5;

/// The name of an operation that must be done before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need(pub(super) String);

/// Everything an operation refers to.
pub(super) fn needs(operation: &mut Operation) -> BTreeSet<Need> {
    let mut found = BTreeSet::new();
    fill(operation, |name| {
        found.insert(Need(name.to_owned()));
        None
    });
    found
}

/// Puts ids in the place of references; what `find` does not know stays.
pub(super) fn fill(operation: &mut Operation, mut find: impl FnMut(&str) -> Option<String>) {
    if let Some(id) = &mut operation.id {
        fill_text(id, false, &mut find);
    }
    if let Some(data) = &mut operation.data {
        fill_value(data, false, &mut find);
    }
}

fn fill_value(value: &mut Value, is_path: bool, find: &mut impl FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) => fill_text(text, is_path, find),
        Value::Array(elements) => elements.iter_mut().for_each(|element| fill_value(element, false, find)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, value)| fill_value(value, key.eq_ignore_ascii_case("path"), find));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fill_text(text: &mut String, is_path: bool, find: &mut impl FnMut(&str) -> Option<String>) {
    if let Some(name) = text.strip_prefix(PREFIX) {
        if let Some(id) = find(name) {
            *text = id;
        }
    } else if is_path && text.contains(QUOTED) {
        *text = fill_path(text, find);
    }
}

/// A PATCH path such as `members[value eq "bulkId:x"]`.
fn fill_path(path: &str, find: &mut impl FnMut(&str) -> Option<String>) -> String {
    let mut pieces = path.split(QUOTED);
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('"').and_then(|(name, rest)| Some((find(name)?, rest))) {
            Some((id, rest)) => filled = filled + "\"" + &id + "\"" + rest,
            None => filled = filled + QUOTED + piece,
        }
    }
    filled
}

/// The order in which to work: that of the request, but what is referred to comes before what refers to it. An
/// operation that refers to nothing of this request is refused.
///
/// # Errors
/// A `bulkId` given to two operations, or operations that wait for each other.
pub(super) fn order(sent: &mut [Sent]) -> Result<Vec<usize>, Refusal> {
    let makers = makers(sent)?;
    let needed: Vec<Vec<usize>> = sent.iter_mut().enumerate().map(|(at, one)| needed(at, one, &makers)).collect();
    let circular = |circle: &[usize]| {
        let name = |at: &usize| sent[*at].bulk_id.as_deref().map(excerpt).unwrap_or_default();
        let names: Vec<String> = circle.iter().take(MAX_TOLD).map(name).collect();
        let names = names.join(", ");
        Refusal::Circular(format!(
            "Operations refer to each other in a circle, so none of them can be the first: bulkId {names}. \
             Nothing was done; send one of them without the reference and change it afterwards."
        ))
    };
    let mut walk = Walk { needed: &needed, done: vec![false; sent.len()], order: Vec::with_capacity(sent.len()) };
    for at in 0..sent.len() {
        walk.visit(at).map_err(|circle| circular(&circle))?;
    }
    Ok(walk.order)
}

/// Which operation makes the resource of which name. One that cannot be read counts, so that the refusal of whoever
/// refers to it says so.
fn makers(sent: &[Sent]) -> Result<HashMap<String, usize>, ScimError> {
    let mut makers = HashMap::new();
    for (at, one) in sent.iter().enumerate().filter(|(_, one)| one.is_post()) {
        let Some(name) = &one.bulk_id else { continue };
        if makers.insert(name.clone(), at).is_some() {
            return Err(ScimError::value(format!("The bulkId {} is given to two operations", excerpt(name))));
        }
    }
    Ok(makers)
}

/// The operations that this one waits for.
fn needed(at: usize, one: &mut Sent, makers: &HashMap<String, usize>) -> Vec<usize> {
    let Ok(operation) = &mut one.read else { return Vec::new() };
    let names = needs(operation);
    if let Some(Need(unknown)) = names.iter().find(|Need(name)| !makers.contains_key(name)) {
        let detail = format!("Operations[{at}]: no POST of this request has the bulkId {}", excerpt(unknown));
        one.read = Err(ScimError::value(detail));
        return Vec::new();
    }
    names.iter().filter_map(|Need(name)| makers.get(name).copied()).collect()
}

/// A walk along references, deepest first, on a stack of its own: a chain may be as long as the request.
struct Walk<'n> {
    needed: &'n [Vec<usize>],
    done: Vec<bool>,
    order: Vec<usize>,
}

impl Walk<'_> {
    /// Orders an operation after all it waits for.
    ///
    /// # Errors
    /// The operations of a circle.
    fn visit(&mut self, start: usize) -> Result<(), Vec<usize>> {
        let mut waiting = vec![(start, 0)];
        let mut is_waiting = BTreeSet::from([start]);
        while let Some((at, next)) = waiting.last_mut() {
            let at = *at;
            let Some(&need) = self.needed[at].get(*next).filter(|_| !self.done[at]) else {
                waiting.pop();
                is_waiting.remove(&at);
                self.finish(at);
                continue;
            };
            *next += 1;
            if !is_waiting.insert(need) {
                let circle = waiting.iter().map(|(at, _)| *at).skip_while(|at| *at != need);
                return Err(circle.collect());
            }
            waiting.push((need, 0));
        }
        Ok(())
    }

    fn finish(&mut self, at: usize) {
        if !self.done[at] {
            self.done[at] = true;
            self.order.push(at);
        }
    }
}
