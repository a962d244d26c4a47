//! Filters as clients send them, and as attackers do.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::scim::error::ScimType;
use crate::scim::schema::{GROUP, RESOURCE_TYPES, USER};

mod oracle;

/// The tree in a short notation: `(and (userName eq bob) (not (title pr)))`.
fn shape(filter: &Filter) -> String {
    let list = |word: &str, terms: &[Filter]| {
        let terms: Vec<_> = terms.iter().map(shape).collect();
        format!("({word} {})", terms.join(" "))
    };
    match filter {
        Filter::And(terms) => list("and", terms),
        Filter::Or(terms) => list("or", terms),
        Filter::Not(inner) => format!("(not {})", shape(inner)),
        Filter::Never => "never".to_owned(),
        Filter::Element { place, filter } => format!("({}[] {})", place.name(), shape(filter)),
        Filter::Compare(comparison) => {
            let value = match &comparison.value {
                Literal::None => String::new(),
                Literal::Text(text) => format!(" {text}"),
                Literal::Bool(flag) => format!(" {flag}"),
                Literal::Integer(number) => format!(" {number}"),
                Literal::Time(time) => format!(" {}", time.to_rfc3339()),
            };
            format!("({} {}{value})", comparison.place.name(), format!("{:?}", comparison.op).to_lowercase())
        }
    }
}

