//! Resources as answers (RFC 7643 §3, §4): what is stored, what is computed, and what the client asked to see.

use std::collections::{BTreeSet, HashMap};

use axum::http::header::{CONTENT_LOCATION, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::fault::SCIM_JSON;
use crate::directory::incoming::Group;
use crate::error::{Busy, Error, Result};
use crate::http::room::{Place, Room};
use crate::model::membership::TeamRole;
use crate::model::role::Role;
use crate::model::team::Revision;
use crate::model::user::ScimUser;
use crate::model::{Id, Team};
use crate::scim::document::stored;
use crate::scim::etag;
use crate::scim::list::{MAX_PAGE_BYTES, too_large};
use crate::scim::projection::Projection;
use crate::scim::schema::{GROUP, ROLE, ResourceType, USER};
use crate::store::memberships::{self, GroupOfUser, Member};
use crate::store::{Link, teams};

/// Up to this many members are shown with name, type and address; of larger groups only the ids.
pub const MAX_SHOWN_MEMBERS: usize = 1_000;
/// How many members one query reads.
const CHUNK: i64 = 1_000;

/// A JSON answer under /scim.
///
/// # Errors
/// A defect: what we show can always be written.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Response> {
    Ok(text(status, text_of(body)?))
}

/// An answer that is JSON text already.
#[must_use]
pub fn text(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, SCIM_JSON)], text).into_response()
}

/// The same, of a text that may be large: it takes room until the client has read it.
///
/// # Errors
/// [`Busy::Room`] when there is none in time.
pub async fn large(room: &Room, text: String) -> Result<Response> {
    struct Held {
        text: String,
        _place: Place,
    }
    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            self.text.as_bytes()
        }
    }
    let mut place = room.place();
    place.widen(text.len()).await.map_err(|_| Error::Busy { why: Busy::Room, source: None })?;
    let body = Bytes::from_owner(Held { text, _place: place });
    Ok((StatusCode::OK, [(CONTENT_TYPE, SCIM_JSON)], body).into_response())
}

/// One resource with its entity tag and its address.
///
/// # Errors
/// A defect: a tag and an address are always headers.
pub fn resource(status: StatusCode, body: String, version: i64, location: &str) -> Result<Response> {
    let mut response = text(status, body);
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&etag::tag(version)).map_err(Error::internal)?);
    let location = HeaderValue::from_str(location).map_err(Error::internal)?;
    if status == StatusCode::CREATED {
        headers.insert(LOCATION, location.clone());
    }
    // The same as `meta.location` (RFC 7643 §3.1).
    headers.insert(CONTENT_LOCATION, location);
    Ok(response)
}

/// The answer to a client that has this version (RFC 7644 §3.14).
///
/// # Errors
/// A defect: a tag is always a header.
pub fn unchanged(version: i64) -> Result<Response> {
    let tag = HeaderValue::from_str(&etag::tag(version)).map_err(Error::internal)?;
    Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response())
}

/// Where the SCIM face of this server begins.
#[must_use]
pub fn base(public_url: &str) -> String {
    format!("{public_url}/scim/v2")
}

/// The address of a person.
#[must_use]
pub fn user_location(public_url: &str, id: Id) -> String {
    format!("{}{}/{id}", base(public_url), USER.endpoint)
}

/// The address of a group.
#[must_use]
pub fn group_location(public_url: &str, id: Id) -> String {
    format!("{}{}/{id}", base(public_url), GROUP.endpoint)
}

/// `meta` of a resource (RFC 7643 §3.1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'m> {
    resource_type: &'static str,
    created: String,
    last_modified: String,
    location: &'m str,
    version: String,
}

/// What every resource begins with.
#[derive(Serialize)]
struct Head<'h> {
    schemas: Vec<String>,
    id: String,
    meta: Meta<'h>,
}

impl<'h> Head<'h> {
    fn new(resource: &'static ResourceType, id: Id, stored: &str, meta: Meta<'h>) -> Result<Self> {
        let schemas = stored::schemas(stored, resource).map_err(Error::internal)?;
        Ok(Self { schemas, id: id.to_string(), meta })
    }
}

