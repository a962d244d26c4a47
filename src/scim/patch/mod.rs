//! PATCH (RFC 7644 §3.5.2), as the RFC has it and as Okta and Entra send it.
//!
//! A request is read into operations with one target each: a value without a path is spread over its keys, which may be
//! names, dotted names, names behind a URN, bracketed paths or whole extension objects. Group members never touch a
//! document: `split_members` takes them out for the directory to apply one by one.

use std::collections::BTreeSet;
use std::ops::Bound::{Included, Unbounded};

use serde_json::{Map, Value};

use super::document::shape::{self, Names};
use super::document::{Document, urn_like};
use super::error::ScimError;
use super::path::{self, Target};
use super::schema::{Attribute, Mutability, ResourceType, Schema, names_secret};
use super::text::excerpt;

mod edit;
mod effort;
mod foreign;
mod members;
#[cfg(test)]
mod tests;

pub use members::{MemberChange, member_ids, split_members};

/// The most operations of one PATCH.
pub const MAX_OPERATIONS: usize = 2_500;

/// The most comparisons in all the filters of one PATCH on a document; each is made with every element of its list.
pub const MAX_COMPARISONS: usize = 4_000;

/// The most bytes of all the paths of one PATCH: each is read before it can be refused.
pub const MAX_PATH_BYTES: usize = 256 * 1024;

/// The most attributes that one PATCH may set or remove: a value without a path is one operation for each.
pub const MAX_TARGETS: usize = 10_000;

const NO_OPERATIONS: &str = "The body must be an object with a list of Operations";

/// What nobody may name in a path; in a value it is passed over, because clients echo what they read.
const LOCKED: [&str; 3] = ["id", "meta", "schemas"];

/// What an operation does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Sets what is absent, appends to lists.
    Add,
    /// Sets, whatever was there.
    Replace,
    /// Takes away.
    Remove,
}

/// One change to one target.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What to do.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// With what; always there for `add` and `replace`.
    pub value: Option<Value>,
    /// The position in the request, for error sentences.
    pub index: usize,
}

/// Reads a PATCH body. A missing `schemas` and unknown keys are let pass, names may be in any letter case.
///
/// # Errors
/// The RFC's kinds (RFC 7644 §3.5.2), with the operation and the attribute.
pub fn parse(body: Value, resource: &'static ResourceType) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(mut body) = body else { return Err(ScimError::syntax(NO_OPERATIONS)) };
    let Some(Value::Array(sent)) = taken(&mut body, "Operations")? else {
        return Err(ScimError::syntax(NO_OPERATIONS));
    };
    if sent.len() > MAX_OPERATIONS {
        return Err(ScimError::value(format!("A PATCH may have at most {MAX_OPERATIONS} Operations")));
    }
    let mut operations = Vec::with_capacity(sent.len());
    let mut seen = Seen::default();
    for (index, sent) in sent.into_iter().enumerate() {
        let mut reader =
            Reader { resource, index, operations: &mut operations, seen: &mut seen, named: Named::default() };
        reader.read(sent).map_err(|error| located(index, &error))?;
    }
    Ok(operations)
}

/// How much of what is bounded for a whole PATCH has been read.
#[derive(Default)]
struct Seen {
    path_bytes: usize,
    comparisons: usize,
}

/// Applies operations in order, all of them or none.
///
/// # Errors
/// `invalidValue` and `noTarget`, with the operation and the attribute.
pub fn apply(
    resource: &'static ResourceType,
    document: &mut Document,
    operations: &[Operation],
) -> Result<(), ScimError> {
    let (mut draft, effort) = (document.clone(), effort::Effort::default());
    for operation in operations {
        run(resource, &mut draft.0, operation, &effort).map_err(|error| located(operation.index, &error))?;
    }
    *document = draft.within_bounds(resource)?;
    Ok(())
}

/// How many comparisons the filter of an operation makes with each element.
fn comparisons(operation: &Operation) -> usize {
    match &operation.target {
        Target::Attribute { filter: Some(filter), .. } => filter.comparisons(),
        Target::Schema(_) | Target::Attribute { .. } | Target::Unknown { .. } => 0,
    }
}

