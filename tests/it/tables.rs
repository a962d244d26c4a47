//! The tables as they stand in a database: their names, their columns, and all that is in them.

use std::collections::BTreeMap;

use rollcall::store::dialect::Engine;

use crate::harness::Roll;

/// Tables that only tell what happened; they grow without anything having changed.
const LOGS: [&str; 4] = ["_sqlx_migrations", "audit_events", "connection_marks", "scim_requests"];
/// When a token was last used is noted about a second later, by a job.
pub const LAST_SEEN: [(&str, &str); 4] = [
    ("user_devices", "last_seen_at"),
    ("scim_tokens", "last_used_at"),
    ("sessions", "last_seen_at"),
    ("api_keys", "last_used_at"),
];

/// Every table, by name.
pub async fn names(roll: &Roll) -> Vec<String> {
    let sql = match roll.engine() {
        Engine::Pg => "select tablename::text from pg_tables where schemaname = 'public' order by 1",
        Engine::Lite => {
            "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name"
        }
    };
    roll.sql(sql).await.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

/// The columns of a table, in their order.
pub async fn columns(roll: &Roll, table: &str) -> Vec<String> {
    let sql = match roll.engine() {
        Engine::Pg => format!(
            "select column_name::text from information_schema.columns where table_schema = 'public' \
             and table_name = '{table}' order by ordinal_position"
        ),
        Engine::Lite => format!("select name from pragma_table_info('{table}') order by cid"),
    };
    roll.sql(&sql).await.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

/// The columns of a table whose change is a change of what it stands for.
pub async fn telling_columns(roll: &Roll, table: &str) -> Vec<String> {
    let all = columns(roll, table).await;
    all.into_iter().filter(|column| !LAST_SEEN.contains(&(table, column.as_str()))).collect()
}

/// Everything there is, the logs excepted: equal dumps mean that nothing was changed.
pub async fn dump(roll: &Roll) -> BTreeMap<String, Vec<String>> {
    let mut dump = BTreeMap::new();
    for table in names(roll).await.into_iter().filter(|name| !LOGS.contains(&name.as_str())) {
        let columns = telling_columns(roll, &table).await;
        let row = match roll.engine() {
            Engine::Pg => format!("row({})::text", columns.join(", ")),
            Engine::Lite => format!("quote({})", columns.join(") || ',' || quote(")),
        };
        let rows = roll.sql(&format!("select {row} from {table} order by 1")).await;
        dump.insert(table, rows.into_iter().filter_map(|mut row| row.remove(0)).collect());
    }
    dump
}
