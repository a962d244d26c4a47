//! The rows of the registry: one line an attribute, in the order answers show them.

use scim_v2::schema_urns;

use super::{Attribute, Kind, Mutability, ResourceType, Returned, Schema, Uniqueness};

/// The core User schema.
pub const USER_URN: &str = schema_urns::USER;
/// The core Group schema.
pub const GROUP_URN: &str = schema_urns::GROUP;
/// The enterprise extension of User.
pub const ENTERPRISE_URN: &str = schema_urns::ENTERPRISE_USER;
/// Okta's schema of a role (Identity Governance).
pub const ROLE_URN: &str = "urn:okta:scim:schemas:core:1.0:Role";
/// The schema of `/Schemas` entries.
pub const SCHEMA_URN: &str = schema_urns::SCHEMA;
/// The schema of `/ResourceTypes` entries.
pub const RESOURCE_TYPE_URN: &str = schema_urns::RESOURCE_TYPE;
/// The schema of `/ServiceProviderConfig`.
pub const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// A page of results.
pub const LIST_URN: &str = schema_urns::LIST_RESPONSE;
/// An error body.
pub const ERROR_URN: &str = schema_urns::ERROR;
/// A PATCH body.
pub const PATCH_URN: &str = schema_urns::PATCH_OP;
/// A `.search` body.
pub const SEARCH_URN: &str = schema_urns::SEARCH_REQUEST;
/// A Bulk body.
pub const BULK_REQUEST_URN: &str = schema_urns::BULK_REQUEST;
/// The answer to a Bulk body.
pub const BULK_RESPONSE_URN: &str = schema_urns::BULK_RESPONSE;

/// Attributes that clients send and that are taken without being kept: passwords are no business of this server.
pub const DROPPED: &[&str] = &["password", "userPassword", "passwordHash"];

/// People.
pub static USER: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    description: "A person who can sign in and be on call.",
    schema: &CORE_USER,
    extensions: &[&ENTERPRISE_USER],
};

/// Teams.
pub static GROUP: ResourceType = ResourceType {
    name: "Group",
    endpoint: "/Groups",
    description: "A team of people.",
    schema: &CORE_GROUP,
    extensions: &[],
};

/// Roles: a closed list, which Okta's Identity Governance reads to say what may be held.
pub static ROLE: ResourceType = ResourceType {
    name: "Role",
    endpoint: "/Roles",
    description: "A role that a person may hold; given by the platform, never over SCIM.",
    schema: &OKTA_ROLE,
    extensions: &[],
};

/// Every kind of resource that discovery tells of.
pub static DISCOVERED: [&ResourceType; 3] = [&USER, &GROUP, &ROLE];

/// Every kind of resource that is kept.
pub static RESOURCE_TYPES: [&ResourceType; 2] = [&USER, &GROUP];

/// What every resource has, whatever its schema (RFC 7643 §3.1).
pub static COMMON: &[Attribute] = &[
    text("schemas", "The URNs of the schemas this resource uses.").many().exact().read_only().always().unfilterable(),
    text("id", "The id this server gave the resource; it never changes.").exact().read_only().always().unique(),
    text("externalId", "The id the client knows the resource by.").exact().unique(),
    complex("meta", "What the server knows about the resource itself.", META).read_only(),
];

const META: &[Attribute] = &[
    text("resourceType", "The kind of resource.").exact().read_only(),
    time("created", "When the resource was made.").read_only(),
    time("lastModified", "When the resource last changed.").read_only(),
    link("location", "The address of the resource.", &["uri"]).read_only().unfilterable(),
    text("version", "The entity tag of this state of the resource.").exact().read_only().unfilterable(),
];

static CORE_USER: Schema = Schema {
    urn: USER_URN,
    name: "User",
    description: "A person's account.",
    attributes: &[
        text("userName", "The name the person signs in with, unique whatever its letter case.").required().unique(),
        complex("name", "The parts of the person's name.", NAME),
        text("displayName", "The name shown to others."),
        text("nickName", "What colleagues call the person."),
        link("profileUrl", "The address of the person's profile page.", &["external"]),
        text("title", "The person's job title."),
        text("userType", "The person's relation to the organisation, such as Employee or Contractor."),
        text("preferredLanguage", "The languages the person prefers, as in an Accept-Language header."),
        text("locale", "The person's locale for dates, numbers and currency, such as en-GB."),
        text("timezone", "The person's time zone, by its IANA name."),
        flag("active", "Whether the person may use the service."),
        list("emails", "The person's e-mail addresses.", &EMAILS),
        list("phoneNumbers", "The person's phone numbers.", &PHONES),
        list("ims", "The person's instant messaging addresses.", &IMS),
        list("photos", "Addresses of pictures of the person.", &PHOTOS).unfilterable(),
        list("addresses", "The person's postal addresses.", ADDRESSES),
        list("groups", "The teams the person is a member of; changed through the teams.", MEMBERSHIPS).read_only(),
        list("entitlements", "Things the person is entitled to.", &ENTITLEMENTS),
        list("roles", "The roles the person holds, as the service computes them.", &ROLES).read_only().unfilterable(),
        list("x509Certificates", "The person's X.509 certificates.", &CERTIFICATES).unfilterable(),
    ],
};

const NAME: &[Attribute] = &[
    text("formatted", "The whole name, ready to be shown."),
    text("familyName", "The family name."),
    text("givenName", "The given name."),
    text("middleName", "The middle names."),
    text("honorificPrefix", "The title before the name, such as Dr."),
    text("honorificSuffix", "The suffix after the name, such as III."),
];

