//! Filters in SQL against the same filters on the documents that the server itself answers: equal sets, on each engine.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rollcall::scim::filter::{matches, parse, parse_among};
use rollcall::scim::list::Page;
use rollcall::scim::schema::{
    Attribute, COMMON, ENTERPRISE_URN, GROUP, Kind, Place, RESOURCE_TYPES, ResourceType, USER,
};
use rollcall::store::scim_list::{Part, Wanted};
use rollcall::store::{scim_list, scim_map, scim_root};
use serde_json::{Map, Value, json};

use crate::harness::{Roll, facts, group, patch};
use crate::models;

/// How many people the roll has in these facts.
const PEOPLE: usize = 40;
/// How many filters chance makes up for people, and for groups.
const MADE_UP: u32 = 250;

/// Filters that match some of the people and not all of them.
const TELLING: &[&str] = &[
    r#"userName eq "DANA0@example.com""#,
    r#"userName ne "dana0@EXAMPLE.com""#,
    r#"userName co "bärbel""#,
    r#"userName co "_""#,
    r#"userName sw "DAN""#,
    r#"userName sw "İ""#,
    r#"userName ew "7@Example.com""#,
    r#"userName gt "i""#,
    r#"userName le "dana5@example.com""#,
    r#"userName ge "ο" and userName lt "π""#,
    r#"externalId eq "00uAb1""#,
    r#"externalId sw "00uA""#,
    r#"externalId ne "00uAb1""#,
    "externalId pr",
    "not (externalId pr)",
    r#"externalId eq """#,
    r#"externalId gt "00uAb2""#,
    "active eq true",
    r#"active eq "False""#,
    "active ne true",
    "title pr",
    "title eq null",
    "title ne null",
    r#"title eq "sre""#,
    r#"title ne "SRE""#,
    r#"not (title eq "SRE")"#,
    r#"title co "50%""#,
    r#"title co "\"quoted\" \\ back""#,
    r#"title ew "LEAD""#,
    r#"title lt "s""#,
    r#"nickName ge "a""#,
    r#"profileUrl co "Profile""#,
    r#"profileUrl eq "https://people.example.com/Profile/3""#,
    r#"name.familyName eq "O'BRIEN""#,
    r#"name.givenName sw "BÄR""#,
    "name.middleName pr",
    r#"name.familyName gt "m" or name.middleName pr"#,
    "emails pr",
    r#"emails eq "home1@example.org""#,
    r#"emails.value ew ".org""#,
    r#"emails.value ne "work1@example.com""#,
    r#"emails.type eq "HOME""#,
    r#"emails.type ne "work""#,
    r#"emails[type eq "work"]"#,
    r#"emails[type eq "work" and value co "1"]"#,
    r#"emails[type eq "home" and primary eq true]"#,
    "emails[primary ne true]",
    "emails[not (type pr)]",
    r#"emails[type ne "work" and type ne "home"]"#,
    r#"emails[not (type eq "work") and value co "o"]"#,
    r#"emails[type eq "work" or value ew ".org"]"#,
    r#"emails[type eq "work"].value sw "WORK2""#,
    r#"not (emails[type eq "home"])"#,
    r#"phoneNumbers[type eq "mobile"].value eq "+49 170 3""#,
    r#"addresses[type eq "work" and locality eq "köln"]"#,
    r#"entitlements.value eq "pager""#,
    "ims pr and not (emails pr)",
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "OPERATIONS""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m-3""#,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr",
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName sw "the""#,
    r#"not (urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter ge "cc-2")"#,
    r#"urn:ietf:params:scim:schemas:core:2.0:User:displayName co "müller""#,
    "groups pr",
    r#"groups.display eq "PAYMENTS""#,
    r#"groups.display ne "payments""#,
    r#"groups[display sw "net" and type eq "direct"]"#,
    r#"not (groups.display co "e")"#,
    r#"meta.created gt "2026-03-02T12:10:00Z""#,
    r#"meta.created le "2026-03-02T13:10:00+01:00""#,
    r#"meta.lastModified ge "2026-03-02T12:30:00Z""#,
    r#"meta.lastModified ne "2026-03-02T12:05:00Z""#,
    r#"active eq true and (title eq "SRE" or emails[type eq "home"]) and not (userName sw "dana")"#,
    r#"userName eq "dana0@example.com" or externalId eq "00uAb1" or emails.value eq "work2@example.com""#,
    r#"userName eq "dana0@example.com" or active eq false or meta.resourceType ne "User""#,
    "(active eq true or title pr) and (nickName pr or emails pr)",
];

