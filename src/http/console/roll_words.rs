//! People and teams in words: states, roles, who holds and who set what, and what has just been done.

use super::text::plain;
use crate::clock::Time;
use crate::model::TeamRole;
use crate::model::user::{OktaStatus, PlatformRole};
use crate::store::people::ShownUser;
use crate::store::person::WholeUser;

/// A moment as pages show it.
#[derive(Clone, Debug)]
pub struct When {
    /// RFC 3339, UTC.
    pub at: String,
    /// As it is read.
    pub when: String,
}

impl From<Time> for When {
    fn from(at: Time) -> Self {
        Self { at: at.rfc3339_millis(), when: at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string() }
    }
}

/// A state in a word or a few, and how good it is: `good`, `warn`, `bad`, or nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// The words.
    pub words: String,
    /// The class that colours them; they say the same without it.
    pub tone: &'static str,
}

impl Chip {
    /// A chip of these words.
    pub fn of(words: impl Into<String>, tone: &'static str) -> Self {
        Self { words: words.into(), tone }
    }
}

/// What decides on somebody's access, as far as a state is told from it.
#[expect(clippy::struct_excessive_bools, reason = "the switches are independent of each other")]
pub struct Standing {
    /// Whether they left the roll.
    pub is_gone: bool,
    /// Whether every switch is on.
    pub is_active: bool,
    /// SCIM's switch.
    pub scim: bool,
    /// Okta's.
    pub okta: OktaStatus,
    /// The admins'.
    pub admin: bool,
}

impl From<&ShownUser> for Standing {
    fn from(user: &ShownUser) -> Self {
        let (scim, okta, admin) = (user.scim_active, user.okta_status, user.admin_active);
        Self { is_gone: user.deleted_at.is_some(), is_active: user.is_active, scim, okta, admin }
    }
}

impl From<&WholeUser> for Standing {
    fn from(user: &WholeUser) -> Self {
        let (scim, okta, admin) = (user.scim_active, user.okta_status, user.admin_active);
        Self { is_gone: user.deleted_at.is_some(), is_active: user.is_active, scim, okta, admin }
    }
}

/// Words in a row, as people say them.
#[must_use]
pub fn row_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// How somebody stands.
#[must_use]
pub fn state(standing: &Standing) -> Chip {
    if standing.is_gone {
        return Chip::of("gone", "");
    }
    if standing.is_active {
        return Chip::of("active", "good");
    }
    let off = [(!standing.scim, "SCIM"), (standing.okta != OktaStatus::Ok, "Okta"), (!standing.admin, "an admin")];
    let who: Vec<&str> = off.into_iter().filter(|(is_off, _)| *is_off).map(|(_, who)| who).collect();
    Chip::of(format!("off: by {}", row_of(&who)), "bad")
}

/// A role on the platform.
#[must_use]
pub fn platform_role(role: PlatformRole) -> &'static str {
    match role {
        PlatformRole::Admin => "Platform admin",
        PlatformRole::User => "User",
    }
}

/// A role in a team.
#[must_use]
pub fn team_role(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Admin => "Team admin",
        TeamRole::Responder => "Responder",
        TeamRole::Observer => "Observer",
    }
}

/// Who holds a membership: by Okta, by the platform, left here.
#[must_use]
pub fn source(by_okta: bool, by_platform: bool, opted_out: bool) -> &'static str {
    match (by_okta, by_platform, opted_out) {
        (_, _, true) => "Okta; opted out here",
        (true, true, _) => "Okta and the platform",
        (true, false, _) => "Okta",
        (false, ..) => "the platform",
    }
}

/// How an actor's kind reads, as switches remember who set them: before its name, and without it.
const SETTERS: &[(&str, &str, &str)] = &[
    ("scim_token", "SCIM, by the token", "SCIM"),
    ("user", "the admin", "a platform admin"),
    ("break_glass", "the break-glass account", "a break-glass account"),
    ("api_key", "the API key", "an API key"),
    ("okta_hook", "an event of", "an event of Okta"),
    ("job", "rollcall itself:", "rollcall itself"),
];

