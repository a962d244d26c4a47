//! SCIM tokens: made, copied, rotated while both let in, revoked.

use reqwest::Method;

use super::admin;
use crate::browser::page::Page;
use crate::harness::{Roll, facts};

impl Roll {
    /// What SCIM answers to whoever brings this token.
    async fn lets_in(&self, token: &str) -> u16 {
        let request = self.request(Method::GET, "/scim/v2/Users?count=1").bearer_auth(token);
        self.send(request).await.status.as_u16()
    }
}

impl Page {
    /// The token that the page shows once, and the part of it that lists show.
    async fn token(&self) -> (String, String) {
        let token = self.texts("#token").await.pop().expect("a token");
        self.follow("Tokens").await;
        let shown = self.texts("tbody th code").await;
        let prefix = shown.into_iter().find(|prefix| token.starts_with(prefix.trim_end_matches('…')));
        (token, prefix.expect("the token in the list"))
    }
}

facts! {
    async fn a_token_is_made_shown_once_rotated_and_revoked(roll: Roll) {
        let boss = roll.admin("boss").await;
        let page = admin(&roll, &boss, "/audit").await;
        page.go_by("k").await;
        page.follow("Make a token").await;
        page.reach("Name").await;
        page.press(&["Control+a"]).await;
        page.type_in("Okta prod").await;
        page.leave_by(&["Enter"]).await;
        page.says(&["Copy it now."]).await;
        let (old, prefix) = page.token().await;
        assert!(!page.eval("document.documentElement.outerHTML").await.to_string().contains(&old), "it is shown again");
        page.follow(&format!("Rotate Okta prod {prefix}")).await;
        page.follow(&format!("Rotate Okta prod {prefix}")).await;
        page.says(&["The token is rotated", "goes on working until"]).await;
        let (new, _) = page.token().await;
        assert_eq!([roll.lets_in(&old).await, roll.lets_in(&new).await], [200, 200]);
        page.follow(&format!("Revoke Okta prod {prefix}")).await;
        page.follow(&format!("Revoke Okta prod {prefix}")).await;
        assert!(page.told().await.starts_with("The token is revoked"), "{}", page.told().await);
        assert_eq!([roll.lets_in(&old).await, roll.lets_in(&new).await], [401, 200]);
        page.follow(&format!("History of Okta prod {prefix}")).await;
        let said = page.texts(".line a.mark.code").await;
        assert_eq!(said, ["scim.token.revoked", "scim.token.rotated", "scim.token.created"]);
        page.done().await;
    }
}
