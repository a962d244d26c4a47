//! The schema is one, written twice: both engines have the same tables, columns, keys, indexes and checks.

use std::collections::BTreeSet;

use rollcall::store::dialect::Engine;

use crate::harness::{Roll, facts};
use crate::source::repository;
use crate::tables;

/// A schema as lines of text, each one thing that is so.
type Shape = BTreeSet<String>;

/// How PostgreSQL's types lie in SQLite.
const TYPES: [(&str, &str); 6] = [
    ("uuid", "BLOB"),
    ("bytea", "BLOB"),
    ("timestamp with time zone", "INTEGER"),
    ("bigint", "INTEGER"),
    ("boolean", "INTEGER"),
    ("text", "TEXT"),
];

/// Rows whose columns are all there; a null becomes an empty text.
async fn rows(roll: &Roll, sql: &str) -> Vec<Vec<String>> {
    let rows = roll.sql(sql).await;
    rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect()
}

/// A condition without what the engines write differently: letter case, brackets, casts of literals, line breaks.
fn plain(condition: &str) -> String {
    let text = condition.to_lowercase().replace("::text", "").replace(['(', ')'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The quoted words of a check, sorted.
fn words(check: &str) -> String {
    let mut words: Vec<&str> = check.split('\'').skip(1).step_by(2).collect();
    words.sort_unstable();
    words.join(" ")
}

async fn shape_on_postgres(roll: &Roll) -> Shape {
    let mut shape = Shape::new();
    let columns = "select table_name::text, column_name::text, data_type::text, is_nullable::text \
         from information_schema.columns where table_schema = 'public'";
    for row in rows(roll, columns).await {
        let kind =
            TYPES.iter().find(|(name, _)| *name == row[2]).unwrap_or_else(|| panic!("a type of its own: {row:?}"));
        let null = if row[3] == "YES" { "null" } else { "not null" };
        shape.insert(format!("column {}.{} {} {null}", row[0], row[1], kind.1));
        if row[2] == "boolean" {
            shape.insert(format!("boolean {}.{}", row[0], row[1]));
        }
    }
    let indexes = "select t.relname::text, i.relname::text, x.indisunique::text, x.indisprimary::text, \
         pg_get_expr(x.indpred, x.indrelid), (select string_agg(a.attname::text, ',' order by k.place) \
         from unnest(x.indkey::int2[]) with ordinality k(number, place) \
         join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number) \
         from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid \
         where t.relnamespace = 'public'::regnamespace";
    for row in rows(roll, indexes).await {
        shape.insert(match row[3].as_str() {
            "true" => format!("key of {} {}", row[0], row[5]),
            _ => index(&row[1], &row[0], row[2] == "true", &row[5], &row[4]),
        });
    }
    shape.extend(checks_on_postgres(roll).await);
    let references = "select c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text, b.attname::text \
         from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] \
         join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] where c.contype = 'f'";
    shape.extend(rows(roll, references).await.iter().map(|row| reference(&row[0], &row[1], &row[2], &row[3])));
    shape
}

async fn checks_on_postgres(roll: &Roll) -> Shape {
    let checks = "select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) from pg_constraint \
         where contype = 'c' and connamespace = 'public'::regnamespace";
    let line = |row: &Vec<String>| {
        let condition = plain(row[2].trim_start_matches("CHECK"));
        if row[2].contains("= ANY (ARRAY[") {
            return listed(&row[0], condition.split(' ').next().unwrap_or_default(), &row[2]);
        }
        format!("check {} of {}: {condition}", row[1], row[0])
    };
    rows(roll, checks).await.iter().map(line).collect()
}

async fn shape_on_sqlite(roll: &Roll) -> Shape {
    let mut shape = Shape::new();
    for table in tables::names(roll).await {
        let columns = format!(
            "select name, type, cast(\"notnull\" as text), cast(pk as text) from pragma_table_info('{table}') order by pk"
        );
        let columns = rows(roll, &columns).await;
        let null = |row: &Vec<String>| if row[2] == "0" && row[3] == "0" { "null" } else { "not null" };
        shape.extend(columns.iter().map(|row| format!("column {table}.{} {} {}", row[0], row[1], null(row))));
        let key: Vec<&str> = columns.iter().filter(|row| row[3] != "0").map(|row| row[0].as_str()).collect();
        shape.insert(format!("key of {table} {}", key.join(",")));
        let references = format!("select \"from\", \"table\", \"to\" from pragma_foreign_key_list('{table}')");
        shape.extend(rows(roll, &references).await.iter().map(|row| reference(&table, &row[0], &row[1], &row[2])));
        let text = roll.sql_one(&format!("select sql from sqlite_schema where name = '{table}'")).await;
        shape.extend(checks_on_sqlite(&table, &text));
    }
    let indexes = "select m.tbl_name, m.name, cast(l.\"unique\" as text), m.sql, (select group_concat(name, ',') from \
         (select name from pragma_index_info(m.name) order by seqno)) \
         from sqlite_schema m join pragma_index_list(m.tbl_name) l on l.name = m.name where m.sql is not null";
    for row in rows(roll, indexes).await {
        let condition = row[3].split_once(" where ").map_or("", |(_, condition)| condition);
        shape.insert(index(&row[1], &row[0], row[2] == "1", &row[4], condition));
    }
    shape
}

/// The checks in the text of a table: SQLite keeps them nowhere else.
fn checks_on_sqlite(table: &str, text: &str) -> Shape {
    let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let code = code.join(" ");
    let line = |(at, _): (usize, &str)| {
        let condition = balanced(&code[at + "check ".len()..]);
        let before: Vec<&str> = code[..at].split_whitespace().rev().take(2).collect();
        let (column, list) = condition.trim_start_matches('(').split_once(" in (").unwrap_or_default();
        match (before.as_slice(), list) {
            ([name, "constraint"], _) => format!("check {name} of {table}: {}", plain(condition)),
            (_, "0, 1))") => format!("boolean {table}.{column}"),
            _ => listed(table, column, condition),
        }
    };
    code.match_indices("check (").map(line).collect()
}

/// The text up to the bracket that closes the first one.
fn balanced(text: &str) -> &str {
    let mut depth = 0;
    for (at, char) in text.char_indices() {
        depth += i32::from(char == '(') - i32::from(char == ')');
        if depth == 0 {
            return &text[..=at];
        }
    }
    text
}

fn index(name: &str, table: &str, is_unique: bool, columns: &str, condition: &str) -> String {
    let kind = if is_unique { "unique index" } else { "index" };
    format!("{kind} {name} on {table} ({columns}) where {}", plain(condition))
}

fn reference(table: &str, column: &str, to: &str, key: &str) -> String {
    format!("reference {table}.{column} to {to}.{key}")
}

fn listed(table: &str, column: &str, check: &str) -> String {
    format!("list {table}.{column}: {}", words(check))
}

/// The schema as our own tables make it; the migrations' own table is the library's business.
async fn shape(roll: &Roll) -> Shape {
    let shape = match roll.engine() {
        Engine::Pg => shape_on_postgres(roll).await,
        Engine::Lite => shape_on_sqlite(roll).await,
    };
    shape.into_iter().filter(|line| !line.contains("_sqlx_migrations")).collect()
}

fn difference<'s>(one: &'s Shape, other: &'s Shape) -> Vec<&'s String> {
    one.symmetric_difference(other).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_shape() {
    let (lite, pg) = (Roll::start(Engine::Lite).await, Roll::start(Engine::Pg).await);
    let (lite, pg) = (shape(&lite).await, shape(&pg).await);
    assert_eq!(difference(&lite, &pg), Vec::<&String>::new());
    for kind in ["column ", "boolean ", "key ", "index ", "unique index ", "check ", "list ", "reference "] {
        assert!(lite.iter().any(|line| line.starts_with(kind)), "no {kind} was read");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difference_of_shape_is_seen() {
    let roll = Roll::start(Engine::Pg).await;
    let mut before = shape(&roll).await;
    for change in [
        "alter table teams alter column name drop not null",
        "alter table teams alter column maintenance_mode type text",
        "alter table teams drop constraint teams_visible_are_synced",
        "alter table team_members drop constraint team_members_role_check",
        "alter table sessions drop constraint sessions_user_id_fkey",
        "alter table team_tags drop constraint team_tags_pkey",
        "drop index teams_name; create unique index teams_name on teams (name_key)",
        "drop index users_created; create index users_created on users (scim_id, created_at) where scim_id is not null",
        "create table extra (id uuid)",
    ] {
        roll.sql_run(change).await;
        let after = shape(&roll).await;
        assert!(!difference(&before, &after).is_empty(), "{change}");
        before = after;
    }
}

#[test]
fn migrations_come_in_pairs_that_are_numbered_without_a_gap() {
    let names = |engine: &str| -> Vec<String> {
        let folder = std::fs::read_dir(repository("migrations").join(engine)).expect("a folder of migrations");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = folder.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    let lite = names("sqlite");
    assert_eq!(lite, names("postgres"));
    for (number, name) in (1..).zip(&lite) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name}");
    }
}

facts! {
    async fn no_column_has_a_default_and_text_is_compared_bytewise(roll: Roll) {
        let loose = match roll.engine() {
            Engine::Pg => {
                "select table_name || '.' || column_name from information_schema.columns \
                 where table_schema = 'public' and table_name <> '_sqlx_migrations' \
                 and (column_default is not null or data_type = 'text' and collation_name is distinct from 'C')"
            }
            Engine::Lite => {
                "select t.name || '.' || c.name from pragma_table_list t join pragma_table_xinfo(t.name) c \
                 where t.type = 'table' and t.name <> '_sqlx_migrations' and t.name not like 'sqlite_%' \
                 and (c.dflt_value is not null or t.strict = 0)"
            }
        };
        assert_eq!(roll.sql(loose).await, Vec::<Vec<Option<String>>>::new());
    }
}
