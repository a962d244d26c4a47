//! What the engines would do for each statement of the store: nothing is looked through that could be looked up, and
//! nothing is sorted that an index has in order. What does either is in a table, with the reason.

use std::collections::BTreeSet;
use std::fmt;

use rollcall::audit::search as audit_search;
use rollcall::model::Id;
use rollcall::scim::cursor::Mark;
use rollcall::scim::filter;
use rollcall::scim::list::Page;
use rollcall::scim::schema::{GROUP, RESOURCE_TYPES, ResourceType, USER};
use rollcall::scim::sort::Sort;
use rollcall::store::audit_counts;
use rollcall::store::audit_list;
use rollcall::store::dialect::Engine;
use rollcall::store::rows::Bind;
use rollcall::store::scim_list::{self, Part, Wanted};
use rollcall::store::scim_root;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

use crate::catalogue::statements;
use crate::harness::{Roll, facts};

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// Rows of a table are gone through to find some: without an index, or all along one.
    Scan(String),
    /// Rows are sorted, not read in their order; under a limit, more than are wanted.
    Sort { limited: bool },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan(what) => write!(out, "goes through {what}"),
            Self::Sort { .. } => out.write_str("sorts"),
        }
    }
}

const BOTH: &[Engine] = &[Engine::Pg, Engine::Lite];
const PG: &[Engine] = &[Engine::Pg];
const LITE: &[Engine] = &[Engine::Lite];

/// A fault that is meant: on these engines, in statements that contain these words, and why.
struct Meant {
    on: &'static [Engine],
    words: &'static str,
    is_sort: bool,
    why: &'static str,
}

const fn scan(on: &'static [Engine], words: &'static str, why: &'static str) -> Meant {
    Meant { on, words, is_sort: false, why }
}

const fn sort(on: &'static [Engine], words: &'static str, why: &'static str) -> Meant {
    Meant { on, words, is_sort: true, why }
}

const WHY_SMALL: &str =
    "found by its id or its age; here the table is too small for the planner to care which index it takes";

const MEANT: [Meant; 29] = [
    scan(
        LITE,
        "insert into users (",
        "a trigger hangs on the table, so SQLite keeps steps ready that repair foreign keys broken earlier in the \
         statement; none is ever broken, and it skips them",
    ),
    scan(
        BOTH,
        "select count(*) as total from",
        "an exact total costs what matches; without a filter nothing is counted",
    ),
    scan(
        BOTH,
        "select u.id from users u where",
        "one part of a union of sets, each of which has a condition with an index",
    ),
    scan(BOTH, "from connection_marks", "a dozen rows at most, one a kind of thing, and all of them are read"),
    scan(BOTH, "from scim_tokens order by", "tokens are a handful, and all of them are shown"),
    sort(BOTH, "from scim_tokens order by", "tokens are a handful, and all of them are shown"),
    scan(BOTH, "from scim_tokens where origin", "tokens are a handful; asked once at the start"),
    scan(
        BOTH,
        "from users where is_active and not",
        "asked only while many lose access, and ends at about the hundredth active person",
    ),
    sort(BOTH, "sides order by", "two beginnings of an order, each no longer than the page, are merged"),
    sort(LITE, " in (select ", "who is in a set is put in order: as many as match"),
    sort(PG, "from users where scim_id in (", "the people of one piece of a list, locked in order"),
    sort(PG, "and t.scim_visible and m.user_id in (", "the teams of the people of one page"),
    scan(BOTH, "platform_role = 'PLATFORM_ADMIN' and is_active", "platform admins are a handful, locked in order"),
    scan(
        BOTH,
        "from users where is_break_glass_account",
        "break-glass accounts are a handful, and all of them are shown",
    ),
    scan(PG, "update sessions set ended_at = $2 where id", WHY_SMALL),
    scan(PG, "delete from rate_counters", WHY_SMALL),
    scan(PG, "delete from contact_verifications", WHY_SMALL),
    scan(PG, "delete from outbox", WHY_SMALL),
    scan(PG, "delete from team_tags", WHY_SMALL),
    scan(PG, "update contact_verifications set ended_at = $2, verified_at", WHY_SMALL),
    scan(PG, "delete from login_attempts", WHY_SMALL),
    scan(PG, "delete from seen_jti", WHY_SMALL),
    scan(PG, "as name, u.platform_role, u.is_active", WHY_SMALL),
    scan(PG, "where u.is_break_glass_account and s.ended_at is null", "break-glass accounts are a handful"),
    scan(PG, "delete from login_attempts", WHY_SMALL),
    scan(PG, "delete from user_devices", WHY_SMALL),
    scan(PG, "from user_devices where token = $1", WHY_SMALL),
    scan(PG, "update user_devices set ended_at = $2 where id in", WHY_SMALL),
    sort(PG, "union select id from users where deleted_at is null and okta_id", "three rows at most, locked in order"),
];

