//! What a refused SCIM request means and what to do about it, for whoever set the connection up: a table by status,
//! scimType and how the detail begins. The first line that fits is told.

/// What is told of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    status: i64,
    kind: Option<&'static str>,
    begins: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub next: &'static str,
}

const fn hint(
    status: i64,
    kind: Option<&'static str>,
    begins: &'static str,
    meaning: &'static str,
    next: &'static str,
) -> Hint {
    Hint { status, kind, begins, meaning, next }
}

/// The table. Of one status and kind, the lines that know more stand first.
pub const TABLE: &[Hint] = &[
    hint(
        400,
        Some("invalidFilter"),
        "",
        "The filter of the search cannot be read, or compares what cannot be compared.",
        "Okta searches by the unique identifier field: set it to userName in the app's provisioning settings. The detail \
         names the position in the filter.",
    ),
    hint(
        400,
        Some("invalidPath"),
        "",
        "A PATCH names an attribute that the schema does not have.",
        "Compare the attribute in the detail with the app's attribute mappings, and remove or rename the mapping.",
    ),
    hint(
        400,
        Some("noTarget"),
        "",
        "A PATCH points at something that is not there, or removes without saying what.",
        "Push the person or the group again from Okta, which sends the whole of it. If it comes back, look at the path in \
         the body below.",
    ),
    hint(
        400,
        Some("mutability"),
        "",
        "The request changes something that the server sets itself, such as id or meta.",
        "Remove the mapping of the attribute that the detail names from the app at Okta.",
    ),
    hint(
        400,
        Some("invalidSyntax"),
        "",
        "The body is not the JSON that this endpoint takes.",
        "Okta sends good bodies by itself: look for a proxy or a script of your own that changes them. The body is below, \
         unless it was no JSON.",
    ),
    hint(
        400,
        Some("invalidValue"),
        "userName is required",
        "The person has no userName.",
        "In the app's attribute mappings at Okta, map userName, for example to user.login, and push the person again.",
    ),
    hint(
        400,
        Some("invalidValue"),
        "",
        "An attribute has a value of the wrong type, form or size.",
        "The detail names the attribute. Correct the person's profile or the app's attribute mapping at Okta, and push \
         again.",
    ),
    hint(
        400,
        Some("invalidCursor"),
        "",
        "The cursor of a page was altered, or was made for another search.",
        "Begin the list again without a cursor.",
    ),
    hint(
        400,
        Some("expiredCursor"),
        "",
        "The cursor of a page is too old.",
        "Begin the list again without a cursor, and read the pages without long pauses.",
    ),
    hint(
        400,
        Some("invalidCount"),
        "",
        "The count of a page is no number that can be taken.",
        "Send a whole number, or leave count out.",
    ),
    hint(
        400,
        None,
        "The body broke off",
        "The connection ended before the whole body was there.",
        "Okta sends it again. If it happens often, look at the proxy in front of this server.",
    ),
    hint(
        400,
        None,
        "The request must name its host",
        "The request has no Host header, or two.",
        "Look at the proxy in front of this server: it must pass on one Host header.",
    ),
    hint(
        400,
        None,
        "",
        "The request cannot be read.",
        "The detail says what is wrong with it. Okta's own requests are good: look for a proxy or a script that changes \
         them.",
    ),
    hint(
        401,
        None,
        "No token was sent",
        "The request came without a token.",
        "At Okta: Provisioning, Integration, Edit; Authentication Mode is HTTP Header, and Authorization holds the SCIM \
         token. A proxy that removes the Authorization header does the same.",
    ),
    hint(
        401,
        None,
        "The Authorization header cannot be used",
        "The Authorization header is not Bearer and a token, or it is there twice.",
        "Choose HTTP Header, not Basic Auth, as the Authentication Mode at Okta.",
    ),
    hint(
        401,
        None,
        "This token is not known",
        "The token is none that was made here, or it was copied incompletely.",
        "Make a new SCIM token, paste it into Okta whole, and press Test Connector Configuration.",
    ),
    hint(
        401,
        None,
        "This token has expired",
        "The token was good and has come to its end.",
        "Make a new SCIM token and paste it into Okta. Until then Okta's tasks fail and can be retried from its \
         dashboard.",
    ),
    hint(
        401,
        None,
        "This token was revoked",
        "Somebody revoked this token; the audit says who.",
        "If Okta still uses it, make a new SCIM token and paste it into Okta. If nobody should use it, find out who does: \
         the address is below.",
    ),
    hint(
        401,
        None,
        "This token needs the word Bearer",
        "The token came without the word Bearer before it.",
        "An app of Okta's catalogue sends what stands in its field: write Bearer, a space and the token there, or make a token for the header mode. An app made with the wizard puts the word there itself.",
    ),
    hint(401, None, "", "The request did not prove who it is from.", "Make a new SCIM token and paste it into Okta."),
    hint(
        403,
        None,
        "",
        "The token is good and may not do this: it lacks the scope that the detail names.",
        "Make a token with the scopes scim:read and scim:write, paste it into Okta, and revoke this one.",
    ),
    hint(
        404,
        None,
        "There is no such endpoint",
        "There is nothing at this address.",
        "Check the SCIM connector base URL at Okta: it ends in /scim/v2, without a slash.",
    ),
    hint(
        404,
        None,
        "",
        "The person or group that the request names is not here any more, or never was.",
        "Okta remembers an id of another time. Take the person off the app and assign them again, or unlink and push the \
         group again: Okta then looks for them by name.",
    ),
    hint(
        405,
        None,
        "",
        "This address does not take this method.",
        "Okta's own requests never do this: look at the script or the tool that sent it.",
    ),
    hint(
        408,
        None,
        "",
        "The body did not arrive in time.",
        "The network or the proxy between Okta and this server is slow. Okta's task can be retried.",
    ),
    hint(
        409,
        Some("uniqueness"),
        "userName is already taken",
        "Another active person already has this userName.",
        "Open them by their name and compare: if they are the same person, assign them again at Okta so that Okta finds \
         them by userName; if not, one of the two needs another userName.",
    ),
    hint(
        409,
        Some("uniqueness"),
        "externalId already belongs to another user",
        "Two people arrive with one externalId.",
        "Check the externalId mapping of the app: it must be the Okta user id, which nobody shares.",
    ),
    hint(
        409,
        Some("uniqueness"),
        "displayName is already taken",
        "A team of this name is there already.",
        "At Okta, Push Groups: link the group to the existing one instead of creating it, or rename one of the two.",
    ),
    hint(
        409,
        Some("uniqueness"),
        "externalId already belongs to another group",
        "Two groups arrive with one externalId.",
        "Unlink one of the two pushes at Okta, and push the group again.",
    ),
    hint(
        409,
        Some("uniqueness"),
        "",
        "A value that must be unique is taken by somebody else.",
        "The detail names it. Look for who has it, and change one of the two at Okta.",
    ),
    hint(
        409,
        None,
        "",
        "The request cannot be carried out as things are; in a Bulk, operations wait for each other in a circle.",
        "Send the operations one after the other.",
    ),
    hint(
        412,
        None,
        "",
        "Somebody else changed it in between: the version in If-Match is not the newest.",
        "Read it again and send the change with the new version. Nothing was changed.",
    ),
    hint(
        413,
        None,
        "",
        "The request is larger than this endpoint takes.",
        "Push the group in smaller steps, or send fewer operations in one Bulk. The detail names the limit.",
    ),
    hint(
        415,
        None,
        "",
        "The body is not sent as JSON, or it is compressed.",
        "Send Content-Type: application/scim+json and no Content-Encoding; look at the proxy if Okta sent this.",
    ),
    hint(
        429,
        None,
        "It is not known",
        "The database did not confirm in time, so it is not known whether the change was made.",
        "Okta comes again by itself, and doing it twice does no harm. If it lasts, look at the database.",
    ),
    hint(
        429,
        None,
        "",
        "The server was busy. Nothing was changed.",
        "Okta comes again by itself. If it lasts for minutes, look at the database: the detail says what was waited for.",
    ),
    hint(
        500,
        None,
        "",
        "A defect of this server. Nothing was changed.",
        "Look for the request id in the server's log and report what stands there. Okta's task can be retried.",
    ),
    hint(
        501,
        None,
        "",
        "The request asks for something that is not offered: a SCIM token is no person, so /Me names nobody.",
        "Ask for /Users and the person's id instead.",
    ),
    hint(
        503,
        None,
        "",
        "What the request needs is turned off on this server.",
        "The detail says what. Okta's task can be retried once it is on.",
    ),
];

/// What is told of an answer; none of one that was good.
#[must_use]
pub fn of(status: i64, kind: Option<&str>, detail: Option<&str>) -> Option<&'static Hint> {
    let detail = detail.unwrap_or_default();
    TABLE.iter().find(|one| one.status == status && one.kind == kind && detail.starts_with(one.begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_knows_more_is_told() {
        let taken = of(409, Some("uniqueness"), Some("userName is already taken by another user. Match …"));
        assert!(taken.is_some_and(|hint| hint.meaning.contains("Another active person")));
        let other = of(409, Some("uniqueness"), Some("something else"));
        assert!(other.is_some_and(|hint| hint.begins.is_empty()));
        assert_eq!(of(200, None, None), None);
        assert_eq!(of(404, None, None).map(|hint| hint.begins), Some(""));
    }

    #[test]
    fn every_line_can_be_reached_and_is_whole_sentences() {
        for one in TABLE {
            assert_eq!(of(one.status, one.kind, Some(one.begins)), Some(one), "{one:?}");
            for text in [one.meaning, one.next] {
                assert!(text.ends_with('.') && !text.contains("  ") && !text.contains('!'), "{text}");
            }
        }
    }
}
