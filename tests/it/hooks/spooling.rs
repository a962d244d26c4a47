//! The database is away: the spool takes what was proven, and brings it in once.

use std::path::Path;

use rollcall::http::hooks::spool::Spool;
use rollcall::jobs::hook_inbox::drain_spool;

use super::event;
use crate::harness::{HOOK_SECRET, Roll, facts};

async fn spooling(roll: &Roll, folder: &Path) -> Roll {
    let spool = Spool::open(folder).expect("a spool");
    roll.replica_with(|shared| shared.hooks.spool = Some(spool)).await
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    Spool::open(folder).expect("a spool").list().expect("files")
}

facts! {
    async fn without_a_spool_a_delivery_is_sent_back_while_the_database_is_away(roll: Roll) {
        let away = roll.replica().await;
        away.db().close().await;
        let answer = away.deliver("e1", &[event("a", "00u1")]).await.expect(503);
        assert_eq!((answer.header("retry-after"), answer.header("content-type")), ("5", "application/problem+json"));
        roll.deliver("e1", &[event("a", "00u1")]).await.expect(204);
        assert_eq!(roll.inbox().await.len(), 1);
    }

    async fn what_the_spool_took_is_brought_in_once_as_it_came(roll: Roll) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let away = spooling(&roll, folder.path()).await;
        away.db().close().await;
        for _ in 0..2 {
            away.deliver("e1", &[event("a", "00u1"), event("b", "00u2")]).await.expect(204);
        }
        away.send(away.hook("odd").header("authorization", HOOK_SECRET)).await.expect(204);
        assert_eq!(roll.inbox().await, []);
        let kept = files(folder.path());
        let text: String = kept.iter().map(|path| std::fs::read_to_string(path).expect("text")).collect();
        assert!(kept.len() == 3 && text.contains("00u2") && !text.contains(HOOK_SECRET));
        assert!(drain_spool(&away.app).await.is_err(), "the database is still away");
        assert_eq!(files(folder.path()), kept);

        // A crash after the commit and before the removal leaves a file that is in the inbox already.
        let copy = std::fs::read(&kept[0]).expect("bytes");
        let back = spooling(&roll, folder.path()).await;
        drain_until_empty(&back, folder.path()).await;
        std::fs::write(&kept[0], copy).expect("written");
        drain_until_empty(&back, folder.path()).await;
        assert_eq!(roll.states().await, ["ignored", "received", "received"]);
        assert_eq!(roll.sql("select distinct road from hook_events").await, [[Some("spool".to_owned())]]);
    }

    async fn a_wrong_proof_never_reaches_the_spool(roll: Roll) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let away = spooling(&roll, folder.path()).await;
        away.db().close().await;
        away.send(away.hook("{}").header("authorization", "guessed")).await.expect(401);
        assert!(files(folder.path()).is_empty());
    }

    async fn a_full_spool_sends_back(roll: Roll) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let big = std::fs::File::create(folder.path().join("big.bad")).expect("a file");
        big.set_len(rollcall::http::hooks::spool::MAX_BYTES).expect("a sparse file");
        let away = spooling(&roll, folder.path()).await;
        away.db().close().await;
        away.deliver("e1", &[event("a", "00u1")]).await.expect(503);
        assert!(files(folder.path()).is_empty());
    }
}

/// The replica's own job drains as well; between them everything comes in.
async fn drain_until_empty(roll: &Roll, folder: &Path) {
    while !files(folder).is_empty() {
        drain_spool(&roll.app).await.expect("the database is back");
    }
}
