//! PATCH paths (RFC 7644 §3.5.2): what an operation is aimed at.

use super::error::ScimError;
use super::filter::{Filter, MAX_FILTER_BYTES, Parser};
use super::schema::{Attribute, Kind, Place, ResourceType, Schema};
use super::text::excerpt_of;

/// What a path points at.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A whole schema: the bare URN of an extension or of the core.
    Schema(&'static Schema),
    /// An attribute of the registry, perhaps one sub-attribute, perhaps of some elements only.
    Attribute {
        /// The attribute; its `sub` is the one after the dot or the bracket.
        place: Place,
        /// Which elements of the list are meant.
        filter: Option<Filter>,
    },
    /// Something the registry does not know, kept as it was sent.
    Unknown {
        /// The URN in front, up to the last colon; a URN of ours in its canonical spelling, none for the core.
        urn: Option<String>,
        /// The attribute, or the whole text when what follows its last colon is no attribute name.
        name: String,
        /// What follows the dot.
        sub: Option<String>,
    },
}

/// Reads a path on resources of this type.
///
/// # Errors
/// `invalidPath`, and for what stands between brackets `invalidFilter` (RFC 7644 table 9), with the position.
pub fn parse(text: &str, resource: &'static ResourceType) -> Result<Target, ScimError> {
    if text.len() > MAX_FILTER_BYTES {
        let detail = format!("the path has {} bytes; at most {MAX_FILTER_BYTES} are read", text.len());
        return Err(ScimError::path(detail));
    }
    match text.find('[') {
        Some(bracket) => filtered(text, bracket, resource),
        None => plain(text.trim_ascii_end(), resource),
    }
}

/// `attr[filter]` or `attr[filter].sub`.
fn filtered(text: &str, bracket: usize, resource: &'static ResourceType) -> Result<Target, ScimError> {
    let name = text[..bracket].trim_ascii_end();
    let Target::Attribute { place, .. } = plain(name, resource)? else {
        return Err(refusal(text, 0, &format!("“{}” is not known, so it takes no brackets", excerpt_of(name, text))));
    };
    if !(place.leaf().multi && place.leaf().kind == Kind::Complex) {
        return Err(refusal(
            text,
            bracket,
            &format!("“{}” is no list of objects, so it takes no brackets", place.name()),
        ));
    }
    let (filter, rest) = Parser::at_bracket(text, bracket, resource)?.bracket_and_rest(place)?;
    let sub = rest.map(|(at, rest)| sub_behind(text, at, rest, place.attribute)).transpose()?;
    Ok(Target::Attribute { place: Place { sub, ..place }, filter: Some(filter) })
}

/// The sub-attribute that `.name` means behind a bracket.
fn sub_behind(text: &str, at: usize, rest: &str, list: &'static Attribute) -> Result<&'static Attribute, ScimError> {
    let sub = rest.strip_prefix('.').and_then(|name| list.sub(name));
    sub.ok_or_else(|| refusal(text, at, &format!("“{}” is no part of “{}”", excerpt_of(rest, text), list.name)))
}

/// A path without brackets.
fn plain(text: &str, resource: &'static ResourceType) -> Result<Target, ScimError> {
    let trimmed = text.trim_ascii_start();
    let (schema, name) = resource.split_urn(trimmed);
    if let Some(schema) = schema
        && name.is_empty()
    {
        return Ok(Target::Schema(schema));
    }
    match resource.find(schema.map(|schema| schema.urn), name) {
        Some(place) => Ok(Target::Attribute { place, filter: None }),
        None => unknown(text, schema, name, resource),
    }
}

/// A name the registry does not have: of one of our schemas, of a foreign URN, or bare. It ends the text.
fn unknown(
    text: &str,
    schema: Option<&'static Schema>,
    name: &str,
    resource: &'static ResourceType,
) -> Result<Target, ScimError> {
    let (urn, name) = match schema {
        Some(schema) => (Some(schema.urn), name),
        None => foreign(name),
    };
    let at = text.len() - name.len();
    if is_urn(name) {
        return whole(text, at, name);
    }
    let (head, sub) = name.split_once('.').map_or((name, None), |(head, sub)| (head, Some(sub)));
    for (at, part) in [(at, Some(head)), (at + head.len() + 1, sub)] {
        if let Some(part) = part.filter(|part| !is_name(part)) {
            return Err(refusal(text, at, &format!("“{}” is no attribute name", excerpt_of(part, text))));
        }
    }
    let schema = urn.map(|urn| format!("{urn}:{head}")).and_then(|urn| resource.schema_of(&urn));
    if let Some(schema) = schema.filter(|_| sub.is_some()) {
        return Err(refusal(text, at + head.len(), &format!("an attribute of “{}” follows a colon", schema.urn)));
    }
    let known = resource.find(urn, head).map(|place| place.attribute);
    if known.is_some_and(|attribute| attribute.multi || attribute.kind != Kind::Complex) {
        return Err(refusal(text, at, &format!("“{}” has no such part", excerpt_of(head, text))));
    }
    Ok(Target::Unknown {
        urn: urn.filter(|urn| *urn != resource.schema.urn).map(str::to_owned),
        name: known.map_or(head, |attribute| attribute.name).to_owned(),
        sub: sub.map(str::to_owned),
    })
}

/// Splits a foreign URN from the name behind its last colon, if that is one.
fn foreign(text: &str) -> (Option<&str>, &str) {
    match text.rsplit_once(':') {
        Some((urn, name)) if is_clean_urn(urn) && name.split('.').all(is_name) => (Some(urn), name),
        _ => (None, text),
    }
}

/// A URN that ends in no attribute name, such as `urn:okta:custom:group:1.0`, names a whole foreign extension.
fn whole(text: &str, at: usize, urn: &str) -> Result<Target, ScimError> {
    if !is_clean_urn(urn) {
        return Err(refusal(text, at, &format!("“{}” is no URN", excerpt_of(urn, text))));
    }
    Ok(Target::Unknown { urn: None, name: urn.to_owned(), sub: None })
}

fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"))
}

