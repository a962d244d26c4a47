//! Bodies as Okta and Entra send them, with the ids that exist only at run time filled in.

use std::path::PathBuf;

use serde_json::Value;

/// A body of `fixtures/`; `{{name}}` becomes the id given under that name.
#[track_caller]
pub fn fixture(file: &str, ids: &[(&str, &str)]) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    let mut text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (name, id) in ids {
        text = text.replace(&format!("{{{{{name}}}}}"), id);
    }
    assert!(!text.contains("{{"), "{file} has a placeholder that no id was given for");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}
