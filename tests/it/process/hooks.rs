//! Event hooks on a real server: the secret it makes for itself, and what a kill leaves behind.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use rollcall::clock::Clock;
use rollcall::store::dialect::Engine;
use serde_json::{Value, json};
use tempfile::tempdir;

use super::Server;
use crate::harness::{HOOK_SECRET, Roll, Store, patch, person};
use crate::hooks::{PATH, delivery, event};
use crate::okta_events::APP;
use crate::process::{Place, process_facts};

/// Events that are not settled yet.
const WAITING: &str = "select event_key from hook_events where settled_at is null limit 1";
/// What became of each event, and how many rows of the audit it caused.
const CAUSED: &str = "select e.state || ' ' || cast(count(a.id) as text) from hook_events e \
     left join audit_events a on a.cause_id = e.id group by e.id, e.state";
/// Whether each person may come in, and the last that Okta said of them.
const STANDING: &str = "select case when u.is_active then 'un' else '' end || 'suspend', (select e.event_type from hook_events e \
     where e.lane = 'user:' || u.okta_id order by e.published_at desc limit 1) from users u where u.okta_id like '00us%'";
/// Who delivers at once, each about a person of its own.
const SENDERS: u32 = 4;

async fn start(place: &Place) -> Server {
    let mut command = place.command(&["serve"]);
    command.env("PORT", "0").env("OKTA_WEBHOOK_SECRET", HOOK_SECRET);
    Server::start(command).await
}

/// The next of a person's suspensions and what lifts them, each as of now; every one changes something.
fn next(uuid: &str, sender: u32, number: u32) -> Value {
    let mut next = event(uuid, &format!("00us{sender}"));
    let at = Clock::system().now().plus(Duration::from_micros(number.into()));
    next["published"] = at.rfc3339().into();
    next["eventType"] = ["user.lifecycle.suspend", "user.lifecycle.unsuspend"][number as usize % 2].into();
    next
}

/// Delivers batch after batch, each twice, until the server is gone; notes the events that were acknowledged.
async fn deliver(server: Arc<Server>, sender: u32, acknowledged: Arc<Mutex<Vec<String>>>) {
    for batch in 0.. {
        let uuids: Vec<String> = (0..3).map(|number| format!("s{sender}b{batch}n{number}")).collect();
        let numbered = uuids.iter().zip(batch * 3..);
        let events: Vec<_> = numbered.map(|(uuid, number)| next(uuid, sender, number)).collect();
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

    async fn a_kill_under_load_loses_no_acknowledged_event_and_applies_none_twice(place: Place) {
        let mut server = start(&place).await;
        let token = server.printed_token().await;
        for sender in 0..SENDERS {
            let mut body = person(&format!("s{sender}"));
            body["externalId"] = format!("00us{sender}").into();
            server.post("/scim/v2/Users", &token, &body).await.expect(201);
        }
        let (server, acknowledged) = (Arc::new(server), Arc::new(Mutex::new(Vec::new())));
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
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
        settled(&place.store).await;
        let rows = place.store.sql("select event_key from hook_events").await;
        let kept: BTreeSet<String> = rows.iter().filter_map(|row| row[0].clone()).collect();
        assert_eq!(kept.len(), rows.len());
        let lost: Vec<String> = acknowledged.lock().await.iter().filter(|uuid| !kept.contains(&format!("uuid:{uuid}"))).cloned().collect();
        assert_eq!(lost, Vec::<String>::new());
        let caused: BTreeSet<String> = place.store.sql(CAUSED).await.into_iter().filter_map(|mut row| row.remove(0)).collect();
        assert_eq!(caused, BTreeSet::from(["applied 1".to_owned()]), "each did what it says, and did it once");
        let standing = place.store.sql(STANDING).await;
        assert_eq!(standing.len(), SENDERS as usize);
        for row in standing {
            let [stands, told] = [0, 1].map(|at| row[at].as_deref().unwrap_or_default());
            assert_eq!(told, format!("user.lifecycle.{stands}"));
        }
        server.terminate();
    }
}

/// Waits until every event is settled.
async fn settled(store: &Store) {
    while !store.sql(WAITING).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// What ends access, and what of a person's credentials it leaves.
const ENDS: [(&str, &[&str]); 5] = [
    ("user.lifecycle.suspend", &[]),
    ("user.lifecycle.deactivate", &[]),
    ("user.session.clear", &["api_keys", "contact_verifications", "user_devices"]),
    ("user.authentication.universal_logout", &["api_keys", "contact_verifications", "user_devices"]),
    ("application.user_membership.remove", &[]),
];

/// A replica of the service on the database of `roll`, in a folder of its own, to which one app is ours.
async fn replica(roll: &Roll) -> (Place, Server) {
    let folder = tempdir().expect("a temporary folder");
    let place = Place { folder, store: Store::at(roll.database_url().to_owned()), engine: Engine::Pg };
    let mut command = place.command(&["serve"]);
    command.env("PORT", "0").env("OKTA_WEBHOOK_SECRET", HOOK_SECRET).env("OKTA_APP_IDS", APP);
    let server = Server::start(command).await;
    (place, server)
}

/// An event of this type about somebody and the app, as of now.
fn ending(event_type: &str, okta_id: &str) -> Value {
    let mut ending = event(&format!("{event_type}-{okta_id}"), okta_id);
    ending["published"] = Clock::system().now().rfc3339().into();
    ending["eventType"] = event_type.into();
    ending["target"] = json!([{ "id": APP, "type": "AppInstance" }, { "id": okta_id, "type": "User" }]);
    ending
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_event_ends_through_one_process_has_ended_for_the_other() {
    let roll = Roll::start(Engine::Pg).await;
    let ((place, one), (_folder, other)) = (replica(&roll).await, replica(&roll).await);
    for (number, (event_type, left)) in ENDS.into_iter().enumerate() {
        let mut body = person(&format!("p{number}"));
        body["externalId"] = format!("00up{number}").into();
        let id = one.post("/scim/v2/Users", &roll.token, &body).await.expect(201).id();
        roll.let_in(&id).await;
        let body = delivery(event_type, &[ending(event_type, &format!("00up{number}"))]).to_string();
        let request = one.request(Method::POST, PATH).header("authorization", HOOK_SECRET).body(body);
        assert_eq!(request.send().await.expect("an answer").status(), 204);
        settled(&place.store).await;
        let live: Vec<&str> = roll.live(&id).await.into_iter().map(|(table, _)| table).collect();
        assert_eq!(live, left, "{event_type}");
        let path = format!("/scim/v2/Users/{id}");
        let seen = other.get(&path, &roll.token).await.expect(200);
        assert_eq!(seen.body["active"], event_type != "application.user_membership.remove", "{event_type}");
        // Whom Okta keeps out, the other process does not let in again, whatever SCIM says to it.
        let titled = patch(json!([{ "op": "replace", "value": { "title": "Lead", "active": seen.body["active"] } }]));
        let request = other.request(Method::PATCH, &path).bearer_auth(&roll.token);
        let request = request.header("content-type", "application/scim+json").body(titled.to_string());
        assert_eq!(request.send().await.expect("an answer").status(), 200);
        let is_out = roll.user_says(&id, "case when is_active then 'in' else 'out' end").await;
        assert_eq!(is_out.as_deref(), Some(if left.is_empty() { "out" } else { "in" }), "{event_type}");
    }
}
