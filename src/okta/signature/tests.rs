//! What is believed and what is not: every form once right, and the corpus of wrong ones.

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

use super::*;

const SECRET: &str = "okta-header-secret-0123456789abcdef";
const OLD: &str = "okta-header-secret-of-last-month-01";
const SIGNING: &str = "relay-signing-key-0123456789abcdefgh";
const NOW: i64 = 1_790_000_000;
const BODY: &[u8] = br#"{"data":{"events":[]}}"#;

fn keys(demand: Demand) -> Keys {
    let secret = |text: &str| SecretString::from(text);
    Keys { secrets: vec![secret(SECRET), secret(OLD)], signing: vec![secret(SIGNING)], demand }
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        let name: HeaderName = name.parse().expect("a header name");
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    map
}

fn ask(demand: Demand, list: &[(&str, &str)]) -> Result<Proof, Refusal> {
    check(&keys(demand), &headers(list), BODY, NOW)
}

fn signed(key: &str) -> [u8; 32] {
    mac(key.as_bytes(), &[BODY])
}

fn message(id: &str, at: &str, key: &[u8]) -> String {
    let mac = mac(key, &[id.as_bytes(), b".", at.as_bytes(), b".", BODY]);
    format!("v1,{}", STANDARD.encode(mac))
}

#[test]
fn the_secret_is_taken_bare_or_as_bearer_and_two_are_live() {
    for value in [SECRET.to_owned(), OLD.to_owned(), format!("Bearer {SECRET}"), format!("bEARER  {OLD}")] {
        for demand in [Demand::Either, Demand::Secret] {
            assert_eq!(ask(demand, &[("authorization", &value)]), Ok(Proof::Secret), "{value}");
        }
        assert_eq!(ask(Demand::Signature, &[("authorization", &value)]), Err(Refusal::Missing));
    }
}

#[test]
fn anything_but_the_secret_is_refused() {
    let (cut, longer) = (&SECRET[..SECRET.len() - 1], format!("{SECRET}x"));
    for value in ["", "Bearer", "Bearer ", cut, &longer, &SECRET.to_uppercase(), &format!("Basic {SECRET}"), SIGNING] {
        assert_eq!(ask(Demand::Either, &[("authorization", value)]), Err(Refusal::WrongSecret), "{value}");
    }
    assert_eq!(ask(Demand::Either, &[]), Err(Refusal::Missing));
    let twice = [("authorization", SECRET), ("authorization", SECRET)];
    assert_eq!(ask(Demand::Either, &twice), Err(Refusal::Unreadable));
    assert_eq!(ask(Demand::Either, &[("authorization", "ä")]), Err(Refusal::Unreadable));
}

#[test]
fn nothing_is_believed_without_keys() {
    let none = Keys::default();
    assert_eq!(check(&none, &headers(&[("authorization", "")]), BODY, NOW), Err(Refusal::WrongSecret));
    let empty = hex(&mac(b"", &[BODY]));
    let list = headers(&[("x-okta-signature", &empty)]);
    assert_eq!(check(&none, &list, BODY, NOW), Err(Refusal::WrongSignature));
}

#[test]
fn every_header_form_is_taken_in_hex_and_base64() {
    let (hex, base64) = (hex(&signed(SIGNING)), STANDARD.encode(signed(SIGNING)));
    for form in &FORMS {
        for text in [&hex, &base64] {
            let value = format!("{}{text}", form.prefix);
            for demand in [Demand::Either, Demand::Signature] {
                assert_eq!(ask(demand, &[(form.header, &value)]), Ok(Proof::Signature), "{}: {value}", form.header);
            }
            let bare = ask(Demand::Either, &[(form.header, text)]);
            assert_eq!(bare.is_ok(), !form.prefix_required, "{}", form.header);
        }
    }
}

#[test]
fn the_secret_signs_where_no_signing_key_is_set() {
    let value = hex(&signed(OLD));
    let list = headers(&[("x-okta-signature", &value)]);
    let keys = Keys { signing: Vec::new(), ..keys(Demand::Either) };
    assert_eq!(check(&keys, &list, BODY, NOW), Ok(Proof::Signature));
    assert_eq!(ask(Demand::Either, &[("x-okta-signature", &value)]), Err(Refusal::WrongSignature));
}

#[test]
fn a_wrong_signature_is_refused_even_beside_the_right_secret() {
    let hex = hex(&signed(SIGNING));
    let base64 = STANDARD.encode(signed(SIGNING));
    let url = base64.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
    let mut wrong: Vec<String> = (1..32).map(|bytes| hex[..bytes * 2].to_owned()).collect();
    wrong.extend((1..32).map(|bytes| STANDARD.encode(&signed(SIGNING)[..bytes])));
    wrong.extend(["", "sha256=", "v1,", "v1"].map(str::to_owned));
    wrong.extend([hex.to_uppercase(), url, format!("{hex}00"), format!("{base64}="), format!("{hex} {hex}")]);
    wrong.extend([format!("sha1={hex}"), format!("sha256=sha256={hex}"), format!("{hex},{hex}"), "0".repeat(64)]);
    for form in &FORMS {
        for value in wrong.iter().flat_map(|one| [one.clone(), format!("{}{one}", form.prefix)]) {
            let list = [("authorization", SECRET), (form.header, value.as_str())];
            let said = ask(Demand::Either, &list);
            assert_eq!(said, Err(Refusal::WrongSignature), "{}: {value:?}", form.header);
            assert_eq!(ask(Demand::Secret, &list), Ok(Proof::Secret));
        }
    }
}

