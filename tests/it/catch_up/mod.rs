//! Catching up from the System Log: whatever hooks lost arrives, once, whatever goes wrong on the way.

pub mod fake_okta;
mod reading;
mod troubles;

use std::sync::Arc;
use std::time::Duration;

use rollcall::jobs::catch_up::{IDLE, Reader};
use rollcall::jobs::turns::Turning;

use crate::harness::Roll;
use crate::hooks::tell;
use fake_okta::FakeOkta;

/// A replica that catches up from a stand-in, and tells in the audit what it applies. No job runs by itself: what is
/// read is read by its test.
pub async fn catcher(roll: &Roll, okta: &FakeOkta) -> Roll {
    roll.replica_with(|shared| {
        shared.hooks.apply = Arc::new(tell);
        shared.okta = Some(okta.client());
    })
    .await
}

impl Roll {
    /// One turn of a reader.
    pub async fn turn(&self, reader: &mut Reader) -> Duration {
        reader.turn(&self.app).await.expect("a database")
    }

    /// Turns until nothing is left to read, whatever goes wrong on the way.
    pub async fn catch_up(&self, reader: &mut Reader) {
        for _ in 0..200 {
            if self.turn(reader).await == IDLE {
                return;
            }
        }
        panic!("it never came to an end");
    }

    /// How many events came by each road.
    pub async fn roads(&self) -> Vec<String> {
        let sql = "select road || ' ' || cast(count(*) as text) from hook_events group by road order by road";
        self.sql(sql).await.into_iter().filter_map(|mut row| row.remove(0)).collect()
    }

    /// Where the log goes on, as it is kept.
    pub async fn place(&self) -> Option<String> {
        self.sql("select position from catch_up_cursor").await.pop().and_then(|mut row| row.remove(0))
    }
}
