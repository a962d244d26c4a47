//! Links that Okta's own group-push mappings confirm, and people who are read again because their profile changed.

use std::time::Duration;

use rollcall::jobs::group_links::{EVERY, Mapper};
use rollcall::jobs::reread::{IDLE, Rereader};
use rollcall::jobs::turns::{LEASE, Turning};
use serde_json::{Value, json};

use super::{GROUP, LINKS, group_event};
use crate::catch_up::fake_okta::{FakeOkta, Trouble};
use crate::harness::{Roll, facts};

const OURS: &str = "0oaours";
const REMOVE: &str = "group.user_membership.remove";
const UPDATED: &str = "user.account.update_profile";

fn mapping(group: &str, status: &str) -> Value {
    json!({ "id": format!("gpm{group}"), "sourceGroupId": group, "targetGroupId": "00gtarget", "status": status })
}

/// A replica that reads from a stand-in; no job runs by itself.
async fn reader(roll: &Roll, okta: &FakeOkta) -> Roll {
    roll.replica_with(|shared| {
        shared.okta = Some(okta.client());
        shared.okta_apps = vec![OURS.to_owned()];
    })
    .await
}

/// An Okta that pushes these groups to our app.
async fn pushing(mappings: &[(&str, &str)]) -> FakeOkta {
    let okta = FakeOkta::start().await;
    let list = mappings.iter().map(|(group, status)| mapping(group, status)).collect();
    okta.log().lists.insert(format!("apps/{OURS}/group-push/mappings"), list);
    okta
}

/// Turns until the job rests for as long as `rest`; tells how many that took.
async fn until(roll: &Roll, job: &mut impl Turning, rest: Duration) -> usize {
    for turn in 1..100 {
        if job.turn(&roll.app).await.expect("a database") == rest {
            return turn;
        }
    }
    panic!("it never came to rest");
}

impl Roll {
    /// Events told the name of a group.
    async fn named(&self, group: &str, name: &str) {
        let event = group_event(&format!("n{group}"), "group.lifecycle.create", "00u", (group, name), 1);
        self.hooked(&event).await;
    }

    async fn marks(&self) -> Vec<Vec<Option<String>>> {
        self.sql("select okta_id from okta_people where reread_wanted order by okta_id").await
    }
}

