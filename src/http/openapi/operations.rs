//! Every operation outside SCIM: one block a route, in the order of the route page. A route without its block turns a test
//! red, and so does an answer that is not what its block says.

use super::shape::Answers::{Either, Elsewhere, Json, Media, Nothing};
use super::shape::Kind::{Any, Flag, Id, List, Moment, Nullable, Object, Text, Whole, Word};
use super::shape::{COUNT, Field, ID_OR_NULL, LIMIT, MOMENT_OR_NULL, NEXT, Operation, TEXT_OR_NULL, may, must, words};
use crate::audit::{Outcome, Resource, Severity};
use crate::ctx::{ActorKind, Source};
use crate::http::api::audit_export::Format;
use crate::model::hook::{HookRoad, HookState};
use crate::model::policy::KeyScope;
use crate::model::session::Born;
use crate::model::user::{OktaStatus, PlatformRole};

const STATUS: &[Field] = &[must("status", Text)];
const OF_USER: &[Field] = &[may("user", Id)];
const PAGED_OF_USER: &[Field] = &[OF_USER[0], LIMIT, may("cursor", Id)];
const PAGED: [Field; 2] = [LIMIT, may("cursor", Text)];

const SESSION: &[Field] = &[
    must("id", Id),
    must("userId", Id),
    must("born", Word(words::<Born>)),
    must("ip", TEXT_OR_NULL),
    must("userAgent", TEXT_OR_NULL),
    must("createdAt", Moment),
    must("provenAt", MOMENT_OR_NULL),
    must("lastSeenAt", Moment),
    must("expiresAt", Moment),
    must("endedAt", MOMENT_OR_NULL),
    must("current", Flag),
];
const ME: &[Field] = &[must("id", Id), must("name", Text), must("role", Word(words::<PlatformRole>))];
const KEY: [Field; 8] = [
    must("id", Id),
    must("userId", Id),
    must("name", Text),
    must("prefix", Text),
    must("scopes", List(&Word(words::<KeyScope>))),
    must("createdAt", Moment),
    must("lastUsedAt", MOMENT_OR_NULL),
    must("expiresAt", MOMENT_OR_NULL),
];
const MINTED: &[Field] = &[KEY[0], KEY[1], KEY[2], KEY[3], KEY[4], KEY[5], KEY[6], KEY[7], must("key", Text)];
const WISHED_KEY: &[Field] = &[
    must("name", Text),
    must("scopes", List(&Word(words::<KeyScope>))),
    may("expiresInDays", Nullable(&Whole(1, 3_650))),
];
const USER: &[Field] = &[
    must("id", Id),
    must("userName", TEXT_OR_NULL),
    must("displayName", TEXT_OR_NULL),
    must("firstName", TEXT_OR_NULL),
    must("lastName", TEXT_OR_NULL),
    must("email", TEXT_OR_NULL),
    must("emailVerified", Flag),
    must("phone", TEXT_OR_NULL),
    must("phoneVerified", Flag),
    must("role", Word(words::<PlatformRole>)),
    must("isActive", Flag),
    must("switches", Object(&[must("scim", Flag), must("okta", Word(words::<OktaStatus>)), must("admin", Flag)])),
    must("isBreakGlass", Flag),
    must("syncedFromOkta", Flag),
    must("createdAt", Moment),
    must("updatedAt", Moment),
    must("deactivatedAt", MOMENT_OR_NULL),
];

