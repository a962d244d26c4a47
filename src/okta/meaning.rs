//! The one table of what each type of event tells. A type that is not in it is kept and shown, and changes nothing.

/// What Okta says of a person's account. The order is what stands on equal times: ending access wins, and of the two
/// ends the one that can follow the other in Okta, which deactivates suspended people but never suspends deactivated ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing stands against them.
    Ok,
    /// Suspended.
    Suspended,
    /// Deactivated, or about to be deleted.
    Deactivated,
}

/// Where the person of an event is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Among the targets.
    Target,
    /// As the actor: events of a session carry no target of type `User`.
    Actor,
}

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A person's account has this status.
    Status(Status),
    /// A person's browser session at Okta ended.
    SessionEnded,
    /// Somebody ended everything a person is signed in with.
    SignedOut,
    /// A person was taken out of an app.
    LeftApp,
    /// A person's profile changed; the event does not say to what.
    ProfileChanged,
    /// A person is in a group, or is in it no more.
    Member(bool),
    /// A group has this name.
    GroupNamed,
    /// A group is gone.
    GroupGone,
}

/// What the types tell, by the event catalogue of 2026.08. Okta deletes only people it has deactivated, and the end of
/// a deletion is not sent to hooks: its beginning counts.
pub const TABLE: [(&str, Meaning); 16] = [
    ("user.lifecycle.activate", Meaning::Status(Status::Ok)),
    ("user.lifecycle.reactivate", Meaning::Status(Status::Ok)),
    ("user.lifecycle.unsuspend", Meaning::Status(Status::Ok)),
    ("user.lifecycle.suspend", Meaning::Status(Status::Suspended)),
    ("user.lifecycle.deactivate", Meaning::Status(Status::Deactivated)),
    ("user.lifecycle.delete.initiated", Meaning::Status(Status::Deactivated)),
    ("user.session.end", Meaning::SessionEnded),
    ("user.session.clear", Meaning::SignedOut),
    ("user.authentication.universal_logout", Meaning::SignedOut),
    ("application.user_membership.remove", Meaning::LeftApp),
    ("user.account.update_profile", Meaning::ProfileChanged),
    ("group.user_membership.add", Meaning::Member(true)),
    ("group.user_membership.remove", Meaning::Member(false)),
    ("group.lifecycle.create", Meaning::GroupNamed),
    ("group.profile.update", Meaning::GroupNamed),
    ("group.lifecycle.delete", Meaning::GroupGone),
];

impl Meaning {
    /// What events of this type tell; none for a type that changes nothing.
    #[must_use]
    pub fn of(event_type: &str) -> Option<Self> {
        TABLE.iter().find(|(name, _)| *name == event_type).map(|(_, meaning)| *meaning)
    }

    /// Where the person concerned is named. An administrator who clears somebody's sessions is the actor and not meant.
    #[must_use]
    pub fn whom(self) -> Whom {
        if self == Self::SessionEnded { Whom::Actor } else { Whom::Target }
    }
}
