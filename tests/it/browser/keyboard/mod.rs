//! What people do on the pages, from the first key to the last: nothing here clicks, and once a page is open every other is
//! reached by its links, its buttons and its keys.

mod audit;
mod door;
mod people;
mod setup;
mod stories;
mod teams;
mod tokens;
mod traffic;

use super::page::Page;
use super::pages::Viewer;
use crate::harness::Roll;
use crate::platform::people::{GLASS_PASSWORD, Signed};
use rollcall::model::session::Born;

/// The page of an admin, open at this path.
async fn admin(roll: &Roll, boss: &Signed, path: &str) -> Page {
    let page = Page::of(roll).await;
    page.be(Viewer::Admin, boss).await;
    page.open(path).await;
    page
}

/// An admin who is there before SCIM ever came.
async fn first_admin(roll: &Roll) -> Signed {
    let user = roll.break_glass("fire-axe").await;
    roll.sign_in_as(&user, Born::BreakGlass).await
}

impl Page {
    /// Goes to a place of the console by its two keys.
    async fn go_by(&self, letter: &str) {
        self.leave_by(&["g", letter]).await;
    }

    /// Searches, wherever the page has a search: what stood there is replaced.
    async fn search(&self, text: &str) {
        self.press(&["/", "Control+a"]).await;
        self.type_in(text).await;
        self.leave_by(&["Enter"]).await;
    }

    /// Signs in with a break-glass account.
    async fn break_glass(&self, account: &str) {
        self.reach("Account").await;
        self.type_in(account).await;
        self.reach("Password").await;
        self.type_in(GLASS_PASSWORD).await;
        self.leave_by(&["Enter"]).await;
    }

    /// The texts of what a selector names, in the order of the page.
    async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!("[...document.querySelectorAll('{selector}')].map(part => part.textContent)");
        serde_json::from_value(self.eval(&script).await).expect("a list of texts")
    }

    /// Demands that the page shows each of these.
    async fn says(&self, all: &[&str]) {
        let text = self.text().await;
        for words in all {
            assert!(text.contains(words), "{words:?} is not in:\n{text}");
        }
    }
}