const ROW: [Field; 17] = [
    must("id", Id),
    must("at", Moment),
    must("action", Text),
    must("severity", Word(words::<Severity>)),
    must("outcome", Word(words::<Outcome>)),
    must("actor", Object(&[must("kind", Word(words::<ActorKind>)), must("id", TEXT_OR_NULL), must("name", Text)])),
    must("source", Word(words::<Source>)),
    must("userId", ID_OR_NULL),
    must("teamId", ID_OR_NULL),
    must("resource", Object(&[must("type", Word(words::<Resource>)), must("id", TEXT_OR_NULL)])),
    must("before", Any),
    must("after", Any),
    must("detail", Any),
    must("cause", Id),
    must("requestId", Text),
    must("ip", TEXT_OR_NULL),
    must("userAgent", TEXT_OR_NULL),
];
const NAMED_ROW: &[Field] = &[
    ROW[0],
    ROW[1],
    ROW[2],
    ROW[3],
    ROW[4],
    ROW[5],
    ROW[6],
    ROW[7],
    ROW[8],
    ROW[9],
    ROW[10],
    ROW[11],
    ROW[12],
    ROW[13],
    ROW[14],
    ROW[15],
    ROW[16],
    must("userName", TEXT_OR_NULL),
    must("teamName", TEXT_OR_NULL),
];
const SEARCH: [Field; 15] = [
    may("action", Text),
    may("severity", Text),
    may("actor", Text),
    may("source", Text),
    may("user", Text),
    may("team", Text),
    may("resource", Text),
    may("outcome", Text),
    may("cause", Id),
    may("request", Text),
    may("ip", Text),
    may("text", Text),
    may("since", Text),
    may("until", Text),
    may("q", Text),
];
const SEARCHED: &[Field] = &[
    PAGED[0], PAGED[1], SEARCH[0], SEARCH[1], SEARCH[2], SEARCH[3], SEARCH[4], SEARCH[5], SEARCH[6], SEARCH[7],
    SEARCH[8], SEARCH[9], SEARCH[10], SEARCH[11], SEARCH[12], SEARCH[13], SEARCH[14],
];
const EXPORTED: &[Field] = &[
    must("format", Word(words::<Format>)),
    SEARCH[0],
    SEARCH[1],
    SEARCH[2],
    SEARCH[3],
    SEARCH[4],
    SEARCH[5],
    SEARCH[6],
    SEARCH[7],
    SEARCH[8],
    SEARCH[9],
    SEARCH[10],
    SEARCH[11],
    SEARCH[12],
    SEARCH[13],
    SEARCH[14],
];
const ROWS: &[Field] = &[must("events", List(&Object(NAMED_ROW))), NEXT];

