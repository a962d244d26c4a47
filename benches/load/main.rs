//! What Okta's everyday costs, beside a floor: the least a server must do for the same answers and rows.
//!
//! `scripts/bench` runs it. For each size it seeds a store, starts rollcall and the floor on it, and lets them take turns
//! on every operation, at each number of connections. One table an engine; nothing here passes or fails by time. What
//! event hooks cost is measured apart.

mod client;
mod floor;
mod hooks;
mod operations;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;

use client::{Ask, Client};
use floor::Written;
use operations::{ADD, NAMES, Places, REMOVE, Roll, WRITES};

/// How long a server rests before the other's turn: what it flushes once a second is its own.
const REST: Duration = Duration::from_millis(1_300);

#[derive(Parser)]
enum Task {
    /// Serve the floor: `floor URL PUBLIC_URL`.
    Floor { url: String, public_url: String },
    /// Measure what SCIM asks.
    Run(Plan),
    /// Measure what Okta's event hooks bring.
    Hooks(hooks::Plan),
}

#[derive(clap::Args)]
struct Plan {
    /// A database for each size, in the same order.
    #[arg(long, value_delimiter = ',')]
    stores: Vec<String>,
    /// How many people each holds.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<usize>,
    /// How many connections ask at once.
    #[arg(long, value_delimiter = ',', default_value = "1,8")]
    connections: Vec<usize>,
    /// How many paired rounds.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long one turn of one operation lasts.
    #[arg(long, default_value_t = 500)]
    milliseconds: u64,
    /// Only the operations whose name holds one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// A server process; ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one server did with one operation at one number of connections: a rate and a median a round, and every latency.
#[derive(Default, Clone)]
struct Tally {
    rates: Vec<f64>,
    medians: Vec<f64>,
    micros: Vec<u128>,
}

/// What was measured at one size, for each operation and number of connections: rollcall and the floor.
type Cells = Vec<Vec<[Tally; 2]>>;

/// One size: both servers on its store, and what they did.
struct Bench {
    servers: [Server; 2],
    token: String,
    roll: Arc<Roll>,
    places: Arc<Places>,
    calm: String,
    cells: Cells,
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds a word of its own.
    match Task::parse_from(std::env::args().filter(|word| word != "--bench")) {
        Task::Floor { url, public_url } => {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            println!("{}", listener.local_addr().expect("an address").port());
            floor::serve(&url, &public_url, listener).await;
        }
        Task::Run(plan) => run(&plan).await,
        Task::Hooks(plan) => hooks::run(&plan).await,
    }
}

fn rollcall(store: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.args(args).env_clear().env("DATABASE_URL", store).env("RUST_LOG", "warn,rollcall::cli=info");
    command.env("SCIM_BEARER_TOKEN", "a-token-that-nobody-uses-in-the-benchmark").stdin(Stdio::null());
    command
}

/// Lets PostgreSQL do at once what it would otherwise do beside the first rounds: after so many rows at one stroke it
/// vacuums, gathers statistics and writes them out, and every operation, the floor's too, waits for that.
async fn settle(store: &str) {
    if !store.starts_with("postgres") {
        return;
    }
    let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(store).await.expect("the store");
    for statement in ["vacuum (analyze)", "checkpoint"] {
        sqlx::query(statement).execute(&mut conn).await.expect("a superuser's statement");
    }
}

async fn run(plan: &Plan) {
    let mut benches = Vec::new();
    for (store, size) in plan.stores.iter().zip(&plan.sizes) {
        let big = (size / 5).min(20_000).to_string();
        let began = Instant::now();
        let seeded =
            rollcall(store, &["seed", "--users", &size.to_string(), "--teams", "50", "--big-team", &big]).status();
        assert!(seeded.expect("rollcall runs").success());
        settle(store).await;
        println!("{size} people, a team of {big}: seeded in {} s", began.elapsed().as_secs());
        benches.push(set_up(plan, store).await);
    }
    for round in 0..plan.rounds {
        // Sizes and servers take turns, the other way round every second time: what is compared is measured side by side.
        let mut passes: Vec<(usize, usize)> =
            (0..benches.len()).flat_map(|size| [(size, round % 2), (size, 1 - round % 2)]).collect();
        if round % 2 == 1 {
            passes.reverse();
        }
        for (size, server) in passes {
            tokio::time::sleep(REST).await;
            benches[size].pass(plan, server).await;
        }
        eprintln!("round {} of {}", round + 1, plan.rounds);
    }
    print_table(plan, &benches);
}

/// Starts both servers on a store, and sees that they answer the same.
async fn set_up(plan: &Plan, store: &str) -> Bench {
    let made = rollcall(store, &["token", "create"]).output().expect("rollcall runs");
    let made = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = made.split_whitespace().find(|word| word.starts_with("rc_scim_")).expect("a token").to_owned();
    let start = || serve(rollcall(store, &["serve"]).env("PORT", "0"), true);
    let calm = {
        let surveyed = start();
        let mut client = Client::connect(surveyed.port, &token).await.expect("a connection");
        let roll = Roll::survey(&mut client, "calm").await;
        drop(surveyed);
        let fresh = start();
        let mut client = Client::connect(fresh.port, &token).await.expect("a connection");
        walk_and_replace(&roll, &mut client, fresh.child.id()).await
    };
    let ours = start();
    // On a port of the system's choice this is what rollcall calls itself.
    let public_url = format!("http://127.0.0.1:{}", ours.port);
    let own = std::env::current_exe().expect("a path");
    let floor = serve(Command::new(own).args(["floor", store, &public_url]), false);
    let mut client = Client::connect(ours.port, &token).await.expect("a connection");
    let roll = Arc::new(Roll::survey(&mut client, &rollcall::model::Id::fresh().to_string()).await);
    let mut other = Client::connect(floor.port, &token).await.expect("a connection");
    compare(&roll, &mut client, &mut other).await;
    compare_rows(&roll, store, [&mut client, &mut other]).await;
    let cells = vec![vec![<[Tally; 2]>::default(); plan.connections.len()]; NAMES.len()];
    Bench { servers: [ours, floor], token, roll, places: Arc::default(), calm, cells }
}

impl Bench {
    /// Every operation at every number of connections, a turn each, on one of the servers.
    async fn pass(&mut self, plan: &Plan, server: usize) {
        let span = Duration::from_millis(plan.milliseconds);
        for (at, connections) in plan.connections.iter().enumerate() {
            for (operation, _) in plan.operations() {
                let work = Work { roll: Arc::clone(&self.roll), places: Arc::clone(&self.places), operation, span };
                let tally = &mut self.cells[operation][at][server];
                turn_of(tally, &work, self.servers[server].port, &self.token, *connections).await;
            }
        }
    }
}

impl Plan {
    /// What is measured, in order. A removal takes away what the addition before it brought.
    fn operations(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let is_wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|part| name.contains(part));
        NAMES.into_iter().enumerate().filter(move |(_, name)| is_wanted(name))
    }
}

