//! `/api/audit`: what is found, page by page, and that nobody sees what they may not.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use rollcall::access::audit_log;
use rollcall::audit::search::Search;
use rollcall::audit::{Action, Entry};
use rollcall::clock::Time;
use rollcall::ctx::{Actor, ActorKind, Ctx, Source};
use rollcall::model::Id;
use rollcall::model::policy::{Caller, Means};
use rollcall::model::user::PlatformRole;
use rollcall::model::words::Word;
use rollcall::store::audit_list::{self, Scope, Wanted};
use serde_json::{Value, json};

use super::people::{Signed, id, problem};
use crate::harness::{NOON, Roll, facts};

/// What a search should find, told without it.
type Oracle<'o> = Box<dyn Fn(&Made) -> bool + 'o>;
/// The same, given a person and a team.
type Told = fn(&Made, Id, Id) -> bool;

/// A row that was made up.
#[derive(Clone, Debug)]
struct Made {
    user: Option<Id>,
    team: Option<Id>,
    kind: ActorKind,
    action: Action,
    second: u64,
}

impl Made {
    fn is_seen(&self, user: Id, teams: &[Id]) -> bool {
        let is_near = self.user == Some(user) || self.team.is_some_and(|team| teams.contains(&team));
        is_near && self.kind != ActorKind::BreakGlass && !self.action.code().contains("break_glass")
    }
}

impl Roll {
    /// The newest row about a person, one of a team where there is any.
    pub async fn audit_row(&self, user: &str) -> String {
        let (id, user) = (self.uuid_text("id"), self.uuid(user));
        let sql = format!(
            "select {id} from audit_events where user_id = {user} \
             order by case when team_id is null then 1 else 0 end, at desc, id desc limit 1"
        );
        self.sql_one(&sql).await
    }

    /// The cause of that row.
    pub async fn cause_about(&self, user: &str) -> String {
        let row = self.uuid(&self.audit_row(user).await);
        self.sql_one(&format!("select {} from audit_events where id = {row}", self.uuid_text("cause_id"))).await
    }

    /// Writes a row; gives its id.
    async fn write(&self, made: &Made) -> Id {
        let cause = Id::fresh();
        let at = Time::parse(NOON).expect("noon").plus(std::time::Duration::from_secs(made.second));
        let actor = Actor { kind: made.kind, id: None, name: "Somebody".to_owned() };
        let ctx = Ctx { actor, source: Source::Api, cause, ..Ctx::cli(at) };
        let entry = Entry { user_id: made.user, team_id: made.team, ..Entry::service(made.action) };
        let done = self.db().unit(&ctx, &entry, |tx, entry| {
            Box::pin(async move {
                tx.say(entry.clone());
                Ok(())
            })
        });
        done.await.expect("a row");
        let moment = self.moment(&at.rfc3339());
        let cause = self.uuid(&cause.to_string());
        self.sql_run(&format!("update audit_events set at = {moment} where cause_id = {cause}")).await;
        id(&self.sql_one(&format!("select {} from audit_events where cause_id = {cause}", self.uuid_text("id"))).await)
    }

    /// Everything a search finds, in pages of this size that look at so many rows each; and every place that was told.
    async fn walked(&self, scope: &Scope, text: &str, (limit, looks_at): (usize, i64)) -> (Vec<Id>, Vec<Id>) {
        let mut search = Search::default();
        search.add_text(text, self.clock.now()).expect("a search");
        let mut wanted = Wanted { scope: scope.clone(), search, before: None, looks_at };
        let (mut found, mut places) = (Vec::new(), Vec::new());
        loop {
            let mut view = self.db().view().await.expect("a view");
            let page = audit_list::list(&mut view, &wanted, limit).await.expect("a page");
            found.extend(page.events.iter().map(|event| event.id));
            let Some(next) = page.next else { return (found, places) };
            assert!(wanted.before.is_none_or(|before| next < before), "a walk goes on");
            places.push(next.1);
            wanted.before = Some(next);
        }
    }
}

fn made(people: &[Id], teams: &[Id]) -> impl Strategy<Value = Made> + use<> {
    let some = |ids: &[Id]| proptest::option::weighted(0.7, proptest::sample::select(ids.to_vec()));
    let kind = proptest::sample::select(vec![ActorKind::ScimToken, ActorKind::User, ActorKind::BreakGlass]);
    let action = proptest::sample::select(vec![
        Action::UserUpdated,
        Action::TeamMemberAdded,
        Action::AuthBreakGlassLogin,
        Action::BreakGlassTested,
    ]);
    (some(people), some(teams), kind, action, 0..20_u64).prop_map(|(user, team, kind, action, second)| Made {
        user,
        team,
        kind,
        action,
        second,
    })
}

