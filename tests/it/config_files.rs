//! The files around the program name what exists, and nothing else. No container engine is at hand here: the images are
//! read, not built.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rollcall::config::Config;

/// Read where the log is set up, before everything else.
const LOG: &str = "RUST_LOG";
/// Read by `docker-compose.yml` alone.
const COMPOSE: &str = "POSTGRES_PASSWORD";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What somebody has who copies the example and changes nothing.
fn example() -> Vec<(String, String)> {
    settings(&read(".env.example"))
}

/// The same with every line that waits for production.
fn whole_example() -> Vec<(String, String)> {
    let is_setting = |rest: &str| rest.starts_with(|first: char| first.is_ascii_uppercase()) && rest.contains('=');
    let shown = |line: &str| line.strip_prefix('#').filter(|rest| is_setting(rest)).map(str::to_owned);
    let lines: Vec<String> = read(".env.example").lines().map(|line| shown(line).unwrap_or(line.to_owned())).collect();
    settings(&lines.join("\n"))
}

fn settings(text: &str) -> Vec<(String, String)> {
    dotenvy::from_read_iter(text.as_bytes()).collect::<Result<_, _>>().expect("NAME=value lines")
}

/// The variables that the program gives a meaning, mounted files left out.
fn known() -> BTreeSet<String> {
    let source = read("src/config/known.rs");
    let (_, list) = source.split_once("const KNOWN").expect("the list");
    let (list, _) = list.split_once("];").expect("its end");
    let names = list.split('"').skip(1).step_by(2).filter(|name| !name.ends_with("_FILE"));
    names.map(str::to_owned).collect()
}

/// Words between these two marks, wherever they stand.
fn between<'t>(text: &'t str, open: &str, close: char) -> Vec<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

#[test]
fn the_example_of_settings_names_every_variable_and_no_other() {
    let named: BTreeSet<String> = whole_example().into_iter().map(|(name, _)| name).collect();
    let mut expected = known();
    expected.extend([LOG.to_owned(), COMPOSE.to_owned()]);
    assert!(expected.len() > 8, "the list was not found");
    assert_eq!(named, expected);
}

#[test]
fn the_example_of_settings_starts_a_development_server_and_no_production_one() {
    Config::from_vars(example().into_iter()).expect("a configuration without faults");
    let mut vars = whole_example();
    Config::from_vars(vars.clone().into_iter()).expect("one that is whole");
    vars.retain(|(name, _)| name != "APP_ENV");
    vars.push(("APP_ENV".to_owned(), "production".to_owned()));
    let refusal = Config::from_vars(vars.into_iter()).map(drop).expect_err("examples are no secrets").to_string();
    assert!(refusal.contains("SCIM_BEARER_TOKEN"), "{refusal}");
}

#[test]
fn a_copy_of_the_example_leaves_what_development_makes_for_itself() {
    let set = example();
    for name in ["SCIM_BEARER_TOKEN", "JWT_SECRET", "OKTA_WEBHOOK_SECRET", "PUBLIC_URL", LOG, COMPOSE] {
        assert!(set.iter().all(|(given, _)| given != name), "{name}");
    }
}

/// The names that the service of the compose file sets by itself: they win over `.env`.
fn fixed(compose: &str) -> BTreeSet<&str> {
    let (_, service) = compose.split_once("\n  rollcall:").expect("the service");
    let (_, set) = service.split_once("\n    environment:\n").expect("its variables");
    let lines = set.lines().map_while(|line| line.strip_prefix("      "));
    lines.filter_map(|line| line.split_once(':').map(|(name, _)| name)).collect()
}

