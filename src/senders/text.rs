//! Text messages by Twilio's Messages API, or by what speaks like it. It has no key that makes a second request the same
//! message, so a try whose answer was lost may be a second text.

use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::http::{self, Answer};
use super::{Message, Trouble};

/// Where the API is, unless it is set otherwise.
pub const API: &str = "https://api.twilio.com";
/// How long a number is by E.164, in digits.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// An account, and what its messages come from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account's public id, `AC…`.
    pub account: String,
    /// Its token.
    pub token: SecretString,
    /// A number of the account's, or the id of a messaging service, `MG…`.
    pub from: String,
    /// Where the API is, without a slash at the end.
    pub base: String,
}

/// A number as providers take it (E.164): what people write between digits is left out. None where it is none.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect();
    let digits = kept.strip_prefix('+')?;
    (digits.bytes().all(|byte| byte.is_ascii_digit()) && DIGITS.contains(&digits.len())).then_some(kept)
}

/// Hands text messages in.
pub(super) struct Text {
    http: Client,
    settings: Settings,
}

impl Text {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        Ok(Self { http: http::client(&settings.base)?, settings: settings.clone() })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), Trouble> {
        let odd = || Trouble::Final("the number is no phone number".to_owned());
        let to = message.to.first().and_then(|to| number(to)).ok_or_else(odd)?;
        let Settings { account, token, from, base } = &self.settings;
        let from_field = if from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("To", to.as_str()), (from_field, from), ("Body", &message.text)])
            .append_pair("ValidityPeriod", &message.lasts.as_secs().to_string())
            .finish();
        let request = self
            .http
            .post(format!("{base}/2010-04-01/Accounts/{account}/Messages.json"))
            .basic_auth(account, Some(token.expose_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        judge(&http::ask(request).await?)
    }
}

/// Its sentence may repeat the number, so only its code is told.
fn judge(answer: &Answer) -> Result<(), Trouble> {
    if answer.status.is_success() {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body["code"].as_u64().map(|code| code.to_string());
    Err(http::refusal(answer.status, code.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_as_people_write_it_and_nothing_else_is_one() {
        assert_eq!(number("+1 (415) 555-0100").as_deref(), Some("+14155550100"));
        assert_eq!(number("+49\u{a0}30.901820").as_deref(), Some("+4930901820"));
        for bad in [
            "",
            "+",
            "4155550100",
            "+1415",
            "+1415555010012345",
            "+1415555O100",
            "tel:+14155550100",
            "+1 415 555 0100 x9",
        ] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