/// Filters that are true of everybody.
const EVERYBODY: &[&str] = &[
    "id pr",
    "meta pr",
    "name pr",
    "meta.created pr",
    r#"meta.resourceType eq "User""#,
    r#"groups.type eq "direct" or not (groups pr)"#,
    r#"userName pr and id ge "0""#,
    r#"meta.resourceType sw "U" and active pr"#,
];

/// Filters that are true of nobody.
const NOBODY: &[&str] = &[
    "not (meta pr)",
    r#"meta.resourceType eq "user""#,
    r#"id eq "no-id""#,
    r#"externalId eq "00UAB1""#,
    r#"userName eq "gone@example.com""#,
    r#"userName sw "glass""#,
    r#"groups.display eq "platform only""#,
    r#"emails[type eq "fax" and type eq "work"]"#,
    r#"id lt "0""#,
];

/// A person in whom something of every kind is there, or missing, or written oddly.
fn person(at: usize) -> Value {
    let given = ["Dana", "Bärbel", "ΟΔΥΣΣΕΥΣ", "İpek", "Ines", "Tomás", "x_y"][at % 7];
    let family = ["Okoye", "Müller", "Carvalho", "O'Brien", "100%", "ß"][at % 6];
    let title = ["SRE", "sre lead", "Ingénieure", "50% \"quoted\" \\ back"].get(at % 5);
    let mut body = json!({
        "schemas": [USER.schema.urn],
        "userName": format!("{given}{at}@Example.com"),
        "name": { "givenName": given, "familyName": family, "middleName": at.is_multiple_of(9).then_some("J.") },
        "displayName": format!("{given} {family}"),
        "externalId": (!at.is_multiple_of(3)).then(|| format!("00uAb{at}")),
        "title": title,
        "nickName": (at % 4 == 1).then(|| format!("Nick-{at} the {given}")),
        "profileUrl": (at % 2 == 1).then(|| format!("https://people.example.com/Profile/{at}")),
        "active": !at.is_multiple_of(5),
        "emails": emails(at),
        "phoneNumbers": at.is_multiple_of(3).then(|| json!([{ "value": format!("+49 170 {at}"), "type": "mobile" }])),
        "ims": at.is_multiple_of(8).then(|| json!([{ "value": format!("im{at}") }])),
        "entitlements": (at % 6 == 2).then(|| json!([{ "value": "pager", "primary": true }, { "value": "VPN" }])),
        "addresses": (at % 4 == 2).then(|| json!([{ "type": "work", "locality": "KÖLN", "primary": at % 8 == 2 }])),
        "urn:example:other": { "department": "Operations" },
    });
    if at.is_multiple_of(2) {
        let manager =
            at.is_multiple_of(4).then(|| json!({ "value": format!("M-{}", at % 5), "displayName": "The Manager" }));
        let department = if at % 3 == 1 { "Research" } else { "Operations" };
        body[ENTERPRISE_URN] = json!({
            "department": department,
            "costCenter": format!("CC-{}", at % 4),
            "manager": manager,
        });
    }
    body
}

fn emails(at: usize) -> Value {
    let work = json!({ "value": format!("Work{at}@example.com"), "type": "work", "primary": true });
    let home = json!({ "value": format!("home{at}@example.org"), "type": "Home", "primary": at % 8 == 5 });
    let bare = json!({ "value": format!("bare{at}@example.net") });
    let unknown = json!({ "label": "an attribute that nobody registered" });
    match at % 8 {
        0 => json!([]),
        1 | 2 => json!([work, home]),
        3 => json!([bare, work, { "type": "work", "value": "second@example.com" }]),
        4 => json!([unknown]),
        5 => json!([home]),
        6 => json!([bare, unknown]),
        _ => json!([work]),
    }
}

