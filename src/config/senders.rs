//! The settings of the ways out to people: each channel has all of its settings, or none and is off.

use secrecy::SecretString;
use serde::Deserialize;

use super::checks::Judge;
use super::{AppEnv, Fault};
use crate::senders::{Settings, push, smtp, text};

const LONGEST_ACCOUNT: usize = 64;

#[derive(Deserialize)]
pub(super) struct Raw {
    smtp_url: Option<String>,
    smtp_url_file: Option<String>,
    smtp_from: Option<String>,
    twilio_account_sid: Option<String>,
    twilio_auth_token: Option<String>,
    twilio_auth_token_file: Option<String>,
    twilio_from: Option<String>,
    twilio_api_url: Option<String>,
    fcm_service_account: Option<String>,
    fcm_service_account_file: Option<String>,
    fcm_api_url: Option<String>,
}

/// Some of what belongs together: the values, once all of them are there.
type All<const N: usize> = Option<[String; N]>;

impl Judge {
    pub(super) fn senders(&mut self, env: AppEnv, raw: Raw) -> Settings {
        let is_strict = env == AppEnv::Production;
        let url = self.secret("SMTP_URL", raw.smtp_url, raw.smtp_url_file);
        self.smtp_alone(url.as_deref(), raw.smtp_from.as_deref(), is_strict);
        let smtp = self.all([("SMTP_URL", url), ("SMTP_FROM", raw.smtp_from)]);
        let token = self.secret("TWILIO_AUTH_TOKEN", raw.twilio_auth_token, raw.twilio_auth_token_file);
        let names = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"];
        let [sid, auth, from] = names;
        let twilio = self.all([(sid, raw.twilio_account_sid), (auth, token), (from, raw.twilio_from)]);
        let twilio_base = self.base("TWILIO_API_URL", raw.twilio_api_url, text::API, is_strict);
        let account = self.secret("FCM_SERVICE_ACCOUNT", raw.fcm_service_account, raw.fcm_service_account_file);
        let fcm_base = self.base("FCM_API_URL", raw.fcm_api_url, push::API, is_strict);
        Settings {
            smtp: smtp.and_then(|[url, from]| self.smtp(&url, &from, is_strict)),
            text: twilio.map(|all| self.twilio(all, twilio_base)),
            push: account.and_then(|account| self.push(&account, fcm_base, is_strict)),
        }
    }

    /// What belongs together: all of it or none of it.
    fn all<const N: usize>(&mut self, given: [(&str, Option<String>); N]) -> All<N> {
        let is_begun = given.iter().any(|(_, value)| value.is_some());
        let beside = given.iter().find(|(_, value)| value.is_some()).map_or("", |(name, _)| *name).to_owned();
        for (name, _) in given.iter().filter(|(_, value)| is_begun && value.is_none()) {
            self.faults.push(Fault::new(name, format!("is required with {beside}")));
        }
        let values: Vec<String> = given.into_iter().filter_map(|(_, value)| value).collect();
        values.try_into().ok()
    }

    /// Judges the one that is given of what belongs together, so that both faults are told at once.
    fn smtp_alone(&mut self, url: Option<&str>, from: Option<&str>, is_strict: bool) {
        let misfit = match (url, from) {
            (Some(url), None) => smtp::check(url, is_strict).err(),
            (None, Some(from)) => smtp::sender(from).err(),
            _ => None,
        };
        self.faults.extend(misfit.map(|(name, problem)| Fault::new(name, problem)));
    }

    fn smtp(&mut self, url: &str, from: &str, is_strict: bool) -> Option<smtp::Settings> {
        let told = |(name, problem): smtp::Misfit| Fault::new(name, problem);
        let read = smtp::Settings::read(url, from, is_strict);
        read.map_err(|misfits| self.faults.extend(misfits.into_iter().map(told))).ok()
    }

    fn twilio(&mut self, [account, token, from]: [String; 3], base: String) -> text::Settings {
        let is_plain =
            |text: &str| text.len() <= LONGEST_ACCOUNT && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain(&account) {
            self.faults.push(Fault::new("TWILIO_ACCOUNT_SID", "must be the account's id, such as AC…"));
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.faults.push(Fault::new("TWILIO_AUTH_TOKEN", "must be visible ASCII, without white space"));
        }
        let number = text::number(&from);
        if number.is_none() && !(from.starts_with("MG") && is_plain(&from)) {
            const SHAPE: &str = "must be a number such as +14155550100, or the id of a messaging service, MG…";
            self.faults.push(Fault::new("TWILIO_FROM", SHAPE));
        }
        text::Settings { account, token: SecretString::from(token), from: number.unwrap_or(from), base }
    }

    fn push(&mut self, account: &str, base: String, is_strict: bool) -> Option<push::Settings> {
        let read = push::Settings::read(account, base, is_strict);
        read.map_err(|problem| self.faults.push(Fault::new("FCM_SERVICE_ACCOUNT", problem))).ok()
    }

    /// Where a provider's API is: the well-known place, or a stand-in.
    fn base(&mut self, name: &str, given: Option<String>, usual: &str, is_strict: bool) -> String {
        let base = given.unwrap_or_else(|| usual.to_owned());
        let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://").filter(|_| !is_strict));
        let is_origin = rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
        if !is_origin {
            self.faults.push(Fault::new(name, "must be https://host, without a path"));
        }
        base
    }
}
