//! Lists as every endpoint answers them: in order, by cursor, asked in a body.

mod cursors;
mod plans;
mod root;
mod searching;
mod sorting;
mod unchanged;
mod walks;

use serde_json::Value;

use crate::harness::Roll;

/// A query of these parameters.
pub fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

/// A text of each resource on a page.
pub fn texts(list: &Value, key: &str) -> Vec<String> {
    let resources = list["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {list}"));
    resources.iter().map(|one| one[key].as_str().expect("text").to_owned()).collect()
}

/// A text of each resource of a whole list, walked by cursor in pages of this size.
pub async fn walked(roll: &Roll, path: &str, parameters: &[(&str, &str)], count: &str, key: &str) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let more = [parameters, &[("cursor", cursor.as_str()), ("count", count)]].concat();
        let page = roll.get(&query(path, &more)).await.expect(200).body;
        seen.extend(texts(&page, key));
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return seen,
        }
    }
}
