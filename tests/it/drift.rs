//! Where the roll and Okta differ: found, told, and repaired by the verbs of events; never guessed from half a list.

use std::time::Duration;

use rollcall::config::BreakerRule;
use rollcall::ctx::Ctx;
use rollcall::directory::drift::{Kind, Repair};
use rollcall::directory::{links, okta_events};
use rollcall::jobs::drift::{self, Report};
use rollcall::model::Id;
use serde_json::{Value, json};

use crate::catch_up::fake_okta::FakeOkta;
use crate::harness::{Roll, facts, patch};

const ALARM: BreakerRule = BreakerRule { people: 25, percent: 100, holds: false };

fn apps() -> Vec<String> {
    vec!["0oaours".to_owned()]
}

fn account(name: &str, status: &str) -> Value {
    json!({ "id": format!("00u{name}"), "status": status, "statusChanged": "2026-03-02T11:59:00.000Z" })
}

fn assigned(name: &str) -> Value {
    json!({ "id": format!("00u{name}"), "externalId": "x", "status": "ACTIVE" })
}

/// An Okta on which these people are active, and assigned.
async fn okta(names: &[&str]) -> FakeOkta {
    let okta = FakeOkta::start().await;
    let lists = [
        ("users", names.iter().map(|name| account(name, "ACTIVE")).collect()),
        ("users deprovisioned", Vec::new()),
        ("apps/0oaours/users", names.iter().map(|name| assigned(name)).collect()),
    ];
    okta.log().lists = lists.into_iter().map(|(name, list)| (name.to_owned(), list)).collect();
    okta
}

impl Roll {
    async fn drift(&self, okta: &FakeOkta) -> Report {
        self.clock.advance(Duration::from_mins(1));
        drift::compare(self.db(), &okta.client(), &apps()).await.expect("a database")
    }

    async fn repair(&self, report: &Report, rule: BreakerRule) -> Vec<Option<Repair>> {
        drift::repair(self.db(), report, &apps(), rule).await.expect("a database").outcomes
    }

    async fn everybody(&self, names: &[&str]) -> Vec<String> {
        let mut ids = Vec::new();
        for name in names {
            ids.push(self.person(name).await);
        }
        ids
    }

    async fn link(&self, team: &str, group: &str) {
        let work = (team.parse::<uuid::Uuid>().expect("an id").into(), group.to_owned());
        let ctx = Ctx::cli(self.clock.now());
        let confirm =
            self.db().unit(&ctx, &work, |tx, (team, group): &(Id, String)| Box::pin(links::make(tx, *team, group)));
        confirm.await.expect("a link");
    }
}

fn kinds(report: &Report) -> Vec<(Kind, String)> {
    let mut kinds: Vec<_> = report.differences.iter().map(|found| (found.kind, found.okta_id.clone())).collect();
    kinds.sort_by(|one, other| one.1.cmp(&other.1));
    kinds
}