#[test]
fn every_signature_that_is_there_must_be_right() {
    let hex = hex(&signed(SIGNING));
    let both = [("x-okta-signature", hex.as_str()), ("x-hookdeck-signature", "0")];
    assert_eq!(ask(Demand::Either, &both), Err(Refusal::WrongSignature));
    let twice = [("x-okta-signature", hex.as_str()), ("x-okta-signature", hex.as_str())];
    assert_eq!(ask(Demand::Either, &twice), Err(Refusal::Unreadable));
    assert_eq!(ask(Demand::Either, &[("x-okta-signature", "ä")]), Err(Refusal::Unreadable));
}

#[test]
fn a_signed_message_is_taken_within_its_window() {
    for names in MESSAGES {
        for (off, expected) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            let at = (NOW + off).to_string();
            let signature = format!("v1,AAAA v2,x {}", message("msg_1", &at, SIGNING.as_bytes()));
            let said = ask(Demand::Either, &[(names[0], "msg_1"), (names[1], &at), (names[2], &signature)]);
            let wanted = if expected { Ok(Proof::Message("msg_1".to_owned())) } else { Err(Refusal::OutsideWindow) };
            assert_eq!(said, wanted, "{off}");
        }
    }
}

#[test]
fn a_key_of_standard_webhooks_is_decoded() {
    let bytes = [7_u8; 32];
    let key = format!("whsec_{}", STANDARD.encode(bytes));
    let keys = Keys { signing: vec![SecretString::from(key.as_str())], ..keys(Demand::Signature) };
    let at = NOW.to_string();
    let signature = message("msg_1", &at, &bytes);
    let list = [("webhook-id", "msg_1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", &signature)];
    assert_eq!(check(&keys, &headers(&list), BODY, NOW), Ok(Proof::Message("msg_1".to_owned())));
    assert!(!is_broken_key(&key) && is_broken_key("whsec_AAAA") && is_broken_key("whsec_!") && !is_broken_key("plain"));
}

#[test]
fn a_message_that_is_not_signed_as_it_stands_is_refused() {
    let at = NOW.to_string();
    let good = message("msg_1", &at, SIGNING.as_bytes());
    let raw = good.trim_start_matches("v1,");
    let many = vec![good.as_str(); 1_000].join(" ");
    let cut = format!("v1,{}", &raw[..raw.len() - 4]);
    let signatures =
        ["", "v1,", "v1", "v1, v1,", raw, &format!("v2,{raw}"), &format!("v1,{}", hex(&signed(SIGNING))), &cut, &many];
    for signature in signatures {
        let said = ask(
            Demand::Either,
            &[("webhook-id", "msg_1"), ("webhook-timestamp", &at), ("webhook-signature", signature)],
        );
        assert!(matches!(said, Err(Refusal::WrongSignature | Refusal::Unreadable)), "{signature:?}: {said:?}");
    }
    for time in ["", "0", "-1", "+1", "9223372036854775808", "1e9", "now", &format!("0{at}"), &format!("{at}.0")] {
        let signature = message("msg_1", time, SIGNING.as_bytes());
        let list = [("webhook-id", "msg_1"), ("webhook-timestamp", time), ("webhook-signature", signature.as_str())];
        assert_eq!(ask(Demand::Either, &list), Err(Refusal::Unreadable), "{time:?}");
    }
    let long = "m".repeat(MAX_MESSAGE_ID + 1);
    for id in ["", "msg 1", &long] {
        let signature = message(id, &at, SIGNING.as_bytes());
        let list = [("webhook-id", id), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
        assert_eq!(ask(Demand::Either, &list), Err(Refusal::Unreadable), "{id:?}");
    }
}

#[test]
fn a_message_needs_all_three_headers_once() {
    let at = NOW.to_string();
    let good = message("msg_1", &at, SIGNING.as_bytes());
    let all = [("webhook-id", "msg_1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", good.as_str())];
    for left_out in 0..3 {
        let mut list = all.to_vec();
        let (name, value) = list.remove(left_out);
        list.push(("authorization", SECRET));
        assert!(ask(Demand::Either, &list).is_err(), "without {name}");
        list.extend([(name, value), (name, value)]);
        assert_eq!(ask(Demand::Either, &list), Err(Refusal::Unreadable), "two of {name}");
    }
    let mixed = [("webhook-id", "msg_1"), ("svix-timestamp", at.as_str()), ("webhook-signature", good.as_str())];
    assert!(ask(Demand::Either, &mixed).is_err());
}

#[test]
fn the_body_is_only_waited_for_where_a_signature_is_to_be_judged() {
    let signed = headers(&[("x-hub-signature-256", "x")]);
    let plain = headers(&[("authorization", SECRET)]);
    for (demand, with, without) in
        [(Demand::Either, true, false), (Demand::Secret, false, false), (Demand::Signature, true, true)]
    {
        assert_eq!((needs_body(&keys(demand), &signed), needs_body(&keys(demand), &plain)), (with, without));
    }
}
