//! Promises to others, kept as files: whoever changes one sees it in the diff. `./scripts/golden` writes them anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rollcall::audit::Action;
use rollcall::http::{Who, routes};
use rollcall::model::words::Word;

use crate::harness::{Roll, facts};
use crate::source::repository;

/// Every golden file; a file that is not here is left over.
const GOLDENS: [&str; 8] = [
    "access.txt",
    "audit_actions.txt",
    "audit_sentences.txt",
    "openapi.json",
    "permissions.txt",
    "resource_types.json",
    "schemas.json",
    "service_provider_config.json",
];
const FOLDER: &str = "fixtures/golden";

/// Whether the files are to be written instead of compared.
#[expect(clippy::disallowed_methods, reason = "the one place that is told to write the goldens")]
fn is_writing() -> bool {
    std::env::var("GOLDEN").is_ok_and(|value| value == "write")
}

/// Demands that a golden file says what is so now.
#[track_caller]
pub fn compare(name: &str, now: &str) {
    assert!(GOLDENS.contains(&name), "{name} is not on the list");
    let path = repository(FOLDER).join(name);
    if is_writing() {
        return std::fs::write(&path, now).expect("a golden file");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, now, "{name} says something else; if that is meant: ./scripts/golden, and read the diff");
}

/// A document as it is answered, with the server's own address left out.
async fn discovered(roll: &Roll, path: &str) -> String {
    let body = roll.get(path).await.expect(200).body;
    let text = serde_json::to_string_pretty(&body).expect("JSON") + "\n";
    text.replace(&roll.origin, "https://rollcall.example")
}

fn who_may(who: Who) -> &'static str {
    match who {
        Who::Anybody => "anybody",
        Who::Scim(scope) => scope.as_str(),
        Who::May(deed) | Who::Page(deed) => deed.as_str(),
        Who::Hook => "okta:hook",
        Who::OktaToken => "okta:token",
    }
}

facts! {
    async fn the_schemas_are_as_promised(roll: Roll) {
        compare("schemas.json", &discovered(&roll, "/Schemas").await);
    }

    async fn the_resource_types_are_as_promised(roll: Roll) {
        compare("resource_types.json", &discovered(&roll, "/ResourceTypes").await);
    }

    async fn the_service_provider_config_is_as_promised(roll: Roll) {
        compare("service_provider_config.json", &discovered(&roll, "/ServiceProviderConfig").await);
    }
}

#[test]
fn the_actions_of_the_audit_are_as_promised() {
    let line = |action: &Action| {
        let about = action.about();
        format!("{:<24}{:<6}{}\n", action.code(), about.severity.as_str(), about.sentence)
    };
    compare("audit_actions.txt", &Action::ALL.iter().map(line).collect::<String>());
}

#[test]
fn who_may_call_what_and_what_it_says_is_as_promised() {
    let mut page = String::new();
    for route in routes() {
        let says: Vec<&str> = route.audits.iter().map(|action| action.code()).collect();
        let line =
            format!("{:<7}{:<34}{:<22}{}", route.method.as_str(), route.path, who_may(route.who), says.join(" "));
        writeln!(page, "{}", line.trim_end()).expect("a string takes it");
    }
    compare("access.txt", &page);
}

#[test]
fn no_golden_file_is_left_over() {
    let folder = std::fs::read_dir(repository(FOLDER)).expect("the golden files");
    let found: BTreeSet<String> =
        folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<String> = GOLDENS.into_iter().map(str::to_owned).collect();
    if is_writing() {
        let left_over = found.difference(&known).map(|name| repository(FOLDER).join(name));
        return left_over.for_each(|path| std::fs::remove_file(path).expect("a file that goes"));
    }
    assert_eq!(found, known);
}
