//! Whatever the platform's routes change is named by the audit, and they say what the page promises.

use std::collections::BTreeSet;

use reqwest::Method;
use rollcall::http::routes;
use serde_json::Value;

use super::people::Signed;
use crate::harness::{Answer, Roll, facts};
use crate::samples::key;
use crate::shadow;

/// The routes that are driven here.
pub const DRIVEN: &[&str] = &["POST /auth/logout", "DELETE /auth/sessions", "DELETE /auth/sessions/{id}"];

/// A rollcall whose every change is held against its audit.
struct Watch {
    roll: Roll,
    said: BTreeSet<String>,
}

impl Watch {
    async fn on(roll: Roll) -> Self {
        shadow::watch(&roll).await;
        Self { roll, said: BTreeSet::new() }
    }

    /// Sends a request and demands that change and audit agree.
    async fn step(&mut self, who: &Signed, method: Method, path: &str, body: Option<&Value>) -> Answer {
        shadow::forget(&self.roll).await;
        let mut request = who.request(&self.roll, method, path);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = self.roll.send(request).await;
        let said = shadow::said(&self.roll).await;
        let changed = shadow::changed(&self.roll).await;
        assert_eq!(changed, said.rows, "changed (left) and said (right) by {path}, answered {}", answer.body);
        self.said.extend(said.actions);
        answer
    }

    /// Demands that the route said what the page promises: no more and no less.
    fn said_as_promised(&self, route: &str) {
        let page = routes();
        let line = page.iter().find(|line| key(line) == route).expect("a route");
        let promised: BTreeSet<String> = line.audits.iter().map(|action| action.code().to_owned()).collect();
        assert_eq!(self.said, promised, "said (left) and promised (right) by {route}");
    }
}

facts! {
    async fn signing_out_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        watch.step(&dana, Method::POST, "/auth/logout", None).await.expect(204);
        watch.said_as_promised("POST /auth/logout");
    }

    async fn ending_sessions_is_audited_whole(roll: Roll) {
        let mut watch = Watch::on(roll).await;
        let dana = watch.roll.signed("dana").await;
        let (second, third) = (watch.roll.sign_in(&dana.user).await, watch.roll.sign_in(&dana.user).await);
        let path = format!("/auth/sessions/{}", second.session);
        watch.step(&dana, Method::DELETE, &path, None).await.expect(204);
        watch.said_as_promised("DELETE /auth/sessions/{id}");
        assert_eq!(watch.step(&third, Method::DELETE, "/auth/sessions", None).await.expect(200).body["ended"], 2);
        watch.said_as_promised("DELETE /auth/sessions");
    }
}
