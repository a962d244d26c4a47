//! Event hooks on a real server: the secret it makes for itself, and what a kill leaves behind.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use reqwest::Method;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Server;
use crate::harness::HOOK_SECRET;
use crate::hooks::{PATH, delivery, event};
use crate::process::{Place, process_facts};

async fn start(place: &Place) -> Server {
    let mut command = place.command(&["serve"]);
    command.env("PORT", "0").env("OKTA_WEBHOOK_SECRET", HOOK_SECRET);
    Server::start(command).await
}

/// Delivers batch after batch, each twice, until the server is gone; notes the events that were acknowledged.
async fn deliver(server: Arc<Server>, sender: u32, acknowledged: Arc<Mutex<Vec<String>>>) {
    for batch in 0.. {
        let uuids: Vec<String> = (0..3).map(|number| format!("s{sender}b{batch}n{number}")).collect();
        let events: Vec<_> = uuids.iter().map(|uuid| event(uuid, &format!("00u{sender}"))).collect();
        for _ in 0..2 {
            let body = delivery(&format!("s{sender}b{batch}"), &events).to_string();
            let request = server.request(Method::POST, PATH).header("authorization", HOOK_SECRET).body(body);
            match request.send().await {
                Ok(answer) => assert_eq!(answer.status(), 204),
                Err(_) => return,
            }
        }
        acknowledged.lock().await.extend(uuids);
    }
}

process_facts! {
    async fn a_development_server_makes_its_hook_secret_once_and_keeps_it_to_itself(place: Place) {
        let mut server = place.serve().await;
        let text = server.printed_until("Authentication secret").await;
        let secret = text.split_whitespace().last().expect("a secret").to_owned();
        let kept = place.folder.path().join("data/okta-webhook-secret");
        assert_eq!(std::fs::read_to_string(&kept).expect("the file").trim(), secret);
        assert_eq!(std::fs::metadata(&kept).expect("the file").permissions().mode() & 0o777, 0o600);
        server.terminate();
        server.ended().await;
        let again = place.serve().await;
        let ask = again.request(Method::POST, PATH).header("authorization", &secret).body("{}");
        assert_eq!(ask.send().await.expect("an answer").status(), 204);
        assert_eq!(std::fs::read_to_string(&kept).expect("the file").trim(), secret);
    }

    async fn a_kill_under_load_loses_no_acknowledged_event_and_keeps_none_twice(place: Place) {
        let server = Arc::new(start(&place).await);
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let mut senders = JoinSet::new();
        for sender in 0..4 {
            senders.spawn(deliver(Arc::clone(&server), sender, Arc::clone(&acknowledged)));
        }
        while acknowledged.lock().await.len() < 90 {
            tokio::task::yield_now().await;
        }
        server.kill_hard();
        while let Some(ended) = senders.join_next().await {
            ended.expect("a sender without a complaint");
        }
        let server = start(&place).await;
        let waiting = "select event_key from hook_events where settled_at is null limit 1";
        while !place.store.sql(waiting).await.is_empty() {
            tokio::task::yield_now().await;
        }
        let rows = place.store.sql("select event_key from hook_events").await;
        let kept: BTreeSet<String> = rows.iter().filter_map(|row| row[0].clone()).collect();
        assert_eq!(kept.len(), rows.len());
        let lost: Vec<String> = acknowledged.lock().await.iter().filter(|uuid| !kept.contains(&format!("uuid:{uuid}"))).cloned().collect();
        assert_eq!(lost, Vec::<String>::new());
        server.terminate();
    }
}