/// Forty people, three groups some are in, and some whom SCIM does not see.
async fn settle(roll: &Roll) {
    let mut ids = Vec::new();
    for at in 0..PEOPLE {
        roll.clock.advance(Duration::from_secs(30));
        ids.push(roll.post("/Users", &person(at)).await.expect(201).id());
    }
    roll.clock.advance(Duration::from_secs(1_000));
    let title = patch(json!([{ "op": "add", "path": "locale", "value": "de-DE" }]));
    for id in ids.iter().step_by(6) {
        roll.patch(&format!("/Users/{id}"), &title).await.expect(200);
    }
    for (name, step) in [("Payments", 3), ("network", 7), ("Platform only", 5), ("Élan", 11)] {
        let members: Vec<&str> = ids.iter().step_by(step).map(String::as_str).collect();
        let mut body = group(name, &members);
        body["externalId"] = (step != 11).then(|| format!("Ext-{step}")).into();
        roll.clock.advance(Duration::from_secs(30));
        roll.post("/Groups", &body).await.expect(201);
    }
    roll.post("/Groups", &group("nobody", &[])).await.expect(201);
    roll.sql_run("update teams set scim_visible = false, synced_from_okta = false where name = 'Platform only'").await;
    let gone = roll.person("gone").await;
    roll.delete(&format!("/Users/{gone}")).await.expect(204);
    roll.person("glass").await;
    let hide = "update users set scim_id = null, is_break_glass_account = true where user_name like 'glass@%'";
    roll.sql_run(hide).await;
}

/// All resources of a kind, as the server shows them.
async fn documents(roll: &Roll, resource: &ResourceType) -> Vec<Map<String, Value>> {
    let list = roll.get(&format!("{}?count=500", resource.endpoint)).await.expect(200);
    let all = list.body["Resources"].as_array().expect("resources").clone();
    all.into_iter().map(|one| one.as_object().expect("an object").clone()).collect()
}

/// The ids of those documents that the reference says match.
fn expected(text: &str, resource: &'static ResourceType, documents: &[Map<String, Value>]) -> BTreeSet<String> {
    let filter = parse(text, resource).unwrap_or_else(|error| panic!("{text}: {}", error.detail));
    let matching = documents.iter().filter(|document| matches(&filter, document));
    matching.map(|document| document["id"].as_str().expect("an id").to_owned()).collect()
}

/// The ids that the database says match.
async fn answered(roll: &Roll, text: &str, resource: &'static ResourceType) -> BTreeSet<String> {
    let filter = parse(text, resource).unwrap_or_else(|error| panic!("{text}: {}", error.detail));
    let wanted = Wanted { filter: Some(filter), sort: None, part: Part::Index(Page { start: 1, count: 500 }, None) };
    let mut view = roll.db().view().await.expect("a view");
    if resource.name == "User" {
        let found = scim_list::users(&mut view, &wanted).await;
        let found = found.unwrap_or_else(|error| panic!("{text}: {error}")).page;
        return found.into_iter().map(|user| user.scim_id.to_string()).collect();
    }
    let found = scim_list::groups(&mut view, &wanted).await;
    let found = found.unwrap_or_else(|error| panic!("{text}: {error}")).page;
    found.into_iter().map(|team| team.id.to_string()).collect()
}

/// A place that filters may name, and the values it has on the roll.
#[derive(Clone, Debug)]
struct Known {
    place: Place,
    values: Vec<Value>,
}

