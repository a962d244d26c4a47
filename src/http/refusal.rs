//! Telling the audit of a refused credential, whichever face refused it.

use super::App;
use crate::access::refusals::Kind;
use crate::ctx::Ctx;

/// A refusal stays a refusal, whether or not the audit can take it now.
pub async fn tell(app: &App, ctx: &Ctx, kind: Kind) {
    app.metrics.refused(kind.reason);
    let Some(entry) = app.refusals.note(kind.clone(), ctx.now) else { return };
    let written = app.db.unit(ctx, &entry, |tx, entry| {
        Box::pin(async move {
            tx.say(entry.clone());
            Ok(())
        })
    });
    if let Err(error) = written.await {
        tracing::warn!(%error, "a refused credential could not be written to the audit; it is counted");
        app.refusals.restore_first(kind, ctx.now);
    }
}
