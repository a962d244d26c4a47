//! What the script of the audit adds for a mouse: dragging over the bars, leaving a value out; and the reader's own time.

use std::time::Duration;

use serde_json::{Value, json};

use super::page::Page;
use super::pages::Viewer;
use crate::harness::{Roll, facts};

const HOUR: Duration = Duration::from_hours(1);

/// The audit of a day on which people came hour by hour, open for an admin.
async fn opened(roll: &Roll) -> Page {
    for number in 0..6 {
        roll.person(&format!("person-{number}")).await;
        roll.clock.advance(HOUR);
    }
    let boss = roll.admin("boss").await;
    let page = Page::of(roll).await;
    page.be(Viewer::Admin, &boss).await;
    page.open("/audit?q=since%3A24h").await;
    page
}

impl Page {
    async fn mouse(&self, kind: &str, (x, y): (f64, f64)) {
        let held = i32::from(kind != "mouseMoved");
        let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": held, "buttons": 1 });
        self.tell("Input.dispatchMouseEvent", &event).await;
    }

    /// The middle of an element.
    async fn middle(&self, script: &str) -> (f64, f64) {
        let box_of = format!(
            "(() => {{ const part = {script}; part.scrollIntoView({{ block: 'center' }}); const box = part.getBoundingClientRect(); \
             return [(box.left + box.right) / 2, (box.top + box.bottom) / 2]; }})()"
        );
        let middle: Value = self.eval(&box_of).await;
        (middle[0].as_f64().expect("a place"), middle[1].as_f64().expect("a place"))
    }
}

facts! {
    async fn dragging_over_the_bars_narrows_to_their_span(roll: Roll) {
        let page = opened(&roll).await;
        let before = page.eval("document.querySelectorAll('.line').length").await;
        let from = page.middle("document.querySelectorAll('.histogram .back')[1]").await;
        let to = page.middle("[...document.querySelectorAll('.histogram .back')].at(-3)").await;
        page.mouse("mousePressed", from).await;
        page.mouse("mouseMoved", (f64::midpoint(from.0, to.0), to.1)).await;
        page.mouse("mouseMoved", to).await;
        page.mouse("mouseReleased", to).await;
        page.wait_for("#q[value*='until:']").await;
        let after = page.eval("document.querySelectorAll('.line').length").await;
        assert!(after.as_u64() < before.as_u64(), "{before} lines before, {after} after");
        page.done().await;
    }

    async fn alt_and_a_click_leave_a_value_out_and_times_are_those_of_the_reader(roll: Roll) {
        let page = opened(&roll).await;
        page.eval("document.querySelector('a.mark.code').dispatchEvent(new MouseEvent('click', \
            { bubbles: true, cancelable: true, altKey: true }))").await;
        page.wait_for("#q[value*='-action:']").await;
        let printed = page.eval("document.querySelector('.line time, .line .when time').textContent").await;
        page.click("Local time").await;
        page.wait_for("a[aria-current][href*='tz=local']").await;
        let local = page.eval("document.querySelector('.line time, .line .when time').textContent").await;
        assert_ne!(printed, local, "the offset is told");
        page.done().await;
    }
}
