//! Resources as answers (RFC 7643 §3, §4): what is stored, what is computed, and what the client asked to see.

use std::collections::{BTreeSet, HashMap};

use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::fault::SCIM_JSON;
use crate::directory::incoming::{Group, Person};
use crate::error::{Error, Result};
use crate::model::membership::TeamRole;
use crate::model::role::Role;
use crate::model::team::Revision;
use crate::model::{Id, Team, User};
use crate::scim::projection::Projection;
use crate::scim::schema::{GROUP, ROLE, ResourceType, USER};
use crate::scim::{Document, etag};
use crate::store::memberships::{self, Member};
use crate::store::users::GroupOfUser;
use crate::store::{Link, teams, users};

/// Up to this many members are shown with name, type and address; of larger groups only the ids.
pub const MAX_SHOWN_MEMBERS: usize = 1_000;
/// How many members one query reads.
const CHUNK: i64 = 1_000;

/// A JSON answer under /scim.
///
/// # Errors
/// A defect: what we show can always be written.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Response> {
    let text = serde_json::to_string(body).map_err(Error::internal)?;
    Ok((status, [(CONTENT_TYPE, SCIM_JSON)], text).into_response())
}

/// One resource with its entity tag; a new one with its address too.
///
/// # Errors
/// A defect: what we show can always be written.
pub fn resource(status: StatusCode, body: &impl Serialize, version: i64, location: &str) -> Result<Response> {
    let mut response = json(status, body)?;
    let headers = response.headers_mut();
    headers.insert(ETAG, HeaderValue::from_str(&etag::tag(version)).map_err(Error::internal)?);
    if status == StatusCode::CREATED {
        headers.insert(LOCATION, HeaderValue::from_str(location).map_err(Error::internal)?);
    }
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

fn frame(resource: &'static ResourceType, id: Id, document: &Document, meta: Value) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), document.schemas(resource).into());
    body.insert("id".to_owned(), id.to_string().into());
    body.insert("meta".to_owned(), meta);
    body
}

/// People as answers, with their groups and roles where those are wanted: one query for all of them.
///
/// # Errors
/// What the engine reports.
pub async fn users(
    link: &mut impl Link,
    public_url: &str,
    people: &[User],
    projection: &Projection,
) -> Result<Vec<Map<String, Value>>> {
    let ids: Vec<Id> = people.iter().map(|user| user.id).collect();
    let is_wanted = projection.wants("groups") || projection.wants("roles");
    let found = if is_wanted { users::groups_of(link, &ids).await? } else { Vec::new() };
    let mut groups: HashMap<Id, Vec<GroupOfUser>> = HashMap::new();
    for group in found {
        groups.entry(group.user_id).or_default().push(group);
    }
    let shown = people.iter().map(|user| {
        let groups = groups.remove(&user.id).unwrap_or_default();
        let mut body = user_body(public_url, user);
        body.insert("groups".to_owned(), groups.iter().map(|group| group_of(public_url, group)).collect());
        body.insert("roles".to_owned(), roles_of(user, &groups));
        projection.apply(&USER, &mut body);
        body
    });
    Ok(shown.collect())
}

fn group_of(public_url: &str, group: &GroupOfUser) -> Value {
    json!({
        "value": group.team_id.to_string(),
        "$ref": group_location(public_url, group.team_id),
        "display": group.name,
        "type": "direct",
    })
}

fn user_body(public_url: &str, user: &User) -> Map<String, Value> {
    let id = user.scim_id.unwrap_or(user.id);
    let document = Person::document_of(user);
    let meta = json!({
        "resourceType": USER.name,
        "created": user.created_at.rfc3339(),
        "lastModified": user.updated_at.rfc3339(),
        "location": user_location(public_url, id),
        "version": etag::tag(user.version),
    });
    let mut body = frame(&USER, id, &document, meta);
    body.extend(document.into_map());
    body
}

/// The roles of a person, each once: on the platform, and in the teams that SCIM sees them in.
fn roles_of(user: &User, groups: &[GroupOfUser]) -> Value {
    let held: BTreeSet<TeamRole> = groups.iter().filter(|group| group.in_force).map(|group| group.role).collect();
    let roles = [user.platform_role.describe()].into_iter().chain(held.into_iter().map(TeamRole::describe));
    roles.map(|role| json!({ "value": role.id, "display": role.name, "type": role.about })).collect()
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

/// A group as an answer; its members were written to bytes chunk by chunk and are never a tree of values.
#[derive(Serialize)]
pub struct GroupBody {
    #[serde(flatten)]
    body: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Box<RawValue>>,
}

/// A group and its version, ready to be shown.
pub struct ShownGroup {
    /// The answer.
    pub body: GroupBody,
    /// The version.
    pub revision: Revision,
}

/// Groups as answers, with their members where those are wanted.
///
/// # Errors
/// What the engine reports.
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
    for team in found {
        let first = Revision { number: 1, changed_at: team.created_at };
        let revision = revisions.get(&team.id).copied().unwrap_or(first);
        let mut body = group_body(public_url, team, revision);
        projection.apply(&GROUP, &mut body);
        let members = match &parts {
            Some(parts) => Some(members(link, public_url, team.id, parts).await?),
            None => None,
        };
        shown.push(ShownGroup { body: GroupBody { body, members }, revision });
    }
    Ok(shown)
}

fn group_body(public_url: &str, team: &Team, revision: Revision) -> Map<String, Value> {
    let document = Group::document_of(team);
    let meta = json!({
        "resourceType": GROUP.name,
        "created": team.created_at.rfc3339(),
        "lastModified": revision.changed_at.rfc3339(),
        "location": group_location(public_url, team.id),
        "version": etag::tag(revision.number),
    });
    let mut body = frame(&GROUP, team.id, &document, meta);
    body.extend(document.into_map());
    body
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

/// A team's members as JSON text, read chunk by chunk.
async fn members(link: &mut impl Link, public_url: &str, team: Id, parts: &MemberParts) -> Result<Box<RawValue>> {
    let mut list = memberships::page(link, team, None, CHUNK + 1).await?;
    let is_large = list.len() > MAX_SHOWN_MEMBERS;
    let mut text = String::from("[");
    while let Some(last) = list.last().map(|member| member.user_id) {
        for member in &list {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(
                &serde_json::to_string(&shown(public_url, member, parts, is_large)).map_err(Error::internal)?,
            );
        }
        if !is_large {
            break;
        }
        list = memberships::page(link, team, Some(last), CHUNK).await?;
    }
    text.push(']');
    RawValue::from_string(text).map_err(Error::internal)
}

fn shown<'m>(public_url: &str, member: &'m Member, parts: &MemberParts, is_large: bool) -> ShownMember<'m> {
    ShownMember {
        value: parts.value.then(|| member.scim_id.to_string()),
        address: (parts.address && !is_large).then(|| user_location(public_url, member.scim_id)),
        display: member.name.as_deref().filter(|_| parts.display && !is_large),
        kind: (parts.kind && !is_large).then_some(USER.name),
    }
}
