//! What becomes of a message, whatever the mail server does.

use std::time::Duration;

use rollcall::access::contacts::CODE_LASTS;
use rollcall::access::outbox::{self, LEASE};
use rollcall::ctx::Ctx;
use rollcall::model::contact::Method;
use rollcall::senders::Trouble;
use serde_json::json;

use super::fakes::{FakeSmtp, Post};
use super::{SEND, STATUS, VERIFY, digits, sends_by, text};
use crate::harness::{Answer, Roll, facts};
use crate::platform::people::{Signed, problem};

/// Longer than a message waits after its first failure.
const SOON: Duration = Duration::from_secs(4);
/// Longer than after any.
const LATER: Duration = Duration::from_secs(200);
const FROM: (&str, &str) = ("SMTP_FROM", "Rollcall <rollcall@example.com>");

async fn mail(roll: &Roll) -> (FakeSmtp, Roll) {
    let server = FakeSmtp::start().await;
    let sender = roll.replica_with(sends_by(&[("SMTP_URL", &server.url), FROM])).await;
    (server, sender)
}

async fn ask(roll: &Roll, who: &Signed) -> Answer {
    who.post(roll, SEND, &json!({ "method": "EMAIL" })).await
}

async fn bring(roll: &Roll, who: &Signed, code: &str) -> Answer {
    who.post(roll, VERIFY, &json!({ "method": "EMAIL", "code": code })).await
}

fn newest(server: &FakeSmtp) -> String {
    digits(&server.mails().taken.last().expect("a mail").1)
}

