//! Operations on what ties people and Okta to the service: mobile sign-ins, devices, proven contacts, preferences, SCIM
//! tokens, links of groups.

use super::shape::Answers::{Either, Json, Nothing};
use super::shape::Kind::{Any, Flag, Id, List, Moment, Nullable, Object, Text, Whole, Word};
use super::shape::{COUNT, Field, ID_OR_NULL, LIMIT, MOMENT_OR_NULL, NEXT, Operation, TEXT_OR_NULL, may, must, words};
use crate::ctx::ActorKind;
use crate::directory::connection::{Level, Topic};
use crate::model::contact::{Channel, Method};
use crate::model::device::Platform;
use crate::model::hook::ReplayState;
use crate::model::token::{Scope, TokenMode, TokenOrigin};

const PAGED: &[Field] = &[LIMIT, may("cursor", Id)];
const PAGED_OF: &[Field] = &[may("user", Id), LIMIT, may("cursor", Id)];

const FAMILY: &[Field] = &[
    must("id", Id),
    must("userId", Id),
    must("device", TEXT_OR_NULL),
    must("createdAt", Moment),
    must("lastUsedAt", MOMENT_OR_NULL),
    must("expiresAt", Moment),
    must("current", Flag),
];
const PAIR: &[Field] = &[
    must("tokenType", Text),
    must("accessToken", Text),
    must("expiresIn", COUNT),
    must("refreshToken", Text),
    must("signIn", Object(FAMILY)),
];
const DEVICE: &[Field] = &[
    must("id", Id),
    must("userId", Id),
    must("platform", Word(words::<Platform>)),
    must("name", TEXT_OR_NULL),
    must("createdAt", Moment),
    must("provenAt", MOMENT_OR_NULL),
    must("lastSeenAt", MOMENT_OR_NULL),
];
const LINK: &[Field] = &[
    must("id", Text),
    must("state", Text),
    must("oktaGroupName", TEXT_OR_NULL),
    must("team", Object(&[must("id", Id), must("name", Text)])),
];
const CONTACT: &[Field] = &[must("value", TEXT_OR_NULL), must("verified", Flag)];
const CONTACTS: &[Field] = &[
    must("email", Object(CONTACT)),
    must("phone", Object(CONTACT)),
    must("push", Object(&[must("devices", COUNT), must("provenDevices", COUNT), must("verified", Flag)])),
    must("canBeOnCall", Flag),
];
const MESSAGE: &[Field] = &[
    must("id", Id),
    must("userId", Id),
    must("channel", Text),
    must("to", List(&Text)),
    must("subject", TEXT_OR_NULL),
    must("text", Text),
    must("at", Moment),
];
const PREFERENCE: &[Field] =
    &[must("channel", Word(words::<Channel>)), must("enabled", Flag), must("priority", Whole(1, 100))];
const PREFERENCES: &[Field] = &[must("preferences", List(&Object(PREFERENCE))), must("isDefault", Flag)];
const PART: &[Field] = &[
    must("topic", Word(words::<Topic>)),
    must("state", Word(words::<Level>)),
    must("reason", Text),
    must("at", MOMENT_OR_NULL),
    must("scimRequest", ID_OR_NULL),
];
const TOKEN: [Field; 12] = [
    must("id", Text),
    must("name", Text),
    must("prefix", Text),
    must("state", Text),
    must("scopes", List(&Word(words::<Scope>))),
    must("mode", Word(words::<TokenMode>)),
    must("origin", Word(words::<TokenOrigin>)),
    must("createdBy", TEXT_OR_NULL),
    must("createdAt", Moment),
    must("expiresAt", MOMENT_OR_NULL),
    must("lastUsedAt", MOMENT_OR_NULL),
    must("revokedAt", MOMENT_OR_NULL),
];
const SHOWN_ONCE: &[Field] = &[
    TOKEN[0],
    TOKEN[1],
    TOKEN[2],
    TOKEN[3],
    TOKEN[4],
    TOKEN[5],
    TOKEN[6],
    TOKEN[7],
    TOKEN[8],
    TOKEN[9],
    TOKEN[10],
    TOKEN[11],
    must("token", Text),
];
const WISHED_TOKEN: &[Field] = &[
    must("name", Text),
    must("scopes", List(&Word(words::<Scope>))),
    may("mode", Nullable(&Word(words::<TokenMode>))),
    may("expiresInDays", Nullable(&Whole(1, 3_650))),
];