/// A URN that may become a key of a document.
fn is_clean_urn(text: &str) -> bool {
    let clean = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'(' | b')' | b']');
    is_urn(text) && text.bytes().all(clean) && text.split(':').all(|part| !part.is_empty())
}

/// `ATTRNAME` of RFC 7644 §3.4.2.2, and `$ref`.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
        && text.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn refusal(text: &str, at: usize, what: &str) -> ScimError {
    ScimError::path(format!("{what} (position {})", text[..at].chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scim::error::ScimType;
    use crate::scim::schema::{DROPPED, ENTERPRISE_URN, GROUP, USER, USER_URN};

    fn aimed(text: &str) -> String {
        match parse(text, &USER).unwrap_or_else(|error| panic!("{text}: {error}")) {
            Target::Schema(schema) => format!("schema {}", schema.urn),
            Target::Attribute { place, filter: None } => place.name(),
            Target::Attribute { place, filter: Some(_) } => format!("{} of some", place.name()),
            Target::Unknown { urn, name, sub } => {
                format!("unknown {}|{name}|{}", urn.unwrap_or_default(), sub.unwrap_or_default())
            }
        }
    }

    fn refused(text: &str) -> (ScimType, String) {
        let error = parse(text, &USER).expect_err(&text.chars().take(80).collect::<String>());
        assert!(error.detail.chars().count() < 300, "{error}");
        (error.kind, error.detail.into_owned())
    }

    #[test]
    fn every_form_of_path_is_read_in_any_letter_case() {
        for (text, target) in [
            ("userName", "userName"),
            ("NAME.givenname", "name.givenName"),
            (" active ", "active"),
            ("emails", "emails"),
            ("emails.value", "emails.value"),
            (r#"Emails[Type eq "work"]"#, "emails of some"),
            (r#"emails[type eq "work"].VALUE"#, "emails.value of some"),
            (r#"addresses[type eq "work" and primary eq "True"].streetAddress"#, "addresses.streetAddress of some"),
            (r#"photos[value eq "https://x.example/a[1].png"]"#, "photos of some"),
            (r#"roles[primary eq "True"].value"#, "roles.value of some"),
            ("meta.version", "meta.version"),
            ("id", "id"),
        ] {
            assert_eq!(aimed(text), target, "{text}");
        }
    }

    #[test]
    fn our_urns_may_stand_in_front_or_alone() {
        assert_eq!(aimed(&format!("{USER_URN}:name.familyName")), "name.familyName");
        assert_eq!(aimed(&format!("{USER_URN}:emails[type eq \"work\"].value")), "emails.value of some");
        assert_eq!(aimed(&ENTERPRISE_URN.to_lowercase()), format!("schema {ENTERPRISE_URN}"));
        assert_eq!(aimed(USER_URN), format!("schema {USER_URN}"));
        assert_eq!(aimed(&format!("{ENTERPRISE_URN}:Manager")), format!("{ENTERPRISE_URN}:manager"));
        assert_eq!(aimed(&format!("{ENTERPRISE_URN}:manager.value")), format!("{ENTERPRISE_URN}:manager.value"));
    }

    #[test]
    fn members_are_selected_with_their_letter_case() {
        let text = r#"members[value eq "U1-aB" or value eq "u2"]"#;
        let Ok(Target::Attribute { place, filter: Some(Filter::Or(terms)) }) = parse(text, &GROUP) else {
            panic!("two members");
        };
        assert_eq!((place.name().as_str(), terms.len()), ("members", 2));
        let Filter::Compare(first) = &terms[0] else { panic!("a comparison") };
        assert_eq!(first.value, crate::scim::filter::Literal::Text("U1-aB".to_owned()));
    }

    #[test]
    fn what_the_registry_does_not_know_is_kept_as_sent() {
        for (text, target) in [
            ("Favourite_Colour", "unknown |Favourite_Colour|"),
            ("favourite.colour", "unknown |favourite|colour"),
            ("NAME.nick", "unknown |name|nick"),
            ("urn:okta:custom:group:1.0:description", "unknown urn:okta:custom:group:1.0|description|"),
            ("urn:x:customapp:2.0:User:costcode.a", "unknown urn:x:customapp:2.0:User|costcode|a"),
            ("urn:okta:custom:group:1.0", "unknown |urn:okta:custom:group:1.0|"),
            (DROPPED[0], "unknown |password|"),
        ] {
            assert_eq!(aimed(text), target, "{text}");
        }
        assert_eq!(aimed(&format!("{USER_URN}:shoeSize")), "unknown |shoeSize|");
        assert_eq!(
            aimed(&format!("{}:shoeSize", ENTERPRISE_URN.to_uppercase())),
            format!("unknown {ENTERPRISE_URN}|shoeSize|")
        );
    }

    #[test]
    fn a_bad_path_is_refused_with_its_position() {
        for (text, part) in [
            ("", "“” is no attribute name (position 1)"),
            ("  ", "position 1"),
            ("user name", "“user name” is no attribute name"),
            ("userName.value", "“userName” has no such part"),
            ("emails.size", "has no such part"),
            ("name.a.b", "“a.b” is no attribute name (position 6)"),
            ("name.", "“” is no attribute name (position 6)"),
            ("1st", "no attribute name"),
            ("\"userName\"", "no attribute name"),
            ("colours[value eq \"red\"]", "“colours” is not known, so it takes no brackets"),
            ("userName[value pr]", "no list of objects"),
            ("name[givenName pr]", "no list of objects"),
            ("emails.value[type pr]", "no list of objects"),
            ("emails[type pr].size", "“.size” is no part of “emails” (position 16)"),
            ("emails[type pr]value", "“value” is no part"),
            ("urn:x y:z:1.0", "is no URN"),
            ("emails]", "no attribute name"),
        ] {
            let (kind, detail) = refused(text);
            assert_eq!(kind, ScimType::InvalidPath, "{text}: {detail}");
            assert!(detail.contains(part), "{text}: {detail}");
        }
    }

    #[test]
    fn a_bad_filter_between_the_brackets_is_an_invalid_filter() {
        for text in [
            "emails[",
            "emails[]",
            "emails[type eq work]",
            "emails[size pr]",
            "emails[type pr].value pr",
            "emails[type pr]]",
        ] {
            assert_eq!(refused(text).0, ScimType::InvalidFilter, "{text}");
        }
    }

    #[test]
    fn hostile_paths_are_refused() {
        for times in [33, 1_000, 10_000, 1_000_000] {
            for piece in ["emails[", "emails[(", "a.", "urn:", "[", "]"] {
                refused(&piece.repeat(times));
            }
        }
        let (_, detail) = refused(&"x y".repeat(1_000));
        assert!(!detail.contains(&"x y".repeat(34)));
    }

    proptest! {
        #[test]
        fn no_path_makes_the_parser_panic(text in any::<String>(), tokens in prop::collection::vec(prop::sample::select(vec![
            "emails", "name", ".", "[", "]", "type", " eq ", "\"x\"", "urn:", ":", "é", "value", "2.0", "(", "\0", " ",
            "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ]), 0..20)) {
            let _ = parse(&text, &USER);
            let _ = parse(&tokens.concat(), &USER);
        }
    }
}
