//! Models: what the program does, said again as simply as it can be, and held against it with made-up input.
//!
//! `patch_model` is PATCH on plain JSON, `made_up` makes documents and operations up, `patch` compares; `okta_facts` holds
//! what Okta told against its history in order; `fuzz` replays the fuzzer's corpus. How many cases
//! chance makes is said here alone: a slice in the test command, the long number in `scripts/torture`.

mod fuzz;
pub mod made_up;
pub mod okta_facts;
mod patch;
pub mod patch_model;

use proptest::test_runner::{Config, TestRunner};

/// How many cases a run of the long numbers asks for; `scripts/torture` sets it.
const CASES: &str = "ROLLCALL_TORTURE_CASES";

/// How many cases to try: as many as the environment asks for, else a slice.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests are told how long to torture")]
pub fn cases(slice: u32) -> u32 {
    let asked = std::env::var(CASES).ok();
    asked.map_or(slice, |text| text.parse().unwrap_or_else(|_| panic!("{CASES} is a number, not {text}")))
}

/// A runner that keeps no file of its failures.
pub fn runner(slice: u32) -> TestRunner {
    let cases = cases(slice);
    let max_global_rejects = cases.saturating_mul(16).max(65_536);
    TestRunner::new(Config { cases, max_global_rejects, failure_persistence: None, ..Config::default() })
}
