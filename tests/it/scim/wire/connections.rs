//! Connections to the database: one whose answer nobody waited for, or that broke, is not handed to the next request.

use reqwest::StatusCode;
use rollcall::app;
use rollcall::store::dialect::Engine;
use rollcall::store::{Db, gauges};

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
    async fn a_connection_whose_answer_nobody_waited_for_is_closed(roll: Roll) {
        // One that nothing else works on meanwhile.
        let store = fresh_store(roll.engine()).await;
        let db = app::open_store(&store.url, roll.clock.clone()).await.expect("an open store");
        db.ping().await.expect("a sign of life");
        assert_eq!(open(&db), 1, "a connection that was answered is kept");
        while !is_cut_off(&db).await {}
        assert_eq!(open(&db), 0);
        db.ping().await.expect("a sign of life from another");
        assert_eq!(open(&db), 1);
    }
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