fn user(text: &str) -> String {
    shape(&parse(text, &USER).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn refused(text: &str) -> String {
    let error = parse(text, &USER).expect_err(&text.chars().take(80).collect::<String>());
    assert_eq!(error.kind, ScimType::InvalidFilter);
    assert!(error.detail.chars().count() < 300, "{error}");
    error.detail.into_owned()
}

fn person() -> Map<String, Value> {
    let document = json!({
        "userName": "Bjensen@Example.com",
        "externalId": "00uAbC",
        "name": { "familyName": "Jensen", "givenName": "Bärbel", "middleName": "" },
        "active": true,
        "title": "",
        "emails": [
            { "value": "Bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@home.example", "type": "home" },
            { "value": "third@example.org" },
            { "value": "" },
        ],
        "groups": [],
        "meta": { "lastModified": "2026-01-31T09:30:00.123456Z" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Operations",
            "manager": { "value": "26118915" }
        }
    });
    document.as_object().expect("the literal above is an object").clone()
}

fn found(text: &str) -> bool {
    matches(&parse(text, &USER).unwrap_or_else(|error| panic!("{text}: {error}")), &person())
}

#[test]
fn every_operator_is_read_in_any_letter_case() {
    for op in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
        let expected = format!("(userName {op} bob)");
        assert_eq!(user(&format!("userName {op} \"Bob\"")), expected);
        assert_eq!(user(&format!("USERNAME {} \"BOB\"", op.to_uppercase())), expected);
    }
    assert_eq!(user("title PR"), "(title pr)");
}

#[test]
fn not_binds_tighter_than_and_and_tighter_than_or() {
    let text = "title pr or not (nickName pr) and locale pr AND active eq true Or timezone pr";
    let tree = "(or (title pr) (and (not (nickName pr)) (locale pr) (active eq true)) (timezone pr))";
    assert_eq!(user(text), tree);
    assert_eq!(user("(title pr or nickName pr) and locale pr"), "(and (or (title pr) (nickName pr)) (locale pr))");
    assert_eq!(user("not(title pr or nickName pr)"), "(not (or (title pr) (nickName pr)))");
}

#[test]
fn nested_chains_are_flat() {
    assert_eq!(
        user("title pr and (nickName pr and (locale pr))and(timezone pr)"),
        "(and (title pr) (nickName pr) (locale pr) (timezone pr))"
    );
    assert_eq!(user("(title pr or (nickName pr or locale pr))"), "(or (title pr) (nickName pr) (locale pr))");
}

#[test]
fn the_lookups_of_okta_and_entra_are_read() {
    assert_eq!(user(r#"userName eq "Ann@Example.com""#), "(userName eq ann@example.com)");
    assert_eq!(user(r#"externalId eq "00uAbC""#), "(externalId eq 00uAbC)");
    let by_name = parse(r#"displayName eq "On-Call""#, &GROUP).expect("what Okta asks before it pushes a group");
    assert_eq!(shape(&by_name), "(displayName eq on-call)");
    let members = parse(r#"id eq "G1" and members eq "U1""#, &GROUP).expect("how Entra asks for one membership");
    assert_eq!(shape(&members), "(and (id eq G1) (members.value eq U1))");
    assert_eq!(
        user(r#"emails[type eq "work"].value eq "A@b.c""#),
        "(emails[] (and (emails.type eq work) (emails.value eq a@b.c)))"
    );
    assert_eq!(
        user(r#"active eq True and (meta.lastModified ge "2026-01-31T11:30:00+02:00")"#),
        "(and (active eq true) (meta.lastModified ge 2026-01-31T09:30:00+00:00))"
    );
}

#[test]
fn a_urn_may_stand_in_front_of_a_name_in_any_letter_case() {
    assert_eq!(user(r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName sw "b""#), "(name.givenName sw b)");
    assert_eq!(user(r#"URN:IETF:params:scim:schemas:CORE:2.0:user:USERNAME eq "b""#), "(userName eq b)");
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(user(&format!("{urn}:department eq \"X\"")), format!("({urn}:department eq x)"));
    assert_eq!(user(&format!("{}:manager eq \"7\"", urn.to_uppercase())), format!("({urn}:manager.value eq 7)"));
    assert_eq!(user(&format!("{urn}:manager.value pr")), format!("({urn}:manager.value pr)"));
    assert!(refused(r#"department eq "X""#).contains("no attribute “department”"));
    assert!(refused(&format!("{urn}:userName pr")).contains("no attribute"));
}

#[test]
fn a_list_without_a_part_means_its_value() {
    assert_eq!(user(r#"emails co "EXAMPLE""#), "(emails.value co example)");
    assert_eq!(user("emails pr"), "(emails pr)");
    assert_eq!(user("groups.$ref pr"), "(groups.$ref pr)");
    assert!(refused(r#"name eq "x""#).contains("name.formatted"));
    assert!(refused(r#"addresses eq "x""#).contains("has parts"));
    assert_eq!(user("name pr"), "(name pr)");
}

#[test]
fn null_and_empty_ask_for_absence() {
    assert_eq!(user("title eq null"), "(not (title pr))");
    assert_eq!(user("title ne NULL"), "(title pr)");
    assert_eq!(user(r#"title eq """#), "(not (title pr))");
    assert_eq!(user(r#"title ne """#), "(title pr)");
    assert_eq!(user(r#"title co """#), "(title pr)");
    assert_eq!(user("emails[type eq null]"), "(emails[] (not (emails.type pr)))");
    assert_eq!(user("active eq null"), "(not (active pr))");
    assert!(refused("title gt null").contains("null"));
    assert!(refused(r#"active eq """#).contains("true or false"));
}

#[test]
fn booleans_are_taken_as_entra_writes_them() {
    for value in ["true", "True", "TRUE", "\"true\"", "\"True\""] {
        assert_eq!(user(&format!("active eq {value}")), "(active eq true)");
    }
    assert_eq!(user("emails[primary eq \"False\"]"), "(emails[] (emails.primary eq false))");
    for text in ["active gt true", "active co \"t\"", "active eq yes", "active eq 1"] {
        refused(text);
    }
}

#[test]
fn times_are_moments_to_the_microsecond() {
    assert_eq!(
        user(r#"meta.created lt "2026-01-31T09:30:00.1234569-01:00""#),
        "(meta.created lt 2026-01-31T10:30:00.123456+00:00)"
    );
    assert!(refused(r#"meta.created gt "yesterday""#).contains("position 17"));
    refused(r#"meta.created co "2026-01-31T09:30:00Z""#);
    assert!(refused("meta.created gt 2026").contains("no quotes"));
}

#[test]
fn strings_are_json_strings() {
    assert_eq!(user(r#"title eq "a\"b\\c\/d\u0041\u00e9\ud83d\ude00""#), "(title eq a\"b\\c/daé😀)");
    assert_eq!(user("title eq \"(a] and \u{201c}\""), "(title eq (a] and \u{201c})");
    for bad in [r#"title eq "\ud83d""#, r#"title eq "\u0000""#, "title eq \"a\nb\"", r#"title eq "CORP\bob\user""#] {
        assert!(refused(bad).contains("not a JSON string"), "{bad}");
    }
    assert!(refused("title eq \"a\0b\"").contains("position 10"));
    assert!(refused(r#"title eq "open \""#).contains("never closed"));
}

#[test]
fn an_unquoted_value_is_told_apart() {
    assert_eq!(
        refused("title pr and userName eq bob@example.com"),
        "the value “bob@example.com” has no quotes: text is written as \"text\" (position 26)"
    );
    assert!(refused("userName eq 'bob'").contains("no quotes"));
    assert!(refused("externalId eq 701984").contains("no quotes"));
    assert!(refused("title eq true").contains("no quotes"));
}

#[test]
fn a_refusal_names_the_fault_and_its_position() {
    for (text, part) in [
        ("", "found the end where an attribute name"),
        ("   ", "position 4"),
        ("ümlaut pr", "no attribute “ümlaut” (position 1)"),
        ("title pr and ümlaut pr", "no attribute “ümlaut” (position 14)"),
        ("title is \"x\"", "“is” where an operator"),
        ("title", "found the end where an operator"),
        ("title eq", "a value for “title” is expected (position 9)"),
        ("title eq )", "a value for “title”"),
        ("title pr nickName pr", "found “nickName” where “and”, “or”"),
        ("title pr and", "found the end"),
        ("(title pr", "the parenthesis is never closed (position 1)"),
        ("title pr)", "found “)” where"),
        ("(title pr]", "found “]” where"),
        ("not title pr", "a parenthesis after “not”"),
        ("emails[type eq \"work\"", "the bracket is never closed (position 7)"),
        ("emails[]", "found “]”"),
        ("emails[work pr]", "emails has no attribute “work” (position 8)"),
        ("emails[emails.type pr]", "emails has no attribute"),
        ("emails[type[value pr]]", "brackets within brackets"),
        ("emails.value[type pr]", "no list of objects"),
        ("name[givenName pr]", "is no list"),
        ("schemas[value pr]", "no list of objects"),
        ("emails[type pr].size pr", "no attribute “size”"),
        ("roles eq \"admin\"", "cannot be used in a filter"),
        ("roles[value pr]", "cannot be used in a filter"),
        ("photos eq \"x\"", "“photos.value” cannot be used in a filter"),
        ("x509Certificates[value pr]", "cannot be used in a filter"),
        ("password eq \"x\"", "no attribute “password”"),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:aNameThatHasAsManyAsFortyLettersInItAll1 pr",
            "enterprise:2.0:User:aNameThatHasAsManyAsFortyLettersInItAll1”",
        ),
        ("password_hash pr", "no attribute"),
        ("userName.value pr", "no attribute"),
        ("emails.value.x pr", "no attribute"),
        ("\"title\" pr", "found a quoted value"),
        ("pr", "no attribute “pr”"),
    ] {
        let detail = refused(text);
        assert!(detail.contains(part), "{text}: {detail}");
    }
}

#[test]
fn control_characters_and_long_names_are_not_echoed() {
    let detail = refused(&format!("\u{1b}[31m{} pr", "x".repeat(5_000)));
    assert!(!detail.contains('\u{1b}'));
    assert!(!refused(&format!("{} pr", "x".repeat(5_000))).contains(&"x".repeat(101)));
    refused("title\0 pr");
    refused("title\u{a0}pr");
}

#[test]
fn hostile_nesting_and_size_are_refused() {
    for open in ["(", "not (", "not(", "emails[", "emails[(", "((((title pr) and ", "not "] {
        for times in [33, 1_000, 10_000, 500_000] {
            refused(&open.repeat(times));
        }
    }
    refused(&format!("{}title pr{}", "(".repeat(33), ")".repeat(33)));
    assert_eq!(user(&format!("{}title pr{}", "(".repeat(32), ")".repeat(32))), "(title pr)");
    assert!(refused(&"a".repeat(2_000_000)).contains("2000000 bytes"));
    refused(&"\"".repeat(MAX_FILTER_BYTES));
    refused(&"\\".repeat(MAX_FILTER_BYTES));
    refused(&"title.".repeat(1_300));
}

#[test]
fn a_long_chain_is_read_up_to_the_limit() {
    let chain = |terms: usize| vec!["title pr"; terms].join(" or ");
    let Ok(Filter::Or(terms)) = parse(&chain(MAX_COMPARISONS), &USER) else { panic!("a chain at the limit is an or") };
    assert_eq!(terms.len(), MAX_COMPARISONS);
    assert!(refused(&chain(MAX_COMPARISONS + 1)).contains("256 comparisons"));
}

#[test]
fn a_comparison_knows_where_it_stood() {
    let Ok(Filter::And(terms)) = parse("title eq \"ü\" and nickName pr", &USER) else { panic!("two terms") };
    let at = |term: &Filter| match term {
        Filter::Compare(comparison) => comparison.at,
        _ => 0,
    };
    assert_eq!(terms.iter().map(at).collect::<Vec<_>>(), [1, 18]);
}

#[test]
fn text_matches_whatever_its_case_unless_it_is_exact() {
    for (text, expected) in [
        (r#"userName eq "bJENSEN@example.COM""#, true),
        (r#"name.givenName eq "BÄRBEL""#, true),
        (r#"name.givenName sw "ba\u0308""#, true),
        (r#"externalId eq "00uAbC""#, true),
        (r#"externalId eq "00uabc""#, false),
        (r#"externalId co "uA""#, true),
        (r#"userName co "@EXAMPLE""#, true),
        (r#"userName sw "jensen""#, false),
        (r#"userName ew ".COM""#, true),
        (r#"userName gt "BJ""#, true),
        (r#"userName lt "bj""#, false),
        (r#"userName ge "bjensen@example.com""#, true),
        (r#"userName le "bjensen@example.com""#, true),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn an_absent_value_matches_ne_and_nothing_else() {
    for (text, expected) in [
        (r#"nickName ne "x""#, true),
        (r#"title ne "x""#, true),
        (r#"name.middleName ne "x""#, true),
        (r#"nickName eq "x""#, false),
        (r#"nickName gt "a""#, false),
        (r#"nickName co "a""#, false),
        (r#"not (nickName eq "x")"#, true),
        (r#"userName ne "x""#, true),
        (r#"userName ne "BJENSEN@example.com""#, false),
        ("title pr", false),
        ("nickName eq null", true),
        ("title eq \"\"", true),
        ("title co \"\"", false),
        ("userName eq null", false),
        ("name pr", true),
        ("groups pr", false),
        ("emails pr", true),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn a_list_matches_when_one_element_does() {
    for (text, expected) in [
        (r#"emails eq "BABS@home.example""#, true),
        (r#"emails ne "babs@home.example""#, true),
        (r#"emails.type eq "home""#, true),
        (r#"emails.type ne "work""#, true),
        (r#"groups ne "x""#, false),
        (r#"groups.value eq "x""#, false),
        (r#"not (groups eq "x")"#, true),
        (r#"emails[type eq "work" and value co "home"]"#, false),
        (r#"emails.type eq "work" and emails.value co "home""#, true),
        (r#"emails[type ne "work" and type ne "home"]"#, true),
        (r#"emails[type ne "work" and type ne "home" and value ew ".net"]"#, false),
        (r#"emails[type eq null and value sw "third"]"#, true),
        ("emails[not (type pr) and not (value pr)]", false),
        (r#"emails[type eq "work"].value sw "bjensen""#, true),
        (r#"emails[type eq "work"].value sw "babs""#, false),
        ("emails[primary eq true]", true),
        ("emails[primary ne true]", true),
        (r#"not (emails[type eq "fax"])"#, true),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn extensions_and_times_and_logic_are_evaluated() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for (text, expected) in [
        (format!("{urn}:department eq \"OPERATIONS\""), true),
        (format!("{urn}:manager eq \"26118915\""), true),
        (format!("{urn}:manager pr and {urn}:costCenter ne \"x\""), true),
        (format!("{urn}:division pr"), false),
        ("meta.lastModified eq \"2026-01-31T10:30:00.1234567+01:00\"".to_owned(), true),
        ("meta.lastModified gt \"2026-01-31T09:30:00.123456Z\"".to_owned(), false),
        ("meta.lastModified ge \"2026-01-31T09:30:00.123456Z\"".to_owned(), true),
        ("meta.created lt \"2026-01-31T09:30:00Z\"".to_owned(), false),
        ("active eq true and not (title pr or nickName pr)".to_owned(), true),
        ("active eq false or title pr".to_owned(), false),
    ] {
        assert_eq!(found(&text), expected, "{text}");
    }
}

const SAMPLES: [&str; 6] = [
    r#"userName eq "a\"b" and (title pr or not (active eq true))"#,
    r#"emails[type eq "work" and value co "@example.com"].value sw "x" or meta.created ge "2026-01-31T09:30:00Z""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915""#,
    r#"groups.$ref ew "\u00e9" and not(name.familyName eq null)"#,
    r#"phoneNumbers[primary eq "True" or not (type pr)] and externalId ne """#,
    "((((active eq False))))",
];

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&text, &USER);
    }

    #[test]
    fn no_mix_of_tokens_makes_the_parser_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "userName", "emails", "active", "not", "and", "or", "eq", "pr", "co", "(", ")", "[", "]", "\"", "\\", ".value",
        "\"x\"", "true", "null", "1", " ", "é", "urn:", "urn:ietf:params:scim:schemas:core:2.0:User", ":", "\0",
    ]), 0..60)) {
        for glue in ["", " "] {
            if let Ok(filter) = parse(&tokens.join(glue), &USER) {
                let _ = matches(&filter, &person());
            }
        }
    }

    #[test]
    fn no_mutation_of_a_filter_makes_the_parser_panic(
        sample in prop::sample::select(SAMPLES.to_vec()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<char>(), 0..4_u8), 1..6),
    ) {
        let mut letters: Vec<char> = sample.chars().collect();
        for (place, letter, edit) in edits {
            let at = place.index(letters.len());
            match edit {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 => letters.truncate(at + 1),
                _ => letters.insert(at, letters[letters.len() - 1 - at]),
            }
        }
        let text: String = letters.into_iter().collect();
        if let Ok(filter) = parse(&text, &USER) {
            let _ = matches(&filter, &person());
        }
    }

    #[test]
    fn ne_on_one_value_is_the_negation_of_eq(value in "[a-zA-Zé@.]{1,12}", title in "[a-zA-Zé@.]{0,12}") {
        let mut document = person();
        document.insert("title".to_owned(), json!(title));
        let holds = |op: &str| {
            let text = format!("title {op} {}", json!(value));
            matches(&parse(&text, &USER).expect("a plain comparison"), &document)
        };
        prop_assert_eq!(holds("eq"), !holds("ne"));
    }
}

#[test]
fn in_a_search_of_several_types_what_a_type_lacks_has_no_value() {
    let read = |text: &str| super::parse_among(text, &GROUP, &RESOURCE_TYPES).expect(text);
    for text in ["userName pr", "USERNAME eq \"x\"", "emails.value ne \"x\"", "emails[not (type pr)]", "active eq true"]
    {
        assert_eq!(read(text), Filter::Never, "{text}");
    }
    for text in ["title ne \"x\"", "title eq null", "active ne true"] {
        assert_eq!(read(text), Filter::Not(Box::new(Filter::Never)), "{text}");
    }
    assert!(matches!(read("displayName pr"), Filter::Compare(_)));
    let error = super::parse_among("nope pr", &GROUP, &RESOURCE_TYPES).expect_err("nope");
    assert!(error.detail.contains("“nope” (position 1)"), "{error}");
    assert!(parse("userName pr", &GROUP).is_err());
}