facts! {
    async fn okta_confirms_what_a_name_proposes_and_then_a_hook_removes_the_member(roll: Roll) {
        let (boss, dana) = (roll.admin("boss").await, roll.person("dana").await);
        let team = roll.group("Payments", &[&dana]).await;
        roll.group("Idle", &[]).await;
        roll.group("Failing", &[]).await;
        roll.clock.advance(Duration::from_hours(1));
        for (group, name) in [(GROUP, "payments"), ("00gidle", "idle"), ("00gfailing", "failing"), ("00gother", "other")] {
            roll.named(group, name).await;
        }
        assert_eq!(roll.hooked(&group_event("early", REMOVE, "00udana", (GROUP, "payments"), 10)).await, "ignored");
        let okta = pushing(&[("00gother", "ACTIVE"), ("00gidle", "INACTIVE"), ("00gfailing", "ERROR"), (GROUP, "ACTIVE")]).await;
        let reader = reader(&roll, &okta).await;
        let mut mapper = Mapper::default();
        for _ in 0..2 {
            until(&reader, &mut mapper, EVERY).await;
        }
        let expected = ["00gfailing proposed Failing", "00gidle proposed Idle", "00gpayments confirmed Payments"];
        assert_eq!(roll.links(&boss).await, expected);
        let told = roll.sql("select actor_kind || ' ' || actor_name from audit_events where action = 'team.linked'").await;
        assert_eq!(told, [[Some("job group links".to_owned())]]);
        assert_eq!(roll.hooked(&group_event("late", REMOVE, "00udana", (GROUP, "payments"), 20)).await, "applied");
        assert_eq!(roll.members(&team).await, [""; 0]);
    }

    async fn a_name_that_no_event_told_is_asked_for_once(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.group("Payments", &[]).await;
        let okta = pushing(&[(GROUP, "ACTIVE"), ("00gnobody", "ACTIVE"), ("00ghidden", "ACTIVE"), ("../users", "ACTIVE")]).await;
        for (group, name) in [(GROUP, "PAYMENTS"), ("00gnobody", "Nobody")] {
            let object = json!({ "id": group, "profile": { "name": name }, "lastUpdated": "2026-03-02T11:00:00.000Z" });
            okta.log().objects.insert(format!("groups/{group}"), object);
        }
        let reader = reader(&roll, &okta).await;
        let mut mapper = Mapper::default();
        for _ in 0..2 {
            until(&reader, &mut mapper, EVERY).await;
        }
        assert_eq!(roll.links(&boss).await, [format!("{GROUP} confirmed Payments")]);
        let asked = |path: &str| okta.log().paths.iter().filter(|asked| *asked == path).count();
        assert_eq!((asked(&format!("groups/{GROUP}")), asked("groups/00gnobody")), (1, 1));
        assert!(!okta.log().paths.iter().any(|path| path.contains("..")));
    }

    async fn what_an_admin_set_aside_no_mapping_confirms(roll: Roll) {
        let boss = roll.admin("boss").await;
        roll.group("Payments", &[]).await;
        roll.clock.advance(Duration::from_hours(1));
        roll.named(GROUP, "payments").await;
        boss.delete(&roll, &format!("{LINKS}/{GROUP}")).await.expect(204);
        let okta = pushing(&[(GROUP, "ACTIVE")]).await;
        let reader = reader(&roll, &okta).await;
        until(&reader, &mut Mapper::default(), EVERY).await;
        assert_eq!(roll.links(&boss).await, [""; 0]);
        assert!(!roll.actions().await.contains(&"team.linked".to_owned()));
    }

    async fn half_a_list_confirms_half_and_the_rest_when_okta_answers_again(roll: Roll) {
        let boss = roll.admin("boss").await;
        let groups: Vec<String> = (0..5).map(|number| format!("00g{number}")).collect();
        roll.clock.advance(Duration::from_hours(1));
        for group in &groups {
            roll.group(&format!("Team {group}"), &[]).await;
            roll.named(group, &format!("team {group}")).await;
        }
        roll.clock.advance(Duration::from_hours(1));
        let all: Vec<(&str, &str)> = groups.iter().map(|group| (group.as_str(), "ACTIVE")).collect();
        let okta = pushing(&all).await;
        let list = format!("apps/{OURS}/group-push/mappings");
        okta.log().refused.push((list, 2));
        let reader = reader(&roll, &okta).await;
        let mut mapper = Mapper::default();
        okta.trouble(Trouble::Limited(30));
        assert!(mapper.turn(&reader.app).await.expect("a database") >= Duration::from_secs(31), "the limit is waited for");
        okta.trouble(Trouble::Text("<html>"));
        until(&reader, &mut mapper, EVERY).await;
        let confirmed = |links: Vec<String>| links.into_iter().filter(|link| link.contains("confirmed")).count();
        assert_eq!(confirmed(roll.links(&boss).await), 2);
        okta.log().refused.clear();
        until(&reader, &mut mapper, EVERY).await;
        assert_eq!(confirmed(roll.links(&boss).await), 5);
        let asked = okta.log().paths.len();
        let other = Mapper::default().turn(&reader.app).await.expect("a database");
        assert_eq!((other, okta.log().paths.len()), (EVERY, asked), "another replica leaves it alone");
    }

    async fn a_changed_profile_is_read_again_once_and_what_differs_is_repaired(roll: Roll) {
        let dana = roll.signed("dana").await;
        roll.person("eli").await;
        roll.clock.advance(Duration::from_hours(1));
        for name in ["dana", "eli"] {
            let mut event = crate::hooks::event(name, &format!("00u{name}"));
            event["eventType"] = UPDATED.into();
            assert_eq!(roll.hooked(&event).await, "applied");
        }
        let okta = FakeOkta::start().await;
        let account = |name: &str, status: &str| json!({ "id": format!("00u{name}"), "status": status, "statusChanged": "2026-03-02T12:30:00.000Z" });
        okta.log().objects.insert("users/00udana".to_owned(), account("dana", "SUSPENDED"));
        okta.log().objects.insert("users/00ueli".to_owned(), account("eli", "ACTIVE"));
        let reader = reader(&roll, &okta).await;
        let mut job = Rereader::default();
        okta.trouble(Trouble::Limited(30));
        assert!(job.turn(&reader.app).await.expect("a database") >= Duration::from_secs(31));
        assert_eq!(roll.marks().await.len(), 2, "nothing is forgotten for a limit");
        okta.trouble(Trouble::Status(503));
        for _ in 0..2 {
            until(&reader, &mut job, IDLE).await;
        }
        assert_eq!(roll.marks().await, Vec::<Vec<Option<String>>>::new());
        let states = roll.sql("select okta_status from users where okta_id in ('00udana', '00ueli') order by okta_id").await;
        assert_eq!(states, [[Some("suspended".to_owned())], [Some("ok".to_owned())]]);
        crate::platform::people::problem(dana.get(&roll, "/auth/me").await, 401, "does not work");
        let asked = okta.log().paths.len();
        until(&reader, &mut job, IDLE).await;
        assert_eq!(okta.log().paths.len(), asked, "nobody is read twice");
        let told = roll.sql("select actor_name from audit_events where action = 'user.deactivated'").await;
        assert_eq!(told, [[Some("reread".to_owned())]]);
    }

    async fn who_cannot_be_read_again_stands_in_nobodys_way_and_loses_nothing(roll: Roll) {
        roll.clock.advance(Duration::from_hours(1));
        for name in ["dana", "eli", "fay"] {
            roll.person(name).await;
            let mut event = crate::hooks::event(name, &format!("00u{name}"));
            event["eventType"] = UPDATED.into();
            roll.hooked(&event).await;
        }
        let okta = FakeOkta::start().await;
        okta.log().objects.insert("users/00udana".to_owned(), json!({ "id": "00usomebodyelse", "status": "DEPROVISIONED" }));
        okta.log().objects.insert("users/00ufay".to_owned(), json!({ "id": "00ufay", "status": "ACTIVE" }));
        let reader = reader(&roll, &okta).await;
        let mut job = Rereader::default();
        until(&reader, &mut job, IDLE).await;
        assert_eq!(roll.marks().await, [[Some("00udana".to_owned())]], "odd: kept; unknown to Okta: told, not ended");
        assert_eq!(roll.sql_one("select cast(count(*) as text) from users where is_active").await, "3");
        okta.log().objects.insert("users/00udana".to_owned(), json!({ "id": "00udana", "status": "ACTIVE" }));
        roll.clock.advance(LEASE);
        until(&reader, &mut Rereader::default(), IDLE).await;
        assert_eq!(roll.marks().await, Vec::<Vec<Option<String>>>::new());
    }
}
