//! Reads people again whose profile changed at Okta, one a turn: what differs is repaired as `rollcall drift` repairs it.
//!
//! What Okta says of an account counts; names and addresses come over SCIM, which alone knows how they are mapped.

use std::collections::HashMap;
use std::time::Duration;

use super::turns::{Turning, Turns, is_held};
use crate::directory::drift::{self, Listed, Repair};
use crate::error::Result;
use crate::http::App;
use crate::okta::api::is_id;
use crate::okta::listing::{self, Account};
use crate::okta_client::{Client, Trouble};
use crate::store::drift::{Person, person};
use crate::store::okta_facts::{self, Reread};

/// How long the marks are left alone when there is none.
pub const IDLE: Duration = Duration::from_secs(10);
/// The pause between two people: a wave of changes must not use up what the limit leaves to others.
pub const BETWEEN: Duration = Duration::from_millis(250);

/// One replica's walk through the marks.
#[derive(Debug)]
pub struct Rereader {
    turns: Turns,
    /// The last one that was tried: who cannot be read stands in nobody's way.
    after: String,
}

impl Default for Rereader {
    fn default() -> Self {
        Self { turns: Turns::of("reread"), after: String::new() }
    }
}

impl Turning for Rereader {
    fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Reads one person.
    async fn turn(&mut self, app: &App) -> Result<Duration> {
        let Some(okta) = &app.okta else { return Ok(IDLE) };
        if !self.turns.take(app).await? || is_held(app).await? {
            return Ok(IDLE);
        }
        let mut view = app.db.view().await?;
        let Some(marked) = okta_facts::next_reread(&mut view, &self.after).await? else {
            self.after.clear();
            return Ok(IDLE);
        };
        let known = person(&mut view, &marked.okta_id).await?.filter(|_| is_id(&marked.okta_id));
        drop(view);
        self.after.clone_from(&marked.okta_id);
        match known {
            Some(known) => self.reread(app, okta, marked, known).await,
            // Nobody on the roll any more, or bound to an id that is none of Okta's.
            None => self.keep(app, marked, Vec::new()).await.map(|_| Duration::ZERO),
        }
    }
}

impl Rereader {
    async fn reread(&mut self, app: &App, okta: &Client, marked: Reread, known: Person) -> Result<Duration> {
        let began = drift::moment(app.clock.now());
        match ask(okta, &marked.okta_id).await {
            Ok((account, pause)) => {
                self.turns.went_well();
                let accounts = Some(HashMap::from([(marked.okta_id.clone(), account)]));
                let listed = Listed { accounts, began, ..Listed::default() };
                let repairs = listed.compare(&known).into_iter().filter_map(|found| found.repair).collect();
                self.keep(app, marked, repairs).await?;
                Ok(pause.max(BETWEEN))
            }
            // One answer ends nobody's access: `rollcall drift` tells who is in no list of Okta's.
            Err(Trouble::Refused { status: 404, .. }) => {
                tracing::warn!(
                    okta_id = marked.okta_id,
                    "Okta knows the account no more; rollcall drift tells the rest"
                );
                self.keep(app, marked, Vec::new()).await.map(|_| BETWEEN)
            }
            Err(trouble) => Ok(self.turns.put_off(&trouble)),
        }
    }

    /// Repairs what differs and takes the mark, in one; false when the breaker held the repair, and the mark stays.
    async fn keep(&self, app: &App, marked: Reread, repairs: Vec<serde_json::Value>) -> Result<bool> {
        let (ctx, work) = (self.turns.ctx(app), (app, marked, repairs));
        let keep = app.db.unit(&ctx, &work, |tx, (app, marked, repairs)| {
            Box::pin(async move {
                for repair in repairs {
                    if drift::repair(tx, repair, &app.okta_apps, app.breaker).await? == Repair::Held {
                        return Ok(false);
                    }
                }
                okta_facts::reread_done(tx, marked).await.map(|()| true)
            })
        });
        keep.await
    }
}

async fn ask(okta: &Client, okta_id: &str) -> Result<(Account, Duration), Trouble> {
    let page = okta.get(&okta.org.url(&format!("users/{okta_id}"), &[])).await?;
    let account = listing::account(&page.body).filter(|account| account.id == okta_id);
    Ok((account.ok_or(Trouble::Odd("it is not this account"))?, page.pause))
}
