//! What Okta's API lists: accounts, the people of an app, the members of a group.

use serde_json::{Value, json};

use super::meaning::Status;

/// An account at Okta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Okta's id.
    pub id: String,
    /// What its status means here; none for one that nobody knows.
    pub status: Option<Status>,
    /// Since when it has its status, by Okta's clock: RFC 3339.
    pub since: Option<String>,
}

/// A person who is assigned to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// Okta's id.
    pub id: String,
    /// The id that we answered when the person was pushed.
    pub external_id: Option<String>,
}

/// A group that Okta pushes to an app, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The group's id.
    pub group: String,
    /// Whether it is pushed now, and the last push did not fail.
    pub is_active: bool,
}

/// A group's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Since when, by Okta's clock: RFC 3339.
    pub since: Option<String>,
}

/// The items of a page; none when it is no list.
fn items<T>(body: &[u8], read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    serde_json::from_slice::<Vec<Value>>(body).ok()?.iter().map(read).collect()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A page of accounts; none when it is not such a page.
#[must_use]
pub fn accounts(body: &[u8]) -> Option<Vec<Account>> {
    items(body, read_account)
}

/// A page of an app's people; none when it is not such a page.
#[must_use]
pub fn assigned(body: &[u8]) -> Option<Vec<Assigned>> {
    items(body, |item| Some(Assigned { id: text(item, "id")?, external_id: text(item, "externalId") }))
}

/// A page of a group's members: their ids; none when it is not such a page.
#[must_use]
pub fn members(body: &[u8]) -> Option<Vec<String>> {
    items(body, |item| text(item, "id"))
}

/// A page of an app's group-push mappings; none when it is not such a page.
#[must_use]
pub fn mappings(body: &[u8]) -> Option<Vec<Mapping>> {
    items(body, |item| {
        let is_active = text(item, "status")? == "ACTIVE";
        Some(Mapping { group: text(item, "sourceGroupId")?, is_active })
    })
}

/// One group; none when it is none.
#[must_use]
pub fn group(body: &[u8]) -> Option<Named> {
    let group: Value = serde_json::from_slice(body).ok()?;
    Some(Named { name: text(group.get("profile")?, "name")?, since: text(&group, "lastUpdated") })
}

/// One account; none when it is none.
#[must_use]
pub fn account(body: &[u8]) -> Option<Account> {
    read_account(&serde_json::from_slice(body).ok()?)
}

fn read_account(item: &Value) -> Option<Account> {
    let status = status(&text(item, "status")?);
    Some(Account { id: text(item, "id")?, status, since: text(item, "statusChanged") })
}

fn status(word: &str) -> Option<Status> {
    match word {
        "SUSPENDED" => Some(Status::Suspended),
        "DEPROVISIONED" => Some(Status::Deactivated),
        "STAGED" | "PROVISIONED" | "ACTIVE" | "RECOVERY" | "PASSWORD_EXPIRED" | "LOCKED_OUT" => Some(Status::Ok),
        _ => None,
    }
}

/// The event that Okta would have sent: what a difference is repaired by. `targets` are (type, id).
#[must_use]
pub fn event(event_type: &str, published: &str, targets: &[(&str, &str)]) -> Value {
    let targets: Vec<Value> = targets.iter().map(|(kind, id)| json!({ "type": kind, "id": id })).collect();
    json!({ "eventType": event_type, "published": published, "outcome": { "result": "SUCCESS" }, "target": targets })
}

/// The type of the event that brings an account to a status.
#[must_use]
pub fn event_to(status: Status) -> &'static str {
    match status {
        Status::Ok => "user.lifecycle.activate",
        Status::Suspended => "user.lifecycle.suspend",
        Status::Deactivated => "user.lifecycle.deactivate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let page = br#"[{"id":"00u1","status":"SUSPENDED","statusChanged":"2026-03-02T11:00:00.000Z"},{"id":"00u2","status":"NEW"}]"#;
        let read = accounts(page).expect("a page");
        assert_eq!((read[0].status, read[1].status, read[1].since.as_deref()), (Some(Status::Suspended), None, None));
        for odd in [b"{}".as_slice(), b"", br#"[{"status":"ACTIVE"}]"#, br#"[{"id":7,"status":"ACTIVE"}]"#, b"[null]"] {
            assert_eq!(accounts(odd), None);
        }
        assert_eq!(assigned(br#"[{"id":"00u1","externalId":null}]"#).expect("a page")[0].external_id, None);
        assert_eq!(members(b"[]"), Some(Vec::new()));
    }
}