/// A step of PostgreSQL's plan and what is below it. `limited` says that a limit above ends the walk early.
fn pg_faults(step: &Value, limited: bool, found: &mut Vec<Fault>) {
    let word = |name: &str| step[name].as_str().unwrap_or_default();
    let kind = word("Node Type");
    let is_walk =
        matches!(kind, "Index Scan" | "Index Only Scan" | "Bitmap Index Scan") && step["Index Cond"].is_null();
    let index = if kind == "Seq Scan" { "without an index" } else { word("Index Name") };
    // The first row there is may be any.
    let is_any = limited && step["Filter"].is_null();
    if kind == "Seq Scan" && !is_any || is_walk && !limited {
        found.push(Fault::Scan(format!("{} {index}", word("Relation Name"))));
    }
    if kind.ends_with("Sort") {
        found.push(Fault::Sort { limited });
    }
    let ends = ["Sort", "Incremental Sort", "Aggregate", "Hash", "Materialize", "Bitmap Heap Scan"].contains(&kind);
    let below = kind == "Limit" || limited && !ends;
    for (at, inner) in step["Plans"].as_array().into_iter().flatten().enumerate() {
        // The inner side of a loop begins anew for each row of the outer one.
        pg_faults(inner, below && (at == 0 || kind != "Nested Loop"), found);
    }
}

/// The lines of SQLite's plan: (id, parent, detail).
type Lines = Vec<(i64, i64, String)>;

fn lite_faults(lines: &Lines, sql: &str) -> Vec<Fault> {
    let made: Vec<&str> = lines.iter().filter_map(|(_, _, line)| made_table(line)).collect();
    let mut found = Vec::new();
    for (_, parent, line) in lines {
        let is_sorted = lines.iter().any(|(_, other, line)| other == parent && line.starts_with("USE TEMP B-TREE FOR"));
        let table = line.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default());
        let is_stored = table.is_some_and(|table| !made.contains(&table) && !line.contains("CONSTANT ROW"));
        let is_limited = sql.contains(" limit ") && !is_sorted;
        let is_walk = line.contains(" USING ") && is_limited;
        if is_stored && !is_walk || is_present_only(line, sql) && !is_limited || line.contains(" AUTOMATIC ") {
            found.push(Fault::Scan(line.clone()));
        }
        if line.starts_with("USE TEMP B-TREE FOR") && line.contains("ORDER BY") {
            found.push(Fault::Sort { limited: sql.contains(" limit ") });
        }
    }
    found
}

/// Whether a search is by no more than that a column is not null: SQLite calls that a search, and goes through them all.
fn is_present_only(line: &str, sql: &str) -> bool {
    let column = line.strip_suffix(">?)").and_then(|rest| rest.rsplit('(').next());
    let is_compared = |column: &str| sql.contains(&format!("{column} >")) || sql.contains(&format!("{column}, "));
    line.starts_with("SEARCH ") && column.is_some_and(|column| !is_compared(column))
}

/// A table that the statement itself makes, such as a subquery under a name.
fn made_table(line: &str) -> Option<&str> {
    line.strip_prefix("CO-ROUTINE ").or_else(|| line.strip_prefix("MATERIALIZE "))
}

/// Asks one engine for plans, over one connection.
enum Planner {
    Pg(PgConnection),
    Lite(SqliteConnection),
}

impl Planner {
    async fn of(roll: &Roll) -> Self {
        match roll.engine() {
            Engine::Pg => Self::Pg(PgConnection::connect(roll.database_url()).await.expect("PostgreSQL")),
            Engine::Lite => Self::Lite(SqliteConnection::connect(roll.database_url()).await.expect("SQLite")),
        }
    }

