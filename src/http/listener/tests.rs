//! The accept loop over raw sockets: time-outs, limits, and an orderly stop.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::to_bytes;
use axum::extract::Extension;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::*;

const SOON: Duration = Duration::from_millis(1_900);
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(30);
const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: test\r\n\r\n";
/// More than the system's buffers of both ends hold.
const BIG: usize = 16 * 1024 * 1024;

/// A running server; dropping `stop` shuts it down.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<()>>,
}

/// No limit but those a test sets.
fn patient() -> Limits {
    Limits {
        header_timeout: LONG,
        body_timeout: LONG,
        write_stall: LONG,
        idle: LONG,
        max_connections: 100,
        drain: SOON,
    }
}

fn routes() -> Router {
    Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/scim/Users", get(|| async { "people" }))
        .route("/peer", get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() }))
        .route("/big", get(|| async { vec![b'x'; BIG] }))
        .route("/upload", post(upload))
}

async fn upload(body: Body) -> (StatusCode, String) {
    match to_bytes(body, 1024).await {
        Ok(bytes) => (StatusCode::OK, bytes.len().to_string()),
        Err(error) if is_body_timeout(&error) => (StatusCode::REQUEST_TIMEOUT, "too slow".into()),
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too large".into()),
    }
}

async fn start(router: Router, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, router, limits, async { drop(stopped.await) }));
    Server { address, stop, ended }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server listens")
    }

    /// Sends the bytes and gives what comes back until the server closes.
    async fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("the server reads");
        rest(&mut stream).await
    }

    async fn is_serving(&self) -> bool {
        self.ask(b"GET /hello HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.ends_with("hello")
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.expect("the server closes in time").expect("no reset");
    String::from_utf8(answer).expect("the answer is text")
}

/// Sends one byte at a time until the server has had enough.
async fn drip(mut to: OwnedWriteHalf) {
    let mut pace = interval(Duration::from_millis(20));
    while to.write_all(b"x").await.is_ok() {
        pace.tick().await;
    }
}

/// Reads one answer that ends in `end`, leaving the connection open.
async fn answer(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut chunk = [0; 1024];
        let read = timeout(SOON, stream.read(&mut chunk)).await.expect("an answer in time").expect("no reset");
        assert_ne!(read, 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&chunk[..read]));
    }
    text
}

