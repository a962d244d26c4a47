//! What an event puts into the places of a sentence.

use serde_json::Value;

use super::{Names, Piece, reasons};
use crate::audit::{Event, Resource};
use crate::ctx::ActorKind;
use crate::model::Id;
use crate::model::words::Word;

/// The most fields that a sentence names.
const FIELDS: usize = 3;
/// What credentials are called when one of them ended, and when several did.
const ENDED: &[(Resource, &str, &str)] = &[
    (Resource::Session, "session", "sessions"),
    (Resource::RefreshToken, "mobile sign-in", "mobile sign-ins"),
    (Resource::ApiKey, "API key", "API keys"),
    (Resource::Device, "device", "devices"),
    (Resource::Verification, "code", "codes"),
    (Resource::LoginAttempt, "sign-in under way", "sign-ins under way"),
    (Resource::Membership, "membership", "memberships"),
];
/// The switches of activity, and what a sentence calls them.
const SWITCHES: &[(&str, &str)] =
    &[("scim", "the switch of SCIM"), ("okta", "Okta's status"), ("admin", "the admins' switch")];

/// The places of one event.
pub struct Places<'e> {
    /// The event.
    pub event: &'e Event,
    /// What whoever it concerns is called now.
    pub names: &'e Names,
}

impl Places<'_> {
    /// What stands in a place; none where the event has nothing for it.
    pub fn fill(&self, place: &str) -> Option<Vec<Piece>> {
        if let Some(asked) = place.strip_prefix('?') {
            return (if asked == "self" { self.is_self() } else { self.has(asked) }).then(Vec::new);
        }
        match place {
            "actor" => Some(self.actor()),
            "owner" if self.is_self() => Some(vec![Piece::Text("their own".to_owned())]),
            "user" | "owner" => Some(vec![self.user()]),
            "team" => Some(vec![self.team()]),
            "action" => Some(vec![Piece::Name(self.event.action.clone())]),
            "event" => self.okta_event().map(|event| vec![event]),
            "successor" => self.id("successor").map(|id| vec![Piece::User(id, self.called(id, "somebody else"))]),
            "reason" => self.text("reason").map(|word| words(reasons::told(&word))),
            "glass" => self.text("reason").map(|word| words(reasons::of_glass(&word))),
            "ended" => ended(self.event.detail.as_ref()).map(|text| words(&text)),
            "fields" => self.fields().map(|text| words(&text)),
            "switches" => self.switches().map(|text| words(&text)),
            "before.role" | "after.role" => self.text(place).map(|word| vec![Piece::Name(role(word))]),
            other => self.text(other).map(|text| vec![Piece::Name(text)]),
        }
    }

    /// Who did it, by what they are.
    fn actor(&self) -> Vec<Piece> {
        let actor = &self.event.actor;
        let name = || Piece::Name(actor.name.clone());
        let person = || match actor.id.as_deref().and_then(Id::parse) {
            Some(id) => Piece::User(id, self.called(id, &actor.name)),
            None => name(),
        };
        let with = |before: &str, piece: Piece| vec![Piece::Text(before.to_owned()), piece];
        match actor.kind {
            ActorKind::ScimToken => with("SCIM token ", name()),
            ActorKind::User => vec![person()],
            ActorKind::BreakGlass => with("break-glass account ", name()),
            ActorKind::ApiKey => with("an API key of ", person()),
            ActorKind::OktaHook => words("Okta"),
            ActorKind::Cli => words("somebody at the command line"),
            ActorKind::Job => with("the service's own job ", name()),
            ActorKind::Nobody => words("somebody unknown"),
        }
    }

    /// Whether whoever did it did it to themselves.
    fn is_self(&self) -> bool {
        let Event { actor, user_id, .. } = self.event;
        let is_person = matches!(actor.kind, ActorKind::User | ActorKind::ApiKey | ActorKind::BreakGlass);
        is_person && user_id.is_some() && actor.id.as_deref().and_then(Id::parse) == *user_id
    }

    fn called(&self, id: Id, otherwise: &str) -> String {
        self.names.users.get(&id).cloned().unwrap_or_else(|| otherwise.to_owned())
    }

    /// The person concerned: what they are called now, else what they were called then.
    fn user(&self) -> Piece {
        let Some(id) = self.event.user_id else { return Piece::Text("somebody".to_owned()) };
        let is_of_user = self.event.resource == Resource::User.as_str();
        let then = self.text("user").or_else(|| self.text("name").filter(|_| is_of_user));
        Piece::User(id, self.called(id, then.as_deref().unwrap_or("somebody")))
    }

    fn team(&self) -> Piece {
        let Some(id) = self.event.team_id else { return Piece::Text("a team".to_owned()) };
        let is_of_member = self.event.resource == Resource::Membership.as_str();
        let then = || self.text("team").or_else(|| self.text("name").filter(|_| !is_of_member));
        let name = self.names.teams.get(&id).cloned().or_else(then).unwrap_or_else(|| "a team".to_owned());
        Piece::Team(id, name)
    }

    fn okta_event(&self) -> Option<Piece> {
        let id = self.id("event")?;
        Some(Piece::Event(id, self.text("type").unwrap_or_else(|| id.to_string())))
    }

    fn id(&self, place: &str) -> Option<Id> {
        self.text(place).as_deref().and_then(Id::parse)
    }

    /// The value of a place: of the state before or after, else of the detail.
    fn value(&self, place: &str) -> Option<&Value> {
        let (side, field) = match place.split_once('.') {
            Some(("before", field)) => (&self.event.before, field),
            Some(("after", field)) => (&self.event.after, field),
            Some(("detail", field)) => (&self.event.detail, field),
            _ => (&self.event.detail, place),
        };
        side.as_ref()?.get(field).filter(|value| !value.is_null())
    }

    fn has(&self, place: &str) -> bool {
        self.value(place).is_some_and(|value| *value != Value::Bool(false))
    }

    fn text(&self, place: &str) -> Option<String> {
        self.value(place).map(shown).filter(|text| !text.is_empty())
    }

    /// The names of the fields that changed.
    fn fields(&self) -> Option<String> {
        let (before, after) = (object(self.event.before.as_ref()), object(self.event.after.as_ref()));
        let mut all: Vec<&str> = before.chain(after).map(|(name, _)| short(name)).collect();
        all.sort_unstable();
        all.dedup();
        let more = all.len().saturating_sub(FIELDS);
        all.truncate(FIELDS);
        let told = all.join(", ");
        match (all.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(told),
            (false, more) => Some(format!("{told} and {more} more")),
        }
    }

    /// The switches that moved, and to what.
    fn switches(&self) -> Option<String> {
        let moved = |(key, called): &(&str, &str)| {
            let is = self.value(&format!("after.{key}"))?;
            (self.value(&format!("before.{key}")) != Some(is)).then(|| format!("{called} to {}", shown(is)))
        };
        let moved: Vec<String> = SWITCHES.iter().filter_map(moved).collect();
        (!moved.is_empty()).then(|| moved.join(" and "))
    }
}