    /// The faults of a statement, planned without its values. PostgreSQL is told to leave scans to the last, and then
    /// sorts as well: what it does even so, it has no index for.
    async fn faults(&mut self, sql: &str) -> Vec<Fault> {
        let Self::Pg(pg) = self else { return self.usual_faults(sql).await };
        pg.execute("set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = on").await.expect("set");
        let mut found = pg_generic_faults(pg, sql).await;
        if found.iter().any(|fault| matches!(fault, Fault::Sort { .. })) {
            pg.execute("set enable_sort = off").await.expect("set");
            if pg_generic_faults(pg, sql).await.is_empty() {
                found.clear();
            }
        }
        found
    }

    /// The faults of a statement by the planner's own settings.
    async fn usual_faults(&mut self, sql: &str) -> Vec<Fault> {
        match self {
            Self::Pg(pg) => pg_generic_faults(pg, sql).await,
            Self::Lite(lite) => {
                let explain = AssertSqlSafe(format!("explain query plan {sql}"));
                let rows = sqlx::query(explain).fetch_all(lite).await.expect("a plan");
                let lines = rows.iter().map(|row| (row.get(0), row.get(1), row.get("detail"))).collect();
                lite_faults(&lines, sql)
            }
        }
    }
}

async fn pg_generic_faults(pg: &mut PgConnection, sql: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    pg_faults(&generic_plan(pg, sql).await[0]["Plan"], false, &mut found);
    found
}

/// The plan that PostgreSQL would keep for a prepared statement, whatever its values. Version 15 has no shorter way.
async fn generic_plan(pg: &mut PgConnection, sql: &str) -> Value {
    let run = |sql: String| AssertSqlSafe(sql);
    pg.execute("set plan_cache_mode = force_generic_plan").await.expect("set");
    pg.execute(run(format!("prepare asked as {sql}"))).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let count = "select cardinality(parameter_types) from pg_prepared_statements where name = 'asked'";
    let count: i32 = sqlx::query_scalar(count).fetch_one(&mut *pg).await.expect("a count");
    let nulls = vec!["null"; usize::try_from(count).expect("a count")].join(", ");
    let values = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
    let plan = sqlx::raw_sql(run(format!("explain (format json) execute asked{values}")));
    let plan: Value = plan.fetch_one(&mut *pg).await.expect("a plan").get(0);
    pg.execute("deallocate asked").await.expect("deallocate");
    plan
}

/// The line of the table that means this fault.
fn meant(engine: Engine, sql: &str, fault: &Fault) -> Option<&'static Meant> {
    let is_sort = matches!(fault, Fault::Sort { .. });
    MEANT.iter().find(|one| one.on.contains(&engine) && one.is_sort == is_sort && sql.contains(one.words))
}

/// The statements that are run, and where each stands. Lists of columns are only the beginnings of others.
fn asked(roll: &Roll) -> Vec<(String, String)> {
    let all = statements().into_iter().map(|one| (one.sql(roll.engine()).trim_end().to_owned(), one.place));
    let all: Vec<(String, String)> = all.map(|(sql, place)| (place, sql)).collect();
    let is_whole = |sql: &str| !all.iter().any(|(_, other)| other.len() > sql.len() && other.starts_with(sql));
    let whole = all.iter().filter(|(_, sql)| is_whole(sql)).cloned();
    whole.chain(hot_searches(roll)).collect()
}

/// A statement with its values in it, because a plan is asked for without any.
pub fn with_values(roll: &Roll, sql: String, binds: &[Bind]) -> String {
    binds.iter().enumerate().rev().fold(sql, |sql, (at, bind)| {
        let value = match bind {
            Bind::Id(Some(id)) => roll.uuid(&id.to_string()),
            Bind::Text(Some(text)) => format!("'{text}'"),
            Bind::Int(number) => number.to_string(),
            Bind::Time(Some(at)) => roll.moment(&at.rfc3339()),
            other => panic!("{other:?} has no literal"),
        };
        sql.replace(&format!("${}", at + 1), &value)
    })
}

/// The tables that grow with the roll, and with what is done to it.
const GROWING: [&str; 13] = [
    "users",
    "user_values",
    "refresh_tokens",
    "teams",
    "team_members",
    "team_revisions",
    "team_requests",
    "audit_events",
    "scim_requests",
    "hook_events",
    "hook_messages",
    "okta_people",
    "okta_groups",
];