/// Applies one operation to the attributes of a document.
fn run(
    resource: &ResourceType,
    document: &mut Map<String, Value>,
    operation: &Operation,
    effort: &effort::Effort,
) -> Result<(), ScimError> {
    let change = edit::Change { verb: operation.verb, value: operation.value.as_ref(), effort };
    match &operation.target {
        Target::Schema(schema) => {
            document.shift_remove(schema.urn);
            Ok(())
        }
        Target::Attribute { place, filter } => match place.extension {
            Some(schema) => edit::slot(document, schema.urn, |extension| {
                edit::attribute(edit::object(extension), *place, filter.as_ref(), change)
            }),
            None => edit::attribute(document, *place, filter.as_ref(), change),
        },
        Target::Unknown { urn, name, sub } => {
            let spot = foreign::Spot { urn: urn.as_deref(), name, sub: sub.as_deref() };
            foreign::change(resource, document, spot, change)
        }
    }
}

/// The same error, with the operation it arose in.
fn located(index: usize, error: &ScimError) -> ScimError {
    ScimError::new(error.kind, format!("Operations[{index}]: {}", error.detail))
}

/// The value of a key, in any letter case.
///
/// # Errors
/// `invalidSyntax` when two keys are that name: two readers could disagree on which one counts.
pub(super) fn named<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Value>, ScimError> {
    let mut values = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(ScimError::syntax(format!("{name} is given twice in different letter case"))),
    }
}

/// The same, taken out of the object: a large value is never there twice.
fn taken(object: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    named(object, name)?;
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    Ok(key.and_then(|key| object.shift_remove(&key)))
}

/// Reads one operation of a request, which may become several.
struct Reader<'a> {
    resource: &'static ResourceType,
    index: usize,
    operations: &'a mut Vec<Operation>,
    seen: &'a mut Seen,
    /// What the keys of its value have named so far, however they were written.
    named: Named,
}

/// What one value has named. None of it holds another: in their order a name stands right behind what would hold it,
/// because what joins names comes before every letter.
#[derive(Default)]
struct Named(BTreeSet<String>);

/// A name as it is told, and as it is held against others: with joints for what parts it, and in one letter case.
struct Name {
    told: String,
    held: String,
}

/// What `.` and `:` are in the order of names.
const JOINTS: [char; 2] = ['\0', '\u{1}'];
/// What they are where they part nothing.
const LITERAL: [char; 2] = ['\u{2}', '\u{3}'];