/// Starts a server and waits until it says its port: rollcall in its log, the floor as the only line.
fn serve(command: &mut Command, logs: bool) -> Server {
    let pipe = if logs { command.stderr(Stdio::piped()).stdout(Stdio::null()) } else { command.stdout(Stdio::piped()) };
    let child = pipe.spawn().expect("the server starts");
    let mut server = Server { child, port: 0 };
    let mut lines: Box<dyn BufRead + Send> = if logs {
        Box::new(BufReader::new(server.child.stderr.take().expect("a pipe")))
    } else {
        Box::new(BufReader::new(server.child.stdout.take().expect("a pipe")))
    };
    let mut line = String::new();
    while server.port == 0 {
        line.clear();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "the server ended before it said where it listens");
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let found = if logs { line.split("127.0.0.1:").nth(1).map(digits) } else { Some(digits(&line)) };
        server.port = found.and_then(|text| text.parse().ok()).unwrap_or(0);
    }
    // What it logs later is read, so that it never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    server
}

/// The floor gives the same bytes for the same question, or the comparison means nothing.
async fn compare(roll: &Roll, ours: &mut Client, floor: &mut Client) {
    for operation in (0..NAMES.len()).filter(|operation| !WRITES.contains(operation)) {
        let ask = roll.ask(operation, 3).expect("a request");
        let (one, two) = (ours.send(&ask).await.expect("an answer"), floor.send(&ask).await.expect("an answer"));
        let (one, two) = (without_cursor(&one), without_cursor(&two));
        let same = one.bytes().zip(two.bytes()).take_while(|(one, two)| one == two).count();
        let rest = |text: &str| text.chars().skip(same.saturating_sub(40)).take(120).collect::<String>();
        assert!(one == two, "{} differs:\n{}\n{}", NAMES[operation], rest(&one), rest(&two));
    }
}

/// The floor writes as many rows as rollcall, with the same columns, or the comparison means nothing.
async fn compare_rows(roll: &Roll, store: &str, servers: [&mut Client; 2]) {
    let mut told = Vec::new();
    for (turn, server) in servers.into_iter().enumerate() {
        tokio::time::sleep(REST).await;
        let before = floor::written(store).await;
        for operation in WRITES {
            server.send(&roll.probe(operation, turn).expect("a request")).await.expect("an answer");
        }
        tokio::time::sleep(REST).await;
        told.push(
            before
                .into_iter()
                .zip(floor::written(store).await)
                .map(|(before, after)| gained(&before, after))
                .collect::<Vec<_>>(),
        );
    }
    for (ours, floors) in told[0].iter().zip(&told[1]) {
        let (table, count, said) = ours;
        assert_eq!(*count, floors.1, "rollcall and the floor write as many rows of {table}");
        let other = said.iter().zip(&floors.2).find(|(ours, floors)| ours != floors);
        assert_eq!(other, None, "rollcall and the floor write the same columns of {table}");
    }
}

