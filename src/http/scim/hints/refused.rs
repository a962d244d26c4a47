//! What everything but a 400 means: who may not, what is not there, what stands in the way, and what passes by itself.

use super::{Hint, hint};

const TAKEN: Option<&str> = Some("uniqueness");

/// The lines of everything but 400.
pub const TABLE: &[Hint] = &[
    hint(
        (401, None, "No token was sent"),
        "The request came without a token.",
        "At Okta: Provisioning, Integration, Edit; Authentication Mode is HTTP Header, and Authorization holds the SCIM \
         token. A proxy that removes the Authorization header does the same.",
    ),
    hint(
        (401, None, "The Authorization header cannot be used"),
        "The Authorization header is not Bearer and a token, or it is there twice.",
        "Choose HTTP Header, not Basic Auth, as the Authentication Mode at Okta.",
    ),
    hint(
        (401, None, "This token is not known"),
        "The token is none that was made here, or it was copied incompletely.",
        "Make a new SCIM token, paste it into Okta whole, and press Test Connector Configuration.",
    ),
    hint(
        (401, None, "This token has expired"),
        "The token was good and has come to its end.",
        "Make a new SCIM token and paste it into Okta. Until then Okta's tasks fail and can be retried from its \
         dashboard.",
    ),
    hint(
        (401, None, "This token was revoked"),
        "Somebody revoked this token; the audit says who.",
        "If Okta still uses it, make a new SCIM token and paste it into Okta. If nobody should use it, find out who does: \
         the address is below.",
    ),
    hint(
        (401, None, "This token needs the word Bearer"),
        "The token came without the word Bearer before it.",
        "An app of Okta's catalogue sends what stands in its field: write Bearer, a space and the token there, or make a \
         token for the header mode. An app made with the wizard puts the word there itself.",
    ),
    hint((401, None, ""), "The request did not prove who it is from.", "Make a new SCIM token and paste it into Okta.")
        .rest(),
    hint(
        (403, None, "lacks the scope"),
        "The token is good and may not do this: it lacks the scope that the detail names.",
        "Make a token with the scopes scim:read and scim:write, paste it into Okta, and revoke this one.",
    ),
    hint(
        (403, None, "take no filter"),
        "The schemas and resource types were asked for with a filter, which RFC 7644 forbids.",
        "Leave the filter out; Okta and Entra do.",
    ),
    hint(
        (403, None, ""),
        "The request is not allowed.",
        "The detail says why. Make a token with the scopes scim:read and scim:write if it lacks one.",
    )
    .rest(),
    hint(
        (404, None, "There is no such endpoint"),
        "There is nothing at this address.",
        "Check the SCIM connector base URL at Okta: it ends in /scim/v2, without a slash and without /Users.",
    ),
    hint(
        (404, None, "There is no user with this id."),
        "Somebody was asked for who is not here: they were deleted, or never came. That is no fault.",
        "Nothing, as a rule: Okta looks for the person by userName and creates them. If Okta shows a task for them, take \
         them off the app and assign them again.",
    )
    .of(&["GET", "HEAD"])
    .usual(),
    hint(
        (404, None, "There is no user with this id."),
        "Somebody was to be deleted who is not here: they were deleted before, or never came. That is no fault.",
        "Nothing: what was asked for is so.",
    )
    .of(&["DELETE"])
    .usual(),
    hint(
        (404, None, "There is no user with this id"),
        "The person whom the request changes is not here any more, or never was.",
        "Okta remembers an id of another time. Take the person off the app and assign them again: Okta then looks for them \
         by userName, and creates them if they are not here.",
    ),
    hint(
        (404, None, "There is no group with this id"),
        "The team of this group is not here any more: its group was deleted over SCIM, or it never was here.",
        "Okta has lost what it pushes to. Unlink the group under Push Groups, and push it again: Okta then looks for it by \
         its name.",
    ),
    hint(
        (404, None, "There is no role with this id"),
        "A role was asked for that there is not.",
        "The roles are those of /Roles. Refresh the app's entitlements at Okta, so that it knows them anew.",
    ),
    hint(
        (404, None, "There is no schema or resource type"),
        "A schema was asked for that this server does not have.",
        "Remove what maps the schema of the address from the app at Okta, or ask for /Schemas, which lists all.",
    ),
    hint(
        (404, None, "no id of ours"),
        "Where the address names a person or a group, there stands no id that this server gave.",
        "Check the SCIM connector base URL at Okta: it ends in /scim/v2, without a slash and without /Users.",
    ),
    hint(
        (404, None, "There is nothing at this address"),
        "The address cannot be read: a part of it is no text.",
        "Look at the script or the proxy that made it.",
    ),
    hint(
        (404, None, ""),
        "The person or group that the request names is not here any more, or never was.",
        "Okta remembers an id of another time. Take the person off the app and assign them again, or unlink and push the \
         group again: Okta then looks for them by name.",
    )
    .rest(),
    hint(
        (405, None, ""),
        "This address does not take this method.",
        "Okta's own requests never do this: look at the script or the tool that sent it.",
    ),
    hint(
        (408, None, ""),
        "The body did not arrive in time.",
        "The network or the proxy between Okta and this server is slow. Okta's task can be retried.",
    ),
    hint(
        (409, TAKEN, "userName is already taken"),
        "Another active person already has this userName.",
        "Open them by their name and compare: if they are the same person, assign them again at Okta so that Okta finds \
         them by userName; if not, one of the two needs another userName.",
    ),
    hint(
        (409, TAKEN, "externalId already belongs to another user"),
        "Two people arrive with one externalId.",
        "Check the externalId mapping of the app: it must be the Okta user id, which nobody shares.",
    ),
    hint(
        (409, TAKEN, "displayName is already taken"),
        "A team of this name is there already.",
        "At Okta, Push Groups: link the group to the existing one instead of creating it, or rename one of the two.",
    ),
    hint(
        (409, TAKEN, "externalId already belongs to another group"),
        "Two groups arrive with one externalId.",
        "Unlink one of the two pushes at Okta, and push the group again.",
    ),
    hint(
        (409, TAKEN, "userName or externalId is already taken"),
        "A person is created whose name or id at Okta belongs to somebody else here.",
        "At Okta, look for two accounts with this userName or externalId among those that are assigned to the app, and take \
         one of them off it.",
    ),
    hint(
        (409, TAKEN, ""),
        "A value that must be unique is taken by somebody else.",
        "The detail names it. Look for who has it, and change one of the two at Okta.",
    )
    .rest(),
    hint(
        (409, None, ""),
        "The request cannot be carried out as things are; in a Bulk, operations wait for each other in a circle.",
        "Send the operations one after the other.",
    ),
    hint(
        (412, None, ""),
        "Somebody else changed it in between: the version in If-Match is not the newest.",
        "Read it again and send the change with the new version. Nothing was changed.",
    ),
    hint(
        (413, None, "maxOperations"),
        "The Bulk has more operations than this server takes in one request.",
        "Send fewer operations in one Bulk. The detail names the limit.",
    ),
    hint(
        (413, None, ""),
        "The request is larger than this endpoint takes.",
        "Push the group in smaller steps, or send fewer operations in one Bulk. The detail names the limit.",
    ),
    hint(
        (415, None, "Compressed"),
        "The body is compressed.",
        "Send it without Content-Encoding. Okta does not compress: look at the proxy if Okta sent this.",
    ),
    hint(
        (415, None, ""),
        "The body is not sent as JSON.",
        "Send Content-Type: application/scim+json; look at the proxy if Okta sent this.",
    ),
    hint(
        (429, None, "It is not known"),
        "The database did not confirm in time, so it is not known whether the change was made.",
        "Okta comes again by itself, and doing it twice does no harm. If it lasts, look at the database.",
    ),
    hint(
        (429, None, "Not started"),
        "The operations of a Bulk took so long that this one was not begun. Nothing was changed by it.",
        "Send it again, with fewer operations in one Bulk.",
    ),
    hint(
        (429, None, "the audit log cannot be written"),
        "The audit could not be written, and nothing is changed without it.",
        "Look at the database: its disk may be full, or it takes no writes. Okta comes again by itself.",
    ),
    hint(
        (429, None, "Nothing was changed"),
        "The server was busy. Nothing was changed.",
        "Okta comes again by itself. If it lasts for minutes, look at the database: the detail says what was waited for.",
    ),
    hint(
        (429, None, ""),
        "More came than this server takes at once. Nothing was changed.",
        "Okta comes again by itself, after as long as it was told to wait.",
    )
    .rest(),
    hint(
        (500, None, ""),
        "A defect of this server. Nothing was changed.",
        "Look for the request id in the server's log and report what stands there. Okta's task can be retried.",
    ),
    hint(
        (501, None, ""),
        "The request asks for something that is not offered: a SCIM token is no person, so /Me names nobody.",
        "Ask for /Users and the person's id instead.",
    ),
    hint(
        (503, None, ""),
        "What the request needs is turned off on this server.",
        "The detail says what. Okta's task can be retried once it is on.",
    ),
];
