//! Every page there is. A page that is added stands in this table, and is then held to what all are held to.

use rollcall::store::dialect::Engine;

use super::page::Page;
use super::sound;
use crate::harness::Roll;
use crate::platform::people::Signed;

/// Who looks at a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody who is signed in.
    Nobody,
    /// A platform admin.
    Admin,
}

/// A page, and who looks at it.
pub struct Visit {
    /// Its path and query; [`Ids`] says what may stand in braces.
    pub path: &'static str,
    /// Who looks at it.
    pub viewer: Viewer,
    /// Whether it shows what others wrote.
    pub shows: bool,
}

/// A page that anybody may open, and that shows nothing of others.
const fn open(path: &'static str) -> Visit {
    Visit { path, viewer: Viewer::Nobody, shows: false }
}

/// A page of the console that shows what others wrote.
const fn admin(path: &'static str) -> Visit {
    Visit { path, viewer: Viewer::Admin, shows: true }
}

/// A page of the console that need not show what others wrote.
const fn quiet(path: &'static str) -> Visit {
    Visit { path, viewer: Viewer::Admin, shows: false }
}

/// Every page.
pub const PAGES: &[Visit] = &[
    open("/docs"),
    open("/auth/callback"),
    open("/sign-in"),
    open("/sign-in?anew=1"),
    admin("/audit"),
    admin("/audit?q=action%3Auser.updated"),
    quiet("/audit?q=user%3Anobody"),
    quiet("/audit?q=nonsense%3A"),
    quiet("/audit/{event}"),
    quiet("/stories/{cause}"),
    admin("/people"),
    quiet("/people/{person}"),
    quiet("/people/{boss}"),
    admin("/teams"),
    quiet("/teams/{team}"),
    quiet("/team-requests"),
    quiet("/people/{person}/bind"),
    quiet("/teams/new"),
    quiet("/teams/{team}/settings"),
    quiet("/team-requests/new"),
    admin("/requests"),
    quiet("/requests/{request}"),
    admin("/events"),
    quiet("/events/{hook}"),
    quiet("/events/replays/new?dead=1"),
    quiet("/setup"),
    quiet("/tokens"),
    quiet("/tokens/new"),
    quiet("/connection"),
    quiet("/people/no-such-person"),
    quiet("/nothing-here"),
];

/// What stands for the words in braces in a path.
pub struct Ids(Vec<(&'static str, String)>);

impl Ids {
    /// The newest of each on the roll.
    pub async fn of(roll: &Roll, boss: &Signed) -> Self {
        let newest = async |table: &str, column: &str, order: &str| {
            let sql = format!("select {} from {table} order by {order} desc limit 1", roll.uuid_text(column));
            roll.sql(&sql).await.pop().and_then(|mut row| row.remove(0)).unwrap_or_default()
        };
        Self(vec![
            ("{boss}", boss.user.clone()),
            ("{person}", newest("users", "id", "id").await),
            ("{team}", newest("teams", "id", "id").await),
            ("{event}", newest("audit_events", "id", "id").await),
            ("{cause}", newest("audit_events", "cause_id", "id").await),
            ("{ending}", newest("audit_events where action = 'user.deactivated'", "cause_id", "id").await),
            ("{hook}", newest("hook_events", "id", "id").await),
            ("{request}", newest("scim_requests", "id", "id").await),
        ])
    }

    /// A path with them.
    pub fn path(&self, path: &str) -> String {
        self.0.iter().fold(path.to_owned(), |path, (word, id)| path.replace(word, id))
    }
}

/// A little of everything that pages show.
async fn furnish(roll: &Roll) -> Signed {
    let boss = roll.admin("boss").await;
    let (dana, erin) = (roll.person("dana").await, roll.person("erin").await);
    roll.group("Payments", &[&dana, &erin]).await;
    roll.patch(
        &format!("/Users/{erin}"),
        &crate::harness::patch(serde_json::json!([
            { "op": "replace", "value": { "title": "Incident Commander", "active": false } }
        ])),
    )
    .await
    .expect(200);
    roll.find("userName eq").await.expect(400);
    roll.deliver("envelope", &[crate::hooks::event("one", "00udana")]).await.expect(204);
    roll.apply_hooks().await;
    roll.flush().await;
    boss
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_can_be_seen_reached_and_read_by_everybody() {
    let roll = Roll::start(Engine::Lite).await;
    let (boss, page, mut found) = (furnish(&roll).await, Page::of(&roll).await, Vec::new());
    let ids = Ids::of(&roll, &boss).await;
    for visit in PAGES {
        page.be(visit.viewer, &boss).await;
        found.extend(sound::faults(&page, &ids.path(visit.path)).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    page.done().await;
}
