//! The grammar: what is read, what is refused and where, and that no text does harm.

use proptest::prelude::*;

use super::*;

fn now() -> Time {
    Time::parse("2026-03-02T12:00:00Z").expect("a moment")
}

fn read(text: &str) -> Result<Search, Fault> {
    let mut search = Search::default();
    search.add_text(text, now())?;
    Ok(search)
}

fn terms(text: &str) -> Vec<(bool, Test)> {
    let found = read(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    found.terms.into_iter().map(|term| (term.holds, term.test)).collect()
}

fn refused(text: &str) -> (usize, String) {
    let fault = read(text).expect_err(text);
    (fault.at, fault.problem.into_owned())
}

#[test]
fn tokens_are_conditions_and_the_rest_is_text() {
    let id = Id::fresh();
    let found = terms(&format!(
        "actor:CLI severity:high -source:hook cause:{id} team:\"Pay ments\" user:{id} \"Free Text\" ÄRGER"
    ));
    assert_eq!(
        found,
        [
            (true, Test::Actor(ActorKind::Cli)),
            (true, Test::Severity(Severity::High)),
            (false, Test::Source(Source::Hook)),
            (true, Test::Cause(id)),
            (true, Test::Team(Named::Name("Pay ments".to_owned()))),
            (true, Test::User(Named::Ids(vec![id]))),
            (true, Test::Text("free text".to_owned())),
            (true, Test::Text("ärger".to_owned())),
        ]
    );
}

#[test]
fn actors_and_resources_are_kinds_or_one_of_a_kind() {
    let id = Id::fresh();
    assert_eq!(terms("actor:user/7"), [(true, Test::ActorIs(ActorKind::User, "7".to_owned()))]);
    assert_eq!(terms("actor:Okta"), [(true, Test::ActorNamed("okta".to_owned()))]);
    assert_eq!(terms("resource:team"), [(true, Test::Resource(Resource::Team))]);
    assert_eq!(terms(&format!("resource:team/{id}")), [(true, Test::ResourceIs(Resource::Team, id))]);
}

#[test]
fn a_family_is_every_action_of_it() {
    let [(true, Test::Action(found))] = &terms("action:team.member.*")[..] else { panic!("one term") };
    let family: Vec<Action> =
        Action::ALL.iter().copied().filter(|action| action.code().starts_with("team.member.")).collect();
    assert_eq!(*found, family);
    assert_eq!(terms("action:user.created"), [(true, Test::Action(vec![Action::UserCreated]))]);
    for bad in ["user.vanished", "us.*", "*", ".*", "user.created.*"] {
        assert!(refused(&format!("action:{bad}")).1.contains("a family such as"), "{bad}");
    }
}

#[test]
fn a_network_is_a_range_and_old_addresses_are_the_same_in_new_clothes() {
    let range = |text: &str| match terms(text).pop() {
        Some((_, Test::Address(from, to))) => (from, to),
        other => panic!("{other:?}"),
    };
    let (from, to) = range("ip:10.0.0.0/8");
    for (inside, ip) in [(true, "10.200.3.4"), (true, "::ffff:10.0.0.1"), (false, "11.0.0.0"), (false, "9.255.255.255")]
    {
        let key = address_key(ip.parse().expect("an address"));
        assert_eq!(from <= key && key <= to, inside, "{ip}");
    }
    let (from, to) = range("ip:2001:db8::1");
    assert_eq!(from, to);
    assert_eq!(range("ip:10.1.2.3/8"), range("ip:10.0.0.0/8"));
    assert!(refused("ip:10.0.0.0/33").1.contains("a network"));
}

#[test]
fn times_are_moments_days_or_spans_back_from_now() {
    let since = |text: &str| read(&format!("since:{text}")).map(|found| found.since.expect("a moment").rfc3339());
    assert_eq!(since("2026-03-01T13:00:00+01:00").as_deref(), Ok("2026-03-01T12:00:00.000000Z"));
    assert_eq!(since("2026-03-01").as_deref(), Ok("2026-03-01T00:00:00.000000Z"));
    assert_eq!(since("7d").as_deref(), Ok("2026-02-23T12:00:00.000000Z"));
    assert_eq!(since("90m").as_deref(), Ok("2026-03-02T10:30:00.000000Z"));
    for bad in ["soon", "d", "7", "-7d", "+7d", "7w", "4294967295d", "99999999999d", "7ä", "2026-13-01"] {
        assert!(since(bad).is_err(), "{bad}");
    }
    assert!(refused("-since:7d").1.contains("negated"));
    assert!(refused("until:1d until:2d").1.contains("once"));
}

#[test]
fn a_fault_says_where_it_is() {
    for (text, at, words) in [
        ("severity:high  severity:loud", 16, "one of INFO, WARN, HIGH"),
        ("a b http://x", 5, "put a text with a colon in quotes"),
        ("é \"open", 3, "not closed"),
        ("\"a\"b", 1, "a space must follow"),
        ("action:", 1, "has no value"),
        ("\"\"", 1, "has no value"),
        ("cause:7", 1, "an id"),
        ("a\u{7}b", 1, "control"),
        (":x", 1, "is no key"),
    ] {
        let (place, problem) = refused(text);
        assert_eq!(place, at, "{text}");
        assert!(problem.contains(words), "{text}: {problem}");
    }
}

#[test]
fn limits_are_kept() {
    assert!(read(&"a ".repeat(MAX_TERMS)).is_ok());
    assert_eq!(refused(&"a ".repeat(MAX_TERMS + 1)).0, 2 * MAX_TERMS + 1);
    assert!(refused(&"a".repeat(MAX_VALUE + 1)).1.contains("200 characters"));
    assert!(refused(&" ".repeat(MAX_SEARCH + 1)).1.contains("1000 characters"));
}

#[test]
fn strokes_and_quotes_inside_quotes_are_themselves() {
    assert_eq!(terms(r#""a \"b\" \\ \c""#), [(true, Test::Text(r#"a "b" \ \c"#.to_owned()))]);
    assert_eq!(
        terms("- -a a\"b"),
        [
            (true, Test::Text("-".to_owned())),
            (false, Test::Text("a".to_owned())),
            (true, Test::Text("a\"b".to_owned())),
        ]
    );
}

/// A text in quotes, as a page writes it.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}", odd in any::<String>()) {
        let _ = read(&text);
        let _ = read(&odd);
    }

    #[test]
    fn what_is_quoted_comes_back(values in proptest::collection::vec("[^\\p{Cc}]{1,20}", 1..8), holds in any::<bool>()) {
        let sign = if holds { "" } else { "-" };
        let text: Vec<String> = values.iter().map(|value| format!("{sign}text:{}", quote(value))).collect();
        let wanted: Vec<_> = values.iter().map(|value| (holds, Test::Text(fold(value)))).collect();
        prop_assert_eq!(terms(&text.join("  ")), wanted);
    }

    #[test]
    fn a_fault_lies_inside_the_text(text in "[a-z:\" \\-\\\\]{1,60}") {
        if let Err(fault) = read(&text) {
            prop_assert!((1..=text.chars().count()).contains(&fault.at));
        }
    }
}
