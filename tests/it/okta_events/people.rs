//! Events about a person.

use std::time::Duration;

use rollcall::ctx::Ctx;
use rollcall::directory::okta_events::{self, Outcome};
use rollcall::model::Id;
use rollcall::okta::{LogEvent, meaning};
use serde_json::json;

use super::{apps, ctx, dana, event, link, noon_plus, switches, tell, told};
use crate::harness::{Roll, facts, patch, person};
use crate::{shadow, tables};

async fn scim_switches(roll: &Roll, id: &str, active: bool) {
    let body = patch(json!([{ "op": "replace", "value": { "active": active } }]));
    roll.patch(&format!("/Users/{id}"), &body).await.expect(200);
}

async fn clear(roll: &Roll, id: &str) {
    let (ctx, id) = (Ctx::cli(roll.clock.now()), Id::parse(id).expect("an id"));
    roll.db().unit(&ctx, &id, |tx, id| Box::pin(okta_events::clear(tx, *id))).await.expect("a cleared person");
}

facts! {
    async fn each_end_of_the_account_ends_everything_and_says_so_once(roll: Roll) {
        let id = dana(&roll).await;
        for (at, end) in ["suspend", "deactivate", "delete.initiated"].into_iter().enumerate() {
            let (at, end) = (60 * at as u64 + 10, format!("user.lifecycle.{end}"));
            assert_eq!(told(&roll, &end, at).await, Outcome::Applied, "{end}");
            assert_eq!(told(&roll, &end, at).await, Outcome::NoChange, "{end}");
            assert_eq!(roll.live(&id).await, [], "{end}");
            assert!(switches(&roll, &id).await.starts_with("off scim on okta"), "{end}");
            assert_eq!(told(&roll, "user.lifecycle.activate", at + 10).await, Outcome::Applied);
            roll.let_in(&id).await;
        }
        let said = roll.actions().await;
        assert_eq!(said.iter().filter(|action| *action == "user.deactivated").count(), 3);
        assert_eq!(said.iter().filter(|action| *action == "user.reactivated").count(), 3);
    }

    async fn what_is_older_than_the_newest_word_changes_nothing(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.suspend", 30).await;
        let before = tables::dump(&roll).await;
        for late in ["unsuspend", "activate", "deactivate"] {
            let outcome = told(&roll, &format!("user.lifecycle.{late}"), 20).await;
            assert_eq!(outcome, Outcome::Stale(okta_events::OLDER), "{late}");
        }
        assert_eq!(tables::dump(&roll).await, before);
        assert_eq!(switches(&roll, &id).await, "off scim on okta suspended admin on");
    }

    async fn on_equal_times_ending_access_wins(roll: Roll) {
        let id = dana(&roll).await;
        assert_eq!(told(&roll, "user.lifecycle.suspend", 30).await, Outcome::Applied);
        assert_eq!(told(&roll, "user.lifecycle.unsuspend", 30).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(told(&roll, "user.lifecycle.deactivate", 30).await, Outcome::Applied);
        assert_eq!(switches(&roll, &id).await, "off scim on okta deactivated admin on");
    }

    async fn a_status_said_again_later_moves_its_time_and_nothing_else(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.suspend", 10).await;
        let said = roll.actions().await;
        assert_eq!(told(&roll, "user.lifecycle.suspend", 30).await, Outcome::NoChange);
        assert_eq!(told(&roll, "user.lifecycle.unsuspend", 20).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(roll.actions().await, said);
        assert!(switches(&roll, &id).await.starts_with("off"));
    }

    async fn an_end_that_comes_after_access_has_come_back_still_ends_what_was_begun_before(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.unsuspend", 30).await;
        let later = roll.moment(&noon_plus(40).rfc3339());
        roll.sql_run(&format!("update sessions set created_at = {later}")).await;
        assert_eq!(told(&roll, "user.lifecycle.suspend", 20).await, Outcome::Applied);
        assert_eq!(roll.live(&id).await, [("sessions", 1)]);
        assert!(switches(&roll, &id).await.starts_with("on"));
        assert_eq!(told(&roll, "user.lifecycle.suspend", 20).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(told(&roll, "user.lifecycle.suspend", 10).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(roll.actions().await, ["user.created", "user.signed_out"]);
    }

    async fn scim_lifts_a_deactivation_for_good_and_a_suspension_never(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.deactivate", 10).await;
        scim_switches(&roll, &id, false).await;
        scim_switches(&roll, &id, true).await;
        assert_eq!(switches(&roll, &id).await, "on scim on okta ok admin on");
        assert_eq!(told(&roll, "user.lifecycle.deactivate", 10).await, Outcome::Stale(okta_events::OLDER));
        told(&roll, "user.lifecycle.suspend", 3_700).await;
        roll.clock.advance(Duration::from_mins(10));
        scim_switches(&roll, &id, false).await;
        scim_switches(&roll, &id, true).await;
        assert_eq!(switches(&roll, &id).await, "off scim on okta suspended admin on");
    }

    async fn a_cleared_status_is_high_and_lasts_until_okta_says_something_newer(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.suspend", 10).await;
        for _ in 0..2 {
            clear(&roll, &id).await;
        }
        assert_eq!(roll.severity("user.okta.cleared").await, "HIGH");
        assert_eq!(switches(&roll, &id).await, "on scim on okta ok admin on");
        assert_eq!(told(&roll, "user.lifecycle.suspend", 20).await, Outcome::Stale(okta_events::OLDER));
        assert_eq!(told(&roll, "user.lifecycle.suspend", 3_601).await, Outcome::Applied);
        let said = roll.actions().await;
        assert_eq!(said.iter().filter(|action| *action == "user.okta.cleared").count(), 1);
    }

    async fn what_okta_said_before_the_person_came_counts_at_once(roll: Roll) {
        assert_eq!(told(&roll, "user.lifecycle.suspend", 10).await, Outcome::Ignored(okta_events::KEPT));
        assert_eq!(told(&roll, "user.lifecycle.suspend", 10).await, Outcome::Ignored(okta_events::KEPT));
        assert_eq!(told(&roll, "user.lifecycle.activate", 5).await, Outcome::Stale(okta_events::OLDER));
        let id = roll.person("dana").await;
        assert_eq!(switches(&roll, &id).await, "off scim on okta suspended admin on");
        assert_eq!(roll.actions().await, ["user.created", "user.deactivated"]);
        assert_eq!(told(&roll, "user.lifecycle.unsuspend", 20).await, Outcome::Applied);
        assert!(switches(&roll, &id).await.starts_with("on"));
    }

    async fn what_okta_said_counts_for_who_is_bound_later_and_for_who_takes_an_address_over(roll: Roll) {
        told(&roll, "user.lifecycle.suspend", 10).await;
        let mut body = person("dana");
        body["externalId"] = json!(null);
        let id = roll.post("/Users", &body).await.expect(201).id();
        assert!(switches(&roll, &id).await.starts_with("on"));
        body["externalId"] = "00udana".into();
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        assert_eq!(switches(&roll, &id).await, "off scim on okta suspended admin on");
        tell(&roll, &event("user.lifecycle.suspend", "00unew", 10)).await;
        scim_switches(&roll, &id, false).await;
        body["externalId"] = "00unew".into();
        roll.put(&format!("/Users/{id}"), &body).await.expect(200);
        let row = roll.row_of(&id).await;
        assert_ne!(row, id);
        assert_eq!(switches(&roll, &row).await, "off scim on okta suspended admin on");
    }

    async fn a_lifted_deactivation_does_not_come_back_with_a_new_row(roll: Roll) {
        let id = dana(&roll).await;
        told(&roll, "user.lifecycle.deactivate", 10).await;
        scim_switches(&roll, &id, false).await;
        scim_switches(&roll, &id, true).await;
        roll.delete(&format!("/Users/{id}")).await.expect(204);
        let again = roll.person("dana").await;
        assert_eq!(switches(&roll, &again).await, "on scim on okta ok admin on");
    }

    async fn a_sessions_end_ends_okta_born_browser_sessions_begun_before_it(roll: Roll) {
        let id = dana(&roll).await;
        roll.sql_run("update sessions set born = 'break_glass'").await;
        assert_eq!(told(&roll, "user.session.end", 10).await, Outcome::NoChange);
        roll.sql_run("update sessions set born = 'okta'").await;
        assert_eq!(told(&roll, "user.session.end", 20).await, Outcome::Applied);
        assert_eq!(roll.live(&id).await.iter().map(|(table, _)| *table).collect::<Vec<_>>(),
            ["refresh_tokens", "api_keys", "contact_verifications", "user_devices", "login_attempts"]);
        assert_eq!(roll.user_says(&id, "auth_epoch").await.as_deref(), Some("1"));
        assert!(switches(&roll, &id).await.starts_with("on"));
        assert_eq!(roll.last_audit("user.signed_out").await.2["effects"]["session"].as_array().map(Vec::len), Some(1));
    }

    async fn a_session_begun_after_it_ended_lives_on(roll: Roll) {
        let id = dana(&roll).await;
        let later = roll.moment(&noon_plus(100).rfc3339());
        for table in ["sessions", "refresh_tokens", "login_attempts"] {
            roll.sql_run(&format!("update {table} set created_at = {later}")).await;
        }
        assert_eq!(told(&roll, "user.session.clear", 99).await, Outcome::NoChange);
        assert_eq!(roll.live(&id).await.len(), 6);
        assert_eq!(told(&roll, "user.session.clear", 100).await, Outcome::Applied);
        assert_eq!(told(&roll, "user.session.clear", 99).await, Outcome::Stale(okta_events::OLDER));
    }

    async fn a_sign_out_everywhere_ends_mobile_families_however_often_rotated_and_leaves_keys_and_devices(roll: Roll) {
        for (at, sign_out) in ["user.session.clear", "user.authentication.universal_logout"].into_iter().enumerate() {
            let id = if at == 0 { dana(&roll).await } else { roll.row_of(&roll.sql_one(&format!(
                "select {} from users", roll.uuid_text("scim_id"))).await).await };
            roll.let_in(&id).await;
            let later = roll.moment(&noon_plus(3_000).rfc3339());
            roll.sql_run(&format!(
                "update refresh_tokens set generation = 9, last_used_at = {later} where ended_at is null")).await;
            assert_eq!(told(&roll, sign_out, 10 + at as u64).await, Outcome::Applied, "{sign_out}");
            assert_eq!(roll.live(&id).await.iter().map(|(table, _)| *table).collect::<Vec<_>>(),
                ["api_keys", "contact_verifications", "user_devices"], "{sign_out}");
            assert_eq!(roll.user_says(&id, "auth_epoch").await, Some((at + 2).to_string()));
        }
    }

    async fn who_clears_somebodys_sessions_keeps_their_own(roll: Roll) {
        let admin = dana(&roll).await;
        roll.person("other").await;
        let mut clear = event("user.session.clear", "00uother", 10);
        clear.actor = event("", "00udana", 0).actor;
        assert_eq!(tell(&roll, &clear).await, Outcome::NoChange);
        assert_eq!(roll.live(&admin).await.len(), 6);
    }

    async fn leaving_our_app_turns_scims_switch_off_unless_scim_wrote_later(roll: Roll) {
        let id = dana(&roll).await;
        assert_eq!(told(&roll, "application.user_membership.remove", 10).await, Outcome::Applied);
        assert_eq!(switches(&roll, &id).await, "off scim off okta ok admin on");
        assert_eq!(roll.live(&id).await, []);
        assert_eq!(roll.get(&format!("/Users/{id}")).await.body["active"], false);
        scim_switches(&roll, &id, true).await;
        let late = told(&roll, "application.user_membership.remove", 20).await;
        assert_eq!(late, Outcome::Stale(okta_events::SCIM_LATER));
        assert!(switches(&roll, &id).await.starts_with("on"));
    }

    async fn another_app_or_none_of_ours_changes_nothing_and_says_so(roll: Roll) {
        let id = dana(&roll).await;
        let mut other = event("application.user_membership.remove", "00udana", 10);
        other.targets.iter_mut().filter(|one| one.kind == "AppInstance").for_each(|one| "0oaother".clone_into(&mut one.id));
        assert_eq!(tell(&roll, &other).await, Outcome::Ignored(okta_events::OTHER_APP));
        let ours = event("application.user_membership.remove", "00udana", 10);
        let none = roll.db().unit(&ctx(&roll), &ours, |tx, ours| Box::pin(okta_events::apply(tx, ours, &[]))).await;
        assert_eq!(none.expect("an outcome"), Outcome::Ignored(okta_events::NO_APP));
        assert!(switches(&roll, &id).await.starts_with("on"));
    }

    async fn a_changed_profile_is_marked_to_be_read_again(roll: Roll) {
        let id = dana(&roll).await;
        let before = roll.get(&format!("/Users/{id}")).await.body;
        assert_eq!(told(&roll, "user.account.update_profile", 10).await, Outcome::Applied);
        assert_eq!(told(&roll, "user.account.update_profile", 10).await, Outcome::NoChange);
        assert_eq!(roll.sql_one("select okta_id from okta_people where reread_wanted").await, "00udana");
        assert_eq!(roll.get(&format!("/Users/{id}")).await.body, before);
    }

    async fn whatever_an_event_changes_is_named_in_the_audit_and_nothing_else_is(roll: Roll) {
        let id = dana(&roll).await;
        link(&roll, &roll.group("Payments", &[]).await).await.expect("a link");
        roll.clock.advance(Duration::from_hours(1));
        shadow::watch(&roll).await;
        for (at, (kind, _)) in meaning::TABLE.iter().enumerate() {
            roll.sql_run("update sessions set ended_at = null; update refresh_tokens set ended_at = null;").await;
            shadow::forget(&roll).await;
            told(&roll, kind, 3_700 + at as u64).await;
            let (mut changed, said) = (shadow::changed(&roll).await, shadow::said(&roll).await);
            // The end of a browser session is about its person, whose own row stays as it is.
            if *kind == "user.session.end" {
                changed.insert(("user".to_owned(), id.clone()));
            }
            assert_eq!(changed, said.rows, "{kind}");
            let from_hooks = roll.sql("select source from audit_events where source <> 'hook'").await;
            assert!(from_hooks.is_empty(), "{kind}");
        }
        shadow::forget(&roll).await;
        told(&roll, "user.lifecycle.suspend", 3_800).await;
        clear(&roll, &id).await;
        assert_eq!(shadow::changed(&roll).await, shadow::said(&roll).await.rows);
    }

    async fn what_cannot_be_acted_on_says_why_and_changes_nothing(roll: Roll) {
        dana(&roll).await;
        let glass = roll.break_glass("glass").await;
        roll.sql_run(&format!("update users set okta_id = '00uglass' where id = {}", roll.uuid(&glass))).await;
        let before = tables::dump(&roll).await;
        let good = || event("user.lifecycle.suspend", "00udana", 10);
        let nobody = LogEvent { targets: vec![], ..good() };
        let day = 25 * 3_600;
        for (odd, reason) in [
            (LogEvent { result: Some("FAILURE".to_owned()), ..good() }, okta_events::NOT_DONE),
            (LogEvent { result: None, ..good() }, okta_events::NOT_DONE),
            (LogEvent { published: None, ..good() }, okta_events::UNDATED),
            (event("user.lifecycle.suspend", "00udana", 3_600 + day), okta_events::AHEAD),
            (event("user.example.future", "00udana", 10), okta_events::NO_EFFECT),
            (event("user.session.end", "00ustranger", 10), okta_events::STRANGER),
            (event("user.lifecycle.suspend", "00uglass", 10), okta_events::OUT_OF_REACH),
            (nobody, okta_events::NOBODY),
        ] {
            assert_eq!(tell(&roll, &odd).await, Outcome::Ignored(reason), "{odd:?}");
        }
        assert_eq!(tables::dump(&roll).await, before);
    }

    async fn an_event_cut_off_half_way_has_done_nothing_and_can_be_done_again(roll: Roll) {
        let id = dana(&roll).await;
        let before = tables::dump(&roll).await;
        let mut tx = roll.db().begin(&ctx(&roll)).await.expect("a unit");
        let suspend = event("user.lifecycle.suspend", "00udana", 10);
        assert_eq!(okta_events::apply(&mut tx, &suspend, &apps()).await.expect("an outcome"), Outcome::Applied);
        drop(tx);
        assert_eq!(tables::dump(&roll).await, before);
        assert_eq!(tell(&roll, &suspend).await, Outcome::Applied);
        assert_eq!(roll.live(&id).await, []);
    }
}
