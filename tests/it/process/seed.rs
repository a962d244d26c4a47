//! `rollcall seed`.

use serde_json::Value;

use super::{Place, Server, finish};
use crate::process::process_facts;

async fn total(server: &Server, token: &str, path: &str) -> u64 {
    let answer = server.get(path, token).await.expect(200);
    answer.body["totalResults"].as_u64().expect("a total")
}

fn actions(place: &Place, action: &str) -> usize {
    place.run(&["audit", "export", "--action", action]).done().lines().count()
}

process_facts! {
    async fn seeded_people_and_teams_are_those_of_a_real_roll(place: Place) {
        place.run(&["migrate"]).done();
        place.run(&["break-glass", "create", "glass"]).done();
        place.run(&["seed", "--users", "30", "--teams", "3", "--big-team", "20"]).done();
        let mut server = place.serve().await;
        let token = server.printed_token().await;
        assert_eq!(total(&server, &token, "/scim/v2/Users").await, 30);
        assert_eq!(total(&server, &token, "/scim/v2/Groups").await, 4);
        let found = "/scim/v2/Users?filter=emails.value%20eq%20%22person-000007@example.com%22";
        assert_eq!(total(&server, &token, found).await, 1);
        let big = server.get("/scim/v2/Groups?filter=displayName%20eq%20%22everybody%22", &token).await.expect(200).body;
        assert_eq!(big["Resources"][0]["members"].as_array().map(Vec::len), Some(20));
        assert_eq!(actions(&place, "user.created"), 30);
        assert_eq!(actions(&place, "team.created"), 4);
        assert_eq!(actions(&place, "team.member.added"), 3 * 12 + 20);
        let shown: Value = server.get("/scim/v2/Users?startIndex=30", &token).await.expect(200).body;
        assert_eq!(shown["Resources"][0]["externalId"], "00useed0000000000030");
    }

    async fn a_break_glass_account_is_nobody_on_the_roll(place: Place) {
        place.run(&["migrate"]).done();
        place.run(&["break-glass", "create", "glass"]).done();
        place.run(&["demo", "--quiet", "--exit", "--database-url", &place.store.url]).done();
        let said = place.run(&["seed", "--users", "3"]).refused(1);
        assert!(said.contains("--add"), "those of the demo are on it: {said}");
    }

    async fn a_store_with_people_is_left_alone_unless_told_to_add(place: Place) {
        place.run(&["seed", "--users", "3", "--teams", "1"]).done();
        let said = place.run(&["seed", "--users", "3", "--teams", "1"]).refused(1);
        assert!(said.contains("--add"), "{said}");
        assert_eq!(actions(&place, "user.created"), 3);
        place.run(&["seed", "--users", "3", "--teams", "1", "--add"]).done();
        place.run(&["seed", "--users", "3", "--teams", "1", "--add"]).done();
        assert_eq!(actions(&place, "user.created"), 9);
    }

    async fn a_seed_that_cannot_be_is_refused_by_name_and_makes_nobody(place: Place) {
        let said = place.run(&["seed", "--users", "3", "--big-team", "4"]).refused(2);
        assert!(said.contains("--big-team 4"), "{said}");
        place.run(&["seed", "--users", "1000001"]).refused(2);
        let mut command = place.command(&["seed", "--users", "3"]);
        command.env("APP_ENV", "production").env("PUBLIC_URL", "https://roll.example.com");
        command.env("SCIM_BEARER_TOKEN", "0123456789abcdef0123456789abcdef");
        command.env("OKTA_WEBHOOK_SECRET", "fedcba9876543210fedcba9876543210");
        command.env("JWT_SECRET", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        let said = finish(command).refused(1);
        assert!(said.contains("production"), "{said}");
        place.run(&["migrate"]).done();
        assert_eq!(actions(&place, "user.created"), 0);
    }
}