facts! {
    async fn a_code_goes_out_by_mail_and_proves_the_address(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        assert_eq!((sender.send_out().await, sender.send_out().await), (1, 0));
        let (to, mail) = server.mails().taken.last().cloned().expect("a mail");
        assert_eq!(to, "dana@example.com");
        assert!(mail.contains("From: Rollcall <rollcall@example.com>") && mail.contains("Subject: Your rollcall code"), "{mail}");
        assert_eq!(roll.messages().await, ["sent 1"]);
        let code = newest(&server);
        assert_eq!(roll.columns_with(&code).await, Vec::<String>::new(), "a code stands nowhere");
        assert_eq!(bring(&roll, &dana, &code).await.expect(200).body["email"]["verified"], true);
        assert!(sender.app.senders.tray.list().is_empty());
    }

    async fn what_the_server_refuses_for_good_is_dead_and_told(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        server.next(Post::Refuse("550 dana@example.com does not live here"));
        sender.send_out().await;
        assert_eq!(roll.messages().await, ["dead 1"]);
        let why = roll.why().await;
        assert!(why.contains("550") && !why.contains("dana"), "{why}");
        let (_, _, detail) = roll.last_audit("message.undeliverable").await;
        assert_eq!((detail["method"].as_str(), detail["tries"].as_i64()), (Some("EMAIL"), Some(1)));
        roll.wait(LATER);
        assert_eq!(sender.send_out().await, 0);
        assert_eq!(roll.live(&dana.user).await, [("sessions", 1)], "its code has ended");
    }

    async fn what_passes_is_tried_again_with_a_code_of_its_own(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        for post in [Post::Refuse("451 later"), Post::TakeAndVanish, Post::Silence] {
            server.next(post);
        }
        sender.send_out().await;
        assert_eq!((roll.messages().await, server.mails().taken.len()), (vec!["failed 1".to_owned()], 0));
        assert_eq!(sender.send_out().await, 0, "it waits");
        roll.wait(SOON);
        sender.send_out().await;
        let first = newest(&server);
        roll.wait(LATER);
        sender.send_out().await;
        assert_eq!(roll.messages().await, ["failed 3"]);
        assert!(roll.why().await.contains("in time"));
        roll.wait(LATER);
        sender.send_out().await;
        let last = newest(&server);
        assert_eq!((roll.messages().await, server.mails().taken.len()), (vec!["sent 4".to_owned()], 2));
        if first != last {
            problem(bring(&roll, &dana, &first).await, 400, "code");
        }
        bring(&roll, &dana, &last).await.expect(200);
    }

    async fn a_message_that_never_goes_out_is_dead_after_six_tries(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        for tries in 1..=6 {
            server.next(Post::Refuse("421 not now"));
            assert_eq!(sender.send_out().await, 1);
            let state = if tries < 6 { "failed" } else { "dead" };
            assert_eq!(roll.messages().await, [format!("{state} {tries}")]);
            roll.wait(Duration::from_secs([4, 8, 23, 68, 181, 0][tries - 1]));
        }
        assert_eq!(sender.send_out().await, 0);
        assert_eq!(roll.severity("message.undeliverable").await, "WARN");
    }

    async fn a_try_cut_off_half_way_comes_due_again_and_its_late_word_counts_no_more(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        let lost = roll.take_message(Method::Email).await.expect("a message");
        assert_eq!(sender.send_out().await, 0, "it is being sent by somebody");
        roll.wait(LEASE);
        assert_eq!(sender.send_out().await, 1);
        assert_eq!(roll.messages().await, ["sent 2"]);
        let (ctx, work) = (Ctx::job("outbox", roll.clock.now()), (lost.clone(), Err(Trouble::Final("late".to_owned()))));
        let late = roll.db().unit(&ctx, &work, |tx, (lost, outcome)| Box::pin(outbox::settle(tx, lost, Method::Email, outcome)));
        late.await.expect("nothing to do");
        assert_eq!(roll.messages().await, ["sent 2"]);
        if text(&lost.message) != newest(&server) {
            problem(bring(&roll, &dana, &text(&lost.message)).await, 400, "code");
        }
        bring(&roll, &dana, &newest(&server)).await.expect(200);
    }

    async fn a_message_that_is_cut_off_every_time_is_dead_in_the_end(roll: Roll) {
        let dana = roll.signed("dana").await;
        ask(&roll, &dana).await.expect(202);
        for _ in 0..6 {
            roll.take_message(Method::Email).await.expect("a message");
            roll.wait(LEASE);
        }
        assert!(roll.take_message(Method::Email).await.is_none());
        assert_eq!(roll.messages().await, ["dead 7"]);
    }

    async fn two_replicas_send_each_message_once(roll: Roll) {
        let (server, one) = mail(&roll).await;
        let other = roll.replica_with(sends_by(&[("SMTP_URL", &server.url), FROM])).await;
        let mut people = Vec::new();
        for name in ["ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal"] {
            let who = roll.signed(name).await;
            ask(&roll, &who).await.expect(202);
            people.push(who);
        }
        let (left, right) = tokio::join!(one.send_out(), other.send_out());
        assert_eq!(left + right, 8);
        let mut to: Vec<String> = server.mails().taken.iter().map(|(to, _)| to.clone()).collect();
        to.sort();
        to.dedup();
        assert_eq!((to.len(), server.mails().taken.len()), (8, 8));
    }

    async fn what_lost_its_meaning_is_not_sent(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let (dana, erin, finn) = (roll.signed("dana").await, roll.signed("erin").await, roll.signed("finn").await);
        let boss = roll.admin("boss").await;
        for who in [&dana, &erin, &finn] {
            ask(&roll, who).await.expect(202);
        }
        boss.post(&roll, &format!("/api/users/{}/deactivate", dana.user), &json!({})).await.expect(200);
        let mut moved = crate::harness::person("erin");
        moved["emails"][0]["value"] = "erin@elsewhere.example".into();
        roll.put(&format!("/Users/{}", erin.user), &moved).await.expect(200);
        roll.wait(CODE_LASTS);
        sender.send_out().await;
        assert_eq!(server.mails().taken, []);
        assert_eq!(roll.messages().await, ["void 1", "void 1", "void 1"]);
    }

    async fn nothing_is_sent_that_was_not_committed(roll: Roll) {
        let (server, sender) = mail(&roll).await;
        let dana = roll.signed("dana").await;
        crate::audited::take_audit_away(&roll).await;
        problem(ask(&roll, &dana).await, 503, "audit log cannot be written");
        assert_eq!((sender.send_out().await, server.mails().taken.len()), (0, 0));
        assert_eq!(roll.messages().await, Vec::<String>::new());
    }

    async fn a_running_server_works_on_its_outbox(roll: Roll) {
        let server = FakeSmtp::start().await;
        let settings = super::settings(&[("SMTP_URL", &server.url), FROM]);
        let set = move |shared: &mut rollcall::http::Shared| {
            shared.senders = rollcall::senders::Senders::new(&settings, true).expect("senders");
            shared.sends = true;
        };
        let sender = roll.replica_with(set).await;
        let dana = roll.signed("dana").await;
        ask(&sender, &dana).await.expect(202);
        while roll.messages().await != ["sent 1"] {
            tokio::task::yield_now().await;
        }
        bring(&roll, &dana, &newest(&server)).await.expect(200);
        assert_eq!(dana.get(&roll, STATUS).await.expect(200).body["email"]["verified"], true);
    }
}