facts! {
    async fn a_roll_that_is_true_to_okta_has_no_drift(roll: Roll) {
        let names = ["dana", "eli", "fay", "gus", "hal"];
        let ids = roll.everybody(&names).await;
        let team = roll.group("Ops", &[&ids[0], &ids[1]]).await;
        roll.link(&team, "00gops").await;
        let okta = okta(&names).await;
        okta.log().lists.insert("groups/00gops/users".to_owned(), vec![account("dana", "ACTIVE"), account("eli", "ACTIVE")]);
        let report = roll.drift(&okta).await;
        assert_eq!((kinds(&report), report.not_compared.as_slice()), (Vec::new(), [].as_slice()));
        assert_eq!((report.people, report.teams), (5, 1));
    }

    async fn what_differs_between_people_is_told_and_only_a_repair_changes_it(roll: Roll) {
        let names = ["dana", "eli", "fay", "gus", "hal"];
        let ids = roll.everybody(&names).await;
        let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
        roll.patch(&format!("/Users/{}", ids[4]), &off).await.expect(200);
        let okta = okta(&["hal", "stranger"]).await;
        {
            let mut log = okta.log();
            log.lists.get_mut("users").expect("a list").extend([account("dana", "SUSPENDED"), account("fay", "LOCKED_OUT")]);
            log.lists.get_mut("users deprovisioned").expect("a list").push(account("eli", "DEPROVISIONED"));
            log.lists.get_mut("apps/0oaours/users").expect("a list").extend(["dana", "eli", "gus"].map(assigned));
        }
        let told = roll.actions().await;
        let report = roll.drift(&okta).await;
        let expected = [
            (Kind::Status, "00udana"), (Kind::Status, "00ueli"), (Kind::Unassigned, "00ufay"),
            (Kind::AccountGone, "00ugus"), (Kind::SwitchedOff, "00uhal"), (Kind::Unknown, "00ustranger"),
        ];
        let expected = expected.map(|(kind, id)| (kind, id.to_owned()));
        assert_eq!((kinds(&report), roll.actions().await), (expected.to_vec(), told), "nothing was changed");

        let outcomes = roll.repair(&report, ALARM).await;
        assert_eq!(outcomes.iter().filter(|one| **one == Some(Repair::Done)).count(), 4);
        assert_eq!(roll.sql("select user_name from users where is_active").await, Vec::<Vec<Option<String>>>::new());
        let cause = roll.sql("select distinct actor_name || ' ' || source from audit_events where cause_id = (select cause_id \
             from audit_events where action = 'drift.repaired')").await;
        assert_eq!(cause, [[Some("drift cli".to_owned())]]);
        let since = roll.engine().micros_text("okta_since");
        let fact = roll.sql_one(&format!("select okta_status || ' ' || {since} from users where okta_id = '00udana'")).await;
        assert_eq!(fact, "suspended 1772452860000000", "the first word of Okta's: as of the comparison");
        okta.log().lists.get_mut("users").expect("a list")[2]["status"] = "DEPROVISIONED".into();
        okta.log().lists.get_mut("users").expect("a list")[2]["statusChanged"] = "2026-03-02T12:03:00.000Z".into();
        roll.clock.advance(Duration::from_mins(5));
        roll.repair(&roll.drift(&okta).await, ALARM).await;
        let fact = roll.sql_one(&format!("select okta_status || ' ' || {since} from users where okta_id = '00udana'")).await;
        assert_eq!(fact, "deactivated 1772452980000000", "by Okta's own time");

        let again = roll.drift(&okta).await;
        assert_eq!(kinds(&again).len(), 2, "{:?}: what only Okta can repair", kinds(&again));
        let rows = roll.actions().await.len();
        roll.repair(&again, ALARM).await;
        assert_eq!(roll.actions().await.len(), rows + 1, "nothing but that it was run");
    }

    async fn half_a_list_makes_nobody_a_leaver(roll: Roll) {
        let names = ["dana", "eli", "fay", "gus", "hal"];
        let ids = roll.everybody(&names).await;
        let team = roll.group("Ops", &[&ids[0], &ids[1], &ids[2]]).await;
        roll.link(&team, "00gops").await;
        for (list, refused) in [("users", 2), ("users deprovisioned", 0), ("apps/0oaours/users", 4), ("groups/00gops/users", 2)] {
            let okta = okta(&names).await;
            okta.log().lists.insert("groups/00gops/users".to_owned(), names[..3].iter().map(|name| account(name, "ACTIVE")).collect());
            okta.log().refused.push((list.to_owned(), refused));
            let report = roll.drift(&okta).await;
            assert_eq!((kinds(&report), report.not_compared.len()), (Vec::new(), 1), "{list}: {:?}", report.not_compared);
        }
    }

    async fn members_of_a_linked_team_are_held_against_the_group(roll: Roll) {
        let names = ["dana", "eli", "fay"];
        let ids = roll.everybody(&names).await;
        let (team, gone) = (roll.group("Ops", &[&ids[0], &ids[1]]).await, roll.group("Gone", &[&ids[0]]).await);
        roll.link(&team, "00gops").await;
        roll.link(&gone, "00ggone").await;
        let okta = okta(&names).await;
        let members = ["dana", "fay", "nobody"].map(|name| account(name, "ACTIVE"));
        okta.log().lists.insert("groups/00gops/users".to_owned(), members.to_vec());
        let report = roll.drift(&okta).await;
        let expected = [(Kind::GroupGone, "00ggone"), (Kind::ExtraMember, "00ueli"), (Kind::MissingMember, "00ufay")];
        assert_eq!(kinds(&report), expected.map(|(kind, id)| (kind, id.to_owned())));
        roll.repair(&report, ALARM).await;
        let mut expected = vec![ids[0].clone(), ids[2].clone()];
        expected.sort();
        assert_eq!(roll.members(&team).await, expected);
        assert_eq!(kinds(&roll.drift(&okta).await), []);
    }

    async fn who_came_back_since_the_comparison_is_left_alone(roll: Roll) {
        let ids = roll.everybody(&["dana"]).await;
        let okta = okta(&[]).await;
        okta.log().lists.insert("users".to_owned(), vec![account("dana", "ACTIVE")]);
        let report = roll.drift(&okta).await;
        assert_eq!(kinds(&report), [(Kind::Unassigned, "00udana".to_owned())]);
        roll.clock.advance(Duration::from_mins(1));
        for active in [false, true] {
            let body = patch(json!([{ "op": "replace", "value": { "active": active } }]));
            roll.patch(&format!("/Users/{}", ids[0]), &body).await.expect(200);
        }
        assert_eq!(roll.repair(&report, ALARM).await, [Some(Repair::Needless(okta_events::SCIM_LATER))]);
        assert_eq!(roll.get(&format!("/Users/{}", ids[0])).await.body["active"], true);
    }

    async fn the_breaker_holds_what_a_repair_would_end(roll: Roll) {
        let names: Vec<String> = (0..9).map(|number| format!("p{number}")).collect();
        roll.everybody(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let okta = okta(&[]).await;
        okta.log().lists.insert("users".to_owned(), names.iter().map(|name| account(name, "ACTIVE")).collect());
        let report = roll.drift(&okta).await;
        let outcomes = roll.repair(&report, BreakerRule { people: 5, percent: 100, holds: true }).await;
        assert_eq!(outcomes.iter().filter(|one| **one == Some(Repair::Done)).count(), 6, "{outcomes:?}");
        assert!(outcomes.ends_with(&[Some(Repair::Held); 3]));
        assert_eq!(roll.severity("breaker.tripped").await, "HIGH");
    }
}