const EVENT: [Field; 14] = [
    must("id", Id),
    must("key", Text),
    must("lane", Text),
    must("road", Word(words::<HookRoad>)),
    must("type", TEXT_OR_NULL),
    must("publishedAt", Moment),
    must("receivedAt", Moment),
    must("state", Word(words::<HookState>)),
    must("reason", TEXT_OR_NULL),
    must("tries", COUNT),
    must("dueAt", MOMENT_OR_NULL),
    must("settledAt", MOMENT_OR_NULL),
    must("odd", TEXT_OR_NULL),
    must("requestId", Text),
];
const WHOLE_EVENT: &[Field] = &[
    EVENT[0],
    EVENT[1],
    EVENT[2],
    EVENT[3],
    EVENT[4],
    EVENT[5],
    EVENT[6],
    EVENT[7],
    EVENT[8],
    EVENT[9],
    EVENT[10],
    EVENT[11],
    EVENT[12],
    EVENT[13],
    must("body", Any),
    must("audit", List(&Object(&ROW))),
];
const CHANGE: &[Field] = &[
    must("action", Text),
    must("severity", Word(words::<Severity>)),
    must("resource", Object(&[must("type", Word(words::<Resource>)), must("id", TEXT_OR_NULL)])),
    must("before", Any),
    must("after", Any),
    must("detail", Any),
    must("ends", COUNT),
];

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("GET /health", "Whether the service can do its work.", Json(200, STATUS)),
    Operation::of("GET /livez", "Whether the process runs.", Json(200, STATUS)),
    Operation::of("GET /readyz", "Whether new requests should come here.", Json(200, STATUS)),
    Operation::of(
        "GET /openapi.json",
        "This document.",
        Json(
            200,
            &[
                must("openapi", Text),
                must("info", Any),
                must("servers", List(&Any)),
                must("paths", Any),
                must("components", Any),
            ],
        ),
    ),
    Operation::of("GET /docs", "This document, to be read.", Media(&["text/html"])),
    Operation::of(
        "GET /auth/status",
        "Which ways in there are.",
        Json(
            200,
            &[
                must("okta", Object(&[must("available", Flag), may("login", Text), may("detail", Text)])),
                must("breakGlass", Object(&[must("available", Flag)])),
            ],
        ),
    ),
    Operation::of(
        "GET /auth/me",
        "Who calls, by what, and what goes with their writes.",
        Json(
            200,
            &[
                must("user", Object(ME)),
                must("session", Nullable(&Object(SESSION))),
                must("csrfToken", TEXT_OR_NULL),
                may("breakGlassInUse", Flag),
            ],
        ),
    ),
    Operation::of(
        "POST /auth/logout",
        "Ends the session or the mobile sign-in that the request comes with; 200 tells where one signs out of Okta as well.",
        Either(&[200, 204], &[must("location", Text)]),
    ),
    Operation::of("GET /auth/login", "Sends a browser to Okta to sign in.", Elsewhere).asks(&[
        may("return_to", Text),
        may("anew", Text),
        may("client", Text),
        may("redirect_uri", Text),
        may("code_challenge", Text),
        may("code_challenge_method", Text),
        may("state", Text),
    ]),
    Operation::of("GET /auth/callback", "Where Okta sends a browser back to.", Elsewhere).asks(&[
        must("state", Text),
        may("code", Text),
        may("error", Text),
        may("iss", Text),
    ]),
    Operation::of(
        "POST /auth/global-token-revocation",
        "Okta's Universal Logout: ends what somebody is signed in with.",
        Nothing,
    )
    .takes(Object(&[must("sub_id", Any)])),
    Operation::of(
        "GET /auth/sessions",
        "What somebody is signed in with.",
        Json(200, &[must("sessions", List(&Object(SESSION))), NEXT]),
    )
    .asks(PAGED_OF_USER),
    Operation::of("DELETE /auth/sessions", "Ends all of somebody's sessions.", Json(200, &[must("ended", COUNT)]))
        .asks(OF_USER),
    Operation::of("DELETE /auth/sessions/{id}", "Ends a session.", Nothing),
    Operation::of(
        "POST /auth/emergency",
        "Signs in with a break-glass account.",
        Json(200, &[must("session", Object(SESSION))]),
    )
    .takes(Object(&[must("account", Text), must("password", Text)])),
    Operation::of(
        "POST /api/api-keys",
        "Makes an API key of the caller's; it is shown in this answer only.",
        Json(201, MINTED),
    )
    .takes(Object(WISHED_KEY)),
    Operation::of(
        "GET /api/api-keys",
        "A person's live API keys, newest first.",
        Json(200, &[must("apiKeys", List(&Object(&KEY))), NEXT]),
    )
    .asks(PAGED_OF_USER),
    Operation::of("DELETE /api/api-keys/{id}", "Revokes an API key.", Nothing),
    Operation::of(
        "GET /api/users",
        "People, in the order in which they came.",
        Json(200, &[must("users", List(&Object(USER))), NEXT]),
    )
    .asks(&[LIMIT, may("cursor", Id)]),
    Operation::of("GET /api/users/me", "The caller's own profile.", Json(200, USER)),
    Operation::of("GET /api/users/{id}", "A person's profile.", Json(200, USER)),
    Operation::of("PATCH /api/users/{id}/role", "Gives a person a role on the platform.", Json(200, USER))
        .takes(Object(&[must("role", Word(words::<PlatformRole>))])),
    Operation::of("POST /api/users/{id}/deactivate", "Ends a person's access.", Json(200, USER)),
    Operation::of("POST /api/users/{id}/reactivate", "Lifts what admins did to a person's access.", Json(200, USER)),
    Operation::of(
        "POST /api/users/{id}/revoke-sessions",
        "Ends what a person is signed in with.",
        Json(200, &[must("ended", COUNT)]),
    ),
    Operation::of(
        "POST /api/users/{id}/clear-okta-status",
        "Sets aside what Okta says of a person's account.",
        Json(200, USER),
    ),
    Operation::of("POST /api/users/{id}/bind", "Binds a person to their account at Okta.", Json(200, USER))
        .takes(Object(&[must("oktaId", Text)])),
    Operation::of("GET /api/audit", "What happened, newest first, as far as the caller may see it.", Json(200, ROWS))
        .asks(SEARCHED),
    Operation::of("GET /api/audit/export", "The same as a stream.", Media(&["application/x-ndjson", "text/csv"]))
        .asks(EXPORTED),
    Operation::of("GET /api/audit/{id}", "One row of the audit.", Json(200, NAMED_ROW)),
    Operation::of("GET /api/audit/{resource}/{id}", "The history of one thing, newest first.", Json(200, ROWS))
        .asks(SEARCHED),
    Operation::of(
        "GET /api/hooks/events",
        "Okta's events in the inbox, the newest first.",
        Json(200, &[must("events", List(&Object(&EVENT))), NEXT]),
    )
    .asks(&[
        may("state", Word(words::<HookState>)),
        may("type", Text),
        may("subject", Text),
        may("since", Text),
        may("until", Text),
        PAGED[0],
        PAGED[1],
    ]),
    Operation::of("GET /api/hooks/events/{id}", "One event, with what it led to.", Json(200, WHOLE_EVENT)),
    Operation::of(
        "POST /api/hooks/events/{id}/replay",
        "Applies an event again, or says what that would change.",
        Json(
            200,
            &[
                must("dryRun", Flag),
                must("state", Word(words::<HookState>)),
                must("reason", TEXT_OR_NULL),
                must("changes", List(&Object(CHANGE))),
            ],
        ),
    )
    .asks(&[may("dry_run", Flag)]),
    Operation::of(
        "GET /webhooks/okta/events",
        "Okta's one-time verification of an event hook.",
        Json(200, &[must("verification", Text)]),
    ),
    Operation::of("POST /webhooks/okta/events", "A delivery of Okta's events; 204 means that it is kept.", Nothing)
        .takes(Any),
];