const EMAILS: [Attribute; 4] = plural(text("value", "The e-mail address."), &["work", "home", "other"]);
const PHONES: [Attribute; 4] =
    plural(text("value", "The phone number."), &["work", "home", "mobile", "fax", "pager", "other"]);
const IMS: [Attribute; 4] =
    plural(text("value", "The address."), &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]);
const PHOTOS: [Attribute; 4] =
    plural(link("value", "The address of the picture.", &["external"]).unfilterable(), &["photo", "thumbnail"]);
const ENTITLEMENTS: [Attribute; 4] = plural(text("value", "The entitlement."), &[]);
const CERTIFICATES: [Attribute; 4] = plural(binary("value", "The certificate, DER in base64.").unfilterable(), &[]);
const ROLES: [Attribute; 4] = [
    text("value", "The role.").read_only().unfilterable(),
    text("display", "The role's name, for people.").read_only().unfilterable(),
    text("type", "What the role is about.").read_only().unfilterable(),
    flag("primary", "Whether it is the main one.").read_only().unfilterable(),
];

const ADDRESSES: &[Attribute] = &[
    text("formatted", "The whole address, ready to be printed."),
    text("streetAddress", "The street, the house number and what belongs to them."),
    text("locality", "The city or town."),
    text("region", "The state or region."),
    text("postalCode", "The postal code."),
    text("country", "The country, by its two-letter ISO 3166-1 code."),
    text("type", "What the address is for.").suggest(&["work", "home", "other"]),
    flag("primary", "Whether it is the preferred one; at most one is."),
];

const MEMBERSHIPS: &[Attribute] = &[
    text("value", "The id of the team.").exact().read_only(),
    link("$ref", "The address of the team.", &["Group"]).read_only(),
    text("display", "The name of the team.").read_only(),
    text("type", "Whether the person is a member themselves.").suggest(&["direct", "indirect"]).read_only(),
];

static ENTERPRISE_USER: Schema = Schema {
    urn: ENTERPRISE_URN,
    name: "EnterpriseUser",
    description: "A person's place in an organisation.",
    attributes: &[
        text("employeeNumber", "The number or code the organisation knows the person by."),
        text("costCenter", "The name of the cost centre."),
        text("organization", "The name of the organisation."),
        text("division", "The name of the division."),
        text("department", "The name of the department."),
        complex("manager", "The person's manager.", MANAGER),
    ],
};

const MANAGER: &[Attribute] = &[
    text("value", "The id of the manager."),
    link("$ref", "The address of the manager.", &["User"]),
    text("displayName", "The name of the manager."),
];

static CORE_GROUP: Schema = Schema {
    urn: GROUP_URN,
    name: "Group",
    description: "A team and its members.",
    attributes: &[
        text("displayName", "The name of the team, unique whatever its letter case.").required().unique(),
        list("members", "The people in the team.", MEMBERS),
    ],
};

const MEMBERS: &[Attribute] = &[
    text("value", "The id of the member.").exact().immutable(),
    link("$ref", "The address of the member.", &["User"]).immutable(),
    text("display", "The name of the member.").read_only(),
    text("type", "The kind of member.").suggest(&["User"]).immutable(),
];

static OKTA_ROLE: Schema = Schema {
    urn: ROLE_URN,
    name: "Role",
    description: "A role.",
    attributes: &[
        text("displayName", "The name of the role.").read_only(),
        text("description", "What the role allows.").read_only(),
    ],
};

/// The sub-attributes of a usual list (RFC 7643 §2.4): its value, a label, a type and a preferred one.
const fn plural(value: Attribute, types: &'static [&'static str]) -> [Attribute; 4] {
    [
        value,
        text("display", "A label for people."),
        text("type", "What it is for.").suggest(types),
        flag("primary", "Whether it is the preferred one; at most one is."),
    ]
}

/// An optional single value that the client may write: what every row starts from.
const fn row(name: &'static str, description: &'static str, kind: Kind) -> Attribute {
    Attribute {
        name,
        description,
        kind,
        multi: false,
        required: false,
        case_exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        canonical: &[],
        references: &[],
        subs: &[],
        filterable: true,
    }
}

const fn text(name: &'static str, description: &'static str) -> Attribute {
    row(name, description, Kind::String)
}

const fn flag(name: &'static str, description: &'static str) -> Attribute {
    row(name, description, Kind::Boolean)
}

const fn time(name: &'static str, description: &'static str) -> Attribute {
    row(name, description, Kind::DateTime)
}

const fn binary(name: &'static str, description: &'static str) -> Attribute {
    row(name, description, Kind::Binary).exact()
}

/// References are case-exact (RFC 7643 §2.3.7).
const fn link(name: &'static str, description: &'static str, references: &'static [&'static str]) -> Attribute {
    Attribute { references, ..row(name, description, Kind::Reference).exact() }
}

const fn complex(name: &'static str, description: &'static str, subs: &'static [Attribute]) -> Attribute {
    Attribute { subs, ..row(name, description, Kind::Complex) }
}

const fn list(name: &'static str, description: &'static str, subs: &'static [Attribute]) -> Attribute {
    complex(name, description, subs).many()
}

impl Attribute {
    const fn many(self) -> Self {
        Self { multi: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    const fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    const fn suggest(self, canonical: &'static [&'static str]) -> Self {
        Self { canonical, ..self }
    }

    const fn unfilterable(self) -> Self {
        Self { filterable: false, ..self }
    }
}
