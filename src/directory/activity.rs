//! The switches of activity, and the one deactivation that every road takes.

use serde_json::json;

use crate::audit::{Action, Entry, Severity};
use crate::error::Result;
use crate::model::User;
use crate::model::user::{OktaStatus, PlatformRole, Switch};
use crate::store::{Tx, credentials, okta_facts};

/// Sets SCIM's own switch, in memory. Off to on, later than a deactivation in Okta, lifts that; nothing lifts a suspension.
pub fn set_scim(tx: &mut Tx, user: &mut User, value: bool) {
    if user.switches.scim.value == value {
        return;
    }
    let now = tx.now();
    let set_by = tx.ctx().actor.label();
    let okta = &user.switches.okta;
    if value && okta.value == OktaStatus::Deactivated && okta.since < now {
        user.switches.okta = Switch { value: OktaStatus::Ok, since: now, set_by: set_by.clone() };
    }
    user.switches.scim = Switch { value, since: now, set_by };
}

/// Draws the consequence of changed switches: the derived flag and, when access ends, the end of everything that lets
/// the person in. Tells what to say of it; none when no switch changed.
///
/// # Errors
/// What the engine reports.
pub async fn settle(tx: &mut Tx, before: &User, after: &mut User) -> Result<Option<Entry>> {
    let now = tx.now();
    if let Some(okta_id) = after.okta_id.as_deref().filter(|_| before.switches.okta != after.switches.okta) {
        okta_facts::put_status(tx, okta_id, &after.switches.okta).await?;
    }
    after.is_active = after.switches.all_on() && after.deleted_at.is_none();
    let entry = match (before.is_active, after.is_active) {
        (true, false) => {
            after.auth_epoch += 1;
            after.deactivated_at = Some(now);
            let ended = credentials::end_all(tx, after.id).await?;
            let entry = Entry::user(Action::UserDeactivated, after.id).ending(ended);
            // Whatever ends an admin's access may, and somebody should look.
            if after.platform_role == PlatformRole::Admin { Entry { severity: Severity::High, ..entry } } else { entry }
        }
        (false, true) => {
            after.deactivated_at = None;
            Entry::user(Action::UserReactivated, after.id)
        }
        _ if switches_of(before) == switches_of(after) => return Ok(None),
        _ => Entry::user(Action::UserSwitchChanged, after.id),
    };
    Ok(Some(entry.changed(switches_of(before), switches_of(after)).with("name", after.title())))
}

fn switches_of(user: &User) -> serde_json::Value {
    use crate::model::words::Word;
    json!({
        "isActive": user.is_active,
        "scim": user.switches.scim.value,
        "okta": user.switches.okta.value.as_str(),
        "admin": user.switches.admin.value,
    })
}
