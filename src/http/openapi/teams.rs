//! Operations on teams, their people, and wishes for teams.

use super::shape::Answers::{Either, Json, Nothing};
use super::shape::Kind::{Flag, Id, List, Moment, Nullable, Object, Text, Whole, Word};
use super::shape::{COUNT, Field, ID_OR_NULL, LIMIT, MOMENT_OR_NULL, NEXT, Operation, TEXT_OR_NULL, may, must, words};
use crate::model::TeamRole;
use crate::model::contact::Channel;
use crate::model::team_request::RequestState;
use crate::model::team_settings::{LONGEST_WAIT, MOST_ROUNDS, TagKind};

const WAIT: i64 = LONGEST_WAIT as i64;
const ROUNDS: i64 = MOST_ROUNDS as i64;

const CHANNELS: Field = must("channels", List(&Word(words::<Channel>)));
const REACHED: &[Field] = &[may("channels", CHANNELS.kind)];
const ESCALATED: &[Field] = &[may("afterMinutes", Whole(1, WAIT)), may("rounds", Whole(0, ROUNDS))];
const TEAM: [Field; 12] = [
    must("id", Id),
    must("name", Text),
    must("description", TEXT_OR_NULL),
    must("syncedFromOkta", Flag),
    must("isActive", Flag),
    must("maintenanceMode", Flag),
    must("slackChannel", TEXT_OR_NULL),
    must("notificationDefaults", Object(REACHED)),
    must("escalationDefaults", Object(ESCALATED)),
    must("createdAt", Moment),
    must("updatedAt", Moment),
    must("archivedAt", MOMENT_OR_NULL),
];
const TAGS: Field = must("tags", List(&Object(&[must("kind", Word(words::<TagKind>)), must("value", Text)])));
const COUNTS: &[Field] = &[
    must("total", COUNT),
    must("optedOut", COUNT),
    must("TEAM_ADMIN", COUNT),
    must("RESPONDER", COUNT),
    must("OBSERVER", COUNT),
];
const WARNINGS: Field = must("warnings", List(&Object(&[must("code", Text), must("detail", Text)])));
const WHOLE_TEAM: &[Field] = &[
    TEAM[0],
    TEAM[1],
    TEAM[2],
    TEAM[3],
    TEAM[4],
    TEAM[5],
    TEAM[6],
    TEAM[7],
    TEAM[8],
    TEAM[9],
    TEAM[10],
    TEAM[11],
    TAGS,
    must("members", Object(COUNTS)),
    WARNINGS,
];
const EDITED: [Field; 4] = [
    may("description", TEXT_OR_NULL),
    may("slackChannel", TEXT_OR_NULL),
    may("notificationDefaults", Nullable(&Object(&[CHANNELS]))),
    may(
        "escalationDefaults",
        Nullable(&Object(&[
            may("afterMinutes", Nullable(&Whole(1, WAIT))),
            may("rounds", Nullable(&Whole(0, ROUNDS))),
        ])),
    ),
];
const MEMBER: &[Field] = &[
    must("userId", Id),
    must("name", TEXT_OR_NULL),
    must("isActive", Flag),
    must("role", Word(words::<TeamRole>)),
    must("source", Object(&[must("okta", Flag), must("platform", Flag)])),
    must("optedOut", Flag),
    must("joinedAt", Moment),
];
const GONE: &[Field] = &[must("outcome", Text), WARNINGS];
const REQUEST: &[Field] = &[
    must("id", Id),
    must("requesterId", Id),
    must("name", Text),
    must("reason", Text),
    must("state", Word(words::<RequestState>)),
    must("decidedBy", ID_OR_NULL),
    must("decidedAt", MOMENT_OR_NULL),
    must("note", TEXT_OR_NULL),
    must("teamId", ID_OR_NULL),
    must("createdAt", Moment),
];

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation::of(
        "GET /api/teams",
        "Living teams, or archived ones, by name.",
        Json(200, &[must("teams", List(&Object(&TEAM))), NEXT]),
    )
    .asks(&[may("q", Text), may("archived", Flag), LIMIT, may("cursor", Text)]),
    Operation::of("POST /api/teams", "Makes a team that SCIM does not see.", Json(201, WHOLE_TEAM)).takes(Object(&[
        must("name", Text),
        EDITED[0],
        EDITED[1],
        EDITED[2],
        EDITED[3],
    ])),
    Operation::of("GET /api/teams/{id}", "A team with all there is to it.", Json(200, WHOLE_TEAM)).versioned(),
    Operation::of(
        "PATCH /api/teams/{id}",
        "Changes a team: what is left out stays, null clears.",
        Json(200, WHOLE_TEAM),
    )
    .takes(Object(&[may("name", Text), EDITED[0], EDITED[1], EDITED[2], EDITED[3]]))
    .versioned(),
    Operation::of("DELETE /api/teams/{id}", "Archives a team.", Nothing),
    Operation::of("POST /api/teams/{id}/restore", "Brings an archived team back.", Json(200, WHOLE_TEAM)),
    Operation::of("GET /api/teams/{id}/health", "What a team lacks.", Json(200, &[must("healthy", Flag), WARNINGS])),
    Operation::of("PUT /api/teams/{id}/tags", "Sets all tags of a team.", Json(200, &[TAGS])).takes(Object(&[TAGS])),
    Operation::of(
        "PUT /api/teams/{id}/maintenance",
        "Turns a team's maintenance mode on or off.",
        Json(200, &[must("on", Flag)]),
    )
    .takes(Object(&[must("on", Flag), may("reason", TEXT_OR_NULL)])),
    Operation::of(
        "GET /api/teams/{id}/members",
        "Who is in a team, and who left it, in the order of their ids.",
        Json(200, &[must("members", List(&Object(MEMBER))), NEXT]),
    )
    .asks(&[LIMIT, may("cursor", Id)]),
    Operation::of("POST /api/teams/{id}/members", "Takes a person into a team, or back into it.", Json(200, MEMBER))
        .takes(Object(&[must("userId", Id), must("role", Word(words::<TeamRole>))])),
    Operation::of("PATCH /api/teams/{id}/members/{user}", "Gives a member a role.", Json(200, MEMBER))
        .takes(Object(&[must("role", Word(words::<TeamRole>))])),
    Operation::of("DELETE /api/teams/{id}/members/{user}", "Sends a member away.", Json(200, GONE)),
    Operation::of("POST /api/teams/{id}/leave", "Takes the caller out of a team.", Json(200, GONE)),
    Operation::of(
        "GET /api/team-requests",
        "Wishes for teams, newest first: one's own, for admins everybody's.",
        Json(200, &[must("requests", List(&Object(REQUEST))), NEXT]),
    )
    .asks(&[may("state", Word(words::<RequestState>)), LIMIT, may("cursor", Id)]),
    Operation::of(
        "POST /api/team-requests",
        "Asks for a team: 201, or 200 with the same wish where it waits already.",
        Either(&[201, 200], REQUEST),
    )
    .takes(Object(&[must("name", Text), must("reason", Text)])),
    Operation::of("POST /api/team-requests/{id}/approve", "Makes the team that was asked for.", Json(200, REQUEST)),
    Operation::of("POST /api/team-requests/{id}/reject", "Says no to a wish.", Json(200, REQUEST))
        .takes(Object(&[may("note", TEXT_OR_NULL)])),
];