/// Who set a switch, by name for whoever sees everything.
#[must_use]
pub fn setter(label: &str, sees_all: bool) -> String {
    let Some((kind, name)) = label.split_once(':') else { return "nobody yet".to_owned() };
    match (kind, name) {
        ("cli", _) => "the server's command line".to_owned(),
        ("okta", "sign-in") => "the first sign-in with Okta".to_owned(),
        _ => match SETTERS.iter().find(|(word, ..)| *word == kind) {
            Some((_, words, _)) if sees_all => format!("{words} {}", plain(name)),
            Some((.., nameless)) => (*nameless).to_owned(),
            None => plain(kind),
        },
    }
}

/// What has just been done to a person or a team, by its word in the address: the only words that say anything.
const DONE: &[(&str, &str)] = &[
    ("deactivated", "Access is off. Everything this person was signed in with has ended."),
    ("reactivated", "The admins' switch is on again. Whether there is access now is told below."),
    ("revoked", "Every session and mobile sign-in has ended. Access and API keys stay."),
    ("cleared", "What Okta said of the account is set aside until Okta says something newer."),
    ("role", "The role is changed."),
    ("bound", "The person is bound: they sign in with that account at Okta, and its events find them."),
    ("session-ended", "The session has ended."),
    ("mobile-ended", "The mobile sign-in has ended."),
    ("key-revoked", "The API key is revoked."),
    ("device-removed", "The device is removed. Nothing is delivered to it any more."),
    ("made", "The team is made. Nobody is in it yet: add its people below."),
    ("settings", "The settings are saved."),
    ("asked", "You asked for the team. A platform admin decides."),
    ("asked-before", "You wait for this team already. Nothing changed."),
    ("joined", "The person is in the team."),
    ("member-role", "The member's role is changed."),
    ("removed", "The person is out of the team."),
    ("opted-out", "Okta still holds the person in the group; here they are opted out, without rights or duty."),
    ("not-in-it", "The person was not in the team. Nothing changed."),
    ("maintenance-on", "Maintenance mode is on."),
    ("maintenance-off", "Maintenance mode is off."),
    ("archived", "The team is archived. Nobody has rights in it, and its name is free."),
    ("restored", "The team is back, with its people and their roles."),
    ("linked", "The link is confirmed. Events of the group act on this team from now on."),
    ("unlinked", "The link is set aside. Events of the group act on this team no more."),
    ("approved", "The team is made, and who asked for it runs it."),
    ("rejected", "The request is rejected."),
];

/// The sentence of such a word.
#[must_use]
pub fn done(word: &str) -> Option<&'static str> {
    DONE.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// A change that somebody may make here: its form is opened, read, and sent by a second button that names what it does.
pub struct Act {
    /// Where the form goes.
    pub to: String,
    /// What opens it.
    pub summary: &'static str,
    /// What it will do.
    pub about: &'static str,
    /// The button: before the name, the name, after it.
    pub button: (String, String, &'static str),
    /// Whether it takes something away.
    pub is_danger: bool,
    /// What is sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// A reason that may be given: the field and its label.
    pub reason: Option<(&'static str, &'static str)>,
}

impl Act {
    /// A change of this thing by a form without fields.
    #[must_use]
    pub fn of(to: String, summary: &'static str, about: &'static str, button: &str, whom: &str) -> Self {
        let button = (button.to_owned(), whom.to_owned(), "");
        Self { to, summary, about, button, is_danger: false, hidden: Vec::new(), reason: None }
    }

    /// The same, as one that takes something away.
    #[must_use]
    pub fn danger(self) -> Self {
        Self { is_danger: true, ..self }
    }
}

/// So many of something.
#[must_use]
pub fn count_of(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_names_everybody_who_keeps_it_off() {
        let standing =
            Standing { is_gone: false, is_active: false, scim: false, okta: OktaStatus::Suspended, admin: false };
        assert_eq!(state(&standing), Chip::of("off: by SCIM, Okta and an admin", "bad"));
        assert_eq!(state(&Standing { admin: true, scim: true, ..standing }).words, "off: by Okta");
    }

    #[test]
    fn who_set_a_switch_is_told_in_words_and_named_to_who_sees_everything() {
        assert_eq!(setter("scim_token:Okta (aa)", true), "SCIM, by the token Okta (aa)");
        assert_eq!(setter("scim_token:Okta (aa)", false), "SCIM");
        assert_eq!(setter("break_glass:fire-axe", true), "the break-glass account fire-axe");
        assert_eq!(setter("break_glass:fire-axe", false), "a break-glass account");
        assert_eq!(setter("nobody", true), "nobody yet");
        assert_eq!(setter("okta:sign-in", true), "the first sign-in with Okta");
    }
}
