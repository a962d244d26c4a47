//! Walks by cursor (RFC 9865).

use std::time::Duration;

use rollcall::scim::cursor::{LIFETIME_SECONDS, MAX_CURSOR_BYTES};
use serde_json::json;

use super::{query, texts, walked};
use crate::harness::{Roll, facts, patch};

/// A walk that is under way: the cursor of its second page.
async fn second(roll: &Roll, path: &str, parameters: &[(&str, &str)]) -> String {
    let asked = query(path, &[parameters, &[("cursor", ""), ("count", "1")]].concat());
    roll.get(&asked).await.expect(200).body["nextCursor"].as_str().expect("a next page").to_owned()
}

async fn people(roll: &Roll) {
    for name in ["c", "a", "d", "b", "e"] {
        roll.person(name).await;
    }
}

facts! {
    async fn a_walk_sees_everybody_once_and_ends_without_a_cursor(roll: Roll) {
        people(&roll).await;
        for count in ["1", "2", "5", "6"] {
            let walk = walked(&roll, "/Users", &[], count, "userName").await;
            assert_eq!(walk, ["c", "a", "d", "b", "e"].map(|name| format!("{name}@example.com")), "{count}");
        }
        let page = roll.get("/Users?cursor=&count=2").await.expect(200).body;
        assert_eq!((&page["itemsPerPage"], page.get("startIndex"), page.get("totalResults")), (&json!(2), None, None));
        let whole = roll.get("/Users?cursor=").await.expect(200).body;
        assert_eq!((&whole["totalResults"], whole.get("nextCursor")), (&json!(5), None));
        let total = roll.get("/Users?cursor=&count=0").await.expect(200).body;
        assert_eq!((&total["totalResults"], &total["Resources"]), (&json!(5), &json!([])));
        let begun = total["nextCursor"].as_str().expect("who asked for none is not at the end");
        let first = roll.get(&query("/Users", &[("cursor", begun), ("count", "2")])).await.expect(200).body;
        assert_eq!(texts(&first, "userName"), ["c@example.com", "a@example.com"]);
        let here = first["nextCursor"].as_str().expect("more");
        let none = roll.get(&query("/Users", &[("cursor", here), ("count", "0")])).await.expect(200).body;
        let here = none["nextCursor"].as_str().expect("where it was");
        let rest = roll.get(&query("/Users", &[("cursor", here)])).await.expect(200).body;
        assert_eq!(texts(&rest, "userName"), ["d@example.com", "b@example.com", "e@example.com"]);
        let nobody = roll.get(&query("/Users", &[("cursor", ""), ("count", "0"), ("filter", "title eq \"x\"")])).await;
        assert!(nobody.expect(200).body.get("nextCursor").is_none());
        for path in ["/Groups", "/Roles"] {
            let none = roll.get(&query(path, &[("cursor", ""), ("count", "0")])).await.expect(200).body;
            assert_eq!(none.get("nextCursor").is_some(), path == "/Roles", "{path}: {none}");
        }
        assert!(roll.get("/Users").await.expect(200).body.get("nextCursor").is_none());
    }

    async fn a_change_in_mid_walk_hides_nobody_else(roll: Roll) {
        people(&roll).await;
        let first = roll.get("/Users?cursor=&count=2").await.expect(200).body;
        for gone in first["Resources"].as_array().expect("two").iter().filter_map(|one| one["id"].as_str()) {
            roll.delete(&format!("/Users/{gone}")).await.expect(204);
        }
        let next = first["nextCursor"].as_str().expect("a cursor");
        let rest = roll.get(&query("/Users", &[("cursor", next)])).await.expect(200).body;
        assert_eq!(texts(&rest, "userName"), ["d@example.com", "b@example.com", "e@example.com"]);
    }

    async fn a_cursor_may_be_used_twice_and_with_another_count(roll: Roll) {
        people(&roll).await;
        let sorted = [("sortBy", "userName"), ("filter", "active eq true")];
        let cursor = second(&roll, "/Users", &sorted).await;
        for (count, seen) in [("1", 1), ("2", 2), ("1", 1), ("50", 4)] {
            let asked = query("/Users", &[&sorted[..], &[("cursor", &cursor), ("count", count)]].concat());
            assert_eq!(texts(&roll.get(&asked).await.expect(200).body, "userName").len(), seen);
        }
    }

    async fn altered_foreign_and_expired_cursors_are_refused_by_name(roll: Roll) {
        people(&roll).await;
        roll.group("Ops", &[]).await;
        roll.group("Payments", &[]).await;
        let cursor = second(&roll, "/Users", &[("sortBy", "userName")]).await;
        let altered = cursor.replacen('3', "4", 1);
        for (path, by, order, filter, cursor) in [
            ("/Users", "userName", "", "", altered.as_str()),
            ("/Users", "userName", "", "", "x"),
            ("/Users", "userName", "", "", "'; drop table users"),
            ("/Users", "userName", "", "userName pr", &cursor),
            ("/Users", "userName", "descending", "", &cursor),
            ("/Users", "externalId", "", "", &cursor),
            ("/Users", "", "", "", &cursor),
            ("/Groups", "displayName", "", "", &cursor),
        ] {
            let mut asked = vec![("sortBy", by), ("sortOrder", order), ("cursor", cursor)];
            if !filter.is_empty() {
                asked.push(("filter", filter));
            }
            roll.get(&query(path, &asked)).await.refused(400, Some("invalidCursor"), "cursor");
        }
        let asked = query("/Users", &[("sortBy", "USERNAME"), ("sortOrder", "ascending"), ("cursor", &cursor)]);
        roll.get(&asked).await.expect(200);
        roll.clock.advance(Duration::from_hours(1));
        roll.get(&asked).await.refused(400, Some("expiredCursor"), "expired");
    }

    async fn a_cursor_goes_with_a_count_and_not_with_a_position(roll: Roll) {
        roll.get("/Users?cursor=&count=some").await.refused(400, Some("invalidCount"), "count");
        roll.get("/Users?cursor=&startIndex=1").await.refused(400, Some("invalidValue"), "startIndex");
        roll.get("/Users?cursor=&cursor=").await.refused(400, Some("invalidValue"), "cursor");
        roll.get("/Users?cursor=&count=-1").await.expect(200);
    }

    async fn every_replica_takes_the_cursors_of_the_others(roll: Roll) {
        people(&roll).await;
        let cursor = second(&roll, "/Users", &[]).await;
        let other = roll.replica().await;
        other.get(&query("/Users", &[("cursor", &cursor)])).await.expect(200);
    }

    async fn a_rename_in_mid_walk_does_not_move_the_walk(roll: Roll) {
        people(&roll).await;
        let sorted = [("sortBy", "userName")];
        let cursor = second(&roll, "/Users", &sorted).await;
        let found = roll.find("userName eq \"a@example.com\"").await.body["Resources"][0]["id"].as_str().expect("a").to_owned();
        let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "zzz" }]));
        roll.patch(&format!("/Users/{found}"), &rename).await.expect(200);
        let rest = roll.get(&query("/Users", &[("sortBy", "userName"), ("cursor", &cursor)])).await.expect(200).body;
        assert_eq!(texts(&rest, "userName"), ["b@example.com", "c@example.com", "d@example.com", "e@example.com", "zzz"]);
    }

    async fn a_cursor_with_any_byte_changed_or_cut_off_is_refused(roll: Roll) {
        people(&roll).await;
        let sorted = [("sortBy", "userName")];
        let cursor = second(&roll, "/Users", &sorted).await;
        let mut altered: Vec<String> = (0..cursor.len()).map(|at| cursor[..at].to_owned() + "0" + &cursor[at + 1..]).collect();
        altered.retain(|text| *text != cursor);
        assert!(altered.len() > 100, "hardly a cursor: {cursor}");
        altered.extend([cursor.to_uppercase(), cursor[1..].to_owned(), cursor[..cursor.len() - 1].to_owned()]);
        altered.extend([format!("{cursor}0"), format!(" {cursor}"), "0".repeat(MAX_CURSOR_BYTES + 1), "\u{0}".to_owned()]);
        for text in altered {
            let asked = query("/Users", &[&sorted[..], &[("cursor", &text)]].concat());
            roll.get(&asked).await.refused(400, Some("invalidCursor"), "cursor");
        }
        roll.get(&query("/Users", &[&sorted[..], &[("cursor", &cursor)]].concat())).await.expect(200);
    }

    async fn a_count_is_cut_to_the_most_there_is_and_nothing_asks_for_the_total(roll: Roll) {
        people(&roll).await;
        let cursor = second(&roll, "/Users", &[]).await;
        for (count, seen) in [("501", 4), ("99999999999999999999999", 4), ("0", 0), ("-7", 0), ("-99999999999999999999999", 0)] {
            let page = roll.get(&query("/Users", &[("cursor", &cursor), ("count", count)])).await.expect(200).body;
            assert_eq!((&page["itemsPerPage"], page.get("nextCursor").is_some()), (&json!(seen), seen == 0), "{count}");
            assert_eq!(page.get("totalResults"), (seen == 0).then_some(&json!(5)), "{count}");
        }
    }

    async fn a_page_holds_no_more_than_is_advertised(roll: Roll) {
        let values = |at: usize| json!({ "method": "POST", "path": "/Users", "bulkId": at.to_string(),
            "data": { "userName": format!("p{at:04}") } });
        for from in [0, 251] {
            let bulk = json!({ "Operations": (from..from + 251).map(values).collect::<Vec<_>>() });
            roll.post("/Bulk", &bulk).await.expect(200);
        }
        let config = roll.get("/ServiceProviderConfig").await.expect(200).body;
        let most = config["pagination"]["maxPageSize"].as_u64().expect("a number");
        let first = roll.get("/Users?cursor=&count=502&attributes=id").await.expect(200).body;
        assert_eq!((first["itemsPerPage"].as_u64(), most), (Some(most), 500));
        let next = first["nextCursor"].as_str().expect("a cursor");
        let rest = roll.get(&query("/Users", &[("cursor", next), ("attributes", "id")])).await.expect(200).body;
        assert_eq!((&rest["itemsPerPage"], rest.get("nextCursor")), (&json!(2), None));
        let usual = roll.get("/Users?cursor=&attributes=id").await.expect(200).body;
        assert_eq!(usual["itemsPerPage"], config["pagination"]["defaultPageSize"]);
    }

    async fn what_is_shown_may_change_on_the_way(roll: Roll) {
        people(&roll).await;
        let cursor = second(&roll, "/Users", &[("attributes", "userName")]).await;
        for (name, value) in [("attributes", "externalId"), ("excludedAttributes", "emails"), ("attributes", "")] {
            let page = roll.get(&query("/Users", &[("cursor", cursor.as_str()), (name, value)])).await.expect(200).body;
            assert_eq!(page["Resources"][0]["externalId"], "00ua", "{name}={value}");
        }
    }

    async fn nothing_goes_back_and_nobody_says_it_does(roll: Roll) {
        people(&roll).await;
        let cursor = second(&roll, "/Users", &[]).await;
        for (name, value) in [("cursor", ""), ("cursor", cursor.as_str()), ("startIndex", "2")] {
            let page = roll.get(&query("/Users", &[(name, value), ("count", "1")])).await.expect(200).body;
            assert_eq!(page.get("previousCursor"), None, "{name}={value}");
        }
        let config = roll.get("/ServiceProviderConfig").await.expect(200).body;
        assert_eq!(config["pagination"]["cursor"], true);
        assert_eq!(config["pagination"]["cursorTimeout"], LIFETIME_SECONDS);
        assert!(!config.to_string().contains("previousCursor"), "{config}");
    }
}