/// Every place of a resource that has a home, from the registry.
fn known(resource: &'static ResourceType, documents: &[Map<String, Value>]) -> Vec<Known> {
    let core = resource.schema.attributes.iter().chain(COMMON).map(|attribute| (None, attribute));
    let extended =
        resource.extensions.iter().flat_map(|schema| schema.attributes.iter().map(|one| (Some(*schema), one)));
    let wholes = core.chain(extended).map(|(extension, attribute)| Place { extension, attribute, sub: None });
    let places = wholes.flat_map(|whole| {
        let subs = whole.attribute.subs.iter().map(move |sub| Place { sub: Some(sub), ..whole });
        std::iter::once(whole).chain(subs)
    });
    let leaf = |place: &Place| place.leaf().kind != Kind::Complex && scim_map::home(resource, place).is_some();
    let complex = |place: &Place| place.leaf().kind == Kind::Complex && place.filterable();
    let usable = places.filter(|place| leaf(place) || complex(place));
    usable.map(|place| Known { place, values: values_at(place, documents) }).collect()
}

fn values_at(place: Place, documents: &[Map<String, Value>]) -> Vec<Value> {
    let mut values = Vec::new();
    for document in documents {
        let object = place.extension.map_or(Some(document), |schema| document.get(schema.urn)?.as_object());
        let Some(value) = object.and_then(|object| object.get(place.attribute.name)) else { continue };
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let leaf = |element: &Value| place.sub.map_or(Some(element.clone()), |sub| element.get(sub.name).cloned());
        values.extend(elements.iter().filter_map(leaf));
    }
    values
}

/// The value of a comparison: one that is there, a part of one, the same in other letter case, or a stranger.
fn literal(known: &Known, pick: Index, twist: u8) -> String {
    match known.place.leaf().kind {
        Kind::Boolean => ["true", "false", "\"True\""][usize::from(twist) % 3].to_owned(),
        Kind::DateTime if known.values.is_empty() || twist == 0 => "\"2026-03-02T12:10:00Z\"".to_owned(),
        _ if known.values.is_empty() => "\"stranger\"".to_owned(),
        kind => {
            let text = pick.get(&known.values).as_str().unwrap_or("no text").to_owned();
            let letters: Vec<char> = text.chars().collect();
            let twisted = match twist {
                _ if kind == Kind::DateTime => text,
                0 => "m".to_owned(),
                1 => letters[..letters.len() / 2].iter().collect(),
                2 => letters[letters.len() / 2..].iter().collect(),
                3 => text.to_uppercase(),
                4 => text.to_lowercase(),
                _ => text,
            };
            json!(twisted).to_string()
        }
    }
}

const OPERATORS: [&str; 11] = ["eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"];

/// Comparisons with these places, named as `name` says.
fn comparisons(places: Vec<Known>, name: fn(&Place) -> String) -> BoxedStrategy<String> {
    let parts = (select(places), select(&OPERATORS[..]), any::<Index>(), 0..7_u8);
    let text = parts.prop_map(move |(known, op, pick, twist)| match op {
        "pr" => format!("{} pr", name(&known.place)),
        op => format!("{} {op} {}", name(&known.place), literal(&known, pick, twist)),
    });
    text.boxed()
}

/// Combinations of filters with `and`, `or` and `not`.
fn combined(leaves: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let grown = leaves.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|any| format!("({})", any.join(" or "))),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    });
    grown.boxed()
}

/// Filters within brackets on a list.
fn bracketed(places: &[Known]) -> BoxedStrategy<String> {
    let lists = places.iter().filter(|known| known.place.sub.is_none() && known.place.attribute.multi);
    let lists: Vec<&'static Attribute> = lists.map(|known| known.place.attribute).collect();
    let places = places.to_vec();
    let text = select(lists).prop_flat_map(move |list| {
        let subs = places.iter().filter(|known| known.place.attribute == list && known.place.sub.is_some());
        let inner = combined(comparisons(subs.cloned().collect(), |place| place.leaf().name.to_owned()));
        inner.prop_map(|inner| format!("{}[{inner}]", list.name))
    });
    text.boxed()
}

/// Any filter on a resource that its grammar takes.
fn filters(resource: &'static ResourceType, places: &[Known]) -> BoxedStrategy<String> {
    let plain = comparisons(places.to_vec(), Place::name);
    let either = prop_oneof![3 => plain, 1 => bracketed(places)];
    let fits = either.prop_filter("the grammar takes it", move |text| parse(text, resource).is_ok());
    combined(fits.boxed())
}

