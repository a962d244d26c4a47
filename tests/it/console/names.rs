//! Names as others wrote them: what cannot be seen in them is seen, and what looks like another name is told, wherever they stand.

use super::page;
use crate::harness::{facts, person};

facts! {
    async fn a_name_that_may_be_meant_to_look_like_another_is_told_wherever_it_is_named(roll: Roll) {
        let boss = roll.admin("boss").await;
        let mut odd = person("odd");
        odd["displayName"] = "Аna Díaz".into();
        let id = roll.post("/Users", &odd).await.expect(201).id();
        let team = roll.group("Oрs", &[&id]).await;
        let (row, cause) = (roll.audit_row(&id).await, roll.cause_about(&id).await);
        for path in [
            "/audit".to_owned(),
            format!("/audit/{row}"),
            format!("/stories/{cause}"),
            "/people".to_owned(),
            format!("/people/{id}"),
            "/teams".to_owned(),
            format!("/teams/{team}"),
        ] {
            let shown = page(&roll, &boss, &path).await.expect(200).text;
            assert!(shown.contains("letters of several scripts in one word"), "{path}: {shown}");
        }
    }

    async fn letters_that_are_drawn_as_nothing_and_spaces_that_pages_swallow_are_seen(roll: Roll) {
        let boss = roll.admin("boss").await;
        for (number, (written, shown)) in [
            ("Ana\u{3164}Díaz", "Ana[U+3164]Díaz"),
            ("Ana\u{fe0f}", "Ana[U+FE0F]"),
            ("Ana\u{2800}", "Ana[U+2800]"),
            ("Ana\u{e0041}", "Ana[U+E0041]"),
            ("Ana\u{e0100}", "Ana[U+E0100]"),
            ("Ana\u{a0}Díaz", "Ana[U+00A0]Díaz"),
            ("Ana  Díaz", "Ana␣␣Díaz"),
            ("Ana ☎\u{fe0f} 👩\u{200d}🚒", "Ana ☎\u{fe0f} 👩\u{200d}🚒"),
        ].into_iter().enumerate() {
            let mut odd = person(&format!("odd{number}"));
            odd["displayName"] = written.into();
            let id = roll.post("/Users", &odd).await.expect(201).id();
            for path in [format!("/people/{id}"), format!("/people?q=odd{number}"), format!("/audit?q=user%3A{id}")] {
                let text = page(&roll, &boss, &path).await.expect(200).text;
                assert!(text.contains(&format!("<bdi>{shown}</bdi>")), "{path} {shown}: {text}");
            }
        }
    }
}
