//! Okta's API as it answers: whose URLs are Okta's, where a list goes on, how much may be asked, what it refuses.

use std::time::Duration;

use chrono::DateTime;
use hyper::Uri;
use serde::Deserialize;

/// Everything that is read lies below this path.
const BELOW: &str = "/api/v1/";
/// How long to wait after 429 when Okta does not say; its buckets are a minute long.
const UNSAID: Duration = Duration::from_mins(1);
/// The longest wait that a rate-limit header can ask for.
const LONGEST: Duration = Duration::from_mins(5);
/// One part in this many of a limit is left to others.
const SPARED: u64 = 10;

/// The org that is read: one host, by https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    origin: Uri,
}

impl Org {
    /// Reads `example.okta.com` or `https://example.okta.com`; `http` is for a stand-in on this machine.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be the host of your Okta org, such as example.okta.com";
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let origin: Uri = full.parse().map_err(|_| SHAPE)?;
        let (Some(scheme), Some(authority)) = (origin.scheme_str(), origin.authority()) else { return Err(SHAPE) };
        let is_bare = matches!(origin.path(), "" | "/") && origin.query().is_none() && !text.contains(['@', '#', '?']);
        let is_admin = authority.host().split('.').next().is_some_and(|name| name.ends_with("-admin"));
        let is_here = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
        // A name without a dot is no host of anybody's but of the network it is asked in.
        let is_full = authority.host().split('.').all(|label| !label.is_empty()) && authority.host().contains('.');
        match scheme {
            _ if !is_bare || !(is_full || is_here) => Err(SHAPE),
            _ if is_admin => Err("must be the org's own host, without -admin"),
            "https" => Ok(Self { origin }),
            "http" if is_here => Ok(Self { origin }),
            _ => Err("must be https"),
        }
    }

    /// The host, with its port where it has one.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.authority().map_or("", |authority| authority.as_str())
    }

    /// Whether it is a stand-in on this machine.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.origin.scheme_str() == Some("http")
    }

    /// The URL of a path below `/api/v1/`, with a query.
    #[must_use]
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let scheme = self.origin.scheme_str().unwrap_or("https");
        let mut text = form_urlencoded::Serializer::new(String::new());
        let query = text.extend_pairs(query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{BELOW}{path}{mark}{query}", self.host())
    }

    /// Whether a URL is one of this org's API: the token goes nowhere else.
    #[must_use]
    pub fn owns(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else { return false };
        let Some(authority) = uri.authority() else { return false };
        uri.scheme() == self.origin.scheme()
            && authority.as_str().eq_ignore_ascii_case(self.host())
            && uri.path().starts_with(BELOW)
            && !uri.path().contains("..")
    }
}

/// The most characters that an id of Okta's has.
pub const LONGEST_ID: usize = 64;

/// Whether a text can be an id of Okta's, and so stand in a path.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    (1..=LONGEST_ID).contains(&text.len()) && is_plain
}

/// The URL of `rel="next"` among `Link` headers, of which there may be several, each with several links.
#[must_use]
pub fn next_link<'h>(headers: impl Iterator<Item = &'h str>) -> Option<String> {
    headers.flat_map(links).find(|(_, parameters)| is_next(parameters)).map(|(url, _)| url.to_owned())
}

/// The links of one header: each URL in its angle brackets, with what is said of it.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split('<').skip(1).filter_map(|link| link.split_once('>'))
}

fn is_next(parameters: &str) -> bool {
    parameters.split([';', ',']).any(|one| matches!(one.trim(), "rel=\"next\"" | "rel=next"))
}

/// What Okta says of its limit for the kind of request, and when it said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests a window takes.
    pub limit: Option<u64>,
    /// How many of them are left.
    pub remaining: Option<u64>,
    /// When the window ends: seconds since 1970, by Okta's clock.
    pub reset: Option<i64>,
    /// What Okta's clock said with it.
    pub said_at: Option<i64>,
}

impl RateLimit {
    /// Reads it from an answer's headers, by their names.
    #[must_use]
    pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Self {
        let number = |name: &str| header(name).and_then(|text| text.trim().parse().ok());
        Self {
            limit: number("x-rate-limit-limit"),
            remaining: number("x-rate-limit-remaining"),
            reset: header("x-rate-limit-reset").and_then(|text| text.trim().parse().ok()),
            said_at: header("date").and_then(|text| DateTime::parse_from_rfc2822(text).ok()).map(|at| at.timestamp()),
        }
    }

    /// How long to wait after 429.
    #[must_use]
    pub fn after_refusal(&self) -> Duration {
        self.until_reset().unwrap_or(UNSAID)
    }