fn object(side: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    side.and_then(Value::as_object).into_iter().flatten()
}

/// The last part of an attribute's name: an extension stands before it as a URN.
fn short(field: &str) -> &str {
    field.rsplit(':').next().filter(|name| !name.is_empty()).unwrap_or(field)
}

fn words(text: &str) -> Vec<Piece> {
    vec![Piece::Text(text.to_owned())]
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What people call a role.
fn role(word: String) -> String {
    crate::model::role::all().into_iter().find(|role| role.id == word).map_or(word, |role| role.name.to_owned())
}

/// What ended with changes, by their details, in words such as "3 sessions and 1 device ended"; none where nothing did.
#[must_use]
pub fn ended<'d>(details: impl IntoIterator<Item = &'d Value>) -> Option<String> {
    let effects: Vec<&Value> = details.into_iter().filter_map(|detail| detail.get("effects")).collect();
    let ids = |effects: &&Value, kind: &str| effects.get(kind).and_then(Value::as_array).map_or(0, Vec::len);
    let count = |resource: Resource| effects.iter().map(|one| ids(one, resource.as_str())).sum::<usize>();
    let told = |(resource, one, many): &(Resource, &str, &str)| match count(*resource) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let all: Vec<String> = ENDED.iter().filter_map(told).collect();
    let (last, before) = all.split_last()?;
    let listed = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    Some(format!("{listed} ended"))
}
