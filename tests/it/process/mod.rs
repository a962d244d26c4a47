//! The built program as an operator meets it: real child processes, an empty folder, nothing configured.

mod break_glass;
mod commands;
mod demo;
mod doctor;
mod drift;
mod hooks;
mod refusals;
mod replay;
mod seed;
mod serving;
mod stopping;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use reqwest::Method;
use rollcall::store::dialect::Engine;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::harness::{Answer, Store, fresh_store};

/// Longer than anything here may take, also on a machine with other work.
const PATIENCE: Duration = Duration::from_mins(1);

/// Declares facts about processes: each runs once on SQLite and once on PostgreSQL, each time in an empty folder.
macro_rules! process_facts {
    ($($(#[$meta:meta])* async fn $name:ident($place:ident: Place) $body:block)+) => {$(
        async fn $name($place: $crate::process::Place) $body

        $(#[$meta])*
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name($crate::process::Place::new(rollcall::store::dialect::Engine::Lite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name($crate::process::Place::new(rollcall::store::dialect::Engine::Pg).await).await;
            }
        }
    )+};
}
pub(crate) use process_facts;

/// An empty folder to run the program in, and the store it will use.
pub struct Place {
    pub folder: TempDir,
    pub store: Store,
    engine: Engine,
}

/// What a command left behind.
pub struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// Demands success; gives what was printed.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// Demands this exit code; gives what was said.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self.err
    }
}

impl Place {
    pub async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = match engine {
            Engine::Pg => fresh_store(engine).await,
            // What the program chooses by itself.
            Engine::Lite => Store::at(format!("sqlite://{}/data/rollcall.db", folder.path().display())),
        };
        Self { folder, store, engine }
    }

    /// The program with these arguments and no variable but the database's.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(args).env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        if self.engine == Engine::Pg {
            command.env("DATABASE_URL", &self.store.url);
        }
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        finish(self.command(args))
    }

    /// Starts a server on a port of the system's choice and waits until it says where it is.
    pub async fn serve(&self) -> Server {
        let mut command = self.command(&["serve"]);
        command.env("PORT", "0");
        Server::start(command).await
    }

    /// What is in the folder.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

/// Runs a command to its end.
pub fn finish(mut command: Command) -> Outcome {
    let output = command.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A serving child process; killed when dropped.
pub struct Server {
    child: Child,
    log: mpsc::UnboundedReceiver<String>,
    out: mpsc::UnboundedReceiver<String>,
    /// `http://127.0.0.1:port`.
    pub origin: String,
    client: reqwest::Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let out = lines(child.stdout.take().expect("standard output"));
        let log = lines(child.stderr.take().expect("standard error"));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut server = Self { child, log, out, origin: String::new(), client };
        server.origin = server.address().await;
        server
    }

    /// The address from the log, in which every line is JSON.
    async fn address(&mut self) -> String {
        loop {
            let line = next(&mut self.log).await.expect("the server says where it listens");
            let event: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            if let Some(address) = event["fields"]["address"].as_str() {
                return format!("http://{address}");
            }
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it prints up to a line with these words.
    pub async fn printed_until(&mut self, words: &str) -> String {
        let mut all = String::new();
        loop {
            let line = next(&mut self.out).await.unwrap_or_else(|| panic!("never printed {words:?}, only: {all}"));
            all.push_str(&line);
            all.push('\n');
            if line.contains(words) {
                return all;
            }
        }
    }

    /// A SCIM token, as printed at the first start.
    pub async fn printed_token(&mut self) -> String {
        let text = self.printed_until("Authorization (Bearer)").await;
        text.split_whitespace().last().expect("a token").to_owned()
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        answer(self.request(Method::GET, path).bearer_auth(token)).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.try_post(path, token, body).await.expect("an answer")
    }

    /// As [`Self::post`]; none when the server is gone.
    pub async fn try_post(&self, path: &str, token: &str, body: &Value) -> Option<Answer> {
        let request = self.request(Method::POST, path).bearer_auth(token);
        answer(request.header("content-type", "application/scim+json").body(body.to_string())).await
    }

    /// Asks it to end, as an orchestrator does.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Ends it at once, with no chance to tidy up.
    pub fn kill_hard(&self) {
        let told = Command::new("kill").args(["-KILL", &self.pid().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Waits for the end; gives the exit code and what was logged since.
    pub async fn ended(&mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        while let Some(line) = next(&mut self.log).await {
            log.push_str(&line);
            log.push('\n');
        }
        (self.child.wait().expect("it ends").code(), log)
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let answer = request.send().await.ok()?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.ok()?;
    Some(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text })
}

fn lines(source: impl Read + Send + 'static) -> mpsc::UnboundedReceiver<String> {
    let (give, take) = mpsc::unbounded_channel();
    thread::spawn(move || {
        let lines = BufReader::new(source).lines().map_while(Result::ok);
        lines.for_each(|line| drop(give.send(line)));
    });
    take
}

async fn next(lines: &mut mpsc::UnboundedReceiver<String>) -> Option<String> {
    timeout(PATIENCE, lines.recv()).await.expect("a line in time")
}
