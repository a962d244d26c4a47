//! Paths as provisioning clients send them: a base URL that ends in a slash gives `/scim/v2//Users`.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

const FACE: &str = "/scim";

/// Collapses repeated slashes under `/scim` and drops a trailing one; all else stays byte for byte.
#[must_use]
pub fn tidy_path(uri: Uri) -> Uri {
    let path = uri.path();
    if !path.contains("//") && !path.ends_with('/') {
        return uri;
    }
    let tidy = collapse(path);
    if tidy == path || !is_under_face(&tidy) {
        return uri;
    }
    replace_path(&uri, &tidy).unwrap_or(uri)
}

fn collapse(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.flat_map(|segment| ["/", segment]).collect()
}

fn is_under_face(path: &str) -> bool {
    path.strip_prefix(FACE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn replace_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(uri: &str) -> String {
        tidy_path(uri.parse().expect("a URI")).to_string()
    }

    #[test]
    fn slashes_under_scim_are_tidied() {
        let cases = [
            ("/scim/v2//Users", "/scim/v2/Users"),
            ("/scim/v2/Users/", "/scim/v2/Users"),
            ("/scim/v2///Users//7//", "/scim/v2/Users/7"),
            ("//scim/v2/Users", "/scim/v2/Users"),
            ("/scim/", "/scim"),
            ("/scim/v2//Users/?filter=a//b/&x=%2F", "/scim/v2/Users?filter=a//b/&x=%2F"),
            ("/scim/v2//Users?", "/scim/v2/Users?"),
            ("/scim/v2//Users/a%2F%2fb%20c", "/scim/v2/Users/a%2F%2fb%20c"),
            ("http://host.test:81/scim//v2/Users/?a=1", "http://host.test:81/scim/v2/Users?a=1"),
        ];
        for (given, expected) in cases {
            assert_eq!(tidied(given), expected, "{given}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for uri in ["/", "//", "/api//v1/", "/scimitar//x/", "/scim/v2/Users?a=//", "/scim/v2/Users", "/SCIM//v2", "*"]
        {
            assert_eq!(tidied(uri), uri.parse::<Uri>().expect("a URI").to_string(), "{uri}");
        }
    }
}
