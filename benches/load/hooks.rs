//! What Okta's event hooks cost: acknowledging and applying, beside a floor that keeps each delivery in one row.
//!
//! Deliveries of one event and of a hundred, as Okta writes them, from several connections, while the workers work; then
//! single ones while ten thousand events wait; then nothing, until everything is applied.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rollcall::clock::{Clock, Time};
use rollcall::model::Id;
use rollcall::model::hook::HookState;
use rollcall::store::{Db, hook_inbox};
use serde_json::Value;

use super::client::{Ask, Client};
use super::{Server, Tally, median, memory, percentile, rollcall, serve};

/// The secret both servers are shown.
pub const SECRET: &str = "a-secret-of-the-benchmark-that-no-hook-has-anywhere";
/// How many events wait while single deliveries are timed.
const WAITING: i64 = 10_000;
/// How many events of a delivery both servers are asked to keep.
const SIZES: [usize; 2] = [1, 100];
const SUSPEND: &str = include_str!("../../fixtures/okta/hooks/user-lifecycle-suspend.json");
/// What stands in the fixture where each event has its own.
const OWN: [&str; 4] = [
    "3b7c5e12-1634-11f1-9c2d-db22c99e0009",
    "2026-03-02T12:05:00.123Z",
    "user.lifecycle.suspend",
    "00u4d1rjvnWqkLmZ70x9",
];

#[derive(clap::Args)]
pub struct Plan {
    /// An empty database.
    #[arg(long)]
    store: String,
    /// How many people the events are about.
    #[arg(long, default_value_t = 1_000)]
    people: usize,
    /// How many connections deliver at once.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// How many paired rounds.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long one turn lasts.
    #[arg(long, default_value_t = 2_000)]
    milliseconds: u64,
}

/// Suspends everybody, lifts it again, and so on.
struct Script {
    people: Vec<String>,
    event: String,
    began: Time,
    next: AtomicUsize,
}

impl Script {
    /// The people are those of `rollcall seed`, by Okta's ids.
    async fn about(scim: &mut Client) -> Self {
        let mut people = Vec::new();
        loop {
            let path = format!("Users?startIndex={}&count=500&attributes=externalId", people.len() + 1);
            let page = scim.send(&Ask { method: "GET", path, body: String::new() }).await.expect("a page");
            let page: Value = serde_json::from_slice(&page).expect("JSON");
            let list = page["Resources"].as_array().expect("a list");
            people.extend(list.iter().filter_map(|one| one["externalId"].as_str().map(str::to_owned)));
            if list.len() < 500 {
                break;
            }
        }
        let envelope: Value = serde_json::from_str(SUSPEND).expect("JSON");
        let event = envelope["data"]["events"][0].to_string();
        Self { people, event, began: Clock::system().now(), next: AtomicUsize::new(0) }
    }

    /// A delivery of so many events that nobody has seen.
    fn delivery(&self, events: usize) -> Ask {
        let first = self.next.fetch_add(events, Ordering::Relaxed);
        let list: Vec<String> = (first..first + events).map(|number| self.event(number)).collect();
        let id = Id::fresh();
        let body = format!(
            "{{\"eventType\":\"com.okta.event_hook\",\"eventId\":\"{id}\",\"data\":{{\"events\":[{}]}}}}",
            list.join(",")
        );
        Ask { method: "POST", path: "events".to_owned(), body }
    }

    fn event(&self, number: usize) -> String {
        let (pass, person) = (number / self.people.len(), &self.people[number % self.people.len()]);
        let published = self.began.plus(Duration::from_millis(pass as u64)).rfc3339_millis();
        let kind = ["user.lifecycle.suspend", "user.lifecycle.unsuspend"][pass % 2];
        let own = [Id::fresh().to_string(), published, kind.to_owned(), person.clone()];
        OWN.iter().zip(own).fold(self.event.clone(), |event, (from, to)| event.replace(from, &to))
    }
}

/// What was measured, over all rounds: rollcall and the floor.
#[derive(Default)]
struct Figures {
    /// For each of [`SIZES`]: deliveries.
    taken: [[Tally; 2]; 2],
    /// Single deliveries while events wait; the floor has none that wait.
    crowded: Tally,
    /// How many waited after each of these turns.
    left: Vec<i64>,
    /// Events a second.
    applied: Vec<f64>,
}

pub async fn run(plan: &Plan) {
    let people = plan.people.to_string();
    let seeded = rollcall(&plan.store, &["seed", "--users", &people, "--teams", "10", "--big-team", "100"]).status();
    assert!(seeded.expect("rollcall runs").success());
    let made = rollcall(&plan.store, &["token", "create"]).output().expect("rollcall runs");
    let made = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = made.split_whitespace().find(|word| word.starts_with("rc_scim_")).expect("a token");
    let ours = serve(rollcall(&plan.store, &["serve"]).env("PORT", "0").env("OKTA_WEBHOOK_SECRET", SECRET), true);
    let own = std::env::current_exe().expect("a path");
    let floor = serve(Command::new(own).args(["floor", &plan.store, "http://127.0.0.1"]), false);
    let mut scim = Client::connect(ours.port, token).await.expect("a connection");
    let script = Arc::new(Script::about(&mut scim).await);
    let inbox = Db::connect(&plan.store, Clock::system()).await.expect("the database");
    let mut figures = Figures::default();
    for round in 0..plan.rounds {
        one_round(plan, round, &script, [&ours, &floor], &inbox, &mut figures).await;
        eprintln!("round {} of {}", round + 1, plan.rounds);
    }
    print_table(plan, &figures);
    println!("\nrollcall: {}", memory(ours.child.id()));
}