/// Fills PostgreSQL with copies of one person and one team: 5,000 people, a team of them all, 4,000 others; and with
/// what Okta told of them. SQLite plans by the schema alone and needs none.
async fn fill(roll: &Roll) {
    let dana = roll.person("dana").await;
    roll.group("Ops", &[&dana]).await;
    roll.flush().await;
    if roll.engine() == Engine::Pg {
        roll.sql_run(COPIES).await;
        roll.sql_run(TOLD).await;
    }
}

const COPIES: &str = "
    alter table users disable trigger user;
    alter table teams disable trigger user;
    insert into users select copy.* from users u, generate_series(1, 5000) n, lateral jsonb_populate_record(u, \
     jsonb_build_object('id', gen_random_uuid(), 'scim_id', gen_random_uuid(), 'external_id', u.external_id || n, \
     'okta_id', u.okta_id || n, 'user_name', u.user_name || n, 'user_name_key', u.user_name_key || n, \
     'email_key', u.email_key || n, 'created_at', u.created_at + n * interval '1 second', \
     'updated_at', u.updated_at + n * interval '1 second')) copy;
    insert into user_values select u.id, v.attribute, v.element, v.value_key || u.user_name_key \
     from users u, user_values v where not exists (select 1 from user_values o where o.user_id = u.id);
    insert into teams select copy.* from teams t, generate_series(1, 4000) n, lateral jsonb_populate_record(t, \
     jsonb_build_object('id', gen_random_uuid(), 'name', t.name || n, 'name_key', t.name_key || n, \
     'external_id', null, 'created_at', t.created_at + n * interval '1 second')) copy;
    insert into team_revisions select t.id, r.slot, r.revision, r.changed_at from teams t, team_revisions r \
     where not exists (select 1 from team_revisions o where o.team_id = t.id);
    insert into team_members select copy.* from team_members m, \
     (select id, name_key, row_number() over (order by id) as at from teams) t, \
     (select id, row_number() over (order by id) as at from users) u, lateral jsonb_populate_record(m, \
     jsonb_build_object('id', gen_random_uuid(), 'user_id', u.id, 'team_id', t.id)) copy \
     where u.id <> m.user_id and (t.name_key = 'ops' or u.at / 12 = t.at);
    insert into audit_events select copy.* from (select id, row_number() over () as at from users) u, \
     audit_events a, generate_series(1, 4) n, lateral jsonb_populate_record(a, jsonb_build_object( \
     'id', gen_random_uuid(), 'at', a.at + (4 * u.at + n) * interval '1 second', 'cause_id', gen_random_uuid(), \
     'user_id', u.id, 'resource_id', u.id)) copy where a.action = 'user.created';
    insert into scim_requests select copy.* from generate_series(1, 10000) n, scim_requests r, \
     lateral jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'cause_id', gen_random_uuid(), \
     'at', r.at + n * interval '1 second')) copy where r.path like '%Users%';
    analyze";

/// An inbox of 40,000 events in 3,000 lanes, of which every tenth waits, half of these in one lane; signed messages;
/// groups, every hundredth linked; and refresh tokens, of which most have ended.
const TOLD: &str = "
    insert into hook_events select gen_random_uuid(), 'event ' || n, case when n % 20 = 0 then 'user:one' else 'user:' || \
     n % 3000 end, case when n % 50 = 0 then 'log' else 'hook' end, 'user.lifecycle.suspend', at, at, \
     case when n % 10 > 0 then 'applied' when n % 200 = 0 then 'failed' else 'received' end, null, 0, at, \
     case when n % 10 > 0 then at end, null, case when n % 30 >= 10 or n % 10 = 0 then '{}' end, 'r' \
     from (select n, now() - n * interval '1 minute' as at from generate_series(1, 40000) n) told;
    update hook_events set state = 'dead' where event_key like 'event %777';
    insert into hook_messages select 'message ' || n, now() - n * interval '1 second' from generate_series(1, 20000) n;
    insert into okta_people select '00u' || n, 'ok', now(), 'okta', null, null, null, null, null, n % 100 = 0 \
     from generate_series(1, 5000) n;
    insert into okta_groups select '00g' || n, 'Ops' || n, 'ops' || n, now(), null from generate_series(1, 4000) n;
    update teams set okta_group_id = '00g' || substr(name_key, 4) where name_key like 'ops%00';
    insert into refresh_tokens select gen_random_uuid(), decode(md5(u.id::text || n), 'hex'), u.id, \
     null, 1 + n, now(), null, now(), case when n % 4 < 3 then now() end \
     from users u, generate_series(0, 7) n;
    insert into team_requests select gen_random_uuid(), u.id, 'Wish ' || n, 'wish ' || n, 'Many.',      case n when 0 then 'PENDING' else 'REJECTED' end, null, case when n > 0 then now() end, null, null, now()      from users u, generate_series(0, 2) n;
    analyze";