const REQUEST: [Field; 17] = [
    must("id", Id),
    must("at", Moment),
    must("requestId", Text),
    must("cause", Id),
    must("tokenId", ID_OR_NULL),
    must("tokenName", TEXT_OR_NULL),
    must("method", Text),
    must("path", Text),
    must("query", TEXT_OR_NULL),
    must("status", Whole(100, 599)),
    must("scimType", TEXT_OR_NULL),
    must("detail", TEXT_OR_NULL),
    must("durationMicros", COUNT),
    must("requestBytes", COUNT),
    must("responseBytes", COUNT),
    must("ip", TEXT_OR_NULL),
    must("userAgent", TEXT_OR_NULL),
];
const WHOLE_REQUEST: &[Field] = &[
    REQUEST[0],
    REQUEST[1],
    REQUEST[2],
    REQUEST[3],
    REQUEST[4],
    REQUEST[5],
    REQUEST[6],
    REQUEST[7],
    REQUEST[8],
    REQUEST[9],
    REQUEST[10],
    REQUEST[11],
    REQUEST[12],
    REQUEST[13],
    REQUEST[14],
    REQUEST[15],
    REQUEST[16],
    must("body", Any),
    must("hint", Nullable(&Object(&[must("meaning", Text), must("next", Text)]))),
];
const REQUESTS_ASKED: &[Field] = &[
    may("status", Text),
    may("method", Text),
    may("path", Text),
    may("token", Text),
    may("since", Text),
    may("until", Text),
    may("failed", Flag),
    may("cause", Id),
    LIMIT,
    may("cursor", Text),
];

