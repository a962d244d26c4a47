//! The kit itself: what it must find is found, on pages made up for it.

use super::page::Page;
use super::plain;

const FORM: &str = "<main><h1>Made up</h1><form onsubmit=\"event.preventDefault(); said.textContent = who.value\">
    <label>Your name <input id=who></label> <button>Say it</button> <button disabled>Say nothing</button></form>
    <p id=said></p><details><summary>More</summary><a href=#more>A link</a></details></main>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_are_found_by_name_and_driven_by_clicks_and_keys() {
    let page = Page::at(&plain::one(FORM, "").await).await;
    page.open("/").await;
    page.fill("Your name", "Dana").await;
    page.click("Say it").await;
    page.wait_for_text("Dana").await;
    page.press(&["Shift+Tab", "D", "a", "n", "Tab"]).await;
    assert_eq!(page.focused().await, "Say it");
    page.press(&["Enter"]).await;
    page.wait_for("#said").await;
    page.wait_for_text("Dan").await;
    page.click("More").await;
    page.click("A link").await;
    assert_eq!(page.path().await, "/#more");
    assert_eq!(page.walk().await, Vec::<String>::new());
    page.done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tab_leads_to_the_next_of_a_name_and_tells_what_it_passed_where_it_leads_to_none() {
    let links = "<a href=#one>Same</a> <details><summary>More</summary><a href=#hidden>Same</a></details> <a href=#two>Same</a>";
    let body = format!("<main><h1>a</h1>{links} <button tabindex=-1>Out of reach</button></main>");
    let page = Page::at(&plain::one(&body, "").await).await;
    page.open("/").await;
    for path in ["/#one", "/#two"] {
        page.reach("Same").await;
        page.press(&["Enter"]).await;
        assert_eq!(page.path().await, path);
    }
    let passed = page.try_reach("Out of reach").await.expect_err("nothing there");
    assert!(passed.contains(&"More".to_owned()), "{passed:?}");
    page.done().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_must_not_do_is_found() {
    for (body, policy, words) in [
        ("<script>alert('hello')</script>", "", "witness: alert"),
        ("<script>pwned()</script>", "", "witness: executed"),
        ("<script>console.error('odd')</script>", "", "odd"),
        ("<script>throw new Error('broken')</script>", "", "broken"),
        ("<script>pwned()</script>", "script-src 'none'", "policy violated: script-src-elem inline"),
        ("<a style='color: red' href=/>", "style-src 'none'", "policy violated: style-src-attr"),
        ("<img alt='' src=http://canary.example/pixel.png>", "", "a request to \"http://canary.example/pixel.png\""),
        ("<script>fetch('http://127.0.0.1:9/').catch(() => 0)</script>", "", "a request to \"http://127.0.0.1:9/\""),
        ("<iframe title=x srcdoc='<script>parent.pwned()</script>'></iframe>", "", "witness: executed"),
    ] {
        let page = Page::at(&plain::one(body, policy).await).await;
        page.open("/").await;
        page.until_trouble(words).await;
        page.done().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_could_not_use_is_found() {
    for (body, words) in [
        ("<main><h1>a</h1><p style='width: 2000px'>b</p></main>", " px in 1280"),
        ("<main><h1>a</h1><a href=/ style='outline: none'>b</a></main>", "no focus to be seen: <a href"),
        ("<main><h1>a</h1><a href=/>b</a><a href=/c tabindex=3>c</a></main>", "tabindex"),
        (
            "<main><h1>a</h1><a href=/ id=b>b</a><a href=/ onfocus='b.focus()'>c</a><a href=/>d</a></main>",
            "never reached",
        ),
        ("<main><h1>a</h1><p style='color: #ccc'>some words</p></main>", "color-contrast"),
        ("<main><h1>a</h1><input></main>", "label"),
        ("<h1>a</h1>", "region"),
    ] {
        let page = Page::at(&plain::one(body, "").await).await;
        page.open("/").await;
        let found = [page.too_wide().await, page.axe().await, page.walk().await].concat();
        assert!(found.iter().any(|fault| fault.contains(words)), "{body}: {found:#?}");
        page.done().await;
    }
}
