//! The three switches that decide on somebody's access: what each says, since when, who set it, by which row of the audit;
//! and the sentence that they make together.

use serde_json::Value;

use super::roll_words::{self as words, Chip, When};
use super::text;
use crate::access::audit_log;
use crate::audit::search::{Search, Term, Test};
use crate::audit::{Action, Event, Resource};
use crate::clock::Time;
use crate::error::Result;
use crate::model::policy::Caller;
use crate::model::user::OktaStatus;
use crate::store::View;
use crate::store::person::WholeUser;

/// Rows that may have set a switch.
const SETTING: &[Action] = &[
    Action::UserDeactivated,
    Action::UserReactivated,
    Action::UserSwitchChanged,
    Action::UserOktaStatusCleared,
    Action::UserReprovisioned,
    Action::UserCreated,
];
/// How many of them are looked at: a switch that moved less often than the others is told without its row.
const LOOKED_AT: usize = 25;

/// A switch as a line of the page.
pub struct SwitchRow {
    /// Whose word it is.
    pub name: &'static str,
    /// What it says.
    pub state: Chip,
    /// Since when; none while nobody has ever set it.
    pub since: Option<When>,
    /// Who set it.
    pub by: String,
    /// The row of the audit that did.
    pub row: Option<String>,
}

/// The switches of a person; with their rows of the audit where the caller sees everything.
///
/// # Errors
/// What the engine reports.
pub async fn of(view: &mut View, caller: &Caller, user: &WholeUser, sees_all: bool) -> Result<Vec<SwitchRow>> {
    let events = if sees_all { setting(view, caller, user).await? } else { Vec::new() };
    let on_off = |on| if on { Chip::of("on", "good") } else { Chip::of("off", "bad") };
    let row = |name, field, state, since: Time, label: &str| SwitchRow {
        name,
        state,
        since: (since.micros() > 0).then(|| since.into()),
        by: words::setter(label, sees_all),
        row: set_by(&events, field, user, since).map(|event| event.id.to_string()),
    };
    let admin = if is_untouched(user) { (Time::from_micros(0), "") } else { (user.admin_since, &*user.admin_set_by) };
    Ok(vec![
        row("SCIM (active)", "scim", on_off(user.scim_active), user.scim_since, &user.scim_set_by),
        row("Okta's account status", "okta", status(user.okta_status), user.okta_since, &user.okta_set_by),
        row("Admins", "admin", on_off(user.admin_active), admin.0, admin.1),
    ])
}

/// Whether no admin ever decided: the switch is on since the row was made, and whoever made the row is no word of theirs.
fn is_untouched(user: &WholeUser) -> bool {
    user.admin_active && user.admin_since == user.created_at
}

/// Whether somebody could come in, but for Okta, which does not know which account of its own is theirs.
#[must_use]
pub fn is_unbound(user: &WholeUser) -> bool {
    user.okta_id.is_none() && user.scim_id.is_some() && user.deleted_at.is_none()
}

fn status(status: OktaStatus) -> Chip {
    match status {
        OktaStatus::Ok => Chip::of("ok", "good"),
        OktaStatus::Suspended => Chip::of("suspended", "bad"),
        OktaStatus::Deactivated => Chip::of("deactivated", "bad"),
    }
}

async fn setting(view: &mut View, caller: &Caller, user: &WholeUser) -> Result<Vec<Event>> {
    let actions = Term { test: Test::Action(SETTING.to_vec()), holds: true };
    let search = Search { terms: vec![audit_log::history(Resource::User, user.id), actions], ..Search::default() };
    Ok(audit_log::list(view, caller, (search, None), LOOKED_AT).await?.events)
}

/// The newest row that changed a switch; a switch that is as it was at birth was set by the row of that.
fn set_by<'e>(events: &'e [Event], field: &str, user: &WholeUser, since: Time) -> Option<&'e Event> {
    let of = |values: Option<&Value>| values.and_then(|values| values.get(field)).cloned();
    let moved = |event: &&Event| {
        let (was, is) = (of(event.before.as_ref()), of(event.after.as_ref()));
        is.is_some() && was.is_some() && was != is
    };
    let born = |event: &&Event| since == user.created_at && event.action == Action::UserCreated.code();
    events.iter().find(moved).or_else(|| events.iter().find(born))
}

/// Why somebody has access, or has none, in one sentence.
#[must_use]
pub fn answer(user: &WholeUser) -> String {
    let name = text::name(user.display_name.as_deref().or(user.user_name.as_deref()).unwrap_or("This person"));
    match () {
        () if user.deleted_at.is_some() => {
            format!(
                "{name} left the roll for good. The row and its history stay, and nobody can sign in with it again."
            )
        }
        () if user.is_break_glass_account && user.is_active => {
            format!(
                "{name} is a break-glass account: it lets in by its password when Okta is down, and every sign-in with it is marked HIGH."
            )
        }
        () if user.is_active && is_unbound(user) => {
            format!(
                "{name} has access, but Okta cannot sign them in: no externalId came, and nobody bound them to an account at Okta."
            )
        }
        () if user.is_active => {
            format!(
                "{name} has access: SCIM says active, Okta says nothing against the account, and no admin has turned it off."
            )
        }
        () => format!("{name} has no access: {}.", words::row_of(&reasons(user))),
    }
}

/// Who keeps somebody out, a reason each.
fn reasons(user: &WholeUser) -> Vec<&'static str> {
    let okta = match user.okta_status {
        OktaStatus::Suspended => "Okta suspended the account",
        _ => "Okta deactivated the account",
    };
    let all = [
        (!user.scim_active, "SCIM turned the account off"),
        (user.okta_status != OktaStatus::Ok, okta),
        (!user.admin_active, "an admin turned it off here"),
    ];
    all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, why)| why).collect()
}

const ASSIGN: &str = "For SCIM: assign the person to the application in Okta again. Okta then sends active true.";
const UNSUSPEND: &str =
    "For Okta: unsuspend the account in Okta. If that event was lost, set Okta's status aside here.";
const ACTIVATE: &str = "For Okta: activate the account and assign it to the application again.";
const REACTIVATE: &str = "For the admins' switch: a platform admin reactivates the person here.";
const BIND: &str = "For sign-in: map externalId to user.id in the application's provisioning in Okta and push the person again, \
     or a platform admin binds them here to their Okta user id.";
const NEW_PERSON: &str = "A later push from Okta makes a new person with a new id, who inherits nothing.";
const GLASS: &str = "Break-glass accounts are changed at the server's command line: rollcall break-glass.";

/// What would give access back, a sentence for each switch that is off.
#[must_use]
pub fn advice(user: &WholeUser) -> Vec<&'static str> {
    if user.deleted_at.is_some() {
        return vec![NEW_PERSON];
    }
    let all = [
        (user.is_break_glass_account, GLASS),
        (is_unbound(user), BIND),
        (!user.scim_active && !user.is_break_glass_account, ASSIGN),
        (user.okta_status == OktaStatus::Suspended, UNSUSPEND),
        (user.okta_status == OktaStatus::Deactivated, ACTIVATE),
        (!user.admin_active && !user.is_break_glass_account, REACTIVATE),
    ];
    all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, way)| way).collect()
}
