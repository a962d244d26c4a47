//! The outbox: what is wanted goes out at least once, by real protocols, and what cannot go out is told.

mod delivery;
mod fakes;
mod providers;

use std::sync::Arc;
use std::time::Duration;

use rollcall::access::outbox::{self, Taken};
use rollcall::config::Config;
use rollcall::ctx::Ctx;
use rollcall::http::Shared;
use rollcall::jobs::outbox as job;
use rollcall::model::contact::Method;
use rollcall::model::words::Word;
use rollcall::senders::{Message, Senders, Settings};
use serde_json::json;

use crate::harness::Roll;
use crate::platform::people::Signed;

pub const SEND: &str = "/api/verification/send";
pub const VERIFY: &str = "/api/verification/verify";
pub const STATUS: &str = "/api/verification/status";

/// The settings of the ways out, as the environment would give them.
pub fn settings(vars: &[(&str, &str)]) -> Settings {
    let given = [("OKTA_WEBHOOK_SECRET", "the-hook-secret-of-every-test-0001")];
    let vars = vars.iter().chain(&given).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_vars(vars.collect::<Vec<_>>().into_iter()).expect("a configuration without faults").senders
}

/// Has a replica send by these settings, and give up early.
pub fn sends_by(vars: &[(&str, &str)]) -> impl FnOnce(&mut Shared) {
    let settings = settings(vars);
    move |shared| {
        shared.senders = Senders::new(&settings, true).expect("senders");
        shared.senders.patience = Duration::from_millis(500);
    }
}

/// The six digits in a text.
pub fn digits(text: &str) -> String {
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_ascii_digit()).find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

impl Roll {
    /// Sends every message that is due; tells how many there were.
    pub async fn send_out(&self) -> usize {
        let mut count = 0;
        for lane in Method::ALL {
            while job::work_once(&self.app, *lane).await.expect("a database") {
                count += 1;
            }
        }
        count
    }

    /// Has a code sent to somebody; gives it as it arrives.
    pub async fn code(&self, who: &Signed, method: &str) -> String {
        who.post(self, SEND, &json!({ "method": method })).await.expect(202);
        self.send_out().await;
        let kept = self.app.senders.tray.list();
        let of_them = kept.iter().find(|one| one.person == who.user && one.channel == method);
        digits(&of_them.expect("a message").text)
    }

    /// Takes the message of a lane that is due longest, and does no more, as if the process ended there.
    pub async fn take_message(&self, lane: Method) -> Option<Arc<outbox::Parcel>> {
        let ctx = Ctx::job("outbox", self.clock.now());
        let work = (&self.app.key, lane);
        match self.db().unit(&ctx, &work, |tx, (key, lane)| Box::pin(outbox::take(tx, key, *lane))).await {
            Ok(Taken::Parcel(parcel)) => Some(Arc::from(parcel)),
            Ok(Taken::Nothing | Taken::Settled) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The states of every message, the oldest first, with how often each was tried.
    pub async fn messages(&self) -> Vec<String> {
        let rows = self.sql("select state || ' ' || cast(tries as text) from outbox order by id").await;
        rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
    }

    /// Why the newest message is in its state.
    pub async fn why(&self) -> String {
        self.sql_one("select reason from outbox order by id desc limit 1").await
    }

    /// Gives somebody a device; gives the id of its row.
    pub async fn device(&self, user: &str, token: &str) -> String {
        let (id, noon) = (Self::new_id(), self.moment(crate::harness::NOON));
        self.sql_run(&format!(
            "insert into user_devices (id, user_id, platform, token, created_at) values ({}, {}, 'ios', '{token}', {noon})",
            self.uuid(&id),
            self.uuid(user)
        ))
        .await;
        id
    }
}

/// What a message says.
pub fn text(message: &Message) -> String {
    digits(&message.text)
}
