//! Settings from every source: what is taken, what is refused, and that all faults are told at once.

use std::fs;

use secrecy::ExposeSecret;

use super::sources::{Vars, overlay};
use super::{AppEnv, Config, ConfigError};
use crate::okta::signature::Demand;

const TOKEN: &str = "k7Qe2mVx9TzR4bNw8LpYc3HdJ6fGs1Ua";
const JWT: &str = "Nf2Xh7Lq9RwTz4Kc8MvBs3PyGd6JaUe1";
const SECRET: &str = "Zp4Wm8Ks2VnB6tQy0RxLc5HgJ9dFe3Ui";

fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_vars(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn production(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut all = vec![("APP_ENV", "production"), ("SCIM_BEARER_TOKEN", TOKEN)];
    all.extend([("JWT_SECRET", JWT), ("OKTA_WEBHOOK_SECRET", SECRET)]);
    all.retain(|(name, _)| vars.iter().all(|(given, _)| given != name));
    all.extend(vars);
    config(&all)
}

fn faulty_names(outcome: Result<Config, ConfigError>) -> Vec<String> {
    outcome.map(|config| format!("{config:?}")).expect_err("is refused").0.into_iter().map(|fault| fault.name).collect()
}

#[test]
fn nothing_given_is_development_on_loopback() {
    let config = config(&[]).expect("the defaults are sound");
    assert_eq!((config.env, config.port, config.audit_retention_days), (AppEnv::Development, 3000, 90));
    assert_eq!(config.database_url, "sqlite://data/rollcall.db");
    assert_eq!(config.data_dir.to_str(), Some("data"));
    assert!(config.host.is_loopback() && config.scim_bearer_token.is_none() && config.trusted_proxies.is_empty());
    assert_eq!(config.public_url, "http://localhost:3000");
}

#[test]
fn our_apps_are_those_listed_or_else_the_one_people_sign_in_through() {
    let ids = |vars: &[(&str, &str)]| config(vars).expect("ids").okta_app_ids;
    assert_eq!(ids(&[]), [""; 0]);
    assert_eq!(ids(&[("OKTA_CLIENT_ID", "0oa1")]), ["0oa1"]);
    assert_eq!(ids(&[("OKTA_CLIENT_ID", "0oa1"), ("OKTA_APP_IDS", "0oa2, 0oa3,")]), ["0oa2", "0oa3"]);
}

#[test]
fn an_empty_variable_is_not_given() {
    let config = config(&[("PORT", ""), ("SCIM_BEARER_TOKEN", ""), ("SCIM_BEARER_TOKEN_FILE", "")]);
    assert_eq!(config.expect("nothing is given").port, 3000);
}

#[test]
fn every_fault_is_named_at_once_and_no_value_is_told() {
    let given = [
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("HOST", "everywhere.hunter2"),
        ("PORT", "hunter2"),
        ("PUBLIC_URL", "hunter2"),
        ("SCIM_BEARER_TOKEN", "hunter2"),
        ("JWT_SECRET", "hunter2"),
        ("JWT_SECRET_PREVIOUS", "hunter2"),
        ("OKTA_WEBHOOK_SECRET", "hunter2"),
        ("OKTA_WEBHOOK_SIGNING_KEY", "whsec_hunter2"),
        ("OKTA_WEBHOOK_AUTH", "hunter2"),
        ("TRUSTED_PROXIES", "hunter2, 10.0.0.0/8, 0.0.0.0/0"),
        ("AUDIT_RETENTION_DAYS", "hunter2"),
        ("OKTA_APP_IDS", "0oa1, hunter2!"),
        ("OKTA_CLIENT_ID", "hunter 2"),
        ("OKTA_DOMAIN", "http://hunter2"),
        ("BREAKER_PEOPLE", "hunter2"),
        ("BREAKER_PERCENT", "101"),
        ("BREAKER_MODE", "hunter2"),
        ("SMTP_URL", "hunter2"),
        ("SMTP_FROM", "hunter2@"),
        ("TWILIO_ACCOUNT_SID", "hunter 2"),
        ("TWILIO_AUTH_TOKEN", "hunter 2"),
        ("TWILIO_FROM", "hunter2"),
        ("TWILIO_API_URL", "hunter2"),
        ("FCM_SERVICE_ACCOUNT", "{\"hunter2\":1}"),
        ("FCM_API_URL", "http://hunter2/path"),
        ("SCIM_BEARER_TOKNE", "hunter2"),
    ];
    let error = config(&given).expect_err("all of it is wrong");
    let text = error.to_string();
    for (name, _) in given {
        assert!(text.contains(&format!("\n  {name}: ")), "{name} in {text}");
    }
    assert_eq!(error.0.len(), given.len() + 1, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn oktas_api_needs_the_org_and_a_token_that_nobody_sees() {
    let api = |vars: &[(&str, &str)]| production(vars).map(|config| config.okta_api);
    assert!(api(&[("OKTA_DOMAIN", "example.okta.com")]).expect("half of it is no fault").is_none());
    assert_eq!(faulty_names(production(&[("OKTA_API_TOKEN", TOKEN)])), ["OKTA_DOMAIN"]);
    let local = [("OKTA_DOMAIN", "http://localhost:1"), ("OKTA_API_TOKEN", TOKEN)];
    assert_eq!(faulty_names(production(&local)), ["OKTA_DOMAIN"]);
    for token in ["00a b", "change-me-change-me-change-me-change-me"] {
        let vars = [("OKTA_DOMAIN", "example.okta.com"), ("OKTA_API_TOKEN", token)];
        assert_eq!(faulty_names(production(&vars)), ["OKTA_API_TOKEN"]);
    }
    let given = api(&[("OKTA_DOMAIN", "example.okta.com"), ("OKTA_API_TOKEN", TOKEN)]).expect("both").expect("both");
    assert_eq!(given.org.host(), "example.okta.com");
    assert!(!format!("{given:?}").contains(TOKEN));
}

#[test]
fn a_way_out_has_all_of_its_settings_or_none() {
    let none = config(&[]).expect("nothing is needed").senders;
    assert!(none.smtp.is_none() && none.text.is_none() && none.push.is_none());
    assert_eq!(faulty_names(config(&[("SMTP_URL", "smtp://localhost")])), ["SMTP_FROM"]);
    assert_eq!(faulty_names(config(&[("SMTP_FROM", "a@example.com")])), ["SMTP_URL"]);
    assert_eq!(faulty_names(config(&[("SMTP_URL", "foo")])), ["SMTP_URL", "SMTP_FROM"], "both faults at once");
    assert_eq!(faulty_names(config(&[("SMTP_FROM", "a@")])), ["SMTP_FROM", "SMTP_URL"]);
    assert_eq!(faulty_names(config(&[("TWILIO_AUTH_TOKEN", TOKEN)])), ["TWILIO_ACCOUNT_SID", "TWILIO_FROM"]);
    let vars = [("TWILIO_AUTH_TOKEN", TOKEN), ("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_FROM", "+1 415 555 0100")];
    let text = config(&vars).expect("all of them").senders.text.expect("a way out");
    assert_eq!((text.from.as_str(), text.base.as_str()), ("+14155550100", "https://api.twilio.com"));
    assert!(!format!("{text:?}").contains(TOKEN));
}

#[test]
fn production_sends_by_tls_alone() {
    let mail = |url: &'static str| production(&[("SMTP_URL", url), ("SMTP_FROM", "a@example.com")]);
    for good in ["smtps://user:hunter2@mail.example.com", "smtp://mail.example.com:587?tls=required"] {
        assert!(!format!("{:?}", mail(good).expect("TLS")).contains("hunter2"));
    }
    for bad in ["smtp://mail.example.com", "smtp://mail.example.com?tls=opportunistic"] {
        assert_eq!(faulty_names(mail(bad)), ["SMTP_URL"]);
    }
    for name in ["TWILIO_API_URL", "FCM_API_URL"] {
        assert_eq!(faulty_names(production(&[(name, "http://localhost:1")])), [name]);
        assert!(config(&[(name, "http://localhost:1")]).is_ok());
    }
}

#[test]
fn the_breaker_tells_unless_it_is_to_hold() {
    let breaker = config(&[]).expect("the defaults").breaker;
    assert_eq!((breaker.people, breaker.percent, breaker.holds), (25, 20, false));
    let vars = [("BREAKER_PEOPLE", "3"), ("BREAKER_PERCENT", "100"), ("BREAKER_MODE", "hold")];
    let breaker = config(&vars).expect("these are sound").breaker;
    assert_eq!((breaker.people, breaker.percent, breaker.holds), (3, 100, true));
    for (name, value) in [("BREAKER_PEOPLE", "0"), ("BREAKER_PERCENT", "0"), ("BREAKER_PEOPLE", "1000001")] {
        assert_eq!(faulty_names(config(&[(name, value)])), [name]);
    }
}

#[test]
fn production_wants_a_strong_secret_of_its_own() {
    let bad = ["", "short", "change-me-change-me-change-me-change-me", "an-EXAMPLE-token-of-more-than-32-bytes"];
    for token in bad {
        assert_eq!(faulty_names(production(&[("SCIM_BEARER_TOKEN", token)])), ["SCIM_BEARER_TOKEN"], "{token}");
    }
    let config = production(&[]).expect("this one is strong");
    assert_eq!(config.scim_bearer_token.expect("it was given").expose_secret(), TOKEN);
    assert_eq!(faulty_names(production(&[("DATABASE_URL", "postgres://u:change-me@db/x")])), ["DATABASE_URL"]);
}

#[test]
fn development_takes_an_example_but_no_weak_secret() {
    assert!(config(&[("SCIM_BEARER_TOKEN", "change-me-change-me-change-me-change-me")]).is_ok());
    for token in [
        "short",
        "thirty-two bytes and more of white space",
        "thirty-two-bytes-and-more-of-\u{7}-control",
        "ä".repeat(32).as_str(),
    ] {
        assert_eq!(faulty_names(config(&[("SCIM_BEARER_TOKEN", token)])), ["SCIM_BEARER_TOKEN"], "{token}");
    }
}

#[test]
fn access_tokens_are_signed_with_a_strong_secret_and_the_one_before_it_may_be_given() {
    for secret in ["", "short", "change-me-change-me-change-me-change-me"] {
        assert_eq!(faulty_names(production(&[("JWT_SECRET", secret)])), ["JWT_SECRET"], "{secret}");
    }
    assert_eq!(faulty_names(production(&[("JWT_SECRET_PREVIOUS", "short")])), ["JWT_SECRET_PREVIOUS"]);
    assert!(config(&[]).expect("development makes one").jwt_secrets.is_empty());
    let secrets = production(&[("JWT_SECRET_PREVIOUS", TOKEN)]).expect("both are sound").jwt_secrets;
    let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, [JWT, TOKEN]);
}

#[test]
fn the_hook_secret_is_demanded_like_the_token_and_the_others_are_not() {
    for secret in ["", "short", "change-me-change-me-change-me-change-me"] {
        assert_eq!(faulty_names(production(&[("OKTA_WEBHOOK_SECRET", secret)])), ["OKTA_WEBHOOK_SECRET"], "{secret}");
    }
    let config = production(&[]).expect("one secret is enough");
    assert_eq!((config.hook_keys.secrets.len(), config.hook_keys.signing.len()), (1, 0));
    let all = [
        ("OKTA_WEBHOOK_SECRET_PREVIOUS", TOKEN),
        ("OKTA_WEBHOOK_SIGNING_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("OKTA_WEBHOOK_SIGNING_KEY_PREVIOUS", TOKEN),
        ("OKTA_WEBHOOK_AUTH", "signature"),
        ("HOOK_SPOOL_DIR", "/var/spool/rollcall"),
    ];
    let config = production(&all).expect("all are sound");
    assert_eq!((config.hook_keys.secrets.len(), config.hook_keys.signing.len()), (2, 2));
    assert_eq!(config.hook_keys.demand, Demand::Signature);
    assert_eq!(config.hook_spool_dir.as_deref().and_then(std::path::Path::to_str), Some("/var/spool/rollcall"));
    for (name, value) in [
        ("OKTA_WEBHOOK_SECRET_PREVIOUS", "short"),
        ("OKTA_WEBHOOK_SIGNING_KEY", "whsec_this-is-no-base64-of-any-length-at-all"),
        ("OKTA_WEBHOOK_AUTH", "none"),
    ] {
        assert_eq!(faulty_names(production(&[(name, value)])), [name]);
    }
}

#[test]
fn development_binds_loopback_only() {
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        assert_eq!(faulty_names(config(&[("HOST", host)])), ["HOST"], "{host}");
        assert!(production(&[("HOST", host)]).is_ok(), "{host}");
    }
    for host in ["localhost", "127.0.0.2", "::1", "::ffff:127.0.0.1"] {
        assert!(config(&[("HOST", host)]).is_ok(), "{host}");
    }
}

#[test]
fn the_system_chooses_a_port_in_development_only() {
    assert_eq!(config(&[("PORT", "0")]).expect("tests need it").port, 0);
    assert_eq!(faulty_names(production(&[("PORT", "0")])), ["PORT"]);
    assert_eq!(faulty_names(config(&[("PORT", "65536")])), ["PORT"]);
}

#[test]
fn the_public_url_is_absolute_and_bare() {
    let bad = [
        "rollcall.test",
        "/scim",
        "ftp://a.test",
        "http://",
        "https://u:p@a.test",
        "https://a.test/?x",
        "https://a.test/#x",
        "https://a.test:99999",
        "https://a.test/roll",
    ];
    for url in bad {
        assert_eq!(faulty_names(production(&[("PUBLIC_URL", url)])), ["PUBLIC_URL"], "{url}");
    }
    let good = [
        ("https://a.test/", "https://a.test"),
        ("https://a.test:8443/", "https://a.test:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ];
    for (url, kept) in good {
        assert_eq!(production(&[("PUBLIC_URL", url)]).expect(url).public_url, kept);
    }
    assert_eq!(faulty_names(production(&[("PUBLIC_URL", "http://a.test")])), ["PUBLIC_URL"]);
    assert!(config(&[("PUBLIC_URL", "http://a.test")]).is_ok());
}

#[test]
fn production_without_an_address_for_others_is_known_to_itself_alone() {
    let is_alone = |vars: &[(&str, &str)]| production(vars).expect("it starts").is_known_to_itself_alone();
    assert!(is_alone(&[]) && is_alone(&[("PUBLIC_URL", "http://127.0.0.1:3000")]));
    assert!(!is_alone(&[("PUBLIC_URL", "https://a.test")]));
    assert!(!config(&[]).expect("development").is_known_to_itself_alone());
}

#[test]
fn files_are_kept_beside_the_database_file() {
    let folders = [
        ("sqlite://data/rollcall.db", "data"),
        ("sqlite:///var/lib/rollcall/roll.db?mode=rwc", "/var/lib/rollcall"),
        ("sqlite://roll.db", "."),
        ("postgres://u:p@db/roll", "data"),
        ("postgresql://db/roll", "data"),
    ];
    for (url, folder) in folders {
        assert_eq!(config(&[("DATABASE_URL", url)]).expect(url).data_dir.to_str(), Some(folder), "{url}");
    }
    for url in [
        "sqlite://",
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite://x?mode=memory",
        "sqlite://data/",
        "postgres://",
        "roll.db",
    ] {
        assert_eq!(faulty_names(config(&[("DATABASE_URL", url)])), ["DATABASE_URL"], "{url}");
    }
}

#[test]
fn retention_is_one_day_to_ten_years() {
    for (days, kept) in [("1", true), ("3650", true), ("0", false), ("3651", false), ("-1", false)] {
        assert_eq!(config(&[("AUDIT_RETENTION_DAYS", days)]).is_ok(), kept, "{days}");
    }
}

#[test]
fn proxies_are_addresses_and_networks() {
    let config = config(&[("TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.1,2001:db8::/32")]).expect("all are sound");
    let text: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(text, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
}

#[test]
fn a_mounted_secret_is_read_and_trimmed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [token, empty] = ["token", "empty"].map(|name| folder.path().join(name).display().to_string());
    fs::write(&token, format!("{TOKEN}\n")).expect("written");
    fs::write(&empty, "\n").expect("written");
    let found = production(&[("SCIM_BEARER_TOKEN", ""), ("SCIM_BEARER_TOKEN_FILE", &token)]).expect("it is there");
    assert_eq!(found.scim_bearer_token.expect("it was given").expose_secret(), TOKEN);
    let refused = faulty_names(production(&[("SCIM_BEARER_TOKEN", ""), ("SCIM_BEARER_TOKEN_FILE", &empty)]));
    assert_eq!(refused, ["SCIM_BEARER_TOKEN_FILE"]);
    let refused = faulty_names(production(&[("SCIM_BEARER_TOKEN", TOKEN), ("SCIM_BEARER_TOKEN_FILE", &token)]));
    assert_eq!(refused, ["SCIM_BEARER_TOKEN"]);
    let missing = config(&[("DATABASE_URL_FILE", "/nowhere/url")]).expect_err("it is not there").to_string();
    assert!(missing.contains("DATABASE_URL_FILE: cannot read /nowhere/url"), "{missing}");
}

#[test]
fn a_misspelt_name_is_a_fault_and_a_foreign_one_is_not() {
    for name in ["DATABASE_ULR", "TRUSTED_PROXYS", "SCIM_BEARER_TOKENS", "PUBLC_URL", "database_url"] {
        assert_eq!(faulty_names(config(&[(name, "x")])), [name]);
    }
    for name in ["PATH", "PORTS", "HOSTS", "RUST_LOG", "TEST_DATABASE_URL", "OKTA_DOMAIN"] {
        assert!(config(&[(name, "x.test")]).is_ok(), "{name}");
    }
}

#[test]
fn a_configuration_in_a_log_shows_no_secret() {
    let config = production(&[("DATABASE_URL", "postgres://u:hunter2@db/x")]).expect("it is sound");
    let text = format!("{config:?}");
    assert!(!text.contains("hunter2") && !text.contains(TOKEN) && text.contains("postgres"), "{text}");
}

#[test]
fn the_environment_wins_over_dotenv_and_production_never_reads_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(".env");
    fs::write(&path, "\u{feff}# ours\nPORT=4000\nHOST='127.0.0.2'\n").expect("written");
    let environment = |pairs: &[(&str, &str)]| -> Vars {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (vars, faults) = overlay(environment(&[("PORT", "5000"), ("HOST", "")]), &path);
    assert_eq!((vars["PORT"].as_str(), vars["HOST"].as_str(), faults.len()), ("5000", "127.0.0.2", 0));
    let (vars, _) = overlay(environment(&[("APP_ENV", "production")]), &path);
    assert!(!vars.contains_key("PORT"));
    let (vars, faults) = overlay(Vars::new(), &folder.path().join("absent"));
    assert!(vars.is_empty() && faults.is_empty());
}

#[test]
fn production_is_not_begun_by_the_file_that_it_does_not_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(".env");
    fs::write(&path, "APP_ENV=production\nPORT=4000\n").expect("written");
    let names = |given: &str| -> Vec<String> {
        let environment = [("APP_ENV".to_owned(), given.to_owned())].into_iter().collect();
        overlay(environment, &path).1.into_iter().map(|fault| fault.name).collect()
    };
    assert_eq!(names(""), ["APP_ENV"]);
    assert!(names("development").is_empty() && names("production").is_empty());
}

#[test]
fn a_broken_dotenv_is_a_fault_that_does_not_quote_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(".env");
    fs::write(&path, "SCIM_BEARER_TOKEN = hunter2 'broken\n").expect("written");
    let (_, faults) = overlay(Vars::new(), &path);
    assert_eq!(faults.len(), 1);
    assert!(!format!("{faults:?}").contains("hunter2"));
}
