//! One macro that runs one text on whichever engine is there.

/// Runs a static statement: `query!(link, SQL, bind, … => fetch_optional Row)` or `… => execute`.
///
/// The statement is one text for both engines or a [`Pair`](super::dialect::Pair) of texts.
macro_rules! query {
    ($link:expr, $sql:expr $(, $bind:expr)* => execute) => {{
        let sql = $crate::store::dialect::Pair::from($sql);
        let link = &mut *$link;
        let outcome = match $crate::store::db::Link::arm(link) {
            $crate::store::db::Arm::Pg(conn) => {
                sqlx::query(sql.pg)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected())
            }
            $crate::store::db::Arm::Lite(conn) => {
                sqlx::query(sql.lite)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected())
            }
        };
        $crate::store::db::Link::answered(link, outcome)
    }};
    ($link:expr, $sql:expr $(, $bind:expr)* => $fetch:ident $row:ty) => {{
        let sql = $crate::store::dialect::Pair::from($sql);
        let link = &mut *$link;
        let outcome = match $crate::store::db::Link::arm(link) {
            $crate::store::db::Arm::Pg(conn) => {
                sqlx::query_as::<_, $row>(sql.pg)$(.bind($bind))*.$fetch(conn).await
            }
            $crate::store::db::Arm::Lite(conn) => {
                sqlx::query_as::<_, $row>(sql.lite)$(.bind($bind))*.$fetch(conn).await
            }
        };
        $crate::store::db::Link::answered(link, outcome)
    }};
}
