//! Whose request it is when proxies stand between.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The nearest address that is not a trusted proxy.
///
/// Each proxy appends whom it heard from, so only what trusted proxies appended is read, from the right: the left
/// end is whatever the client wrote there. Anything unreadable ends the walk at the last address vouched for.
#[must_use]
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    for hop in values.flat_map(hops) {
        if !is_trusted(client, trusted) {
            break;
        }
        let Some(before) = address(hop) else { break };
        client = before;
    }
    client
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

// A value that is not text becomes one unreadable hop.
fn hops(value: &HeaderValue) -> impl Iterator<Item = &str> {
    value.to_str().unwrap_or_default().rsplit(',').map(str::trim)
}

// Some proxies add the port, and RFC 7239 §6 puts an IPv6 address in brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let bracketed = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = bracketed.unwrap_or(hop).parse::<IpAddr>();
    let address = bare.or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn client(peer: &str, values: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value).expect("a legal header value"));
        }
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "2001:db8::/32"].map(|net| net.parse().expect("a network")).to_vec();
        client_ip(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        assert_eq!(client("203.0.113.9", &[b"198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &[b"10.0.0.1, 10.0.0.2"]), "203.0.113.9");
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_does_not_count() {
        assert_eq!(client(PROXY, &[b"198.51.100.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(PROXY, &[b"198.51.100.1", b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(client(PROXY, &[b"127.0.0.1, 10.9.9.9, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_walked() {
        assert_eq!(client(PROXY, &[b"203.0.113.9, 10.0.0.3", b"10.0.0.2,2001:db8::7"]), "203.0.113.9");
        assert_eq!(client(PROXY, &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_proxy() {
        let garbage: [&[u8]; 7] = [
            b"",
            b"203.0.113.9, unknown",
            b"203.0.113.9,",
            b"203.0.113.9, \xff",
            b"203.0.113.9 10.0.0.2",
            b"_hidden",
            b"1.2.3",
        ];
        for value in garbage {
            assert_eq!(client(PROXY, &[value]), PROXY, "{value:?}");
        }
        assert_eq!(client(PROXY, &[b"203.0.113.9, x, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        assert_eq!(client(PROXY, &[b"203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client(PROXY, &[b"[2a00::1]"]), "2a00::1");
        assert_eq!(client(PROXY, &[b"[2a00::1]:443"]), "2a00::1");
        assert_eq!(client("::ffff:10.0.0.1", &[b"::ffff:203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn no_header_is_the_peer() {
        assert_eq!(client(PROXY, &[]), PROXY);
    }
}
