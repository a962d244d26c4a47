//! The house inspects itself: which room may use which, what may stand nowhere, how large a thing may grow.

use std::collections::BTreeSet;

use crate::source::{self, File, Kind, Token, after_bracket, without_tests};

/// The rooms from the street inwards: each may use what stands after it. The jobs come before the faces because they
/// empty what the faces fill; the faces never wait for a job.
const ROOMS: [&str; 11] =
    ["main", "cli", "app", "jobs", "http", "directory", "access", "store", "audit", "ctx", "model"];
/// The ground, which every room may stand on, and what each of it may use itself.
const GROUND: [(&str, &[&str]); 8] = [
    ("clock", &[]),
    ("config", &["okta", "senders"]),
    ("error", &["scim"]),
    ("okta", &[]),
    ("okta_client", &["okta"]),
    ("scim", &[]),
    ("senders", &["clock"]),
    ("telemetry", &["config"]),
];
/// Crates that only some rooms may name: who else needs one asks the room that has it.
const CRATES: [(&str, &[&str]); 2] = [("sqlx", &["store"]), ("axum", &["http"])];
/// Lines of a file, and of a function, without tests.
const MAX_FILE: usize = 450;
const MAX_FUNCTION: usize = 70;

/// The room a file stands in, and how deep its module lies below the crate.
fn room_of(path: &str) -> (&str, usize) {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    (path.split('/').next().unwrap_or(path), path.split('/').count())
}

fn may_use(from: &str, to: &str) -> bool {
    let ground = |room: &str| GROUND.iter().find(|(name, _)| *name == room);
    let place = |room: &str| ROOMS.iter().position(|name| *name == room);
    match (ground(from), ground(to)) {
        _ if from == to => true,
        (Some((_, allowed)), _) => allowed.contains(&to),
        (None, Some(_)) => true,
        (None, None) => place(from) < place(to),
    }
}

fn is_path(tokens: &[Token], at: usize) -> bool {
    matches!(tokens.get(at..at + 2), Some([one, two]) if one.is_mark(':') && two.is_mark(':'))
}

/// Every room that a file's paths lead to, with the line: `crate::room`, `crate::{room, …}`, `super::` beyond the file's
/// own room, and `rollcall::room` as the program says it.
fn uses(tokens: &[Token], depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if (token.is_word("crate") || token.is_word("rollcall")) && is_path(tokens, at + 1) {
            found.extend(named(tokens, at + 3));
        }
        let is_first = at < 3 || !tokens[at - 3].is_word("super");
        if token.is_word("super") && is_first {
            let steps = (0..tokens.len()).take_while(|step| steps_up(tokens, at + 3 * step)).count();
            if steps >= depth {
                found.extend(named(tokens, at + 3 * steps));
            }
        }
    }
    found
}

fn steps_up(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.is_word("super")) && is_path(tokens, at + 1)
}

/// The first name of a path, or the first name of each path in braces.
fn named(tokens: &[Token], at: usize) -> Vec<(usize, String)> {
    let word = |at: usize| tokens.get(at).and_then(|token| Some((token.line, token.word()?.to_owned())));
    if !tokens.get(at).is_some_and(|token| token.is_mark('{')) {
        return word(at).into_iter().collect();
    }
    let (end, mut depth, mut found) = (after_bracket(tokens, at), 0, Vec::new());
    for (here, token) in tokens.iter().enumerate().take(end).skip(at) {
        match token.kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') => depth -= 1,
            _ => {}
        }
        if depth == 1 && matches!(token.kind, Kind::Mark('{' | ',')) {
            found.extend(word(here + 1));
        }
    }
    found
}

/// Uses of a room that may not be used from there.
fn upward(path: &str, tokens: &[Token]) -> Vec<String> {
    let (room, depth) = room_of(path);
    let is_room = |name: &str| ROOMS.contains(&name) || GROUND.iter().any(|(ground, _)| *ground == name);
    uses(tokens, depth)
        .into_iter()
        .filter(|(_, to)| is_room(to) && !may_use(room, to))
        .map(|(line, to)| format!("{path}:{line} {room} uses {to}"))
        .collect()
}

/// Names of a crate in a room that may not name it.
fn misplaced_crates(path: &str, tokens: &[Token]) -> Vec<String> {
    let (room, _) = room_of(path);
    let mut found = Vec::new();
    for (name, rooms) in CRATES {
        let named = tokens.iter().enumerate().filter(|(at, token)| token.is_word(name) && is_path(tokens, at + 1));
        let misplaced = named.filter(|_| !rooms.contains(&room));
        found.extend(misplaced.map(|(_, token)| format!("{path}:{} {room} names {name}", token.line)));
    }
    found
}

