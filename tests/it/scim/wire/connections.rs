//! Connections to the database: one whose answer nobody waited for, or that broke, is not handed to the next request.

use std::time::{Duration, Instant};

use reqwest::{StatusCode, Url};
use rollcall::app;
use rollcall::clock::Clock;
use rollcall::model::Id;
use rollcall::store::dialect::Engine;
use rollcall::store::{Db, gauges, users};
use sqlx::{Connection, PgConnection};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::harness::{Roll, facts, fresh_store};

/// How many connections to read with are open.
fn open(db: &Db) -> usize {
    gauges::pools(db).iter().filter(|pool| pool.pool != "write").map(|pool| pool.open).sum()
}

/// Asks for a sign of life and does not wait for it; whether it was not there yet.
async fn is_cut_off(db: &Db) -> bool {
    tokio::select! {
        biased;
        _ = db.ping() => false,
        () = std::future::ready(()) => true,
    }
}

facts! {
    async fn requests_that_are_cut_off_leave_no_connection_behind(roll: Roll) {
        // One that nothing else works on meanwhile.
        let store = fresh_store(roll.engine()).await;
        let db = app::open_store(&store.url, roll.clock.clone()).await.expect("an open store");
        for _ in 0..100 {
            is_cut_off(&db).await;
        }
        db.ping().await.expect("a sign of life");
        assert!((1..=16).contains(&open(&db)), "{}", open(&db));
    }
}

/// How many connections PostgreSQL takes of us at once.
const MOST: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_places_of_those_who_went_away_stay_taken_until_the_database_is_done_with_them() {
    let store = fresh_store(Engine::Pg).await;
    let db = app::open_store(&store.url, Clock::system()).await.expect("an open store");
    let mut other = PgConnection::connect(&store.url).await.expect("a connection");
    sqlx::raw_sql("begin; lock table users in access exclusive mode").execute(&mut other).await.expect("a lock");
    let readers: Vec<_> = (0..MOST).map(|_| tokio::spawn(read(db.clone()))).collect();
    let waiting = "select pid::text from pg_stat_activity where datname = current_database() \
                   and application_name = 'rollcall' and wait_event_type = 'Lock'";
    while store.sql(waiting).await.len() < MOST {}
    for reader in readers {
        reader.abort();
        assert!(reader.await.is_err(), "nobody can read now");
    }
    assert_eq!(open(&db), MOST);
    other.close().await.expect("the lock is gone with it");
    read(db).await.expect("a reading");
}

async fn read(db: Db) -> rollcall::error::Result<()> {
    users::names(&mut db.view().await?, &[Id::fresh()]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_the_server_ended_fails_one_request_at_most() {
    let roll = Roll::start(Engine::Pg).await;
    let path = format!("/Users/{}", roll.person("ada").await);
    let most = open(roll.db());
    let ended = "select cast(pg_terminate_backend(pid, 5000) as text) from pg_stat_activity \
                 where datname = current_database() and application_name = 'rollcall'";
    assert_eq!(roll.sql(ended).await.len(), most);
    let mut refused = 0;
    while roll.get(&path).await.status != StatusCode::OK {
        refused += 1;
        assert!(refused <= most, "a broken connection was handed out twice");
    }
    assert!(refused > 0, "nobody noticed that the connections were gone");
}

/// Stands before PostgreSQL and hands on what is said, until it is told to keep it to itself: to those who are connected it
/// then looks like a server that went away without a word.
struct Wire {
    port: u16,
    silence: watch::Sender<bool>,
}

impl Wire {
    async fn before(host: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (silence, heard) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (host, mut heard) = (host.clone(), heard.clone());
                heard.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(host).await.expect("PostgreSQL");
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = heard.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, silence }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_went_away_without_a_word_is_waited_for_once_and_not_a_connection_at_a_time() {
    let store = fresh_store(Engine::Pg).await;
    let mut url = Url::parse(&store.url).expect("a URL");
    let host = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
    let wire = Wire::before(host).await;
    url.set_host(Some("127.0.0.1")).expect("a host");
    url.set_port(Some(wire.port)).expect("a port");
    let db = app::open_store(url.as_str(), Clock::system()).await.expect("an open store");
    let mut views = Vec::new();
    for _ in 0..MOST {
        views.push(db.view().await.expect("a connection"));
    }
    drop(views);
    assert_eq!(open(&db), MOST);
    // Longer than a connection is trusted without being asked.
    tokio::time::sleep(Duration::from_secs(6)).await;
    wire.silence.send(true).expect("connections");
    let began = Instant::now();
    db.ping().await.expect("a new connection");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