async fn one_round(
    plan: &Plan,
    round: usize,
    script: &Arc<Script>,
    servers: [&Server; 2],
    inbox: &Db,
    figures: &mut Figures,
) {
    for (at, events) in SIZES.into_iter().enumerate() {
        for turn in [round % 2, 1 - round % 2] {
            turn_of(plan, script, servers[turn].port, events, &mut figures.taken[at][turn]).await;
            // The other's turn is its own: nothing is applied beside it.
            drain(inbox).await;
        }
    }
    let mut client = Client::to_hooks(servers[0].port, SECRET).await.expect("a connection");
    while waiting(inbox).await < WAITING {
        for _ in 0..10 {
            client.send(&script.delivery(100)).await.expect("it is kept");
        }
    }
    turn_of(plan, script, servers[0].port, 1, &mut figures.crowded).await;
    let (left, began) = (waiting(inbox).await, Instant::now());
    drain(inbox).await;
    figures.left.push(left);
    #[expect(clippy::cast_precision_loss, reason = "a count of events is small")]
    figures.applied.push(left as f64 / began.elapsed().as_secs_f64());
}

/// How many events wait to be applied.
async fn waiting(inbox: &Db) -> i64 {
    let mut view = inbox.view().await.expect("a connection");
    let depths = hook_inbox::depths(&mut view).await.expect("an answer");
    depths.iter().filter(|depth| depth.state != HookState::Dead).map(|depth| depth.events).sum()
}

async fn drain(inbox: &Db) {
    while waiting(inbox).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Delivers from every connection for one span; the rate is of deliveries.
async fn turn_of(plan: &Plan, script: &Arc<Script>, port: u16, events: usize, tally: &mut Tally) {
    let (began, span) = (Instant::now(), Duration::from_millis(plan.milliseconds));
    let mut senders = Vec::new();
    for _ in 0..plan.connections {
        let script = Arc::clone(script);
        let mut client = Client::to_hooks(port, SECRET).await.expect("a connection");
        senders.push(tokio::spawn(async move {
            let mut micros = Vec::new();
            while began.elapsed() < span {
                let delivery = script.delivery(events);
                let asked = Instant::now();
                client.send(&delivery).await.expect("it is kept");
                micros.push(asked.elapsed().as_micros());
            }
            micros
        }));
    }
    let mut done = 0;
    for sender in senders {
        let micros = sender.await.expect("a sender");
        done += micros.len();
        tally.micros.extend(micros);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of deliveries is small")]
    tally.rates.push(done as f64 / began.elapsed().as_secs_f64());
}

#[expect(clippy::cast_precision_loss, reason = "a delivery holds few events")]
fn print_table(plan: &Plan, figures: &Figures) {
    println!("\n{} connections, events about {} people, {} rounds.", plan.connections, plan.people, plan.rounds);
    println!("\n| what | p50 ms | p99 ms | events/s | the floor's events/s | ratio to the floor |");
    println!("|---|---|---|---|---|---|");
    for (events, [ours, floor]) in SIZES.into_iter().zip(&figures.taken) {
        let ratio = ours.rates.iter().zip(&floor.rates).map(|(ours, floor)| ours / floor).collect();
        println!(
            "| acknowledged, {events} a delivery | {:.2} | {:.2} | {:.0} | {:.0} | {:.2} |",
            percentile(&ours.micros, 50),
            percentile(&ours.micros, 99),
            median(ours.rates.clone()) * events as f64,
            median(floor.rates.clone()) * events as f64,
            median(ratio)
        );
    }
    let single = &figures.taken[0][1].rates;
    let beside = |rates: &[f64]| median(rates.iter().zip(single).map(|(ours, floor)| ours / floor).collect());
    println!(
        "| acknowledged, 1 a delivery, {WAITING} waiting | {:.2} | {:.2} | {:.0} | {:.0} | {:.2} |",
        percentile(&figures.crowded.micros, 50),
        percentile(&figures.crowded.micros, 99),
        median(figures.crowded.rates.clone()),
        median(single.clone()),
        beside(&figures.crowded.rates)
    );
    println!(
        "| applied, nothing coming in | | | {:.0} | {:.0} | {:.2} |",
        median(figures.applied.clone()),
        median(single.clone()),
        beside(&figures.applied)
    );
    println!("\nWaiting after the turn that began with {WAITING}: {:?}", figures.left);
}