const REPLAY: [Field; 13] = [
    must("id", Id),
    must("state", Word(words::<ReplayState>)),
    must("by", Object(&[must("kind", Word(words::<ActorKind>)), must("id", TEXT_OR_NULL), must("name", Text)])),
    must("total", COUNT),
    must("done", COUNT),
    must("changed", COUNT),
    must("unchanged", COUNT),
    must("failed", COUNT),
    must("hasFailures", Flag),
    must("cause", Id),
    must("createdAt", Moment),
    must("updatedAt", Moment),
    must("finishedAt", MOMENT_OR_NULL),
];
const REPLAYED: &[Field] = &[must("event", Id), must("outcome", TEXT_OR_NULL), must("reason", TEXT_OR_NULL)];
const WHOLE_REPLAY: &[Field] = &[
    REPLAY[0],
    REPLAY[1],
    REPLAY[2],
    REPLAY[3],
    REPLAY[4],
    REPLAY[5],
    REPLAY[6],
    REPLAY[7],
    REPLAY[8],
    REPLAY[9],
    REPLAY[10],
    REPLAY[11],
    REPLAY[12],
    must("events", List(&Object(REPLAYED))),
];

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("POST /api/mobile/token", "Turns a one-time code into a mobile sign-in.", Json(200, PAIR))
        .takes(Object(&[must("code", Text), must("codeVerifier", Text), must("device", Text)])),
    Operation::of("POST /api/mobile/refresh", "The next pair of tokens of a mobile sign-in.", Json(200, PAIR))
        .takes(Object(&[must("refreshToken", Text)])),
    Operation::of("DELETE /api/mobile/token", "Ends the mobile sign-in whose token is presented.", Nothing),
    Operation::of(
        "GET /api/mobile/tokens",
        "A person's mobile sign-ins that work, newest first.",
        Json(200, &[must("tokens", List(&Object(FAMILY))), NEXT]),
    )
    .asks(PAGED_OF),
    Operation::of("DELETE /api/mobile/tokens/{id}", "Ends a mobile sign-in.", Nothing),
    Operation::of(
        "GET /api/devices",
        "A person's devices, newest first.",
        Json(200, &[must("devices", List(&Object(DEVICE))), NEXT]),
    )
    .asks(PAGED_OF),
    Operation::of(
        "POST /api/devices",
        "Registers a device of the caller's: 201 for a new one, 200 for one that is known.",
        Either(&[201, 200], DEVICE),
    )
    .takes(Object(&[must("platform", Word(words::<Platform>)), must("token", Text), must("name", Text)])),
    Operation::of("DELETE /api/devices/{id}", "Removes a device.", Nothing),
    Operation::of(
        "GET /api/okta/group-links",
        "The links of groups at Okta: those that stand and those that names propose.",
        Json(200, &[must("links", List(&Object(LINK))), NEXT]),
    )
    .asks(&[LIMIT, may("cursor", Text)]),
    Operation::of("POST /api/okta/group-links/{id}/confirm", "Links a group at Okta to a team.", Nothing)
        .takes(Object(&[may("teamId", ID_OR_NULL)]))
        .named(Text),
    Operation::of("DELETE /api/okta/group-links/{id}", "Ends a link, or sets a proposed one aside.", Nothing)
        .named(Text),
    Operation::of("GET /api/verification/status", "Which contacts of the caller's are proven.", Json(200, CONTACTS)),
    Operation::of(
        "POST /api/verification/send",
        "Has a code sent: 202 while it is on its way, 200 where nothing is left to prove.",
        Either(&[202, 200], &[must("sent", Flag), may("expiresAt", Moment), may("verified", Flag)]),
    )
    .takes(Object(&[must("method", Word(words::<Method>)), may("deviceId", ID_OR_NULL)])),
    Operation::of("POST /api/verification/verify", "Brings a code back.", Json(200, CONTACTS))
        .takes(Object(&[must("method", Word(words::<Method>)), must("code", Text)])),
    Operation::of(
        "GET /api/dev/outbox",
        "What a development server kept of what it did not send.",
        Json(200, &[must("messages", List(&Object(MESSAGE))), NEXT]),
    )
    .asks(PAGED),
    Operation::of("GET /api/notifications/preferences", "How the caller wants to be told.", Json(200, PREFERENCES)),
    Operation::of("PUT /api/notifications/preferences", "Sets the whole list.", Json(200, PREFERENCES))
        .takes(Object(&[must("preferences", List(&Object(PREFERENCE)))])),
    Operation::of(
        "POST /api/hooks/replays",
        "Applies many of Okta's events again, as a job; with dry_run it answers 200 with what the first would change.",
        Json(202, &REPLAY),
    )
    .asks(&[may("dry_run", Flag)])
    .takes(Object(&[
        may("events", Nullable(&List(&Id))),
        may("dead", Nullable(&Flag)),
        may("since", TEXT_OR_NULL),
    ])),
    Operation::of("GET /api/hooks/replays/{id}", "Such a job, and how far it is.", Json(200, WHOLE_REPLAY)),
    Operation::of("DELETE /api/hooks/replays/{id}", "Cancels such a job; what was applied stays.", Nothing),
    Operation::of(
        "GET /api/connection",
        "How the connection to Okta does, part by part, and the worst of it.",
        Json(
            200,
            &[must("state", Word(words::<Level>)), must("checkedAt", Moment), must("parts", List(&Object(PART)))],
        ),
    ),
    Operation::of(
        "GET /api/scim/tokens",
        "The SCIM tokens there ever were, newest first.",
        Json(200, &[must("tokens", List(&Object(&TOKEN))), NEXT]),
    )
    .asks(PAGED),
    Operation::of(
        "GET /api/scim/requests",
        "The SCIM requests of the last days, refused ones too, the newest first.",
        Json(200, &[must("requests", List(&Object(&REQUEST))), NEXT]),
    )
    .asks(REQUESTS_ASKED),
    Operation::of(
        "GET /api/scim/requests/{id}",
        "One SCIM request with its masked body and, where it was refused, what that means.",
        Json(200, WHOLE_REQUEST),
    ),
    Operation::of(
        "POST /api/scim/tokens",
        "Makes a SCIM token; it is shown in this answer only.",
        Json(201, SHOWN_ONCE),
    )
    .takes(Object(WISHED_TOKEN)),
    Operation::of(
        "POST /api/scim/tokens/{id}/rotate",
        "Makes a new SCIM token of the same kind; the old one goes on working for a while.",
        Json(201, SHOWN_ONCE),
    )
    .takes(Object(&[may("overlapHours", Nullable(&Whole(0, 720)))])),
    Operation::of("DELETE /api/scim/tokens/{id}", "Revokes a SCIM token.", Nothing),
];