/// Searches that Okta lives on, each with its values.
fn hot_searches(roll: &Roll) -> Vec<(String, String)> {
    let id = "00000000-0000-7000-8000-00000000dead".to_owned();
    let filtered = |resource: &'static ResourceType, text: &str| Wanted {
        filter: Some(filter::parse(text, resource).expect("a filter")),
        ..Wanted::default()
    };
    let deep = |resource: &'static ResourceType, by: Option<&str>| Wanted {
        sort: by.and_then(|by| Sort::parse(Some(by), None, resource, &[]).expect("known")),
        part: Part::Keyset(Some(Mark { key: by.map(|_| "p".to_owned()), id: id.clone() }), 100),
        ..Wanted::default()
    };
    let pages = [
        ("match userName eq", &USER, filtered(&USER, "userName eq \"dana@example.com\"")),
        ("match externalId eq", &USER, filtered(&USER, "externalId eq \"00u1\"")),
        ("match emails eq", &USER, filtered(&USER, "emails.value eq \"dana@example.com\"")),
        (
            "match or of names",
            &USER,
            filtered(&USER, "userName eq \"a\" or emails[type eq \"work\" and value eq \"b\"]"),
        ),
        ("match displayName eq", &GROUP, filtered(&GROUP, "displayName eq \"Ops\"")),
        ("first page", &USER, Wanted::default()),
        ("first page of groups", &GROUP, Wanted::default()),
        ("deep page", &USER, deep(&USER, None)),
        ("deep page by userName", &USER, deep(&USER, Some("userName"))),
        ("deep page of groups", &GROUP, deep(&GROUP, None)),
    ];
    let mut found = Vec::new();
    for (what, resource, wanted) in pages {
        let (sql, binds) = scim_list::page_statement(roll.engine(), resource, &wanted).expect("a statement");
        found.push((what.to_owned(), with_values(roll, sql, &binds)));
    }
    found.extend(audit_searches(roll));
    for by in ["id", "userName"] {
        let sort = |resource| Sort::parse(Some(by), None, resource, &RESOURCE_TYPES).expect("known");
        let [people, groups] = [&USER, &GROUP].map(|one| Wanted { sort: sort(one), ..Wanted::default() });
        let page = Page { start: 1, count: 101 };
        let (sql, binds) = scim_root::statement(roll.engine(), [&people, &groups], None, page).expect("a statement");
        found.push((format!("root by {by}"), with_values(roll, sql, &binds)));
    }
    found
}

/// Every way in which the audit is walked, by an admin and by somebody who runs teams, deep in the middle of it.
fn audit_searches(roll: &Roll) -> Vec<(String, String)> {
    let (id, now) = (Id::fresh(), roll.clock.now());
    let searches = [
        "",
        "-source:hook text:x",
        "outcome:failure",
        "actor:cli",
        "source:scim",
        "resource:team",
        "actor:Okta",
        "ip:10.0.0.0/8",
        "request:r",
        "ip:192.0.2.7",
        "severity:high",
        "severity:warn text:x",
        "severity:info",
        "action:user.created",
        "action:user.* text:x",
        "cause:ID",
        "user:ID -actor:cli",
        "team:ID",
        "actor:user/ID",
        "resource:team/ID",
        "since:7d until:1d",
    ];
    let mut found = Vec::new();
    for text in searches {
        let mut search = audit_search::Search::default();
        search.add_text(&text.replace("ID", &id.to_string()), now).expect("a search");
        let own = audit_list::Scope::Own { user: id, teams: vec![Id::fresh(), Id::fresh()] };
        for scope in [audit_list::Scope::Everything, own] {
            let wanted =
                audit_list::Wanted { scope, search: search.clone(), before: Some((now, id)), ..Default::default() };
            let counts = audit_counts::statements(roll.engine(), &wanted);
            for (sql, binds) in audit_list::statements(roll.engine(), &wanted, 50).into_iter().chain(counts) {
                found.push((format!("audit {text}"), with_values(roll, sql, &binds)));
            }
        }
    }
    found
}

