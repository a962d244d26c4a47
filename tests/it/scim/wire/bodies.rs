//! Bodies as bytes: too large, broken off, of another type, encoded, and JSON that is none.

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{contents, head, raw};
use crate::harness::{Roll, facts, group, person};

const MIB: usize = 1024 * 1024;

/// A JSON text blown up to this many bytes with white space.
fn padded(body: &serde_json::Value, size: usize) -> String {
    let text = body.to_string();
    let space = " ".repeat(size - text.len());
    text + &space
}

fn with_text(roll: &Roll, method: Method, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    roll.scim(method, path).header("content-type", "application/scim+json").body(body)
}

/// Texts that are not one JSON object, each with what it is.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str| {
        format!("{{\"userName\":\"a\",\"x\":{}7{}}}", open.repeat(10_000), close.repeat(10_000)).into_bytes()
    };
    vec![
        ("nothing", Vec::new()),
        ("white space", b"  \r\n ".to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{\"userName\":\"a\"}".to_vec()),
        ("another encoding", b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0".to_vec()),
        ("no UTF-8", b"{\"userName\":\"\xff\xc0\"}".to_vec()),
        ("a key twice", br#"{"userName":"a","userName":"b"}"#.to_vec()),
        ("an inner key twice", br#"{"userName":"a","name":{"givenName":"a","givenName":"b"}}"#.to_vec()),
        ("an escaped key twice", br#"{"userName":"a","user\u004eame":"b"}"#.to_vec()),
        ("deep lists", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        ("a bare NUL", b"{\"userName\":\"a\0b\"}".to_vec()),
        ("half a surrogate pair", br#"{"userName":"a\ud800b"}"#.to_vec()),
        ("a number of 400 digits", format!("{{\"userName\":\"a\",\"x\":{}}}", "9".repeat(400)).into_bytes()),
        ("not a number", br#"{"userName":"a","x":NaN}"#.to_vec()),
        ("two objects", br#"{"userName":"a"} {}"#.to_vec()),
        ("a comment", br#"{"userName":"a" /* me */}"#.to_vec()),
        ("half an object", br#"{"userName":"a""#.to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", br#""userName""#.to_vec()),
        ("null", b"null".to_vec()),
        ("a form", b"userName=a&active=true".to_vec()),
    ]
}

facts! {
    async fn a_body_declared_too_large_is_refused_before_it_is_sent(roll: Roll) {
        let before = contents(&roll).await;
        for (method, path, size, limit) in [
            ("POST", "/Users", MIB + 1, "1 MiB"),
            ("PUT", "/Users/7", MIB + 1, "1 MiB"),
            ("POST", "/Groups", 16 * MIB + 1, "16 MiB"),
            ("PATCH", "/Groups/7", 10_000 * MIB, "16 MiB"),
        ] {
            let answer = raw(&roll, head(&roll, method, path, &format!("content-length: {size}\r\n")).as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert!(answer.contains("application/scim+json") && answer.contains(limit), "{answer}");
        }
        assert_eq!(contents(&roll).await, before);
    }

    async fn a_body_that_turns_out_too_large_is_refused(roll: Roll) {
        let address = roll.origin.trim_start_matches("http://");
        let mut wire = TcpStream::connect(address).await.expect("a connection");
        let start = head(&roll, "POST", "/Users", "transfer-encoding: chunked\r\n");
        wire.write_all(start.as_bytes()).await.expect("sent");
        let chunk = format!("{:x}\r\n{{{}", MIB + 1, " ".repeat(MIB));
        wire.write_all(chunk.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("1 MiB"), "{answer}");
    }

    async fn a_body_of_exactly_the_limit_is_taken(roll: Roll) {
        let text = padded(&person("dana"), MIB);
        roll.send(with_text(&roll, Method::POST, "/Users", text)).await.expect(201);
        let text = padded(&group("oncall", &[]), 2 * MIB);
        roll.send(with_text(&roll, Method::POST, "/Groups", text)).await.expect(201);
    }

    async fn a_body_that_breaks_off_changes_nothing(roll: Roll) {
        let before = contents(&roll).await;
        let body = person("dana").to_string();
        let start = head(&roll, "POST", "/Users", &format!("content-length: {}\r\n", body.len() + 1));
        let mut wire = TcpStream::connect(roll.origin.trim_start_matches("http://")).await.expect("a connection");
        wire.write_all(format!("{start}{body}").as_bytes()).await.expect("sent");
        wire.shutdown().await.expect("broken off");
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await.expect("the end");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert_eq!(contents(&roll).await, before);
    }

    async fn json_is_taken_under_every_name_clients_give_it(roll: Roll) {
        for (at, name) in [
            "application/scim+json", "application/json", "application/json; charset=utf-8", "Application/SCIM+JSON",
            "application/scim+json;charset=\"utf-8\"; x=y", " application/json ",
        ].iter().enumerate() {
            let body = person(&format!("p{at}")).to_string();
            let request = roll.scim(Method::POST, "/Users").header("content-type", *name).body(body);
            roll.send(request).await.expect(201);
        }
        roll.send(roll.scim(Method::POST, "/Users").body(person("unnamed").to_string())).await.expect(201);
    }

    async fn other_types_are_refused_by_name(roll: Roll) {
        let before = contents(&roll).await;
        let body = person("dana").to_string();
        for name in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonx"] {
            let request = roll.scim(Method::POST, "/Users").header("content-type", name);
            roll.send(request.body(body.clone())).await.refused(415, None, name);
        }
        assert_eq!(contents(&roll).await, before);
    }

    async fn an_encoded_body_is_refused(roll: Roll) {
        for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip"] {
            let request = roll.with_body(Method::POST, "/Users", &person("dana")).header("content-encoding", encoding);
            roll.send(request).await.refused(415, None, "compressed");
        }
        let request = roll.with_body(Method::POST, "/Users", &person("dana")).header("content-encoding", "identity");
        roll.send(request).await.expect(201);
    }

    async fn json_that_is_none_is_refused_everywhere_and_changes_nothing(roll: Roll) {
        let (user, team) = (roll.person("dana").await, roll.group("oncall", &[]).await);
        let before = contents(&roll).await;
        for (method, path) in [
            (Method::POST, "/Users".to_owned()), (Method::PUT, format!("/Users/{user}")),
            (Method::PATCH, format!("/Users/{user}")), (Method::POST, "/Groups".to_owned()),
            (Method::PUT, format!("/Groups/{team}")), (Method::PATCH, format!("/Groups/{team}")),
        ] {
            for (what, body) in broken() {
                let answer = roll.send(with_text(&roll, method.clone(), &path, body)).await;
                assert_eq!(answer.status, 400, "{what} on {method} {path}: {}", answer.body);
                answer.refused(400, Some("invalidSyntax"), "body");
            }
        }
        assert_eq!(contents(&roll).await, before);
    }
}