#[tokio::test]
async fn an_empty_connection_is_closed() {
    let server = start(routes(), Limits { header_timeout: SHORT, ..patient() }).await;
    let mut silent = server.connect().await;
    assert!(server.is_serving().await);
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn a_half_header_is_closed_although_it_dribbles() {
    let server = start(routes(), Limits { header_timeout: SHORT, ..patient() }).await;
    let (mut from, mut to) = server.connect().await.into_split();
    to.write_all(b"GET /hello HTTP/1.1\r\nx: ").await.expect("the server reads");
    let dribble = tokio::spawn(drip(to));
    assert!(server.is_serving().await);
    let closed = timeout(SOON, from.read(&mut [0; 64])).await.expect("the server closes in time");
    assert!(matches!(closed, Ok(0) | Err(_)));
    timeout(SOON, dribble).await.expect("the client is cut off").expect("no panic");
}

#[tokio::test]
async fn a_connection_may_idle_between_requests_longer_than_a_header_may_take() {
    let server = start(routes(), Limits { header_timeout: SHORT, idle: SHORT * 6, ..patient() }).await;
    let mut stream = server.connect().await;
    for _ in 0..2 {
        let asked = Instant::now();
        stream.write_all(HELLO).await.expect("the server reads");
        answer(&mut stream, "hello").await;
        tokio::time::sleep_until(asked + SHORT * 2).await;
    }
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_second_header_has_its_own_deadline() {
    let server = start(routes(), Limits { header_timeout: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(HELLO).await.expect("the server reads");
    answer(&mut stream, "hello").await;
    stream.write_all(b"GET /hel").await.expect("the server reads");
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_half_body_is_answered_408_although_it_dribbles() {
    let server = start(routes(), Limits { body_timeout: SHORT, ..patient() }).await;
    let (mut from, mut to) = server.connect().await.into_split();
    to.write_all(b"POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 1000\r\n\r\n")
        .await
        .expect("the server reads");
    let dribble = tokio::spawn(drip(to));
    let mut text = [0; 12];
    timeout(SOON, from.read_exact(&mut text)).await.expect("an answer in time").expect("no reset");
    assert_eq!(&text, b"HTTP/1.1 408");
    let mut more = Vec::new();
    timeout(SOON, from.read_to_end(&mut more)).await.expect("the server closes in time").expect("no reset");
    assert!(more.ends_with(b"too slow"));
    timeout(SOON, dribble).await.expect("the client is cut off").expect("no panic");
}

#[tokio::test]
async fn a_refused_upload_may_run_out_after_its_answer() {
    let server = start(routes(), patient()).await;
    let mut stream = server.connect().await;
    let head = "POST /upload HTTP/1.1\r\nhost: test\r\ncontent-length: 600000\r\n\r\n";
    stream.write_all(format!("{head}{}", "x".repeat(2_000)).as_bytes()).await.expect("the server reads");
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 413"));
    let mut pace = interval(Duration::from_millis(10));
    for _ in 0..20 {
        pace.tick().await;
        stream.write_all(&[b'x'; 1_000]).await.expect("a reset could overtake the answer");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let server = start(routes(), Limits { write_stall: SHORT, max_connections: 1, ..patient() }).await;
    let mut greedy = server.connect().await;
    greedy.write_all(b"GET /big HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the server reads");
    // The only place is free again once the greedy client has lost it.
    assert!(timeout(SOON, server.is_serving()).await.expect("the place is freed in time"));
    let mut got = Vec::new();
    let ended = timeout(SOON, greedy.read_to_end(&mut got)).await.expect("the server closes in time");
    assert!(ended.is_err() || got.len() < BIG);
}

#[tokio::test]
async fn a_slow_but_steady_reader_is_served() {
    let server = start(routes(), Limits { write_stall: SHORT * 2, idle: SHORT, ..patient() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /big HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the server reads");
    let (mut total, mut pace, mut chunk) = (0, interval(Duration::from_millis(20)), vec![0; 512 * 1024]);
    while total < BIG {
        pace.tick().await;
        total += timeout(SOON, stream.read_exact(&mut chunk)).await.expect("more in time").expect("no reset");
    }
}

#[tokio::test]
async fn more_connections_than_places_wait_their_turn() {
    let server = start(routes(), Limits { max_connections: 1, ..patient() }).await;
    let mut first = server.connect().await;
    first.write_all(HELLO).await.expect("the server reads");
    answer(&mut first, "hello").await;
    let mut second = server.connect().await;
    second.write_all(HELLO).await.expect("the system queues it");
    assert!(timeout(SHORT, second.read(&mut [0; 1])).await.is_err(), "served beside the first");
    drop(first);
    assert!(answer(&mut second, "hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn too_much_header_is_431() {
    let server = start(routes(), patient()).await;
    let many = "x: y\r\n".repeat(MAX_HEADERS + 1);
    let large = format!("x: {}\r\n", "y".repeat(MAX_HEADER_BYTES));
    for headers in [many, large] {
        let answer = server.ask(format!("GET /hello HTTP/1.1\r\n{headers}\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn the_router_sees_a_tidy_path_and_the_peer() {
    let server = start(routes(), patient()).await;
    let answer = server.ask(b"GET /scim//Users/ HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("people"), "{answer}");
    let mut stream = server.connect().await;
    let ours = stream.local_addr().expect("it is connected").to_string();
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.expect("the server reads");
    assert!(rest(&mut stream).await.ends_with(&ours));
}

/// A route that says when it was reached and waits to be let go.
fn gated() -> (Router, Arc<Notify>, Arc<Notify>, Arc<AtomicBool>) {
    let (reached, release, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (at, go, end) = (Arc::clone(&reached), Arc::clone(&release), Arc::clone(&done));
    let handler = move || async move {
        at.notify_one();
        go.notified().await;
        end.store(true, Ordering::SeqCst);
        "finished"
    };
    (Router::new().route("/gate", get(handler)), reached, release, done)
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_in_flight_and_refuses_the_rest() {
    let (router, reached, release, _) = gated();
    let server = start(router, patient()).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /gate HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the server reads");
    timeout(SOON, reached.notified()).await.expect("the handler runs");
    drop(server.stop);
    assert_eq!(rest(&mut idle).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.ended.is_finished());
    release.notify_one();
    let answer = rest(&mut busy).await;
    assert!(answer.ends_with("finished") && answer.to_lowercase().contains("connection: close"), "{answer}");
    timeout(SOON, server.ended).await.expect("it returns").expect("no panic").expect("no error");
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let (router, reached, _release, done) = gated();
    let server = start(router, Limits { drain: SHORT, ..patient() }).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"GET /gate HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the server reads");
    timeout(SOON, reached.notified()).await.expect("the handler runs");
    drop(server.stop);
    timeout(SOON, server.ended).await.expect("it returns").expect("no panic").expect("no error");
    assert!(matches!(stuck.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    assert!(!done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_panic_costs_its_own_connection_only() {
    let panic: fn() -> &'static str = || panic!("on purpose");
    let router = routes().route("/panic", get(move || async move { panic() }));
    let server = start(router, patient()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the server reads");
    assert!(matches!(timeout(SOON, stream.read(&mut [0; 1])).await, Ok(Ok(0) | Err(_))));
    assert!(server.is_serving().await);
}
