//! Connections to the database: one whose answer nobody waited for, or that broke, is not handed to the next request.

use reqwest::StatusCode;
use rollcall::store::dialect::Engine;
use rollcall::store::gauges;

use crate::harness::{Roll, facts};

/// How many connections to read with are open.
fn open(roll: &Roll) -> usize {
    let pools = gauges::pools(roll.db());
    pools.iter().filter(|pool| pool.pool != "write").map(|pool| pool.open).sum()
}

/// Asks for a sign of life and does not wait for it; whether it was not there yet.
async fn is_cut_off(roll: &Roll) -> bool {
    tokio::select! {
        biased;
        _ = roll.db().ping() => false,
        () = std::future::ready(()) => true,
    }
}

facts! {
    async fn a_connection_whose_answer_nobody_waited_for_is_closed(roll: Roll) {
        roll.db().ping().await.expect("a sign of life");
        let before = open(&roll);
        assert!(before > 0, "a connection that was answered is kept");
        while !is_cut_off(&roll).await {}
        assert_eq!(open(&roll), before - 1);
        roll.db().ping().await.expect("a sign of life from another");
        assert_eq!(open(&roll), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_the_server_ended_fails_one_request_at_most() {
    let roll = Roll::start(Engine::Pg).await;
    let path = format!("/Users/{}", roll.person("ada").await);
    let most = open(&roll);
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