/// Faults among many rows that are meant on PostgreSQL: where, whether it is a sort, and why.
const MEANT_AMONG_MANY: [(&str, bool, &str); 10] = [
    ("replay_jobs.rs", true, "replays of many events are a handful: sorting them costs nothing"),
    ("devices.rs", true, "the planner would rather sort the twenty devices that a person has than read them in order"),
    (
        "mobile.rs",
        true,
        "the planner would rather sort the twenty open sign-ins that a person has than read them in order",
    ),
    (
        "sessions.rs",
        true,
        "the planner would rather sort the fifty open sessions that a person has than read them in order",
    ),
    (
        "api_keys.rs",
        true,
        "the planner would rather sort the twenty-five keys that a person has than read them in order",
    ),
    ("sweeps.rs", true, "a batch of what is old is put in the order of its age"),
    ("outbox.rs", true, "what waits in a lane is a handful, for minutes"),
    ("scim_tokens.rs", true, "tokens are a handful: sorting a page of them costs nothing"),
    ("match ", true, "those who match are put in order: as many as there are"),
    (
        "sweeps.rs",
        false,
        "planned without values a batch is a tenth of the table; with them it is looked up by its ids",
    ),
];

/// Whether it is a fault where there are many rows: of a table that grows, or a sort of more than a limit wants.
fn matters(place: &str, fault: &Fault) -> bool {
    let is_meant = |sort| MEANT_AMONG_MANY.iter().any(|one| place.starts_with(one.0) && one.1 == sort);
    match fault {
        Fault::Scan(what) => GROWING.contains(&what.split(' ').next().unwrap_or_default()) && !is_meant(false),
        Fault::Sort { limited } => *limited && !is_meant(true),
    }
}

facts! {
    async fn no_statement_looks_through_a_table_or_sorts_one_but_for_a_reason(roll: Roll) {
        fill(&roll).await;
        let (mut planner, engine) = (Planner::of(&roll).await, roll.engine());
        let (mut wrong, mut needed) = (Vec::new(), BTreeSet::new());
        for (place, sql) in asked(&roll) {
            for fault in planner.faults(&sql).await {
                match meant(engine, &sql, &fault) {
                    Some(meant) => drop(needed.insert(meant.words)),
                    None => wrong.push(format!("{place} {fault}: {sql}")),
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let table = MEANT.iter().filter(|one| one.on.contains(&engine)).map(|one| one.words);
        assert_eq!(needed, table.collect(), "a line of the table that nothing needs");
    }

    async fn among_many_rows_the_planner_still_looks_things_up(roll: Roll) {
        fill(&roll).await;
        let (mut planner, engine) = (Planner::of(&roll).await, roll.engine());
        let mut wrong = Vec::new();
        for (place, sql) in asked(&roll) {
            let found = planner.usual_faults(&sql).await;
            let beyond = found.iter().filter(|fault| matters(&place, fault) && meant(engine, &sql, fault).is_none());
            wrong.extend(beyond.map(|fault| format!("{place} {fault}: {sql}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn a_statement_without_an_index_is_found_out(roll: Roll) {
        let mut planner = Planner::of(&roll).await;
        for (sql, faults) in [
            ("select id from users where phone = $1", 1),
            ("select id from users where phone = $1 order by last_name", 2),
            ("select id from users where scim_id is not null order by last_name limit 10", 2),
            ("select id from teams where id = $1", 0),
            ("select scim_id from users where scim_id is not null order by scim_id limit 10", 0),
            ("select scim_id from users where scim_id is not null", 1),
        ] {
            let found = planner.faults(sql).await;
            assert_eq!(found.len(), faults, "{found:?}: {sql}");
        }
    }

    async fn an_index_that_is_gone_is_missed(roll: Roll) {
        let sweep = asked(&roll).into_iter().find(|(_, sql)| sql.starts_with("delete from audit_events"));
        let (_, sweep) = sweep.expect("a sweep of the audit");
        assert_eq!(Planner::of(&roll).await.faults(&sweep).await, []);
        roll.sql_run("drop index audit_events_at").await;
        assert!(!Planner::of(&roll).await.faults(&sweep).await.is_empty());
    }
}

#[test]
fn every_fault_that_is_meant_has_its_reason() {
    assert!(MEANT.iter().all(|one| one.why.len() > 20 && !one.on.is_empty()));
}
