//! What the server says about itself (RFC 7644 §4), made from the registry and from the limits that are enforced.

use serde_json::{Map, Value, json};

use super::bulk;
use super::cursor::LIFETIME_SECONDS;
use super::list::{DEFAULT_PAGE, ListResponse, MAX_PAGE};
use super::schema::{
    Attribute, COMMON, CONFIG_URN, DISCOVERED, Kind, Mutability, RESOURCE_TYPE_URN, RESOURCE_TYPES, ResourceType,
    Returned, SCHEMA_URN, Schema, Uniqueness,
};

/// What the server can do (RFC 7643 §5, RFC 9865 §4). `base` is the address of the SCIM root, here and below.
#[must_use]
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": [CONFIG_URN],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": bulk::MAX_OPERATIONS, "maxPayloadSize": bulk::MAX_PAYLOAD },
        "filter": { "supported": true, "maxResults": MAX_PAGE },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE,
            "maxPageSize": MAX_PAGE,
            "cursorTimeout": LIFETIME_SECONDS,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A token this server issued, in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(base, "ServiceProviderConfig", "/ServiceProviderConfig"),
    })
}

/// The kinds of resources there are, as a list.
#[must_use]
pub fn resource_types(base: &str) -> Value {
    whole_list(DISCOVERED.iter().map(|resource| describe_type(base, resource)).collect())
}

/// One kind of resource by its name, in any letter case.
#[must_use]
pub fn resource_type(base: &str, name: &str) -> Option<Value> {
    let resource = DISCOVERED.iter().find(|resource| resource.name.eq_ignore_ascii_case(name))?;
    Some(describe_type(base, resource))
}

/// Every schema, as a list.
#[must_use]
pub fn schemas(base: &str) -> Value {
    whole_list(every_schema().map(|schema| describe_schema(base, schema)).collect())
}

/// One schema by its URN, in any letter case.
#[must_use]
pub fn schema(base: &str, urn: &str) -> Option<Value> {
    let schema = every_schema().find(|schema| schema.urn.eq_ignore_ascii_case(urn))?;
    Some(describe_schema(base, schema))
}

fn every_schema() -> impl Iterator<Item = &'static Schema> {
    DISCOVERED.iter().flat_map(|resource| resource.schemas())
}

/// A list that is always one page.
fn whole_list(resources: Vec<Value>) -> Value {
    json!(ListResponse::new(resources.len() as u64, 1, resources))
}

fn meta(base: &str, kind: &str, path: &str) -> Value {
    json!({ "resourceType": kind, "location": format!("{}{path}", base.trim_end_matches('/')) })
}

/// RFC 7643 §6.
fn describe_type(base: &str, resource: &ResourceType) -> Value {
    let extensions = resource.extensions.iter().map(|schema| json!({ "schema": schema.urn, "required": false }));
    json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource.name,
        "name": resource.name,
        "endpoint": resource.endpoint,
        "description": resource.description,
        "schema": resource.schema.urn,
        "schemaExtensions": extensions.collect::<Vec<_>>(),
        "meta": meta(base, "ResourceType", &format!("/ResourceTypes/{}", resource.name)),
    })
}

/// RFC 7643 §7.
fn describe_schema(base: &str, schema: &Schema) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": common(schema).chain(schema.attributes).map(describe_attribute).collect::<Vec<_>>(),
        "meta": meta(base, "Schema", &format!("/Schemas/{}", schema.urn)),
    })
}

/// What every resource has and a client may map: a schema may list it (RFC 7643 §3.1), and Entra's validator looks for it.
fn common(schema: &Schema) -> impl Iterator<Item = &'static Attribute> {
    let is_kept = RESOURCE_TYPES.iter().any(|resource| resource.schema.urn == schema.urn);
    COMMON.iter().filter(move |attribute| is_kept && attribute.mutability == Mutability::ReadWrite)
}

