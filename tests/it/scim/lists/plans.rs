//! How the engines find a page deep in a walk: by an index that has the order, without a sort of the whole.

use rollcall::scim::cursor::Mark;
use rollcall::scim::filter;
use rollcall::scim::list::Page;
use rollcall::scim::schema::{GROUP, RESOURCE_TYPES, ResourceType, USER};
use rollcall::scim::sort::Sort;
use rollcall::store::dialect::Engine;
use rollcall::store::scim_list::{self, Part, Wanted};
use rollcall::store::scim_root;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

use crate::harness::{Roll, facts};
use crate::plans::with_values;

/// Each order of people and groups together, a key of it, and the index of either side.
const COMMON_ORDERS: [(&str, &str, [&str; 2]); 3] = [
    ("id", "", ["users_scim_id", "teams_scim"]),
    ("userName", "d", ["users_user_name", "teams_scim"]),
    ("meta.created", "1000", ["users_created", "teams_scim_created"]),
];

const ID: &str = "00000000-0000-7000-8000-00000000dead";

/// Each order that must come from an index, a key of it, and the index.
const ORDERS: [(&ResourceType, &str, &str, &str); 7] = [
    (&USER, "id", "", "users_scim_id"),
    (&USER, "userName", "d", "users_user_name"),
    (&USER, "meta.created", "1000", "users_created"),
    (&USER, "meta.lastModified", "1000", "users_updated"),
    (&GROUP, "id", "", "teams_scim "),
    (&GROUP, "displayName", "d", "teams_scim_name"),
    (&GROUP, "meta.created", "1000", "teams_scim_created"),
];

/// What the engine would do. The tables are empty, so PostgreSQL is told to leave scans and sorts to the last.
async fn plan(roll: &Roll, sql: &str) -> String {
    let rows: Vec<String> = match roll.engine() {
        Engine::Lite => {
            let mut lite = SqliteConnection::connect(roll.database_url()).await.expect("SQLite");
            let sql = AssertSqlSafe(format!("explain query plan {sql}"));
            let rows = sqlx::query(sql).fetch_all(&mut lite).await.expect("a plan");
            rows.iter().map(|row| row.get("detail")).collect()
        }
        Engine::Pg => {
            let mut pg = PgConnection::connect(roll.database_url()).await.expect("PostgreSQL");
            for off in ["enable_seqscan", "enable_bitmapscan", "enable_sort"] {
                pg.execute(AssertSqlSafe(format!("set {off} = off"))).await.expect("set");
            }
            let sql = AssertSqlSafe(format!("explain {sql}"));
            let rows = sqlx::query(sql).fetch_all(&mut pg).await.expect("a plan");
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    rows.join("\n") + " "
}

facts! {
    async fn a_page_deep_in_a_walk_is_found_by_the_index_of_its_order(roll: Roll) {
        for (resource, by, key, index) in ORDERS {
            for word in ["ascending", "descending"] {
                let sort = Sort::parse(Some(by), Some(word), resource, &[]).expect("known").expect("an order");
                let mark = Mark { key: Some(key.to_owned()).filter(|key| !key.is_empty()), id: ID.to_owned() };
                let wanted = Wanted { sort: Some(sort), part: Part::Keyset(Some(mark), 100), ..Wanted::default() };
                let found = scim_list::page_statement(roll.engine(), resource, &wanted);
                let (sql, binds) = found.expect("a statement");
                let plan = plan(&roll, &with_values(&roll, sql, &binds)).await;
                assert!(plan.contains(index), "{by} {word}: {plan}");
                let sought = if roll.engine() == Engine::Pg { "Index Cond" } else { "SEARCH" };
                assert!(plan.contains(sought), "{by} {word}: {plan}");
                for scan in ["Sort", "Seq Scan", "TEMP B-TREE", "SCAN"] {
                    assert!(!plan.contains(scan), "{by} {word}: {plan}");
                }
            }
        }
    }

    async fn each_of_many_alternatives_is_looked_up_by_itself(roll: Roll) {
        let alternatives = |name: &str| (0..20).map(|at| format!("{name} eq \"{at}\"")).collect::<Vec<_>>().join(" or ");
        let [title, town] = ["title", "addresses.locality"].map(alternatives);
        for filter in [title.clone(), format!("({title}) and ({town})")] {
            let wanted = Wanted { filter: Some(filter::parse(&filter, &USER).expect("a filter")), ..Wanted::default() };
            let (sql, binds) = scim_list::page_statement(roll.engine(), &USER, &wanted).expect("a statement");
            let plan = plan(&roll, &with_values(&roll, sql, &binds)).await;
            for each_row in ["SubPlan", "CORRELATED", "SCAN u"] {
                assert!(!plan.contains(each_row), "{plan}");
            }
        }
    }

    async fn a_page_of_people_and_groups_is_found_by_the_index_of_either_side(roll: Roll) {
        for (by, key, indexes) in COMMON_ORDERS {
            let wanted = |resource| {
                let sort = Sort::parse(Some(by), None, resource, &RESOURCE_TYPES).expect("known");
                Wanted { sort, ..Wanted::default() }
            };
            let (people, groups) = (wanted(&USER), wanted(&GROUP));
            let mark = Mark { key: Some(key.to_owned()).filter(|key| !key.is_empty()), id: format!("0:{ID}") };
            for after in [None, Some(&mark)] {
                let page = Page { start: 1, count: 101 };
                let found = scim_root::statement(roll.engine(), [&people, &groups], after, page);
                let (sql, binds) = found.expect("a statement");
                let plan = plan(&roll, &with_values(&roll, sql, &binds)).await;
                assert!(indexes.iter().all(|index| plan.split_whitespace().any(|word| word == *index)), "{by}: {plan}");
                assert!(!plan.contains("Seq Scan"), "{by}: {plan}");
                // Only the two beginnings are sorted, each as long as a page: SQLite's before they are merged,
                // PostgreSQL's after.
                let lines: Vec<&str> = plan.lines().collect();
                let sorts = (1..lines.len()).filter(|at| lines[*at].contains("TEMP B-TREE") || lines[*at].contains("Sort Key"));
                for at in sorts {
                    assert!(at == 2 || lines[at - 1].contains("SCAN side"), "{by}: {plan}");
                }
            }
        }
    }
}