fn caller(user: &str) -> Caller {
    Caller { user: id(user), name: user.to_owned(), role: PlatformRole::User, means: Means::Okta }
}

fn ids(body: &Value) -> Vec<String> {
    let list = body["events"].as_array().expect("events");
    list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

fn actions(body: &Value) -> Vec<&str> {
    body["events"].as_array().expect("events").iter().map(|one| one["action"].as_str().expect("a code")).collect()
}

async fn search(roll: &Roll, who: &Signed, q: &str) -> Value {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    who.get(roll, &format!("/api/audit?{query}")).await.expect(200).body
}

pub async fn lead(roll: &Roll, team: &str, user: &str) {
    let (team, user) = (roll.uuid(team), roll.uuid(user));
    let sql = format!("update team_members set role = 'TEAM_ADMIN' where team_id = {team} and user_id = {user}");
    roll.sql_run(&sql).await;
}

facts! {
    async fn nobody_sees_a_foreign_row_whatever_the_rows_and_the_search(roll: Roll) {
        let mut people = Vec::new();
        for name in ["dana", "erin", "finn"] {
            people.push(roll.person(name).await);
        }
        let members: Vec<&str> = people.iter().map(String::as_str).collect();
        let (ops, net, gone) = (roll.group("Ops", &members).await, roll.group("Net", &members).await, roll.group("Gone", &members).await);
        for team in [&ops, &net, &gone] {
            lead(&roll, team, &people[0]).await;
        }
        lead(&roll, &ops, &people[1]).await;
        roll.delete(&format!("/Groups/{gone}")).await.expect(204);
        let left = format!("update team_members set opted_out = true where team_id = {} and user_id = {}", roll.uuid(&net), roll.uuid(&people[0]));
        roll.sql_run(&left).await;
        roll.sql_run("delete from audit_events").await;
        let (people_ids, teams) = (people.iter().map(|one| id(one)).collect::<Vec<_>>(), [id(&ops), id(&net), id(&gone)]);
        let mut runner = TestRunner::deterministic();
        let mut rows = Vec::new();
        for _ in 0..150 {
            let one = made(&people_ids, &teams).new_tree(&mut runner).expect("a row").current();
            rows.push((roll.write(&one).await, one));
        }
        for (number, leads) in [(0, vec![id(&ops)]), (1, vec![id(&ops)]), (2, vec![])] {
            let mut view = roll.db().view().await.expect("a view");
            let scope = audit_log::scope(&mut view, &caller(&people[number])).await.expect("a scope");
            drop(view);
            let is_seen = |made: &Made| made.is_seen(people_ids[number], &leads);
            let seen: BTreeSet<Id> = rows.iter().filter(|(_, made)| is_seen(made)).map(|(id, _)| *id).collect();
            for (row, made) in &rows {
                let mut view = roll.db().view().await.expect("a view");
                let found = audit_list::find(&mut view, &scope, *row).await.expect("an answer");
                assert_eq!(found.is_some(), is_seen(made), "{made:?}");
            }
            let searches: [(String, Oracle<'_>); 6] = [
                (String::new(), Box::new(|_| true)),
                ("-action:user.updated".to_owned(), Box::new(|made| made.action != Action::UserUpdated)),
                ("action:team.*".to_owned(), Box::new(|made| made.action == Action::TeamMemberAdded)),
                ("actor:break_glass".to_owned(), Box::new(|made| made.kind == ActorKind::BreakGlass)),
                ("user:erin@example.com".to_owned(), Box::new(|made| made.user == Some(people_ids[1]))),
                (format!("-team:{net} somebody"), Box::new(|made| made.team != Some(id(&net)))),
            ];
            for (text, oracle) in &searches {
                let wanted: BTreeSet<Id> =
                    rows.iter().filter(|(row, made)| seen.contains(row) && oracle(made)).map(|(row, _)| *row).collect();
                for sizes in [(1, 7), (4, 3), (7, 1), (50, 20_000)] {
                    let (found, places) = roll.walked(&scope, text, sizes).await;
                    assert_eq!(found.len(), wanted.len(), "each once: {text}");
                    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted, "{text} {sizes:?}");
                    assert!(places.iter().all(|place| seen.contains(place)), "a place that is not theirs: {text}");
                }
            }
        }
    }

    async fn an_admin_finds_the_same_by_every_lane_however_far_it_looks(roll: Roll) {
        let people = [id(&roll.person("dana").await), id(&roll.person("erin").await)];
        let teams = [id(&roll.group("Ops", &[]).await), id(&roll.group("Net", &[]).await)];
        roll.sql_run("delete from audit_events").await;
        let mut runner = TestRunner::deterministic();
        let mut rows = Vec::new();
        for _ in 0..80 {
            let one = made(&people, &teams).new_tree(&mut runner).expect("a row").current();
            rows.push((one.second, roll.write(&one).await, one));
        }
        rows.sort_by_key(|(second, row, _)| std::cmp::Reverse((*second, *row)));
        let searches: [(&str, Told); 6] = [
            ("", |_, _, _| true),
            ("user:dana@EXAMPLE.com severity:info", |made, dana, _| made.user == Some(dana) && made.action.about().severity.as_str() == "INFO"),
            ("team:OPS", |made, _, ops| made.team == Some(ops)),
            ("action:user.* -user:dana@example.com", |made, dana, _| made.action == Action::UserUpdated && made.user != Some(dana)),
            ("severity:HIGH actor:user", |made, _, _| made.action.code().contains("break_glass") && made.kind == ActorKind::User),
            ("team:nothing", |_, _, _| false),
        ];
        for (text, oracle) in searches {
            let wanted: Vec<Id> =
                rows.iter().filter(|(_, _, made)| oracle(made, people[0], teams[0])).map(|(_, row, _)| *row).collect();
            for sizes in [(1, 5), (9, 2), (50, 20_000)] {
                assert_eq!(roll.walked(&Scope::Everything, text, sizes).await.0, wanted, "{text} {sizes:?}");
            }
        }
    }

    async fn rows_are_shown_whole_with_what_people_and_teams_are_called(roll: Roll) {
        let boss = roll.admin("boss").await;
        let dana = roll.person("dana").await;
        let team = roll.group("Payments", &[&dana]).await;
        let found = search(&roll, &boss, "action:team.member.added").await;
        let row = &found["events"][0];
        assert_eq!([&row["userName"], &row["teamName"]], [&json!("dana Example"), &json!("Payments")]);
        assert_eq!([&row["userId"], &row["teamId"]], [&json!(dana), &json!(team)]);
        assert_eq!(row["actor"]["kind"], "scim_token");
        let one = boss.get(&roll, &format!("/api/audit/{}", row["id"].as_str().expect("an id"))).await.expect(200).body;
        assert_eq!(&one, row);
        for path in [format!("user/{dana}"), format!("team/{team}")] {
            let history = boss.get(&roll, &format!("/api/audit/{path}")).await.expect(200).body;
            assert_eq!(actions(&history).len(), 2, "{history}");
        }
    }

    async fn parameters_tokens_and_texts_find_the_same(roll: Roll) {
        let boss = roll.admin("boss").await;
        let dana = roll.person("dana").await;
        for (query, q) in [
            (format!("user={dana}&action=user.created"), format!("user:{dana} action:user.created")),
            ("user=DANA%40example.com".to_owned(), "user:dana@example.com".to_owned()),
            ("text=Dana+EXAMPLE".to_owned(), "\"dana example\"".to_owned()),
            (
                "actor=okta&source=scim&outcome=success&ip=127.0.0.0%2F8&since=1h&text=dana".to_owned(),
                "actor:Okta source:SCIM outcome:success ip:127.0.0.1 since:1h user:dana@example.com".to_owned(),
            ),
        ] {
            let by_parameter = boss.get(&roll, &format!("/api/audit?{query}")).await.expect(200).body;
            assert_eq!(actions(&by_parameter), ["user.created"], "{query}");
            assert_eq!(search(&roll, &boss, &q).await, by_parameter, "{q}");
        }
        let request = by_first(&search(&roll, &boss, "user:dana@example.com").await, "requestId");
        assert_eq!(actions(&search(&roll, &boss, &format!("request:{request}")).await), ["user.created"]);
        assert!(ids(&search(&roll, &boss, "until:1h").await).is_empty());
    }

    async fn pages_follow_each_other_and_a_cursor_is_worth_nothing_elsewhere(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        for name in ["a", "b", "c"] {
            roll.person(name).await;
        }
        let (mut seen, mut path) = (Vec::new(), "/api/audit?limit=2&action=user.created".to_owned());
        let mut cursors = Vec::new();
        loop {
            let page = boss.get(&roll, &path).await.expect(200).body;
            seen.extend(ids(&page));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursors.push(next.to_owned());
            path = format!("/api/audit?limit=2&action=user.created&cursor={next}");
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (5, 5));
        let cursor = &cursors[0];
        boss.get(&roll, &format!("/api/audit?limit=1&action=user.created&cursor={cursor}")).await.expect(200);
        for path in [
            format!("/api/audit?cursor={cursor}"),
            format!("/api/audit?action=user.updated&cursor={cursor}"),
            format!("/api/audit?action=user.created&cursor={cursor}0"),
            format!("/api/audit/user/{}?action=user.created&cursor={cursor}", boss.user),
            "/api/audit?action=user.created&cursor=".to_owned(),
        ] {
            problem(boss.get(&roll, &path).await, 400, "cursor: was not made by this server");
        }
        problem(dana.get(&roll, &path.replace(path.rsplit('=').next().expect("a cursor"), cursor)).await, 400, "cursor");
    }

    async fn what_cannot_be_asked_is_told_by_its_field(roll: Roll) {
        let boss = roll.admin("boss").await;
        for (query, field, words) in [
            ("limit=0", "limit", "from 1 to 100"),
            ("limit=101", "limit", "from 1 to 100"),
            ("severity=loud", "severity", "one of INFO, WARN, HIGH"),
            ("ip=10.0.0.0/99", "ip", "a network"),
            ("since=soon", "since", "a span such as 24h"),
            ("cause=7", "cause", "an id"),
            ("q=who:me", "q", "at character 1: who is no key"),
            ("text=%00", "text", "control"),
            ("text=", "text", "no value"),
            ("colour=red", "colour", "not known"),
        ] {
            let answer = problem(boss.get(&roll, &format!("/api/audit?{query}")).await, 400, words);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
        for path in ["/api/audit/7", "/api/audit/user/7", "/api/audit/nothing/7"] {
            boss.get(&roll, path).await.expect(404);
        }
    }

    async fn everybody_reads_their_own_rows_and_teams_theirs(roll: Roll) {
        let (dana, erin) = (roll.signed("dana").await, roll.signed("erin").await);
        let team = roll.group("Ops", &[&dana.user, &erin.user]).await;
        let of_erin = roll.audit_row(&erin.user).await;
        let beside = "-action:auth.signed_in";
        assert_eq!(actions(&search(&roll, &dana, beside).await), ["team.member.added", "user.created"]);
        problem(dana.get(&roll, &format!("/api/audit/{of_erin}")).await, 404, "no audit row");
        lead(&roll, &team, &dana.user).await;
        let seen = search(&roll, &dana, beside).await;
        assert_eq!(actions(&seen), ["team.member.added", "team.member.added", "team.created", "user.created"]);
        dana.get(&roll, &format!("/api/audit/{of_erin}")).await.expect(200);
        assert_eq!(actions(&search(&roll, &dana, "user:erin@example.com").await), ["team.member.added"]);
        assert_eq!(actions(&erin.get(&roll, &format!("/api/audit/team/{team}")).await.expect(200).body), ["team.member.added"]);
    }

    async fn what_break_glass_accounts_do_is_for_admins(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.signed("dana").await);
        let glass = roll.break_glass("glass").await;
        let glass = roll.sign_in_as(&glass, rollcall::model::session::Born::BreakGlass).await;
        let path = format!("/api/users/{}/role", dana.user);
        glass.send(&roll, Method::PATCH, &path, &json!({ "role": "PLATFORM_ADMIN" })).await.expect(200);
        boss.send(&roll, Method::PATCH, &path, &json!({ "role": "USER" })).await.expect(200);
        assert_eq!(actions(&search(&roll, &boss, &format!("action:user.role.changed user:{}", dana.user)).await).len(), 2);
        let seen = search(&roll, &dana, "-action:auth.signed_in").await;
        assert_eq!(actions(&seen), ["user.role.changed", "user.created"]);
    }
}

fn by_first(body: &Value, field: &str) -> String {
    body["events"][0][field].as_str().expect("a text").to_owned()
}
