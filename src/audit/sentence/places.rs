//! What an event puts into the places of a sentence.

use serde_json::Value;

use super::{Names, Piece, actors, fields, reasons, values};
use crate::audit::{Event, Resource};
use crate::ctx::ActorKind;
use crate::model::Id;
use crate::model::words::Word;

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
/// The switches of activity, in the order in which a sentence names them.
const SWITCHES: [&str; 3] = ["scim", "okta", "admin"];

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
            return self.is(asked).then(Vec::new);
        }
        if let Some((number, nouns)) = place.split_once(':') {
            return self.counted(number, nouns).map(|text| words(&text));
        }
        match place {
            "actor" => Some(self.actor()),
            "who" => Some(self.who()),
            "owner" if self.is_self() => Some(words("their own")),
            "user" | "owner" => Some(vec![self.user()]),
            "team" => Some(vec![self.team()]),
            "action" => Some(vec![Piece::Name(self.event.action.clone())]),
            "event" => self.okta_event().map(|event| vec![event]),
            "successor" => self.id("successor").map(|id| vec![Piece::User(id, self.called(id, "somebody else"))]),
            "reason" => self.text("reason").map(|word| words(reasons::told(&word))),
            "glass" => self.text("reason").map(|word| words(reasons::of_glass(&word))),
            "ended" => ended(self.event.detail.as_ref()).map(|text| words(&text)),
            "fields" => fields::told(self.before(), self.after()).map(|text| words(&text)),
            "renamed" => self.renamed(),
            "switches" => self.switches().map(|text| words(&text)),
            "contact" | "road" => self.value("method").map(|value| words(&values::told(place, value))),
            coded if values::is_coded(coded) => self.text(coded).map(|text| words(&text)),
            other => self.text(other).map(|text| vec![Piece::Name(text)]),
        }
    }

    fn before(&self) -> Option<&Value> {
        self.event.before.as_ref()
    }

    fn after(&self) -> Option<&Value> {
        self.event.after.as_ref()
    }

    /// What a sentence asks for: `self`, a value that is there and not off, or one that is this word.
    fn is(&self, asked: &str) -> bool {
        match asked.split_once('=') {
            _ if asked == "self" => self.is_self(),
            Some((place, word)) => self.value(place).and_then(Value::as_str) == Some(word),
            None => self.value(asked).is_some_and(|value| *value != Value::Bool(false)),
        }
    }

    /// A number with what it counts, which is called one way where it is one and another where it is not.
    fn counted(&self, number: &str, nouns: &str) -> Option<String> {
        let (one, many) = nouns.split_once('/')?;
        let count = self.value(number)?.as_u64()?;
        Some(format!("{count} {}", if count == 1 { one } else { many }))
    }

    /// Who did it, by what they are.
    fn actor(&self) -> Vec<Piece> {
        actors::told(&self.event.actor, |id| self.names.users.get(&id).cloned())
    }

    /// Who was refused: refusals that were counted are told by a job, and name whom they concern.
    fn who(&self) -> Vec<Piece> {
        match self.text("token") {
            Some(label) if self.event.actor.kind == ActorKind::Job => actors::labelled(&label),
            _ => self.actor(),
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
        self.value(place)?.as_str().and_then(Id::parse)
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

    fn text(&self, place: &str) -> Option<String> {
        self.value(place).map(|value| values::told(place, value)).filter(|text| !text.is_empty())
    }

    /// What a team was called, and is, where nothing else changed.
    fn renamed(&self) -> Option<Vec<Piece>> {
        let (was, is) = fields::renamed(self.before(), self.after())?;
        Some(vec![Piece::Name(was), Piece::Text(" to ".to_owned()), Piece::Name(is)])
    }

    /// What somebody is by the switches that moved.
    fn switches(&self) -> Option<String> {
        let moved = |switch: &&str| {
            let is = self.value(&format!("after.{switch}"))?;
            (self.value(&format!("before.{switch}")) != Some(is)).then(|| values::switched(switch, is))
        };
        let moved: Vec<String> = SWITCHES.iter().filter_map(moved).collect();
        (!moved.is_empty()).then(|| moved.join(" and "))
    }
}

fn words(text: &str) -> Vec<Piece> {
    vec![Piece::Text(text.to_owned())]
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
