//! The variables of sign-in with Okta: all that it needs, or it is off.

use hyper::Uri;

use super::checks::{self, Judge, okta_id};
use super::{AppEnv, Fault, Jit, OktaSignIn};
use crate::okta::api::Org;
use crate::okta::oidc::{Client, Issuer};

/// An app's redirect is no longer than this, and there are no more than so many.
const LONGEST_REDIRECT: usize = 512;
const MOST_REDIRECTS: usize = 16;
/// Schemes that a browser would run or read instead of handing them to an app.
const UNSAFE: [&str; 7] = ["javascript", "data", "file", "blob", "vbscript", "about", "http"];

/// The variables but the secret, as they are given.
pub(super) struct Given<'g> {
    pub(super) domain: Option<&'g str>,
    pub(super) issuers: Option<&'g str>,
    pub(super) client_id: Option<&'g str>,
    pub(super) jit: Option<&'g str>,
    pub(super) redirects: Option<&'g str>,
}

impl Judge {
    /// Everything of sign-in is judged, also where it is off for want of a secret.
    pub(super) fn okta_sign_in(
        &mut self,
        env: AppEnv,
        given: &Given<'_>,
        (value, file): checks::Given,
    ) -> Option<OktaSignIn> {
        let jit = self.or("OKTA_JIT", jit(given.jit), Jit::Off);
        let redirects = self.listed("MOBILE_REDIRECT_URIS", given.redirects, redirect);
        if redirects.len() > MOST_REDIRECTS {
            self.faults.push(Fault::new("MOBILE_REDIRECT_URIS", "must be at most 16"));
        }
        let issuers = self.issuers(env, given);
        let client_secret = self.secret("OKTA_CLIENT_SECRET", value, file)?;
        self.or("OKTA_CLIENT_SECRET", checks::made_elsewhere(&client_secret, env), ());
        let client_id = self.or("OKTA_CLIENT_ID", client_id(given.client_id), String::new());
        if issuers.is_empty() {
            self.faults.push(Fault::new("OKTA_ISSUER", "is required with OKTA_CLIENT_SECRET, or OKTA_DOMAIN"));
        }
        let client = Client { issuers, client_id, client_secret: client_secret.into() };
        Some(OktaSignIn { client, jit, redirects })
    }

    fn issuers(&mut self, env: AppEnv, given: &Given<'_>) -> Vec<Issuer> {
        let mut issuers = self.listed("OKTA_ISSUER", given.issuers, Issuer::parse);
        if given.issuers.is_none() {
            // What is wrong with OKTA_DOMAIN is said where the API is judged.
            issuers.extend(given.domain.and_then(|domain| Org::parse(domain).ok()).map(|org| Issuer::of(&org)));
        }
        if env == AppEnv::Production && given.issuers.is_some() && issuers.iter().any(Issuer::is_stand_in) {
            self.faults.push(Fault::new("OKTA_ISSUER", "must be https in production"));
        }
        issuers
    }

    fn listed<T>(&mut self, name: &str, list: Option<&str>, read: impl Fn(&str) -> Result<T, &'static str>) -> Vec<T> {
        let entries = list.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.filter_map(|entry| self.or(name, read(entry).map(Some), None)).collect()
    }
}

fn jit(given: Option<&str>) -> Result<Jit, &'static str> {
    match given {
        None | Some("auto") => Ok(Jit::Auto),
        Some("on") => Ok(Jit::On),
        Some("off") => Ok(Jit::Off),
        Some(_) => Err("must be auto, on or off"),
    }
}

fn client_id(given: Option<&str>) -> Result<String, &'static str> {
    okta_id(given.ok_or("is required with OKTA_CLIENT_SECRET")?.trim())
        .map_err(|_| "must be one id of Okta's such as 0oa… to sign in with")
}