/// RFC 7643 §7; what does not apply is left out, because Entra stumbles over null.
fn describe_attribute(attribute: &Attribute) -> Value {
    let mut row = Map::new();
    let mut say = |name: &str, value: Value| row.insert(name.to_owned(), value);
    say("name", attribute.name.into());
    say("type", kind(attribute.kind).into());
    say("multiValued", attribute.multi.into());
    say("description", attribute.description.into());
    say("required", attribute.required.into());
    if !attribute.canonical.is_empty() {
        say("canonicalValues", attribute.canonical.into());
    }
    say("caseExact", attribute.case_exact.into());
    say("mutability", mutability(attribute.mutability).into());
    say("returned", returned(attribute.returned).into());
    say("uniqueness", uniqueness(attribute.uniqueness).into());
    if !attribute.references.is_empty() {
        say("referenceTypes", attribute.references.into());
    }
    if !attribute.subs.is_empty() {
        say("subAttributes", attribute.subs.iter().map(describe_attribute).collect());
    }
    Value::Object(row)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::DateTime => "dateTime",
        Kind::Reference => "reference",
        Kind::Binary => "binary",
        Kind::Complex => "complex",
    }
}

fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

fn returned(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}

fn uniqueness(uniqueness: Uniqueness) -> &'static str {
    match uniqueness {
        Uniqueness::None => "none",
        Uniqueness::Server => "server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{ENTERPRISE_URN, USER_URN};

    const BASE: &str = "https://rollcall.example.com/scim/v2/";

    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(elements) => elements.iter().any(has_null),
            Value::Object(members) => members.values().any(has_null),
            _ => false,
        }
    }

    #[test]
    fn no_answer_has_a_null_in_it() {
        for answer in [service_provider_config(BASE), resource_types(BASE), schemas(BASE)] {
            assert!(!has_null(&answer), "{answer}");
        }
    }

    #[test]
    fn the_configuration_says_what_there_is() {
        let config = service_provider_config(BASE);
        let supported = |name: &str| config[name]["supported"].as_bool();
        assert_eq!(["patch", "bulk", "filter", "sort", "etag"].map(supported), [Some(true); 5]);
        assert_eq!(supported("changePassword"), Some(false));
        assert_eq!(config["bulk"]["maxOperations"], bulk::MAX_OPERATIONS);
        assert_eq!(config["pagination"]["maxPageSize"], config["filter"]["maxResults"]);
        assert_eq!(config["filter"]["maxResults"], MAX_PAGE);
        assert_eq!(config["meta"]["location"], "https://rollcall.example.com/scim/v2/ServiceProviderConfig");
    }

    #[test]
    fn every_listed_entry_answers_at_its_own_location() {
        let types = resource_types(BASE);
        for entry in types["Resources"].as_array().expect("a list") {
            assert_eq!(resource_type(BASE, entry["id"].as_str().expect("an id")).as_ref(), Some(entry));
        }
        let all = schemas(BASE);
        assert_eq!(all["totalResults"], 4);
        for entry in all["Resources"].as_array().expect("a list") {
            let id = entry["id"].as_str().expect("an id");
            assert_eq!(schema(BASE, &id.to_uppercase()).as_ref(), Some(entry));
            assert!(entry["meta"]["location"].as_str().expect("a location").ends_with(id));
        }
        assert_eq!((resource_type(BASE, "Device"), schema(BASE, "urn:x")), (None, None));
    }

    #[test]
    fn people_may_have_the_enterprise_extension() {
        let user = resource_type(BASE, "user").expect("users");
        assert_eq!((&user["schema"], &user["endpoint"]), (&json!(USER_URN), &json!("/Users")));
        assert_eq!(user["schemaExtensions"], json!([{ "schema": ENTERPRISE_URN, "required": false }]));
    }

    #[test]
    fn passwords_are_not_spoken_of() {
        assert!(!schemas(BASE).to_string().contains("\"password\""));
    }

    #[test]
    fn a_schema_describes_its_attributes_in_the_words_of_the_rfc() {
        let user = schema(BASE, USER_URN).expect("users");
        assert_eq!(user["attributes"][0]["name"], "externalId");
        let name = &user["attributes"][1];
        assert_eq!(name["name"], "userName");
        assert_eq!((&name["required"], &name["uniqueness"]), (&json!(true), &json!("server")));
        assert_eq!((&name["type"], &name["mutability"]), (&json!("string"), &json!("readWrite")));
    }
}