/// Makes filters up, and holds the database against the reference; the smallest that differs is shown.
fn hold_made_up(roll: &Roll, resource: &'static ResourceType, documents: &[Map<String, Value>]) {
    let strategy = filters(resource, &known(resource, documents));
    let outcome = models::runner(MADE_UP).run(&strategy, |text| {
        let wait = |future| tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future));
        let found: BTreeSet<String> = wait(answered(roll, &text, resource));
        prop_assert_eq!(found, expected(&text, resource, documents), "{}", text);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What a filter of a search at the root asks of one type.
fn among(text: &str, resource: &'static ResourceType) -> Wanted {
    let filter =
        parse_among(text, resource, &RESOURCE_TYPES).unwrap_or_else(|error| panic!("{text}: {}", error.detail));
    Wanted { filter: Some(filter), sort: None, part: Part::Index(Page { start: 1, count: 500 }, None) }
}

/// The ids that a search at the root finds, and their number.
async fn answered_at_root(roll: &Roll, text: &str) -> (BTreeSet<String>, Option<u64>) {
    let mut view = roll.db().view().await.expect("a view");
    let found = scim_root::search(&mut view, &among(text, &USER), &among(text, &GROUP)).await;
    let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
    let people = found.users.into_iter().map(|user| user.scim_id);
    (people.chain(found.teams.into_iter().map(|team| team.id)).map(|id| id.to_string()).collect(), found.total)
}

/// Makes filters up that name what either type has, and holds the database against the reference.
fn hold_made_up_at_root(roll: &Roll, all: &[(&'static ResourceType, Vec<Map<String, Value>>)]) {
    let either = |at: usize| filters(all[at].0, &known(all[at].0, &all[at].1));
    let strategy = combined(prop_oneof![either(0), either(1)].boxed()).prop_filter("the grammar takes it", |text| {
        RESOURCE_TYPES.iter().all(|resource| parse_among(text, resource, &RESOURCE_TYPES).is_ok())
    });
    let outcome = models::runner(MADE_UP).run(&strategy, |text| {
        let wait = |future| tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future));
        let (found, total): (BTreeSet<String>, Option<u64>) = wait(answered_at_root(roll, &text));
        let matching = all.iter().flat_map(|(resource, documents)| {
            let filter = among(&text, resource).filter.expect("a filter");
            documents.iter().filter(move |document| matches(&filter, document))
        });
        let expected: BTreeSet<String> = matching.map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
        prop_assert_eq!(total, Some(expected.len() as u64), "{}", &text);
        prop_assert_eq!(found, expected, "{}", text);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

facts! {
    async fn every_operator_finds_in_the_database_what_it_finds_in_documents(roll: Roll) {
        settle(&roll).await;
        let documents = documents(&roll, &USER).await;
        assert_eq!(documents.len(), PEOPLE);
        let mut wrong = Vec::new();
        for text in TELLING.iter().chain(EVERYBODY).chain(NOBODY) {
            let (found, expected) = (answered(&roll, text, &USER).await, expected(text, &USER, &documents));
            let bounds = match text {
                text if EVERYBODY.contains(text) => PEOPLE..=PEOPLE,
                text if NOBODY.contains(text) => 0..=0,
                _ => 1..=PEOPLE - 1,
            };
            if found != expected || !bounds.contains(&found.len()) {
                wrong.push(format!("{text}: {} in the database, {} in documents", found.len(), expected.len()));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn conditions_beyond_those_that_are_joined_find_the_same(roll: Roll) {
        settle(&roll).await;
        let documents = documents(&roll, &USER).await;
        let mut sizes = BTreeSet::new();
        for from in 0..TELLING.len() {
            let either = |at: usize| format!("({} or userName ge \"{}\")", TELLING[(from + at) % TELLING.len()], ["c", "g", "m"][at % 3]);
            let text = (0..10).map(either).collect::<Vec<_>>().join(" and ");
            let (found, expected) = (answered(&roll, &text, &USER).await, expected(&text, &USER, &documents));
            assert_eq!(found, expected, "{text}");
            sizes.insert(found.len());
        }
        assert!(sizes.len() > 3, "{sizes:?}");
    }

    async fn filters_over_http_answer_the_same_people_and_their_number(roll: Roll) {
        settle(&roll).await;
        let documents = documents(&roll, &USER).await;
        for text in TELLING.iter().step_by(5) {
            let expected = expected(text, &USER, &documents);
            let answer = roll.find(text).await.expect(200);
            assert_eq!(answer.body["totalResults"], expected.len(), "{text}");
            let found = answer.body["Resources"].as_array().expect("resources").iter();
            let found: BTreeSet<String> = found.map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    async fn made_up_filters_on_people_find_what_they_find_in_documents(roll: Roll) {
        settle(&roll).await;
        let documents = documents(&roll, &USER).await;
        hold_made_up(&roll, &USER, &documents);
    }

    async fn made_up_filters_on_groups_find_what_they_find_in_documents(roll: Roll) {
        settle(&roll).await;
        let documents = documents(&roll, &GROUP).await;
        assert_eq!(documents.len(), 4);
        hold_made_up(&roll, &GROUP, &documents);
    }

    async fn made_up_filters_at_the_root_find_what_they_find_in_documents(roll: Roll) {
        settle(&roll).await;
        hold_made_up_at_root(&roll, &[(&USER, documents(&roll, &USER).await), (&GROUP, documents(&roll, &GROUP).await)]);
    }

    async fn a_page_of_a_filter_counts_everybody_who_matches(roll: Roll) {
        settle(&roll).await;
        let expected = expected("active eq true", &USER, &documents(&roll, &USER).await);
        let mut walked = Vec::new();
        while walked.len() < expected.len() {
            let from = walked.len() + 1;
            let page = roll.get(&format!("/Users?filter=active%20eq%20true&startIndex={from}&count=7")).await.expect(200);
            assert_eq!(page.body["totalResults"], expected.len());
            assert_eq!(page.body["startIndex"], from);
            let ids = page.body["Resources"].as_array().expect("resources").iter().map(|one| one["id"].to_string());
            walked.extend(ids);
            assert_eq!(page.body["itemsPerPage"], walked.len() + 1 - from);
            assert!(walked.len() >= from, "an empty page in the middle");
        }
        assert_eq!(walked.iter().collect::<BTreeSet<_>>().len(), expected.len());
    }

    async fn the_longest_chain_the_grammar_takes_is_answered(roll: Roll) {
        let dana = roll.person("dana").await;
        for (glue, op) in [(" or ", "eq"), (" and ", "ne")] {
            let names = (0..255).map(|at| format!("userName {op} \"no{at}\""));
            let last = "userName eq \"dana@example.com\"".to_owned();
            let text = names.chain([last]).collect::<Vec<_>>().join(glue);
            assert_eq!(answered(&roll, &text, &USER).await, BTreeSet::from([dana.clone()]), "{glue}");
        }
    }

    async fn the_deepest_nesting_the_grammar_takes_is_answered(roll: Roll) {
        let dana = roll.person("dana").await;
        let text = format!("{}userName pr{}", "not (".repeat(32), ")".repeat(32));
        assert_eq!(answered(&roll, &text, &USER).await, BTreeSet::from([dana]));
    }

    async fn what_no_filter_may_name_is_refused_with_its_name(roll: Roll) {
        for (filter, name) in [
            ("groups.$ref co \"x\"", "groups.$ref"),
            ("photos pr", "photos"),
            ("roles.value eq \"admin\"", "roles"),
            ("password pr", "password"),
            ("password_hash pr", "password_hash"),
            ("is_break_glass_account eq true", "is_break_glass_account"),
            ("okta_id pr", "okta_id"),
        ] {
            roll.find(filter).await.refused(400, Some("invalidFilter"), name);
        }
    }
}
