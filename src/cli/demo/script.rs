//! The conversation, step by step: what is sent, what must come back, and what later steps need of it.

use std::collections::BTreeMap;

use reqwest::{Client, Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::Failure;
use super::stage::Stage;

/// The conversation; `fixtures/README.md` says what each key means.
const CONVERSATION: &str = include_str!("../../../fixtures/demo/conversation.json");

#[derive(Deserialize)]
struct Step {
    say: String,
    method: String,
    path: String,
    body: Option<Value>,
    #[serde(default)]
    echo: bool,
    expect: Expected,
    #[serde(default)]
    save: BTreeMap<String, String>,
    #[serde(default)]
    check: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    One(u16),
    AnyOf(Vec<u16>),
}

impl Expected {
    fn allows(&self, status: StatusCode) -> bool {
        match self {
            Self::One(one) => *one == status,
            Self::AnyOf(list) => list.iter().any(|one| *one == status),
        }
    }
}

/// Plays every step, one line each unless `quiet`; tells how many there were.
pub async fn play(stage: &Stage, quiet: bool) -> Result<usize, Failure> {
    let steps = read()?;
    let client = Client::builder().no_proxy().build().map_err(|error| said(&error))?;
    let mut player = Player { stage, client, saved: BTreeMap::new(), last: Value::Null };
    for (at, step) in steps.iter().enumerate() {
        let status = player.step(step).await.map_err(|failure| stopped(at + 1, step, &failure))?;
        if !quiet {
            super::say(&format!("  ✓ {:<6} {}  {}", step.method, status.as_u16(), step.say))?;
        }
    }
    Ok(steps.len())
}

fn read() -> Result<Vec<Step>, Failure> {
    serde_json::from_str(CONVERSATION).map_err(|error| Failure::Other(format!("the conversation is broken: {error}")))
}

fn stopped(number: usize, step: &Step, failure: &Failure) -> Failure {
    Failure::Other(format!("step {number} failed: {}\n  {} {}\n  {failure}", step.say, step.method, step.path))
}

fn said(error: &reqwest::Error) -> Failure {
    Failure::Other(error.to_string())
}

/// Okta's side of the conversation, with what it remembers.
struct Player<'s> {
    stage: &'s Stage,
    client: Client,
    saved: BTreeMap<String, String>,
    last: Value,
}

impl Player<'_> {
    async fn step(&mut self, step: &Step) -> Result<StatusCode, Failure> {
        let (status, answer) = self.send(step).await?;
        let shown = || format!("answered {status}: {answer}");
        if !step.expect.allows(status) {
            return Err(Failure::Other(shown()));
        }
        for (key, expected) in &step.check {
            if answer.get(key) != Some(&self.filled(expected)?) {
                return Err(Failure::Other(format!("{key} should be {expected}; {}", shown())));
            }
        }
        for (name, key) in &step.save {
            let value = answer.get(key).and_then(Value::as_str);
            let value = value.ok_or_else(|| Failure::Other(format!("there is no {key}; {}", shown())))?;
            self.saved.insert(name.clone(), value.to_owned());
        }
        self.last = answer;
        Ok(status)
    }

    async fn send(&self, step: &Step) -> Result<(StatusCode, Value), Failure> {
        let method = Method::from_bytes(step.method.as_bytes()).map_err(|error| Failure::Other(error.to_string()))?;
        let url = format!("{}{}", self.stage.base, fill(&step.path, &self.saved));
        let request = self.client.request(method, url).bearer_auth(self.stage.token.expose_secret());
        let mut request =
            request.header("user-agent", "Okta SCIM Client 1.0.0").header("accept", "application/scim+json");
        if let Some(body) = &step.body {
            let body = self.body(step, body)?.to_string();
            request = request.header("content-type", "application/scim+json; charset=utf-8").body(body);
        }
        let answer = request.send().await.map_err(|error| said(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| said(&error))?;
        Ok((status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(text.into()) }))
    }

    /// The step's own body, or laid over what was just read, as Okta puts back what it got.
    fn body(&self, step: &Step, body: &Value) -> Result<Value, Failure> {
        let own = self.filled(body)?;
        let (true, Value::Object(read), Value::Object(own)) = (step.echo, &self.last, &own) else { return Ok(own) };
        let mut whole = read.clone();
        whole.extend(own.clone());
        Ok(whole.into())
    }

    fn filled(&self, value: &Value) -> Result<Value, Failure> {
        serde_json::from_str(&fill(&value.to_string(), &self.saved)).map_err(|error| Failure::Other(error.to_string()))
    }
}

/// Puts saved values in place of `{{name}}`. They are ids, so they need no escaping in a URL or in JSON.
fn fill(text: &str, saved: &BTreeMap<String, String>) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_saved_before_it_is_used() {
        let mut saved = BTreeMap::new();
        for step in read().expect("a conversation") {
            let sent = format!("{} {:?} {:?}", step.path, step.body, step.check);
            assert!(!fill(&sent, &saved).contains("{{"), "{}", step.say);
            saved.extend(step.save.into_keys().map(|name| (name, "id".to_owned())));
        }
        assert!(!saved.is_empty());
    }

    #[test]
    fn every_step_of_the_conversation_has_a_sentence_and_a_status() {
        for step in read().expect("a conversation") {
            assert!(!step.say.is_empty() && step.path.starts_with('/'));
            assert!(!step.echo || step.body.is_some(), "{}", step.say);
        }
    }
}