/// What may stand nowhere outside tests: a shortcut that panics, and what is left over from debugging.
fn shortcuts(path: &str, tokens: &[Token]) -> Vec<String> {
    let is = |at: usize, mark: char| tokens.get(at).is_some_and(|token| token.is_mark(mark));
    let is_shortcut = |at: usize, token: &Token| match token.word() {
        Some("unwrap") => at > 0 && is(at - 1, '.') && is(at + 1, '('),
        Some("todo" | "dbg" | "unimplemented") => is(at + 1, '!'),
        _ => false,
    };
    let found = tokens.iter().enumerate().filter(|(at, token)| is_shortcut(*at, token));
    found.map(|(_, token)| format!("{path}:{} {}", token.line, token.word().unwrap_or_default())).collect()
}

/// Lints that are switched off without a reason that the compiler checks.
fn allowances(path: &str, tokens: &[Token]) -> Vec<String> {
    let is_allowance = |at: usize| {
        let opens = tokens.get(at + 1).is_some_and(|token| token.is_mark('('));
        opens && at > 0 && matches!(tokens[at - 1].kind, Kind::Mark('[' | ','))
    };
    let found = tokens.iter().enumerate().filter(|(at, token)| token.is_word("allow") && is_allowance(*at));
    found.map(|(_, token)| format!("{path}:{} an allow: say expect, with a reason", token.line)).collect()
}

/// Functions that are too long.
fn long_functions(path: &str, tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = tokens.get(at + 1).and_then(Token::word).filter(|_| token.is_word("fn")) else { continue };
        let mut body = at;
        while tokens.get(body).is_some_and(|token| !matches!(token.kind, Kind::Mark('{' | ';'))) {
            body =
                if matches!(tokens[body].kind, Kind::Mark('(' | '[')) { after_bracket(tokens, body) } else { body + 1 };
        }
        if tokens.get(body).is_some_and(|token| token.is_mark('{')) {
            let lines = tokens[after_bracket(tokens, body) - 1].line - token.line + 1;
            if lines > MAX_FUNCTION {
                found.push(format!("{path}:{} {name} has {lines} lines", token.line));
            }
        }
    }
    found
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

/// A file that is too long.
fn long_file(path: &str, text: &str, tokens: &[Token]) -> Vec<String> {
    let lines = text.lines().count() - without_tests(tokens).1;
    if lines <= MAX_FILE || is_test_file(path) { Vec::new() } else { vec![format!("{path} has {lines} lines")] }
}

fn house() -> Vec<File> {
    source::files("src")
}