    /// How long to wait before the next request, so that a tenth of the limit stays for others.
    #[must_use]
    pub fn before_next(&self) -> Duration {
        match (self.limit, self.remaining) {
            (Some(limit), Some(remaining)) if remaining <= limit / SPARED => self.after_refusal(),
            _ => Duration::ZERO,
        }
    }

    /// At least a second: the clocks count whole ones.
    fn until_reset(&self) -> Option<Duration> {
        let seconds = self.reset?.saturating_sub(self.said_at?).max(0).unsigned_abs();
        Some((Duration::from_secs(seconds) + Duration::from_secs(1)).min(LONGEST))
    }
}

/// What Okta says with a refusal.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Refusal {
    /// Such as `E0000011`.
    #[serde(default, rename = "errorCode")]
    pub code: String,
    /// A sentence.
    #[serde(default, rename = "errorSummary")]
    pub summary: String,
}

impl Refusal {
    /// Reads a body that may be anything.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(text: &str) -> Org {
        Org::parse(text).expect("an org")
    }

    #[test]
    fn an_org_is_a_host_by_https() {
        assert_eq!(org("example.okta.com"), org("https://example.okta.com/"));
        assert_eq!(
            org("example.okta.com").url("logs", &[("since", "2026-03-02T12:00:00.000Z"), ("limit", "2")]),
            "https://example.okta.com/api/v1/logs?since=2026-03-02T12%3A00%3A00.000Z&limit=2"
        );
        assert!(org("http://127.0.0.1:8080").is_stand_in());
        for odd in [
            "",
            "foo",
            "foo.",
            ".okta.com",
            "https://foo",
            "https://",
            "http://example.okta.com",
            "ftp://example.okta.com",
            "https://example.okta.com/api",
            "https://a@example.okta.com",
            "example.okta.com?x",
            "example.okta.com#x",
            "exam ple",
            "example-admin.okta.com",
        ] {
            assert!(Org::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_token_goes_to_the_api_of_the_org_alone() {
        let org = org("example.okta.com");
        for own in ["https://example.okta.com/api/v1/logs?after=1", "https://EXAMPLE.okta.com/api/v1/users"] {
            assert!(org.owns(own), "{own}");
        }
        for foreign in [
            "http://example.okta.com/api/v1/logs",
            "https://example.okta.com:444/api/v1/logs",
            "https://example.okta.com.evil.test/api/v1/logs",
            "https://example.okta.com@evil.test/api/v1/logs",
            "https://evil.test/api/v1/logs",
            "https://example.okta.com/elsewhere",
            "https://example.okta.com/api/v1/../elsewhere",
            "https://evil.test\\@example.okta.com/api/v1/logs",
            "//example.okta.com/api/v1/logs",
            "/api/v1/logs",
        ] {
            assert!(!org.owns(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_next_link_is_found_wherever_it_stands() {
        let (own, next) =
            ("<https://o/api/v1/logs?a=1,2>; rel=\"self\"", "<https://o/api/v1/logs?after=3>; rel=\"next\"");
        let both = format!("{own}, {next}");
        for headers in [vec![own, next], vec![next, own], vec![both.as_str()]] {
            assert_eq!(next_link(headers.into_iter()).as_deref(), Some("https://o/api/v1/logs?after=3"));
        }
        assert_eq!(next_link([own, "garbage", "<https://o>; title=\"next\""].into_iter()), None);
    }

    #[test]
    fn a_limit_is_waited_for_by_oktas_own_clock() {
        let limit = |remaining: u64| RateLimit {
            limit: Some(120),
            remaining: Some(remaining),
            reset: Some(1_000),
            said_at: Some(970),
        };
        assert_eq!(limit(0).after_refusal(), Duration::from_secs(31));
        assert_eq!(limit(13).before_next(), Duration::ZERO);
        assert_eq!(limit(12).before_next(), Duration::from_secs(31));
        assert_eq!(RateLimit::default().after_refusal(), UNSAID);
        assert_eq!(RateLimit::default().before_next(), Duration::ZERO);
        assert_eq!(RateLimit { reset: Some(i64::MAX), ..limit(0) }.after_refusal(), LONGEST);
        assert_eq!(RateLimit { reset: Some(1), ..limit(0) }.after_refusal(), Duration::from_secs(1));
        let headers = [("date", "Mon, 02 Mar 2026 12:00:00 GMT"), ("x-rate-limit-reset", "1772452830")];
        let read = RateLimit::read(|name| headers.iter().find(|(given, _)| *given == name).map(|(_, text)| *text));
        assert_eq!(read.after_refusal(), Duration::from_secs(31));
    }
}
