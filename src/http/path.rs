//! Paths that a browser is led on to after a sign-in: ours, and such that no browser reads them as anything else.

/// As long as the way to Okta takes it along, in bytes.
pub const LONGEST_PATH: usize = 512;
/// A dot, a slash and a backslash, written so that whoever stands between may read them as such.
const ENCODED: [&str; 3] = ["%2e", "%2f", "%5c"];

/// What is no page: nobody is led on to the beginning of another sign-in, or to what only programs ask for and the audit
/// counts.
const NO_PAGES: [&str; 4] = ["/auth/", "/api/", "/scim/", "/webhooks/"];

/// Whether it is a path of ours, with its query, and nothing that a browser could take for another host or for the
/// beginning of another sign-in: browsers resolve `.` and `..`, also written `%2e`, and take `\` for `/`.
#[must_use]
pub fn is_path(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_rooted = path.starts_with('/') && !NO_PAGES.iter().any(|beginning| path.starts_with(beginning));
    let is_resolved = !path.contains("//") && !path.split('/').any(|segment| segment == "." || segment == "..");
    let is_plain = !ENCODED.iter().any(|hidden| path.contains(hidden));
    is_rooted && is_resolved && is_plain && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_is_gone_on_to() {
        for good in [
            "/",
            "/teams",
            "/teams/",
            "/setup.txt?step=scim",
            "/audit?severity=HIGH&x=%2F#a",
            "/audit?q=a//b/../c%2e",
            "/a#//b",
            "/...",
            "/.a/b./caf%C3%A9",
            "/authors",
        ] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "/api/audit/export?format=csv",
            "/API/me",
            "/scim/v2/Users",
            "teams",
            "?x",
            "#x",
            "https://evil.test",
            "javascript:alert(1)",
            "//evil.test",
            "///evil.test",
            "/a//b",
            "/a//",
            "/\\evil.test",
            "\\\\evil.test",
            "/a\\..\\b",
            "/a?x=\\",
            "/%5cevil.test",
            "/%5Cevil.test",
            "/%2fevil.test",
            "/a%2F%2Fb",
            "/auth/login",
            "/AUTH/login",
            "/auth/callback?x",
            "/.",
            "/..",
            "/./auth/login",
            "/a/../auth/login",
            "/a/..",
            "/a/../..//evil.test",
            "/%2e/auth/login",
            "/a/%2E%2e/auth/login",
            "/a/.%2e/auth/login",
            "/./?x",
            "/..#x",
            "/a b",
            "/a\tb",
            "/a\nb",
            "/\u{e9}",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
