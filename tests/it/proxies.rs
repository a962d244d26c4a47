//! Whose address the server takes a request to be from, by what raw sockets send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Roll, facts};

/// The header lines that are sent, and the address that the request log then holds.
type Case = (&'static [&'static str], &'static str);

/// With the peer, 127.0.0.1, among the trusted.
const TRUSTED: [Case; 12] = [
    (&[], "127.0.0.1"),
    (&["X-Forwarded-For: 203.0.113.9"], "203.0.113.9"),
    (&["x-forwarded-for: 198.51.100.66, 203.0.113.9"], "203.0.113.9"),
    (&["X-FORWARDED-FOR: 198.51.100.66", "X-Forwarded-For: 203.0.113.9"], "203.0.113.9"),
    (&["X-Forwarded-For: 203.0.113.9, 10.0.0.3,10.0.0.2"], "203.0.113.9"),
    (&["X-Forwarded-For: 203.0.113.9, 10.0.0.3", "X-Forwarded-For: 2001:db8::7"], "203.0.113.9"),
    (&["X-Forwarded-For: 10.0.0.9, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
    (&["X-Forwarded-For: 2a00:1450::5"], "2a00:1450::5"),
    (&["X-Forwarded-For: [2a00:1450::5]:443, 10.0.0.2:8080"], "2a00:1450::5"),
    (&["X-Forwarded-For: ::ffff:203.0.113.9"], "203.0.113.9"),
    (&["X-Forwarded-For: 203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
    (&["Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9", "True-Client-IP: 203.0.113.9"], "127.0.0.1"),
];

/// With nobody trusted, or only others than the peer.
const STRANGER: [Case; 3] = [
    (&["X-Forwarded-For: 203.0.113.9"], "127.0.0.1"),
    (&["X-Forwarded-For: 10.0.0.2, 10.0.0.3"], "127.0.0.1"),
    (&["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 10.0.0.2"], "127.0.0.1"),
];

/// Sends a request as bytes; demands that it was answered well.
async fn send(roll: &Roll, id: &str, lines: &[&str]) {
    let address = roll.origin.strip_prefix("http://").expect("an address");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let extra: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
    let request = format!(
        "GET /scim/v2/Users?count=0 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nX-Request-Id: {id}\r\n{extra}Connection: close\r\n\r\n",
        roll.token
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn hold(roll: &Roll, what: &str, cases: &[Case]) {
    for (number, (lines, _)) in cases.iter().enumerate() {
        send(roll, &format!("{what}-{number}"), lines).await;
    }
    roll.flush().await;
    for (number, (lines, expected)) in cases.iter().enumerate() {
        let sql = format!("select ip from scim_requests where request_id = '{what}-{number}'");
        assert_eq!(roll.sql_one(&sql).await, *expected, "{what}: {lines:?}");
    }
}

async fn trusting(roll: &Roll, networks: &[&str]) -> Roll {
    let networks = networks.iter().map(|net| net.parse().expect("a network")).collect();
    roll.replica_with(|shared| shared.trusted_proxies = networks).await
}

facts! {
    async fn the_address_is_the_nearest_one_that_no_trusted_proxy_has(roll: Roll) {
        let roll = trusting(&roll, &["127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"]).await;
        hold(&roll, "trusted", &TRUSTED).await;
    }

    async fn whoever_is_not_trusted_says_nothing_about_addresses(roll: Roll) {
        hold(&roll, "nobody", &STRANGER).await;
        let others = trusting(&roll, &["10.0.0.0/8"]).await;
        hold(&others, "others", &STRANGER).await;
    }
}