fn text_of(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// What of an answer the client asked to see. Nothing in the registry is hidden from a client that did not ask.
fn projected(whole: String, projection: &Projection, resource: &'static ResourceType) -> Result<String> {
    if !projection.asked() {
        return Ok(whole);
    }
    let mut body: Map<String, Value> = serde_json::from_str(&whole).map_err(Error::internal)?;
    projection.apply(resource, &mut body);
    text_of(&body)
}

/// What of a person is not in the stored document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserTail<'u> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'u str>,
    active: bool,
    groups: Vec<ShownGroupOfUser<'u>>,
    roles: Vec<ShownRole>,
}

#[derive(Serialize)]
struct ShownGroupOfUser<'g> {
    value: String,
    #[serde(rename = "$ref")]
    address: String,
    display: &'g str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct ShownRole {
    value: &'static str,
    display: &'static str,
    #[serde(rename = "type")]
    about: &'static str,
}

/// People as answers, each the text of a JSON object, with their groups and roles where those are wanted: one query for
/// all of them.
///
/// # Errors
/// `tooMany` for several that are too large together; what the engine reports.
pub async fn users(
    link: &mut impl Link,
    public_url: &str,
    people: &[ScimUser],
    projection: &Projection,
) -> Result<Vec<String>> {
    let is_wanted = projection.wants("groups") || projection.wants("roles");
    let mut groups: HashMap<Id, Vec<GroupOfUser>> = HashMap::new();
    if is_wanted {
        let ids: Vec<Id> = people.iter().map(|user| user.id).collect();
        for group in memberships::groups_of(link, &ids).await? {
            groups.entry(group.user_id).or_default().push(group);
        }
    }
    let (mut shown, mut bytes) = (Vec::with_capacity(people.len()), 0);
    for user in people {
        let groups = groups.get(&user.id).map_or(&[][..], Vec::as_slice);
        let text = projected(user_text(public_url, user, groups)?, projection, &USER)?;
        bytes += text.len();
        if people.len() > 1 && bytes > MAX_PAGE_BYTES {
            return Err(too_large().into());
        }
        shown.push(text);
    }
    Ok(shown)
}

fn user_text(public_url: &str, user: &ScimUser, groups: &[GroupOfUser]) -> Result<String> {
    let meta = Meta {
        resource_type: USER.name,
        created: user.created_at.rfc3339(),
        last_modified: user.updated_at.rfc3339(),
        location: &user_location(public_url, user.scim_id),
        version: etag::tag(user.version),
    };
    let head = Head::new(&USER, user.scim_id, &user.document, meta)?;
    let tail = UserTail {
        user_name: user.user_name.as_deref(),
        external_id: user.external_id.as_deref(),
        active: user.active,
        groups: groups.iter().map(|group| group_of(public_url, group)).collect(),
        roles: roles_of(user, groups),
    };
    Ok(stored::joined(&[&text_of(&head)?, &user.document, &text_of(&tail)?]))
}

fn group_of<'g>(public_url: &str, group: &'g GroupOfUser) -> ShownGroupOfUser<'g> {
    ShownGroupOfUser {
        value: group.team_id.to_string(),
        address: group_location(public_url, group.team_id),
        display: &group.name,
        kind: "direct",
    }
}

/// The roles of a person, each once: on the platform, and in the teams that SCIM sees them in.
fn roles_of(user: &ScimUser, groups: &[GroupOfUser]) -> Vec<ShownRole> {
    let held: BTreeSet<TeamRole> = groups.iter().filter(|group| group.in_force).map(|group| group.role).collect();
    let roles = [user.platform_role.describe()].into_iter().chain(held.into_iter().map(TeamRole::describe));
    roles.map(|role| ShownRole { value: role.id, display: role.name, about: role.about }).collect()
}

