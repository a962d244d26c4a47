//! Shadow triggers: the database itself notes every row that really changes, to be held against what the audit says.

use std::collections::BTreeSet;

use rollcall::store::dialect::Engine;
use serde_json::Value;

use crate::harness::Roll;
use crate::tables;

/// Tables whose rows somebody answers for: as which kind of resource, and by which column.
const WITNESSED: [(&str, &str, &str); 14] = [
    ("users", "user", "id"),
    ("user_values", "user", "user_id"),
    ("notification_preferences", "user", "user_id"),
    ("contact_verifications", "contact_verification", "id"),
    ("user_devices", "device", "id"),
    ("teams", "team", "id"),
    ("team_tags", "team", "team_id"),
    ("team_members", "membership", "id"),
    ("team_requests", "team_request", "id"),
    ("sessions", "session", "id"),
    ("refresh_tokens", "refresh_token", "id"),
    ("api_keys", "api_key", "id"),
    ("login_attempts", "login_attempt", "id"),
    ("scim_tokens", "scim_token", "id"),
];
/// Tables that change without a word, each for its reason.
const QUIET: [(&str, &str); 20] = [
    ("_sqlx_migrations", "written by the migrations alone"),
    ("audit_events", "the witness itself"),
    ("breaker", "that it tripped or was released is told"),
    ("catch_up_cursor", "how far the System Log was read, not what it says"),
    ("connection_marks", "what was seen of the connection; it changes nothing"),
    ("hook_events", "what Okta said; what it leads to is witnessed"),
    ("hook_messages", "which deliveries were seen"),
    ("replay_jobs", "that it began and ended is told, and what it changes is witnessed"),
    ("replay_items", "which events such a job applies again"),
    ("job_leases", "which replica does a job"),
    ("okta_group_members", "what events told; what it changes of a team is witnessed"),
    ("okta_groups", "what events told; it changes nothing by itself"),
    ("okta_people", "what events told, and a copy of a witnessed switch"),
    ("outbox", "what is to be sent; that it was wanted is told"),
    ("rate_counters", "how often something was tried, whatever came of it"),
    ("scim_requests", "a log of requests, whatever came of them"),
    ("seen_jti", "which tokens were used up; what for is told"),
    ("service_keys", "made once, before anybody can ask"),
    ("scim_totals", "counts the rows that are witnessed"),
    ("team_revisions", "counts the changes that are witnessed"),
];
/// What is told without a row having changed: members that were not added because nobody is there.
const TELLS_NO_CHANGE: [&str; 1] = ["team.members.skipped"];

/// Rows, as (kind of resource, id).
pub type Rows = BTreeSet<(String, String)>;

/// Puts a trigger on every table that somebody answers for.
pub async fn watch(roll: &Roll) {
    roll.sql_run("create table shadow_changes (resource text not null, id text not null)").await;
    for (table, resource, key) in WITNESSED {
        let columns = tables::telling_columns(roll, table).await;
        let differs: Vec<String> = columns.iter().map(|one| format!("new.{one} is distinct from old.{one}")).collect();
        let script = match roll.engine() {
            Engine::Pg => for_postgres(table, resource, key, &differs.join(" or ")),
            Engine::Lite => for_sqlite(roll, table, resource, key, &differs.join(" or ")),
        };
        roll.sql_run(&script).await;
    }
}

fn for_postgres(table: &str, resource: &str, key: &str, differs: &str) -> String {
    let note = |row: &str| format!("insert into shadow_changes values ('{resource}', {row}.{key}::text);");
    format!(
        "create function shadow_{table}() returns trigger language plpgsql as $$ begin \
         if tg_op = 'DELETE' then {} elsif tg_op = 'INSERT' then {} elsif {differs} then {} end if; \
         return null; end $$; \
         create trigger shadow_{table} after insert or update or delete on {table} \
         for each row execute function shadow_{table}();",
        note("old"),
        note("new"),
        note("new")
    )
}

fn for_sqlite(roll: &Roll, table: &str, resource: &str, key: &str, differs: &str) -> String {
    let trigger = |event: &str, condition: &str, row: &str| {
        let id = roll.uuid_text(&format!("{row}.{key}"));
        format!(
            "create trigger shadow_{table}_{event} after {event} on {table} {condition} \
             begin insert into shadow_changes values ('{resource}', {id}); end;"
        )
    };
    [trigger("insert", "", "new"), trigger("update", &format!("when {differs}"), "new"), trigger("delete", "", "old")]
        .concat()
}

/// Forgets what changed and what was said so far.
pub async fn forget(roll: &Roll) {
    roll.sql_run("delete from shadow_changes; delete from audit_events;").await;
}

/// The rows that changed since.
pub async fn changed(roll: &Roll) -> Rows {
    let rows = roll.sql("select distinct resource, id from shadow_changes").await;
    rows.into_iter().filter_map(|row| pair(&row)).collect()
}

/// What the audit said since: the actions, and the rows they answer for.
pub struct Said {
    /// The codes of all actions.
    pub actions: BTreeSet<String>,
    /// The rows named as subject or as effect. A row about the service itself names none.
    pub rows: Rows,
}

/// Reads what was said since.
pub async fn said(roll: &Roll) -> Said {
    let sql = "select action, resource_type, resource_id, detail_json from audit_events";
    let mut said = Said { actions: BTreeSet::new(), rows: Rows::new() };
    for row in roll.sql(sql).await {
        let action = row[0].clone().expect("an action");
        if !TELLS_NO_CHANGE.contains(&action.as_str()) {
            said.rows.extend(pair(&row[1..3]));
            said.rows.extend(effects(row[3].as_deref()));
        }
        said.actions.insert(action);
    }
    said
}

fn pair(row: &[Option<String>]) -> Option<(String, String)> {
    Some((row[0].clone()?, row[1].clone()?))
}

fn effects(detail: Option<&str>) -> Rows {
    let detail: Value = detail.map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"));
    let Some(effects) = detail["effects"].as_object() else { return Rows::new() };
    let ids = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let named = |(kind, list): (&String, &Value)| -> Rows {
        ids(list).iter().map(|id| (kind.clone(), id.as_str().expect("an id").to_owned())).collect()
    };
    effects.iter().flat_map(named).collect()
}

crate::harness::facts! {
    async fn every_table_is_witnessed_or_quiet_for_a_reason(roll: Roll) {
        let known = WITNESSED.iter().map(|(table, _, _)| *table).chain(QUIET.iter().map(|(table, _)| *table));
        let known: BTreeSet<String> = known.map(str::to_owned).collect();
        assert_eq!(known, tables::names(&roll).await.into_iter().collect());
        assert!(QUIET.iter().all(|(_, reason)| !reason.is_empty()));
    }

    async fn a_row_that_is_made_changed_or_removed_is_noted_and_one_written_as_it_was_is_not(roll: Roll) {
        let id = roll.group("Ops", &[]).await;
        watch(&roll).await;
        roll.sql_run("update teams set name = name; update scim_tokens set last_used_at = created_at;").await;
        assert_eq!(changed(&roll).await, Rows::new());
        roll.sql_run("update teams set description = 'x'").await;
        assert_eq!(changed(&roll).await, Rows::from([("team".to_owned(), id)]));
        forget(&roll).await;
        roll.sql_run("delete from scim_tokens").await;
        assert_eq!(changed(&roll).await.len(), 1);
    }
}