#[test]
fn the_compose_file_passes_every_setting_on_and_asks_for_every_secret() {
    let text = read("docker-compose.yml");
    let asked: BTreeSet<&str> = between(&text, "${", '}').into_iter().collect();
    let offered: BTreeSet<String> = whole_example().into_iter().map(|(name, _)| name).collect();
    assert!(asked.iter().filter_map(|one| one.split(':').next()).all(|name| offered.contains(name)), "{asked:?}");
    for secret in [COMPOSE, "SCIM_BEARER_TOKEN", "OKTA_WEBHOOK_SECRET:", "JWT_SECRET:", "PUBLIC_URL"] {
        let uses: Vec<_> = asked.iter().filter(|one| one.starts_with(secret)).collect();
        assert!(!uses.is_empty() && uses.iter().all(|one| one.contains(":?")), "{secret} has a default: {uses:?}");
    }
    assert!(text.contains("\n    env_file:\n      - path: .env\n        required: false\n"), "a setting has no way in");
    // What is fixed here cannot be set from outside: the place of the service in its box, and what is asked for above.
    let fixed = fixed(&text);
    let place = ["APP_ENV", "HOST", "PORT", "DATABASE_URL", "HOOK_SPOOL_DIR"];
    let wanted = ["PUBLIC_URL", "SCIM_BEARER_TOKEN", "JWT_SECRET", "OKTA_WEBHOOK_SECRET"];
    assert_eq!(fixed, place.into_iter().chain(wanted).collect());
    assert!(fixed.iter().all(|name| known().contains(*name)), "{fixed:?}");
    assert!(text.contains("image: postgres:16"));
}

#[test]
fn the_image_runs_the_program_as_nobody_special() {
    let text = read("Dockerfile");
    let said = |instruction: &str| {
        let line = text.lines().rev().find(|line| line.starts_with(instruction));
        line.unwrap_or_else(|| panic!("no {instruction}")).to_owned()
    };
    assert!(said("ENTRYPOINT").contains("rollcall") && said("CMD").contains("serve"));
    assert!(!said("USER").contains("root") && said("STOPSIGNAL").contains("SIGTERM"));
    assert!(text.contains("APP_ENV=production") && text.contains("HEALTHCHECK") && text.contains("--locked"));
    let ignored = read(".dockerignore");
    assert!(ignored.lines().any(|line| line.trim_matches('/') == "target"));
    assert!(ignored.lines().any(|line| line.starts_with(".env")), "secrets would go into the image");
}

#[test]
fn what_the_readme_says_to_run_is_there() {
    let readme = read("README.md");
    let scripts: BTreeSet<&str> =
        between(&readme, "./scripts/", '\n').iter().filter_map(|rest| rest.split(['`', ' ', ')']).next()).collect();
    assert!(scripts.contains("test"));
    for name in scripts.iter().map(|name| format!("scripts/{name}")).chain([".ci/run".to_owned()]) {
        let mode = fs::metadata(path(&name)).unwrap_or_else(|error| panic!("{name}: {error}")).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{name} cannot be run");
    }
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_rollcall")).arg("--help").output().expect("help");
    let help = String::from_utf8(help.stdout).expect("text");
    let commands = between(&readme, "rollcall ", '\n').into_iter().chain(between(&readme, "--release -- ", '\n'));
    let named = ["serve", "demo", "token", "audit", "migrate", "health"].into_iter();
    let commands: Vec<&str> = commands.collect();
    for command in named.filter(|name| commands.iter().any(|rest| rest.starts_with(name))) {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is no command");
    }
    assert!(read(".ci/run").contains("scripts/test"));
}

#[test]
fn every_set_of_pictures_is_shown_somewhere() {
    let pages = fs::read_dir(path("docs")).expect("the documents").map(|entry| entry.expect("a document").path());
    let pages = pages.filter(|page| page.extension().is_some_and(|kind| kind == "md"));
    let text: String = pages.map(|page| fs::read_to_string(page).expect("text")).collect();
    let text = text + &read("README.md");
    for entry in fs::read_dir(path("docs/images")).expect("the pictures") {
        let name = entry.expect("a picture").file_name().to_string_lossy().into_owned();
        let (set, _) = name.rsplit_once('-').expect("a name and its colours");
        assert!(text.contains(&format!("images/{set}-")), "{name} is shown nowhere");
    }
}

#[test]
fn the_unit_of_systemd_starts_the_server_with_settings_that_there_are_and_no_secret() {
    let text = read("packaging/rollcall.service");
    assert!(text.contains("\nExecStart=/usr/local/bin/rollcall serve\n"));
    let set: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Environment=")?.split('=').next()).collect();
    assert!(set.len() > 2 && set.iter().all(|name| known().contains(*name)), "{set:?}");
    assert!(set.iter().all(|name| !["SECRET", "TOKEN", "KEY"].iter().any(|word| name.contains(word))), "{set:?}");
    for line in
        ["DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"]
    {
        assert!(text.lines().any(|given| given == line), "{line}");
    }
}
