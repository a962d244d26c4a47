//! An event of Okta's in the inbox: by which road it came, and what became of it.

use super::words::words;

words! {
    /// By which road an event came.
    HookRoad {
        /// Okta delivered it.
        Hook = "hook",
        /// Okta delivered it while the database was away.
        Spool = "spool",
        /// It was read from the System Log.
        Log = "log",
    }
}

words! {
    /// How a replay of many events stands.
    ReplayState {
        /// Its events are being applied, or wait for that.
        Running = "running",
        /// Every event was tried.
        Done = "done",
        /// Somebody ended it before that.
        Cancelled = "cancelled",
    }
}

words! {
    /// What became of an event.
    HookState {
        /// It waits for its turn.
        Received = "received",
        /// It changed something.
        Applied = "applied",
        /// Everything was as it says already.
        NoChange = "no_change",
        /// It is none that anything is done about.
        Ignored = "ignored",
        /// Something newer is known of what it tells.
        Stale = "stale",
        /// It could not be applied and will be tried again.
        Failed = "failed",
        /// It could not be applied, however often.
        Dead = "dead",
    }
}