fn check(find: impl Fn(&File) -> Vec<String>) {
    let found: Vec<String> = house().iter().flat_map(find).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A snippet's tokens, as a file's.
fn snippet(text: &str) -> Vec<Token> {
    source::tokens(text)
}

#[test]
fn every_room_uses_only_what_stands_after_it() {
    check(|file| upward(&file.path, &file.tokens));
}

#[test]
fn every_room_has_its_place_and_no_place_is_empty() {
    let found: BTreeSet<String> = house().iter().map(|file| room_of(&file.path).0.to_owned()).collect();
    let placed = ROOMS.into_iter().chain(GROUND.into_iter().map(|(name, _)| name)).chain(["lib"]);
    assert_eq!(found, placed.map(str::to_owned).collect());
}

#[test]
fn the_ground_uses_no_more_than_it_is_allowed_and_no_less() {
    for (room, allowed) in GROUND {
        let files: Vec<File> = house().into_iter().filter(|file| room_of(&file.path).0 == room).collect();
        let used = files.iter().flat_map(|file| uses(&file.tokens, room_of(&file.path).1));
        let used: BTreeSet<String> = used.map(|(_, to)| to).collect();
        assert!(allowed.iter().all(|to| used.contains(*to)), "{room} uses {used:?} and is allowed {allowed:?}");
    }
}

#[test]
fn a_use_of_an_outer_room_is_found_however_it_is_spelled() {
    for bad in [
        "use crate::http::App;",
        "use crate::{ctx::Ctx, directory::users};",
        "fn a() { crate::cli::run() }",
        "use super::super::app;",
        "#[cfg(test)] mod tests { use crate::jobs::runner; }",
        "macro_rules! m { () => { $crate::access::secret::hex } }",
    ] {
        assert_eq!(upward("store/users.rs", &snippet(bad)).len(), 1, "{bad}");
    }
    assert_eq!(upward("clock.rs", &snippet("use super::scim::etag;")), ["clock.rs:1 clock uses scim"]);
}

#[test]
fn a_use_of_an_inner_room_passes() {
    for good in [
        "use crate::{audit::Entry, model::Id, scim::Document};",
        "use super::db::Tx; use super::super::model::Id;",
        "// use crate::http::App;\nconst A: &str = \"crate::http\";",
        "pub(crate) fn http() {}",
    ] {
        assert_eq!(upward("store/users.rs", &snippet(good)), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn sql_and_http_are_named_in_their_rooms_alone() {
    check(|file| misplaced_crates(&file.path, &file.tokens));
    for (name, rooms) in CRATES {
        for room in rooms {
            let mut files = house().into_iter().filter(|file| room_of(&file.path).0 == *room);
            assert!(files.any(|file| file.tokens.iter().any(|token| token.is_word(name))), "{room} needs no {name}");
        }
    }
}

#[test]
fn a_misplaced_crate_is_found() {
    assert_eq!(misplaced_crates("directory/users.rs", &snippet("use sqlx::query;")).len(), 1);
    assert_eq!(misplaced_crates("jobs/runner.rs", &snippet("fn a(b: axum::http::Uri) {}")).len(), 1);
    assert_eq!(misplaced_crates("store/users.rs", &snippet("use sqlx::query; let axum = 1;")).len(), 0);
}

#[test]
fn nothing_panics_by_a_shortcut_and_nothing_is_left_of_debugging() {
    check(
        |file| {
            if is_test_file(&file.path) { Vec::new() } else { shortcuts(&file.path, &without_tests(&file.tokens).0) }
        },
    );
}

#[test]
fn a_shortcut_is_found() {
    let bad = "fn a() { b.unwrap(); todo!(); dbg!(c); unimplemented!() }";
    assert_eq!(shortcuts("a.rs", &snippet(bad)).len(), 4);
    let good = "fn a() { b.unwrap_or_default(); c(\".unwrap()\"); todo(); } // dbg!(d)";
    assert_eq!(shortcuts("a.rs", &snippet(good)), Vec::<String>::new());
}

#[test]
fn no_lint_is_switched_off_without_a_reason() {
    check(|file| allowances(&file.path, &file.tokens));
    let found: Vec<String> =
        source::files("tests").iter().flat_map(|file| allowances(&file.path, &file.tokens)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_lint_switched_off_is_found() {
    for bad in ["#[allow(dead_code)] fn a() {}", "#![allow(unused)]", "#[cfg_attr(test, allow(unused))] fn a() {}"] {
        assert_eq!(allowances("a.rs", &snippet(bad)).len(), 1, "{bad}");
    }
    let good = "#[expect(unused, reason = \"#[allow(unused)]\")] fn allow(b: u8) {}";
    assert_eq!(allowances("a.rs", &snippet(good)), Vec::<String>::new());
}

#[test]
fn no_file_and_no_function_has_grown_too_long() {
    check(|file| long_file(&file.path, &file.text, &file.tokens));
    check(|file| long_functions(&file.path, &file.tokens));
}

#[test]
fn a_long_function_and_a_long_file_are_found() {
    let long = format!("fn a(b: fn() -> u8) -> u8\nwhere u8: Copy,\n{{\n{}}}", "b();\n".repeat(MAX_FUNCTION - 3));
    assert_eq!(long_functions("a.rs", &snippet(&long)), ["a.rs:1 a has 71 lines"]);
    assert_eq!(long_functions("a.rs", &snippet(&long.replacen("b();\n", "", 1))), Vec::<String>::new());
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(100));
    let file = format!("{}{tests}", "fn a() {}\n".repeat(MAX_FILE));
    assert_eq!(long_file("a.rs", &file, &snippet(&file)), Vec::<String>::new());
    let file = format!("fn b() {{}}\n{file}");
    assert_eq!(long_file("a.rs", &file, &snippet(&file)), ["a.rs has 451 lines"]);
}

#[test]
fn every_file_begins_by_saying_what_lives_there() {
    let says = |file: &File| file.text.starts_with("//! ");
    let silent: Vec<String> = house().into_iter().filter(|file| !says(file)).map(|file| file.path).collect();
    assert_eq!(silent, Vec::<String>::new());
}