/// Where an app waits: its own scheme (RFC 8252 §7.1), or a page by https that it has claimed (§7.2).
fn redirect(entry: &str) -> Result<String, &'static str> {
    const SHAPE: &str = "must be URLs of apps such as com.example.app:/signed-in or https://app.example/signed-in";
    let (scheme, rest) = entry.split_once(':').ok_or(SHAPE)?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    let is_plain = entry.bytes().all(|byte| byte.is_ascii_graphic()) && !entry.contains(['#', '"', '<', '>', '\\']);
    let is_own = scheme.contains('.') && rest.starts_with('/');
    let is_page = scheme == "https" && entry.parse::<Uri>().is_ok_and(|uri| uri.host().is_some());
    let is_sound = is_scheme && is_plain && entry.len() <= LONGEST_REDIRECT && !UNSAFE.contains(&scheme);
    if is_sound && (is_own || is_page) { Ok(entry.to_owned()) } else { Err(SHAPE) }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Jit};

    const SECRET: &str = "an-app-secret-that-okta-has-made-000";

    fn config(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let vars = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_vars(vars).map_err(|error| error.0.into_iter().map(|fault| fault.name).collect())
    }

    fn issuers(pairs: &[(&str, &str)]) -> Vec<String> {
        let app = [("OKTA_CLIENT_ID", "0oaclient"), ("OKTA_CLIENT_SECRET", SECRET)];
        let found = config(&[&app, pairs].concat()).expect("no fault").okta_sign_in.expect("sign-in");
        found.client.issuers.iter().map(|issuer| issuer.as_str().to_owned()).collect()
    }

    #[test]
    fn sign_in_is_off_without_a_secret_and_complete_with_one() {
        assert!(
            config(&[("OKTA_CLIENT_ID", "0oa1"), ("OKTA_DOMAIN", "a.okta.com")])
                .expect("no fault")
                .okta_sign_in
                .is_none()
        );
        assert_eq!(config(&[("OKTA_CLIENT_SECRET", SECRET)]).expect_err("faults"), ["OKTA_CLIENT_ID", "OKTA_ISSUER"]);
        let two = [("OKTA_CLIENT_SECRET", SECRET), ("OKTA_CLIENT_ID", "0oa1,0oa2"), ("OKTA_DOMAIN", "a.okta.com")];
        assert_eq!(config(&two).expect_err("one app signs in"), ["OKTA_CLIENT_ID"]);
        let on = config(&[("OKTA_CLIENT_SECRET", SECRET), ("OKTA_CLIENT_ID", "0oa1"), ("OKTA_DOMAIN", "a.okta.com")]);
        assert_eq!(on.expect("no fault").okta_sign_in.expect("sign-in").jit, Jit::Auto);
    }

    #[test]
    fn issuers_are_a_list_or_the_org_itself() {
        assert_eq!(issuers(&[("OKTA_DOMAIN", "a.okta.com")]), ["https://a.okta.com"]);
        let both = [("OKTA_DOMAIN", "a.okta.com"), ("OKTA_ISSUER", "https://id.example.com, https://a.okta.com")];
        assert_eq!(issuers(&both), ["https://id.example.com", "https://a.okta.com"]);
        for bad in ["a.okta.com", "https://a.okta.com/", "http://a.okta.com"] {
            assert_eq!(config(&[("OKTA_ISSUER", bad)]).expect_err("a fault"), ["OKTA_ISSUER"], "{bad}");
        }
        assert_eq!(config(&[("OKTA_JIT", "yes")]).expect_err("a fault"), ["OKTA_JIT"]);
    }

    #[test]
    fn an_app_is_sent_to_its_own_scheme_or_to_its_page() {
        for good in ["com.example.app:/signed-in", "com.example.app://signed-in", "https://app.example/signed-in"] {
            assert!(config(&[("MOBILE_REDIRECT_URIS", good)]).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "http://app.example/x",
            "app:/x",
            "https://",
            "data:text/html",
            "com.example.app:/x#y",
            "com.example.app:x",
            "/x",
        ] {
            assert_eq!(
                config(&[("MOBILE_REDIRECT_URIS", bad)]).expect_err("a fault"),
                ["MOBILE_REDIRECT_URIS"],
                "{bad}"
            );
        }
    }

    #[test]
    fn a_configuration_in_a_log_shows_no_app_secret() {
        let pairs = [("OKTA_CLIENT_SECRET", SECRET), ("OKTA_CLIENT_ID", "0oa1"), ("OKTA_DOMAIN", "a.okta.com")];
        assert!(!format!("{:?}", config(&pairs).expect("no fault")).contains(SECRET));
    }
}