/// A name with its letters in one case and these in place of `.` and `:`.
fn held(name: &str, [dot, colon]: [char; 2]) -> String {
    let letter = |letter: char| match letter {
        '.' => dot,
        ':' => colon,
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(letter).collect()
}

impl Name {
    /// A name that dots and colons part.
    fn parted(told: String) -> Self {
        Self { held: held(&told, JOINTS), told }
    }
}

impl Named {
    /// Takes a name, unless it, what holds it or a part of it was named before.
    fn claim(&mut self, name: String) -> bool {
        let before = self.0.range::<str, _>((Unbounded, Included(name.as_str()))).next_back();
        let after = self.0.range::<str, _>((Included(name.as_str()), Unbounded)).next();
        let is_held = before.is_some_and(|holder| holds(holder, &name)) || after.is_some_and(|part| holds(&name, part));
        !is_held && self.0.insert(name)
    }
}

/// Whether one name is the other, or what holds it.
fn holds(holder: &str, name: &str) -> bool {
    name.strip_prefix(holder).is_some_and(|rest| rest.is_empty() || rest.starts_with(JOINTS))
}

impl Reader<'_> {
    fn read(&mut self, sent: Value) -> Result<(), ScimError> {
        let Value::Object(mut sent) = sent else { return Err(ScimError::syntax("An operation must be an object")) };
        let verb = verb(&sent)?;
        let value = taken(&mut sent, "value")?;
        if verb != Verb::Remove && value.is_none() {
            return Err(ScimError::value("value is required for add and replace"));
        }
        match (taken(&mut sent, "path")?.filter(|path| !shape::empty(path)), value) {
            (None, Some(value)) if verb != Verb::Remove => self.spread(verb, value),
            (None, _) => Err(ScimError::no_target("A remove must have a path")),
            (Some(Value::String(path)), value) => self.explicit(verb, &path, value),
            (Some(_), _) => Err(ScimError::path("path must be a string")),
        }
    }

    /// An operation with a path.
    fn explicit(&mut self, verb: Verb, path: &str, value: Option<Value>) -> Result<(), ScimError> {
        self.count(path)?;
        let target = path::parse(path, self.resource)?;
        if let Target::Attribute { place, .. } = &target
            && LOCKED.contains(&place.attribute.name)
        {
            return Err(ScimError::mutability(format!("{} is set by the server", place.attribute.name)));
        }
        match (target, value) {
            (Target::Schema(schema), _) if schema.urn == self.resource.schema.urn && verb == Verb::Remove => {
                Err(ScimError::no_target("The core schema cannot be removed"))
            }
            (target, Some(value)) if verb != Verb::Remove => self.place(verb, target, value),
            (target, value) => self.push(verb, target, value),
        }
    }

    /// An operation without a path: each key of its value is a target (RFC 7644 §3.5.2.1, §3.5.2.3).
    fn spread(&mut self, verb: Verb, value: Value) -> Result<(), ScimError> {
        let Value::Object(sent) = value else {
            return Err(ScimError::value("Without a path, value must be an object of attributes"));
        };
        let mut names = Names::default();
        for (key, value) in sent {
            names.claim(&key)?;
            let target = self.target(&key)?;
            self.place(verb, target, value)?;
        }
        Ok(())
    }

    /// Counts a path before it is read.
    fn count(&mut self, path: &str) -> Result<(), ScimError> {
        self.seen.path_bytes += path.len();
        if self.seen.path_bytes > MAX_PATH_BYTES {
            return Err(ScimError::value(format!(
                "The paths of a PATCH may take at most {MAX_PATH_BYTES} bytes in all"
            )));
        }
        Ok(())
    }

    /// What a key of a value names; a key that is no path is an attribute the registry does not know.
    fn target(&mut self, key: &str) -> Result<Target, ScimError> {
        self.count(key)?;
        match path::parse(key, self.resource) {
            Err(error) if key.contains('[') => Err(error),
            Err(_) => Ok(Target::Unknown { urn: None, name: key.to_owned(), sub: None }),
            Ok(target) => Ok(target),
        }
    }

    /// Sets one target; an extension object is spread over its attributes, so that it merges.
    fn place(&mut self, verb: Verb, target: Target, value: Value) -> Result<(), ScimError> {
        match (target, value) {
            (Target::Schema(schema), value @ Value::Object(_)) if schema.urn == self.resource.schema.urn => {
                self.spread(verb, value)
            }
            (Target::Schema(schema), Value::Object(sent)) => self.extension(verb, schema, sent),
            (Target::Schema(schema), value) if schema.urn == self.resource.schema.urn || !shape::empty(&value) => {
                Err(ScimError::value(format!("{} must be an object", schema.urn)))
            }
            (target @ Target::Schema(_), _) => {
                if verb == Verb::Replace {
                    self.push(Verb::Remove, target, None)
                } else {
                    Ok(())
                }
            }
            (Target::Unknown { urn, name, sub }, Value::Object(sent)) if self.is_foreign(urn.as_deref(), &name) => {
                let mut names = Names::default();
                sent.keys().try_for_each(|key| names.claim(key))?;
                self.push(verb, Target::Unknown { urn, name, sub }, Some(Value::Object(sent)))
            }
            (target, value) => self.push(verb, target, Some(value)),
        }
    }

    /// The attributes of a registered extension.
    fn extension(&mut self, verb: Verb, schema: &'static Schema, sent: Map<String, Value>) -> Result<(), ScimError> {
        let mut names = Names::default();
        for (key, value) in sent {
            names.claim(&key)?;
            let target = match self.resource.find(Some(schema.urn), &key) {
                Some(place) => Target::Attribute { place, filter: None },
                None => Target::Unknown { urn: Some(schema.urn.to_owned()), name: key, sub: None },
            };
            self.push(verb, target, Some(value))?;
        }
        Ok(())
    }

    /// Whether an unknown name stands behind a URN that is none of ours, or is one.
    fn is_foreign(&self, urn: Option<&str>, name: &str) -> bool {
        urn.map_or_else(|| urn_like(name), |urn| self.resource.schema_of(urn).is_none())
    }

    /// Keeps an operation, unless its target is not the client's to set.
    ///
    /// # Errors
    /// `invalidSyntax` for what another key of the same value has named: two readers could disagree on which one counts.
    fn push(&mut self, verb: Verb, target: Target, value: Option<Value>) -> Result<(), ScimError> {
        if self.passed_over(&target) {
            return Ok(());
        }
        // What a removal is sent beside its path sets nothing.
        for Name { told, held } in self.full_names(&target, value.as_ref().filter(|_| verb != Verb::Remove)) {
            shape::short(&told)?;
            if !self.named.claim(held) {
                return Err(ScimError::syntax(format!("{} is given twice", excerpt(&told))));
            }
        }
        let operation = Operation { verb, target, value, index: self.index };
        self.seen.comparisons += comparisons(&operation);
        if self.seen.comparisons > MAX_COMPARISONS {
            return Err(ScimError::value(format!(
                "The filters of a PATCH may make at most {MAX_COMPARISONS} comparisons"
            )));
        }
        if self.operations.len() == MAX_TARGETS {
            return Err(ScimError::value(format!("A PATCH may set or remove at most {MAX_TARGETS} attributes")));
        }
        self.operations.push(operation);
        Ok(())
    }

    /// What an operation sets, each by its full name: an object is its parts. What brackets choose has no name of its own.
    fn full_names(&self, target: &Target, value: Option<&Value>) -> Vec<Name> {
        match (target, value.map(shape::only)) {
            (Target::Attribute { place, filter: None }, Some(Value::Object(parts)))
                if place.sub.is_none() && !place.attribute.multi =>
            {
                parts.keys().map(|part| Name::parted(format!("{}.{part}", place.name()))).collect()
            }
            (Target::Attribute { place, filter: None }, _) => vec![Name::parted(place.name())],
            (Target::Unknown { urn, name, sub }, value) if self.is_foreign(urn.as_deref(), name) => {
                foreign_names(urn.as_deref(), name, sub.as_deref(), value)
            }
            (Target::Unknown { urn, name, sub }, _) => {
                let sub = sub.as_deref().map(|sub| format!(".{sub}")).unwrap_or_default();
                match urn {
                    // A key of an extension is a name by itself, whatever is in it: a path would have parted it at the dot.
                    Some(urn) => {
                        let own = held(name, LITERAL) + &held(&sub, JOINTS);
                        vec![Name { told: format!("{urn}:{name}{sub}"), held: held(&format!("{urn}:"), JOINTS) + &own }]
                    }
                    None => vec![Name::parted(format!("{name}{sub}"))],
                }
            }
            (Target::Schema(schema), _) => vec![Name::parted(schema.urn.to_owned())],
            (Target::Attribute { .. }, _) => Vec::new(),
        }
    }

    /// Whether writes to a target are taken and dropped: what the server computes, and passwords.
    fn passed_over(&self, target: &Target) -> bool {
        match target {
            // What of a chosen element is not the client's to set is refused, not passed over.
            Target::Attribute { place, filter } => {
                let is_computed = |row: &Attribute| row.mutability == Mutability::ReadOnly;
                is_computed(place.attribute) || (filter.is_none() && is_computed(place.leaf()))
            }
            Target::Unknown { urn, name, sub } => {
                names_secret(name)
                    || [urn, sub].into_iter().flatten().any(|part| names_secret(part))
                    || (urn.is_none() && shape::ignored(self.resource, name))
            }
            Target::Schema(_) => false,
        }
    }
}

