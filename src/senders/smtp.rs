//! E-mail by SMTP. Every try is a message of its own: a mailbox that dropped the second as a double would keep the code
//! that no longer works.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::Error;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Message, Trouble};

/// How long one command of the conversation may take.
const COMMAND: Duration = Duration::from_secs(10);

/// Where mail is handed in, and in whose name.
#[derive(Clone, Debug)]
pub struct Settings {
    url: SecretString,
    from: Mailbox,
}

impl Settings {
    /// Reads both settings. A plain connection is for a stand-in, or for a server on this machine.
    ///
    /// # Errors
    /// The settings that cannot be used, each with why.
    pub fn read(url: &str, from: &str, is_strict: bool) -> Result<Self, Vec<Misfit>> {
        match (check(url, is_strict), sender(from)) {
            (Ok(()), Ok(from)) => Ok(Self { url: url.into(), from }),
            (url, from) => Err(url.err().into_iter().chain(from.err()).collect()),
        }
    }
}

/// A setting, and why it cannot be used.
pub type Misfit = (&'static str, &'static str);

/// Reads in whose name mail is sent.
///
/// # Errors
/// Why it cannot be used.
pub fn sender(from: &str) -> Result<Mailbox, Misfit> {
    from.parse().map_err(|_| ("SMTP_FROM", "must be an address such as Rollcall <rollcall@example.com>"))
}

/// Judges where mail is handed in.
///
/// # Errors
/// Why it cannot be used.
pub fn check(url: &str, is_strict: bool) -> Result<(), Misfit> {
    const SHAPE: &str = "must be smtps://…, or smtp://…?tls=required, with what stands before the @ percent-encoded";
    transport(url).map_err(|_| ("SMTP_URL", SHAPE))?;
    if is_strict && !is_safe(url) {
        return Err(("SMTP_URL", "must be smtps://… or smtp://…?tls=required in production"));
    }
    Ok(())
}

fn is_safe(url: &str) -> bool {
    url.starts_with("smtps://") || url.ends_with("tls=required")
}

fn transport(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, Error> {
    Ok(AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(COMMAND)).build())
}

/// Whether mail can be sent to this address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// Hands mail in.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        // What it says of a URL may repeat it.
        let transport = transport(settings.url.expose_secret()).map_err(|_| "SMTP_URL cannot be used".to_owned())?;
        Ok(Self { transport, from: settings.from.clone() })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), Trouble> {
        let odd = || Trouble::Final("the address is no e-mail address".to_owned());
        let to: Address = message.to.first().and_then(|to| to.parse().ok()).ok_or_else(odd)?;
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone())
            .map_err(|_| Trouble::Final("the message cannot be written as e-mail".to_owned()))?;
        self.transport.send(mail).await.map(drop).map_err(|error| trouble(&error))
    }
}

/// A 5xx is the server's last word on this message; whatever else went wrong may pass.
fn trouble(error: &Error) -> Trouble {
    match error.status() {
        Some(code) if error.is_permanent() => Trouble::Final(format!("the mail server answered {code}")),
        Some(code) => Trouble::Passing(format!("the mail server answered {code}")),
        None if error.is_timeout() => Trouble::Passing("the mail server did not answer in time".to_owned()),
        None => Trouble::Passing("the mail server cannot be reached or understood".to_owned()),
    }
}
