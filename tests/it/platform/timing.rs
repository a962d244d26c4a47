//! How long a refused break-glass sign-in takes, by whether there is such an account. It measures and demands nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use rollcall::access::break_glass::{self, Attempt, WINDOW};
use rollcall::ctx::Ctx;
use rollcall::store::dialect::Engine;

use super::people::stranger;
use crate::harness::Roll;

/// How many of each, unless `ROLLCALL_TIMING_PAIRS` says otherwise.
const PAIRS: usize = 2_000;
/// After so many the window is let go by, so that no limit is met.
const BATCH: usize = 20;

#[expect(clippy::disallowed_methods, reason = "the script that measures says how often")]
fn pairs() -> usize {
    std::env::var("ROLLCALL_TIMING_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(PAIRS)
}

async fn once(roll: &Roll, account: &str, number: usize) -> Duration {
    let from = u32::try_from(number).expect("few").to_be_bytes();
    let ctx = Ctx { ip: Some([10, from[1], from[2], from[3]].into()), ..stranger(roll) };
    let attempt = Attempt { account: account.to_owned(), password: "not the password of it".into(), presented: None };
    let began = Instant::now();
    let refused = break_glass::sign_in(roll.db(), &roll.app.key, &roll.app.passwords, &ctx, &attempt).await;
    let took = began.elapsed();
    refused.map(drop).expect_err("a wrong password");
    took
}

fn quantile(sorted: &[Duration], part: usize) -> f64 {
    sorted[(sorted.len() - 1) * part / 100].as_secs_f64() * 1_000.0
}

async fn measure(engine: Engine) {
    let roll = Roll::start(engine).await;
    roll.glass("known").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..pairs() {
        if number % BATCH == 0 {
            roll.wait(WINDOW);
        }
        // Which comes first alternates, so that neither always finds what the other warmed.
        if number % 2 == 0 {
            known.push(once(&roll, "known", number).await);
            unknown.push(once(&roll, "ghost", number).await);
        } else {
            unknown.push(once(&roll, "ghost", number).await);
            known.push(once(&roll, "known", number).await);
        }
    }
    known.sort();
    unknown.sort();
    let difference = (quantile(&known, 50) / quantile(&unknown, 50) - 1.0) * 100.0;
    let line = |what: &str, times: &[Duration]| {
        let [low, median, high] = [10, 50, 90].map(|part| quantile(times, part));
        format!("  {what:<8} p10 {low:>8.3} ms   median {median:>8.3} ms   p90 {high:>8.3} ms")
    };
    let (with, without) = (line("known", &known), line("unknown", &unknown));
    let told =
        format!("{engine:?}, {} pairs\n{with}\n{without}\n  medians differ by {difference:+.2} %\n", known.len());
    std::io::stdout().write_all(told.as_bytes()).expect("standard output");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for minutes; ./scripts/timing runs it"]
async fn of_known_and_unknown_accounts_on_sqlite() {
    measure(Engine::Lite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for minutes; ./scripts/timing runs it"]
async fn of_known_and_unknown_accounts_on_postgres() {
    measure(Engine::Pg).await;
}