/// What is set behind a URN that nobody registered. How it parts into an extension and a name depends on what the resource
/// holds, so no name of these holds another but by its last dot; the keys of an object are names by themselves.
fn foreign_names(urn: Option<&str>, name: &str, sub: Option<&str>, value: Option<&Value>) -> Vec<Name> {
    let whole = urn.map_or_else(|| name.to_owned(), |urn| format!("{urn}:{name}"));
    let sub = sub.map(|sub| format!(".{sub}")).unwrap_or_default();
    let mut names = Vec::new();
    if let Some(Value::Object(parts)) = value {
        let told = parts.keys().map(|part| format!("{whole}{sub}:{part}"));
        names.extend(told.map(|told| Name { held: held(&told, LITERAL), told }));
    }
    // An object whose name has a dot may be meant for a part, too.
    if names.is_empty() || !sub.is_empty() {
        names.push(Name { held: held(&whole, LITERAL) + &held(&sub, JOINTS), told: whole + &sub });
    }
    names
}

/// The verb of an operation, in any letter case (Entra sends `Add`).
fn verb(sent: &Map<String, Value>) -> Result<Verb, ScimError> {
    let verbs = [("add", Verb::Add), ("replace", Verb::Replace), ("remove", Verb::Remove)];
    let Some(op) = named(sent, "op")?.and_then(Value::as_str) else {
        return Err(ScimError::syntax("op is required: add, replace or remove"));
    };
    match verbs.iter().find(|(word, _)| word.eq_ignore_ascii_case(op)) {
        Some((_, verb)) => Ok(*verb),
        // What was sent is not repeated: the word beside it may be a secret in the wrong place.
        None => Err(ScimError::syntax("op must be add, replace or remove")),
    }
}
