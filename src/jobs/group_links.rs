//! Confirms proposed links where Okta itself says that it pushes the group to our app, by its group-push mappings.
//!
//! It only ever adds: half a list confirms half, and a mapping that is gone removes nothing. What an admin set aside
//! stays so.

use std::collections::VecDeque;
use std::time::Duration;

use super::turns::{Turning, Turns};
use crate::clock::Time;
use crate::directory::links;
use crate::error::Result;
use crate::http::App;
use crate::okta::api::{Org, is_id};
use crate::okta::listing::{self, Mapping};
use crate::okta_client::{Client, Trouble};
use crate::store::{okta_groups, okta_links};

/// How long the mappings are left alone once all were read: they change when an admin changes them.
pub const EVERY: Duration = Duration::from_mins(10);
/// How many mappings a page has at most.
const PAGE: &str = "200";

/// One replica's walk through the mappings.
#[derive(Debug)]
pub struct Mapper {
    turns: Turns,
    /// How many of our apps were read to the end.
    done: usize,
    /// Where the list goes on, by Okta's own word.
    next: Option<String>,
    /// Groups of the page that were not looked at yet.
    groups: VecDeque<String>,
}

impl Default for Mapper {
    fn default() -> Self {
        Self { turns: Turns::of("group links"), done: 0, next: None, groups: VecDeque::new() }
    }
}

impl Turning for Mapper {
    fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Looks at one group, or reads one page.
    async fn turn(&mut self, app: &App) -> Result<Duration> {
        let Some(okta) = &app.okta else { return Ok(EVERY) };
        if !self.turns.take(app).await? {
            return Ok(EVERY);
        }
        if let Some(group) = self.groups.pop_front() {
            return self.confirm(app, okta, group).await;
        }
        let Some(ours) = app.okta_apps.get(self.done) else {
            self.done = 0;
            return Ok(EVERY);
        };
        Ok(self.read(okta, ours).await.unwrap_or_else(|trouble| self.pass_over(ours, &trouble)))
    }
}

impl Mapper {
    async fn read(&mut self, okta: &Client, ours: &str) -> Result<Duration, Trouble> {
        let asked = self.next.clone().unwrap_or_else(|| first_url(&okta.org, ours));
        let page = okta.get(&asked).await?;
        let found = listing::mappings(&page.body).ok_or(Trouble::Odd("it is no list of mappings"))?;
        let pushed = |one: Mapping| (one.is_active && is_id(&one.group)).then_some(one.group);
        self.groups.extend(found.into_iter().filter_map(pushed));
        self.next = page.next.filter(|next| *next != asked);
        self.done += usize::from(self.next.is_none());
        self.turns.went_well();
        Ok(page.pause)
    }

    /// An app that Okta refuses to tell of is passed over until the next round; anything else is tried again.
    fn pass_over(&mut self, ours: &str, trouble: &Trouble) -> Duration {
        if let Trouble::Refused { .. } = trouble {
            tracing::warn!(app = ours, %trouble, "the group-push mappings of an app cannot be read");
            self.next = None;
            self.done += 1;
            return Duration::ZERO;
        }
        self.turns.put_off(trouble)
    }

    /// Confirms the link that the name of a group proposes; asks Okta for the name where no event told it.
    async fn confirm(&mut self, app: &App, okta: &Client, group: String) -> Result<Duration> {
        let mut view = app.db.view().await?;
        let is_settled = okta_links::team_of(&mut view, &group).await?.is_some();
        let is_known = is_settled || okta_groups::is_named(&mut view, &group).await?;
        drop(view);
        if is_settled {
            return Ok(Duration::ZERO);
        }
        let mut pause = Duration::ZERO;
        if !is_known {
            match name(okta, &group).await {
                Ok((name, at, wait)) => {
                    self.turns.went_well();
                    pause = wait;
                    let work = (group.as_str(), name, at.unwrap_or_else(|| app.clock.now()));
                    let ctx = self.turns.ctx(app);
                    let keep = app.db.unit(&ctx, &work, |tx, (group, name, at)| {
                        Box::pin(okta_groups::put_name(tx, group, name, *at))
                    });
                    keep.await?;
                }
                Err(Trouble::Refused { .. }) => return Ok(Duration::ZERO),
                Err(trouble) => {
                    self.groups.push_back(group);
                    return Ok(self.turns.put_off(&trouble));
                }
            }
        }
        let ctx = self.turns.ctx(app);
        if app.db.unit(&ctx, group.as_str(), |tx, group| Box::pin(links::confirm_mapped(tx, group))).await? {
            tracing::info!(group, "a link was confirmed: Okta pushes the group to our app");
        }
        Ok(pause)
    }
}

fn first_url(org: &Org, ours: &str) -> String {
    org.url(&format!("apps/{ours}/group-push/mappings"), &[("limit", PAGE)])
}

/// What Okta calls a group, since when, and how long to wait before the next request.
async fn name(okta: &Client, group: &str) -> Result<(String, Option<Time>, Duration), Trouble> {
    let page = okta.get(&okta.org.url(&format!("groups/{group}"), &[])).await?;
    let named = listing::group(&page.body).ok_or(Trouble::Odd("it is no group"))?;
    Ok((named.name, named.since.as_deref().and_then(Time::parse), page.pause))
}
