//! What no request makes yet, put there by hand, and what no request tells, read past them.

use rollcall::clock::Time;
use rollcall::store::dialect::Engine;
use serde_json::Value;

use super::{NOON, Roll};

/// Rows and values that no request makes yet, put there by hand.
impl Roll {
    /// A UUID as a literal of this engine.
    pub fn uuid(&self, id: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'{id}'::uuid"),
            Engine::Lite => format!("x'{}'", id.replace('-', "")),
        }
    }

    /// Bytes as a literal of this engine.
    pub fn bytes(&self, hex: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'\\x{hex}'::bytea"),
            Engine::Lite => format!("x'{hex}'"),
        }
    }

    /// A moment as a literal of this engine.
    pub fn moment(&self, rfc3339: &str) -> String {
        match self.engine() {
            Engine::Pg => format!("'{rfc3339}'::timestamptz"),
            Engine::Lite => Time::parse(rfc3339).expect("RFC 3339").micros().to_string(),
        }
    }

    /// A new id, as its text.
    pub fn new_id() -> String {
        uuid::Uuid::now_v7().to_string()
    }

    /// Sets columns of the person SCIM knows by this id.
    pub async fn set_user(&self, scim_id: &str, columns: &str) {
        self.sql_run(&format!("update users set {columns} where scim_id = {}", self.uuid(scim_id))).await;
    }

    /// One expression over the `users` row with this id of its own, as text.
    pub async fn user_says(&self, id: &str, expression: &str) -> Option<String> {
        let sql = format!("select cast({expression} as text) from users where id = {}", self.uuid(id));
        self.sql(&sql).await.pop().expect("a row with this id").remove(0)
    }

    /// The `users.id` of the person SCIM knows by this id.
    pub async fn row_of(&self, scim_id: &str) -> String {
        let (text, id) = (self.uuid_text("id"), self.uuid(scim_id));
        self.sql_one(&format!("select {text} from users where scim_id = {id}")).await
    }

    /// Makes a break-glass account; gives its `users.id`.
    pub async fn break_glass(&self, user_name: &str) -> String {
        let (id, noon) = (Self::new_id(), self.moment(NOON));
        self.sql_run(&format!(
            "insert into users (id, user_name, user_name_key, display_name, display_key, is_active, scim_active, \
             scim_since, scim_set_by, okta_status, okta_since, okta_set_by, admin_active, admin_since, admin_set_by, \
             is_break_glass_account, password_hash, platform_role, email_verified, phone_verified, push_enabled, \
             synced_from_okta, scim_attributes, auth_epoch, version, created_at, updated_at) values ({}, '{user_name}', \
             '{user_name}', 'Glass', 'glass', true, true, {noon}, 'cli', 'ok', {noon}, 'cli', true, {noon}, 'cli', \
             true, '$argon2id$', 'PLATFORM_ADMIN', false, false, false, false, '{{}}', 1, 1, {noon}, {noon})",
            self.uuid(&id)
        ))
        .await;
        id
    }

    /// Gives a person one of everything that lets them in or reaches them.
    pub async fn let_in(&self, user_id: &str) {
        let (user, noon, later) = (self.uuid(user_id), self.moment(NOON), self.moment("2026-06-01T12:00:00Z"));
        let id = || self.uuid(&Self::new_id());
        let hash = || self.bytes(&uuid::Uuid::now_v7().simple().to_string());
        let key = Self::new_id();
        let rows = [
            ("sessions", "secret_hash, born, last_seen_at, expires_at", format!("{}, 'okta', {noon}, {later}", hash())),
            ("refresh_tokens", "secret_hash, generation, expires_at", format!("{}, 1, {later}", hash())),
            ("api_keys", "key_id, secret_hash, name, scopes", format!("'{key}', {}, 'cron', ''", hash())),
            (
                "contact_verifications",
                "method, value, code_hash, tries, expires_at",
                format!("'EMAIL', 'x@example.com', {}, 0, {later}", hash()),
            ),
            (
                "contact_verifications",
                "method, value, code_hash, tries, expires_at",
                format!("'SMS', '+1', {}, 0, {later}", hash()),
            ),
            ("user_devices", "platform, token", format!("'ios', '{key}'")),
            ("login_attempts", "secret_hash, kind, data, expires_at", format!("{}, 'browser', '', {later}", hash())),
        ];
        for (table, columns, values) in rows {
            self.sql_run(&format!(
                "insert into {table} (id, user_id, created_at, {columns}) values ({}, {user}, {noon}, {values})",
                id()
            ))
            .await;
        }
    }

    /// How many of the things that let a person in or reach them are live, by table.
    pub async fn live(&self, user_id: &str) -> Vec<(&'static str, i64)> {
        const TABLES: [&str; 6] =
            ["sessions", "refresh_tokens", "api_keys", "contact_verifications", "user_devices", "login_attempts"];
        let mut live = Vec::new();
        for table in TABLES {
            let user = self.uuid(user_id);
            let sql = format!("select cast(count(*) as text) from {table} where user_id = {user} and ended_at is null");
            live.push((table, self.sql_one(&sql).await.parse().expect("a count")));
        }
        live.retain(|(_, count)| *count > 0);
        live
    }

    /// How grave the newest audit row of an action is.
    pub async fn severity(&self, action: &str) -> String {
        let sql =
            format!("select severity from audit_events where action = '{action}' order by at desc, id desc limit 1");
        self.sql_one(&sql).await
    }

    /// Every text column of the database that contains this, as `table.column`.
    pub async fn columns_with(&self, text: &str) -> Vec<String> {
        let columns = match self.engine() {
            Engine::Pg => {
                "select table_name::text, column_name::text from information_schema.columns \
                 where table_schema = 'public' and data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea')"
            }
            Engine::Lite => {
                "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'"
            }
        };
        let mut found = Vec::new();
        for mut column in self.sql(columns).await {
            let (name, table) = (column.remove(1).expect("a name"), column.remove(0).expect("a name"));
            let sql = format!("select 'x' from {table} where cast({name} as text) like '%{text}%' limit 1");
            if !self.sql(&sql).await.is_empty() {
                found.push(format!("{table}.{name}"));
            }
        }
        found
    }

    /// The people here as answers show them, walked page by page as an import walks them.
    pub async fn walk(&self, count: usize) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let page = self.get(&format!("/Users?startIndex={}&count={count}", seen.len() + 1)).await.expect(200).body;
            let resources = page["Resources"].as_array().expect("Resources").clone();
            assert!(resources.len() <= count);
            let is_last = resources.is_empty();
            seen.extend(resources);
            if is_last || Some(seen.len() as u64) == page["totalResults"].as_u64() {
                return seen;
            }
        }
    }
}
