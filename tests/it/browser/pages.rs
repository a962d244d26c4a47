//! Every page there is. A page that is added stands in this table, and is then held to what all are held to.

use rollcall::store::dialect::Engine;

use super::page::Page;
use super::sound;
use crate::harness::Roll;

/// The path and query of every page that anybody may open.
const OPEN: [&str; 2] = ["/docs", "/auth/callback"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_can_be_seen_reached_and_read_by_everybody() {
    let roll = Roll::start(Engine::Lite).await;
    let page = Page::of(&roll).await;
    let mut found = Vec::new();
    for path in OPEN {
        found.extend(sound::faults(&page, path).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    page.done().await;
}