/// What came to a table: how many rows, and what the newest of them say.
fn gained(before: &Written, mut after: Written) -> (&'static str, i64, Vec<String>) {
    let gained = after.rows - before.rows;
    after.newest.truncate(usize::try_from(gained).unwrap_or_default());
    after.newest.sort_unstable();
    (after.table, gained, after.newest)
}

/// An answer without its cursor, which carries the second it was made in.
fn without_cursor(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer).into_owned();
    let Some((before, rest)) = text.split_once("\"nextCursor\":\"") else { return text };
    format!("{before}{}", rest.split_once('"').map_or("", |(_, after)| after))
}

/// What rollcall takes to walk everybody and to replace the big team, one request after the other.
async fn walk_and_replace(roll: &Roll, client: &mut Client, process: u32) -> String {
    for page in 0..roll.pages() {
        let ask =
            Ask { method: "GET", path: format!("Users?startIndex={}&count=100", 1 + page * 100), body: String::new() };
        client.send(&ask).await.expect("a page");
    }
    for number in 0..4 {
        client.send(&roll.ask(NAMES.len() - 1, number).expect("a push")).await.expect("a push");
    }
    memory(process)
}

/// One operation for one turn.
#[derive(Clone)]
struct Work {
    roll: Arc<Roll>,
    places: Arc<Places>,
    operation: usize,
    span: Duration,
}

async fn turn_of(tally: &mut Tally, work: &Work, port: u16, token: &str, connections: usize) {
    let stop = Arc::new(AtomicBool::new(false));
    // Members that were added are removed, as many as there were, so that both servers find the same team.
    let added = if work.operation == REMOVE { work.places.rewind(ADD) } else { usize::MAX };
    let mut workers = Vec::new();
    let began = Instant::now();
    for _ in 0..connections {
        let (work, stop) = (work.clone(), Arc::clone(&stop));
        let mut client = Client::connect(port, token).await.expect("a connection");
        workers.push(tokio::spawn(async move {
            let mut micros = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let number = work.places.next(work.operation);
                let Some(ask) = (number < added).then(|| work.roll.ask(work.operation, number)).flatten() else {
                    break;
                };
                let asked = Instant::now();
                client.send(&ask).await.unwrap_or_else(|error| panic!("{}: {error}", NAMES[work.operation]));
                micros.push(asked.elapsed().as_micros());
                if added == usize::MAX && began.elapsed() > work.span {
                    break;
                }
            }
            micros
        }));
    }
    let mut micros = Vec::new();
    for worker in workers {
        micros.extend(worker.await.expect("a worker"));
    }
    if added != usize::MAX {
        work.places.rewind(work.operation);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of requests is small")]
    tally.rates.push(micros.len() as f64 / began.elapsed().as_secs_f64());
    tally.medians.push(percentile(&micros, 50));
    tally.micros.extend(micros);
}

/// The server's resident memory now and at its highest.
fn memory(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = |name: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
        found.trim().to_owned()
    };
    format!("resident {} at the end, {} at its highest", line("VmRSS:"), line("VmHWM:"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a request are few")]
fn percentile(micros: &[u128], part: usize) -> f64 {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() * part / 100).map_or(f64::NAN, |micros| *micros as f64 / 1_000.0)
}

/// The median of what one has over what the other had in the same round.
fn paired(one: &[f64], other: &[f64]) -> f64 {
    median(one.iter().zip(other).map(|(one, other)| one / other).collect())
}

fn print_table(plan: &Plan, benches: &[Bench]) {
    println!("\n| operation | people | connections | p50 ms | p99 ms | requests/s | ratio to the floor | growth |");
    println!("|---|---|---|---|---|---|---|---|");
    for (operation, name) in plan.operations() {
        for (at, connections) in plan.connections.iter().enumerate() {
            let [smallest, _] = &benches[0].cells[operation][at];
            for (size, bench) in plan.sizes.iter().zip(benches) {
                let [ours, floor] = &bench.cells[operation][at];
                println!(
                    "| {name} | {size} | {connections} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} |",
                    percentile(&ours.micros, 50),
                    percentile(&ours.micros, 99),
                    median(ours.rates.clone()),
                    paired(&ours.rates, &floor.rates),
                    paired(&ours.medians, &smallest.medians),
                );
            }
        }
    }
    for (size, bench) in plan.sizes.iter().zip(benches) {
        println!(
            "\n{size} people: everybody walked and the big team replaced four times: {}; after all rounds: {}",
            bench.calm,
            memory(bench.servers[0].child.id())
        );
    }
}
