//! The pictures of the documents: drawn from what the demo leaves behind, by `./scripts/screenshots`.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall::store::dialect::Engine;
use serde_json::json;

use super::page::{Look, Page};
use super::pages::{Ids, Viewer};
use crate::harness::Roll;
use crate::platform::people::Signed;
use crate::process::Place;

/// The variable that says where the pictures go.
const FOLDER: &str = "ROLLCALL_SCREENSHOTS";
/// A page of documents loads many: none is larger.
const MAX_BYTES: usize = 200 * 1024;
/// Each picture: its name, the path of the page, who looks at it.
const PICTURES: [(&str, &str, Viewer); 6] = [
    ("audit", "/audit", Viewer::Admin),
    ("story", "/stories/{ending}", Viewer::Admin),
    ("person", "/people/{person}", Viewer::Admin),
    ("requests", "/requests", Viewer::Admin),
    ("setup", "/setup", Viewer::Admin),
    ("connection", "/connection", Viewer::Admin),
];
/// Both of the colours it is drawn in.
const LOOKS: [(&str, Look); 2] = [("light", Look::Wide), ("dark", Look::Dark)];
/// Who looks: one of the demo's people, made an admin.
const ADMIN: &str = "Aiko Mori";

impl Page {
    /// What it looks like now, as PNG: the visible part.
    async fn screenshot(&self) -> Vec<u8> {
        let shot = self.tell("Page.captureScreenshot", &json!({ "format": "png", "optimizeForSpeed": false })).await;
        STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64")
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever wants pictures says where they go")]
fn folder() -> PathBuf {
    std::env::var_os(FOLDER).unwrap_or_else(|| panic!("{FOLDER} says where the pictures go")).into()
}

/// A server on what the demo left, and the admin who looks at it.
async fn after_the_demo(place: &Place) -> (Roll, Signed) {
    place.run(&["demo", "--quiet", "--database-url", &place.store.url]).done();
    let roll = Roll::at(place.store.url.clone()).await;
    let id = roll.uuid_text("scim_id");
    let admin = roll.sql_one(&format!("select {id} from users where display_name = '{ADMIN}'")).await;
    roll.set_user(&admin, "platform_role = 'PLATFORM_ADMIN'").await;
    let signed = roll.sign_in(&roll.row_of(&admin).await).await;
    (roll, signed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes the pictures of the documents: ./scripts/screenshots"]
async fn the_pictures_of_the_documents() {
    let (folder, place) = (folder(), Place::new(Engine::Lite).await);
    let (roll, admin) = after_the_demo(&place).await;
    let (page, ids) = (Page::of(&roll).await, Ids::of(&roll, &admin).await);
    for (name, path, viewer) in PICTURES {
        page.be(viewer, &admin).await;
        for (colours, look) in LOOKS {
            page.look(look).await;
            page.open(&ids.path(path)).await;
            let picture = page.screenshot().await;
            assert!(picture.len() <= MAX_BYTES, "{name}-{colours} has {} bytes", picture.len());
            std::fs::write(folder.join(format!("{name}-{colours}.png")), picture).expect("a place for pictures");
        }
    }
    page.done().await;
}
