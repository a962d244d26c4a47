//! PATCH against its model: made-up documents and sequences of operations; equal documents, or both refuse.

use proptest::prelude::*;
use rollcall::scim::error::ScimError;
use rollcall::scim::schema::{GROUP, ResourceType, USER};
use rollcall::scim::{Document, patch};
use serde_json::Value;

use super::made_up::{Written, document, operations, request};
use super::patch_model::{self, Object, Operation};
use super::runner;

/// How many sequences the test command tries on people; groups get a tenth.
const SLICE: u32 = 3_000;

/// The document after a PATCH.
fn patched(start: &Object, body: &Value, resource: &'static ResourceType) -> Result<Object, ScimError> {
    let mut document = Document::parse(&Value::Object(start.clone()), resource)?;
    patch::apply(resource, &mut document, &patch::parse(body.clone(), resource)?)?;
    Ok(document.into_map())
}

/// Holds one sequence against the model.
fn compare(start: &Object, written: &Written, resource: &'static ResourceType) -> Result<(), TestCaseError> {
    let body = request(written, resource);
    let operations: Vec<Operation> = written.iter().map(|(operation, _)| operation.clone()).collect();
    let (ours, model) = (patched(start, &body, resource), patch_model::patch(start.clone(), &operations));
    let why = ours.as_ref().err().map(ToString::to_string);
    prop_assert_eq!(ours.ok(), model, "left is ours ({:?})\n{}\n{}", why, Value::Object(start.clone()), body);
    Ok(())
}

fn hold(resource: &'static ResourceType, slice: u32) {
    let made_up = (document(resource), operations(resource));
    let outcome = runner(slice).run(&made_up, |(start, written)| compare(&start, &written, resource));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn any_patch_of_a_person_does_what_the_model_does() {
    hold(&USER, SLICE);
}

#[test]
fn any_patch_of_a_group_does_what_the_model_does() {
    hold(&GROUP, SLICE / 10);
}
