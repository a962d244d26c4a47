//! What a 400 means: a request that cannot be read, or asks for what cannot be.

use super::{Hint, hint};

const VALUE: Option<&str> = Some("invalidValue");
const SYNTAX: Option<&str> = Some("invalidSyntax");
const FILTER: Option<&str> = Some("invalidFilter");

/// The lines of 400.
pub const TABLE: &[Hint] = &[
    hint(
        (400, FILTER, "at most"),
        "The filter of the search is longer, or nested deeper, than this server reads.",
        "Okta's own filters are short: look at the script or the tool that sent it, and ask for less at once.",
    ),
    hint(
        (400, FILTER, "cannot be used in a filter"),
        "The filter of the search names an attribute that nothing can be searched by.",
        "Okta searches by the unique identifier field: set it to userName under Provisioning, Integration, Edit. A script may \
         search by another attribute, or read the list.",
    ),
    hint(
        (400, FILTER, "position"),
        "The filter of the search cannot be read, or compares what cannot be compared.",
        "The detail names the place in the filter. Okta searches by the unique identifier field: set it to userName under \
         Provisioning, Integration, Edit.",
    ),
    hint(
        (400, FILTER, ""),
        "The filter of the search cannot be read, or compares what cannot be compared.",
        "Okta searches by the unique identifier field: set it to userName under Provisioning, Integration, Edit.",
    )
    .rest(),
    hint(
        (400, Some("invalidPath"), ""),
        "A PATCH names an attribute that the schema does not have.",
        "Compare the attribute in the detail with the app's attribute mappings, and remove or rename the mapping.",
    ),
    hint(
        (400, Some("noTarget"), ""),
        "A PATCH points at something that is not there, or removes without saying what.",
        "Push the person or the group again from Okta, which sends the whole of it. If it comes back, look at the path in \
         the body below.",
    ),
    hint(
        (400, Some("mutability"), ""),
        "The request changes something that the server sets itself, such as id or meta.",
        "Remove the mapping of the attribute that the detail names from the app at Okta.",
    ),
    hint(
        (400, SYNTAX, "The body is empty"),
        "The request came without a body.",
        "Okta sends one by itself: look for a proxy that drops it, or at the script that sent this.",
    ),
    hint(
        (400, SYNTAX, "nested too deeply"),
        "The body is nested deeper than this server reads any.",
        "Okta's own bodies are flat: look at the script or the tool that sent this.",
    ),
    hint(
        (400, SYNTAX, "too many values"),
        "The body holds more values than any person or group has.",
        "Look at the script that sent this, and send less at once.",
    ),
    hint(
        (400, SYNTAX, "schemas must name"),
        "The body does not say what it is: its schemas lack the URN that the detail names.",
        "Okta and Entra send it by themselves: add it to the script that sent this.",
    ),
    hint(
        (400, SYNTAX, "given twice"),
        "The body has one attribute twice, in two places or in different letter case, so it is not clear which counts.",
        "Look for two mappings of the attribute that the detail names, and remove one.",
    ),
    hint(
        (400, SYNTAX, "Operations"),
        "The operations of a PATCH or a Bulk are not what this endpoint takes.",
        "The detail says which one and why. Okta and Entra send good ones: look at the script or the tool that sent this.",
    ),
    hint(
        (400, SYNTAX, "JSON"),
        "The body is not the JSON that this endpoint takes.",
        "Okta sends good bodies by itself: look for a proxy or a script of your own that changes them. The body is below, \
         unless it was no JSON.",
    ),
    hint(
        (400, SYNTAX, ""),
        "The body is JSON, and not what this endpoint takes.",
        "The detail says which part. Okta and Entra send good bodies: look at the script or the tool that sent this.",
    )
    .rest(),
    hint(
        (400, VALUE, "is a reserved name"),
        "The group has a name that no team here may bear, because people and programs would take it for something else.",
        "Rename the group at Okta, or choose another name for it in its push, and push it again.",
    ),
    hint(
        (400, VALUE, "members"),
        "The members of the group cannot be taken as they were sent: there are too many at once, or one of them is no id.",
        "The detail says which. Push the group in smaller steps, or look at the tool that sent it: a member is an object \
         whose value is the id of a person.",
    ),
    hint(
        (400, VALUE, "bulkId"),
        "An operation of the Bulk lacks its bulkId, shares it with another, or refers to one that is not there.",
        "Look at the script that made the Bulk: each POST needs a bulkId of its own.",
    ),
    hint(
        (400, VALUE, "userName is required"),
        "The person has no userName.",
        "In the app's attribute mappings at Okta, map userName, for example to user.login, and push the person again.",
    ),
    hint(
        (400, VALUE, "displayName is required"),
        "The group has no name.",
        "Give the group a name at Okta, and push it again.",
    ),
    hint(
        (400, VALUE, "is required"),
        "Something that must be there is missing; the detail names it.",
        "Map it in the app's attribute mappings at Okta, and push again. What comes from a script must send it.",
    ),
    hint(
        (400, VALUE, "A PATCH may have at most"),
        "The PATCH has more operations than this server takes in one request.",
        "Send fewer at once. At Okta, lower the number of members that one request carries.",
    ),
    hint(
        (400, VALUE, "too much of long lists"),
        "The operations of the request compare long lists with one another, over and over.",
        "Send fewer operations in one request, or the whole list once.",
    ),
    hint(
        (400, VALUE, "comparisons"),
        "The paths of the PATCH compare more than this server does for one request.",
        "Send fewer operations at once, or paths with simpler filters.",
    ),
    hint(
        (400, VALUE, "sortBy"),
        "The list cannot be sorted by what was asked.",
        "Sort by an attribute with one plain value, such as userName or displayName. Okta never sorts: look at the tool \
         that sent this.",
    ),
    hint(
        (400, VALUE, "sortOrder"),
        "The order of the list is neither ascending nor descending.",
        "Send one of the two, or leave sortOrder out.",
    ),
    hint(
        (400, VALUE, "cannot be asked for together"),
        "The request has two parameters of which each excludes the other.",
        "The detail names them: leave one of them out.",
    ),
    hint(
        (400, VALUE, "is given twice"),
        "A parameter or a field stands there twice, so it is not clear which counts.",
        "Send it once. Okta does so: look at the script or the proxy in between.",
    ),
    hint(
        (400, VALUE, "must be a whole number"),
        "A number is expected and something else was sent.",
        "The detail names where. For startIndex and count send digits; for an attribute, correct its mapping at Okta.",
    ),
    hint(
        (400, VALUE, "must be a list of attribute names"),
        "The attributes that the answer shall have are not named as a list.",
        "Send attributes and excludedAttributes as lists of names, or leave them out.",
    ),
    hint(
        (400, VALUE, "more than one element with primary true"),
        "Two values of one list both say that they are the primary one.",
        "Mark one of them in the person's profile or in the app's attribute mapping at Okta, and push again.",
    ),
    hint(
        (400, VALUE, "NUL character"),
        "A text holds an invisible character that no database takes.",
        "The detail names the attribute. Type its value anew in the person's profile at Okta, and push again.",
    ),
    hint(
        (400, VALUE, "longer than"),
        "A value is longer than this server keeps.",
        "The detail names the attribute and the limit. Shorten the value at its source, and push again.",
    ),
    hint(
        (400, VALUE, "more than"),
        "There is more of something than this server takes.",
        "The detail names what and how much is taken. Send less at once, or remove what is not needed at its source.",
    ),
    hint(
        (400, VALUE, "nested"),
        "A value is nested deeper than this server reads.",
        "The detail names the attribute. Okta's own attributes are flat: look at what maps it.",
    ),
    hint(
        (400, VALUE, "must be"),
        "An attribute has a value of the wrong type.",
        "The detail names the attribute and what it must be. Correct the app's attribute mapping at Okta, and push again.",
    ),
    hint(
        (400, VALUE, ""),
        "An attribute has a value of the wrong type, form or size.",
        "The detail names the attribute. Correct the person's profile or the app's attribute mapping at Okta, and push \
         again.",
    )
    .rest(),
    hint(
        (400, Some("invalidCursor"), ""),
        "The cursor of a page was altered, or was made for another search.",
        "Begin the list again without a cursor.",
    ),
    hint(
        (400, Some("expiredCursor"), ""),
        "The cursor of a page is too old.",
        "Begin the list again without a cursor, and read the pages without long pauses.",
    ),
    hint(
        (400, Some("invalidCount"), ""),
        "The count of a page is no number that can be taken.",
        "Send a whole number, or leave count out.",
    ),
    hint(
        (400, Some("tooMany"), ""),
        "The resources of the page are too large together.",
        "Ask for fewer at once with count. Of groups, ask without their members, and read those of each group by itself.",
    ),
    hint(
        (400, None, "The body broke off"),
        "The connection ended before the whole body was there.",
        "Okta's task can be retried. If it happens often, look at the proxy in front of this server.",
    ),
    hint(
        (400, None, "The request must name its host"),
        "The request has no Host header, or two.",
        "Look at the proxy in front of this server: it must pass on one Host header.",
    ),
    hint(
        (400, None, ""),
        "The request cannot be read.",
        "The detail says what is wrong with it. Okta's own requests are good: look for a proxy or a script that changes \
         them.",
    )
    .rest(),
];
