//! What passes by itself is 429 with whole seconds, and works afterwards: Okta retries that and nothing else.

use rollcall::store::dialect::Engine;
use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::harness::{Answer, Roll, facts, patch, person};

/// Another program that holds what a change of any person needs.
pub enum Holder {
    Pg(PgConnection),
    Lite(SqliteConnection),
}

impl Holder {
    /// Takes it, and every team besides.
    pub async fn takes(roll: &Roll) -> Self {
        match roll.engine() {
            Engine::Pg => {
                let mut held = PgConnection::connect(roll.database_url()).await.expect("a connection");
                let sql = "begin; select id from users for update; lock table teams in exclusive mode";
                sqlx::raw_sql(sql).execute(&mut held).await.expect("the rows");
                Self::Pg(held)
            }
            Engine::Lite => {
                let mut held = SqliteConnection::connect(roll.database_url()).await.expect("a connection");
                sqlx::raw_sql("begin immediate").execute(&mut held).await.expect("the writer");
                Self::Lite(held)
            }
        }
    }

    /// Gives it back unchanged.
    pub async fn lets_go(self) {
        match self {
            Self::Pg(mut held) => sqlx::raw_sql("rollback").execute(&mut held).await.map(drop),
            Self::Lite(mut held) => sqlx::raw_sql("rollback").execute(&mut held).await.map(drop),
        }
        .expect("let go");
    }
}

#[track_caller]
fn put_off(answer: Answer) {
    let seconds: u32 = answer.header("retry-after").parse().expect("whole seconds");
    assert!((1..=60).contains(&seconds));
    answer.refused(429, None, "nothing was changed");
}

facts! {
    async fn a_change_of_a_held_record_is_put_off_and_works_later(roll: Roll) {
        let path = format!("/Users/{}", roll.person("dana").await);
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        let holder = Holder::takes(&roll).await;
        put_off(roll.patch(&path, &off).await);
        assert_eq!(roll.get(&path).await.expect(200).body["active"], true);
        holder.lets_go().await;
        assert_eq!(roll.patch(&path, &off).await.expect(200).body["active"], false);
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
    }

    async fn a_creation_that_must_wait_too_long_is_put_off_and_works_later(roll: Roll) {
        roll.person("dana").await;
        let holder = Holder::takes(&roll).await;
        put_off(roll.post("/Groups", &crate::harness::group("oncall", &[])).await);
        holder.lets_go().await;
        roll.group("oncall", &[]).await;
        roll.post("/Users", &person("ines")).await.expect(201);
    }
}