/// A role as an answer.
#[must_use]
pub fn role(public_url: &str, role: &Role) -> Map<String, Value> {
    let body = json!({
        "schemas": [ROLE.schema.urn],
        "id": role.id,
        "meta": {
            "resourceType": ROLE.name,
            "location": format!("{}{}/{}", base(public_url), ROLE.endpoint, role.id),
        },
        "displayName": role.name,
        "description": role.description,
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

/// A group and its version, ready to be shown.
pub struct ShownGroup {
    /// The answer: the text of a JSON object.
    pub text: String,
    /// The version.
    pub revision: Revision,
}

/// Groups as answers, with their members where those are wanted.
///
/// # Errors
/// `tooMany` for several that are too large together; what the engine reports.
pub async fn groups(
    link: &mut impl Link,
    public_url: &str,
    found: &[Team],
    projection: &Projection,
) -> Result<Vec<ShownGroup>> {
    let ids: Vec<Id> = found.iter().map(|team| team.id).collect();
    let revisions: HashMap<Id, Revision> = teams::revisions(link, &ids).await?.into_iter().collect();
    let parts = MemberParts::of(projection);
    let mut shown = Vec::with_capacity(found.len());
    let mut bytes = 0;
    for team in found {
        let first = Revision { number: 1, changed_at: team.created_at };
        let revision = revisions.get(&team.id).copied().unwrap_or(first);
        let mut text = projected(group_text(public_url, team, revision)?, projection, &GROUP)?;
        if let Some(parts) = &parts {
            text.truncate(text.len() - 1);
            text.push_str(",\"members\":");
            push_members(&mut text, link, public_url, team.id, parts).await?;
            text.push('}');
        }
        bytes += text.len();
        if found.len() > 1 && bytes > MAX_PAGE_BYTES {
            return Err(too_large().into());
        }
        shown.push(ShownGroup { text, revision });
    }
    Ok(shown)
}

/// A group without its members.
fn group_text(public_url: &str, team: &Team, revision: Revision) -> Result<String> {
    let stored = Group::document_of(team).to_stored();
    let meta = Meta {
        resource_type: GROUP.name,
        created: team.created_at.rfc3339(),
        last_modified: revision.changed_at.rfc3339(),
        location: &group_location(public_url, team.id),
        version: etag::tag(revision.number),
    };
    Ok(stored::joined(&[&text_of(&Head::new(&GROUP, team.id, &stored, meta)?)?, &stored]))
}

/// Which parts of a member are wanted.
#[expect(clippy::struct_excessive_bools, reason = "four independent parts of a member")]
struct MemberParts {
    value: bool,
    address: bool,
    display: bool,
    kind: bool,
}

impl MemberParts {
    /// Asks the projection with a sample; none when members are not wanted at all.
    fn of(projection: &Projection) -> Option<Self> {
        if !projection.wants("members") {
            return None;
        }
        let mut sample = Map::new();
        sample.insert("members".to_owned(), json!([{ "value": "", "$ref": "", "display": "", "type": "" }]));
        projection.apply(&GROUP, &mut sample);
        let has = |name: &str| sample.get("members").is_some_and(|list| list[0].get(name).is_some());
        Some(Self { value: has("value"), address: has("$ref"), display: has("display"), kind: has("type") })
    }
}

#[derive(Serialize)]
struct ShownMember<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'m str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

/// Adds a team's members as JSON text, read chunk by chunk.
async fn push_members(
    text: &mut String,
    link: &mut impl Link,
    public_url: &str,
    team: Id,
    parts: &MemberParts,
) -> Result<()> {
    let mut list = memberships::page(link, team, None, CHUNK + 1).await?;
    let is_large = list.len() > MAX_SHOWN_MEMBERS;
    text.push('[');
    let mut comma = "";
    while let Some(last) = list.last().map(|member| member.user_id) {
        for member in &list {
            text.push_str(comma);
            text.push_str(&text_of(&shown(public_url, member, parts, is_large))?);
            comma = ",";
        }
        if !is_large {
            break;
        }
        list = memberships::page(link, team, Some(last), CHUNK).await?;
    }
    text.push(']');
    Ok(())
}

fn shown<'m>(public_url: &str, member: &'m Member, parts: &MemberParts, is_large: bool) -> ShownMember<'m> {
    ShownMember {
        value: parts.value.then(|| member.scim_id.to_string()),
        address: (parts.address && !is_large).then(|| user_location(public_url, member.scim_id)),
        display: member.name.as_deref().filter(|_| parts.display && !is_large),
        kind: (parts.kind && !is_large).then_some(USER.name),
    }
}
