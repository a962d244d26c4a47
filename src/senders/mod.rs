//! The way out to people: e-mail by SMTP, text messages and push over HTTP. What to say to whom is decided elsewhere.
//!
//! Nothing here is exactly once: a provider may have taken a message whose answer was lost. Every answer is bounded in
//! time and size, no redirect is followed, and no refusal that is told repeats an address, a text or a secret.

mod http;
pub mod push;
pub mod smtp;
pub mod text;
mod tray;

use std::time::Duration;

pub use tray::{Kept, Tray};

use crate::clock::Time;

/// How long sending one message may take, to the last byte of the last answer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A road to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// A text message.
    Sms,
    /// The app on their devices.
    Push,
}

impl Channel {
    fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
            Self::Push => "PUSH",
        }
    }

    fn settings(self) -> &'static str {
        match self {
            Self::Email => "SMTP_URL and SMTP_FROM",
            Self::Sms => "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM",
            Self::Push => "FCM_SERVICE_ACCOUNT",
        }
    }
}

/// The settings of every channel; none turns one off.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// E-mail.
    pub smtp: Option<smtp::Settings>,
    /// Text messages.
    pub text: Option<text::Settings>,
    /// Push.
    pub push: Option<push::Settings>,
}

/// A message on its way. Debug shows what it is about and not what it says.
pub struct Message {
    /// Which message: the same for every try.
    pub id: String,
    /// For whom, by the id of their row.
    pub person: String,
    /// By which road.
    pub channel: Channel,
    /// The addresses, one but for push, which goes to every device.
    pub to: Vec<String>,
    /// What it is about, in a few words.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// For how long it means anything; a provider that can drops it then.
    pub lasts: Duration,
}

/// Why a message did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may go out later.
    #[error("{0}")]
    Passing(String),
    /// It never will.
    #[error("{0}")]
    Final(String),
}

/// What a channel has at its end.
enum Road<T> {
    /// The provider.
    Real(T),
    /// The tray of a development server.
    Tray,
    /// Nothing.
    Off,
}

impl<T> Road<T> {
    fn of(real: Option<T>, has_tray: bool) -> Self {
        match real {
            Some(real) => Self::Real(real),
            None if has_tray => Self::Tray,
            None => Self::Off,
        }
    }
}

/// Every channel of a process.
pub struct Senders {
    email: Road<smtp::Smtp>,
    text: Road<text::Text>,
    push: Road<push::Push>,
    has_tray: bool,
    /// What a development server keeps instead of sending it.
    pub tray: Tray,
    /// How long one message may take.
    pub patience: Duration,
}

impl Senders {
    /// The channels that have settings; the others lead to the tray where there is one, and nowhere else.
    ///
    /// # Errors
    /// When TLS cannot be set up or a setting cannot be used.
    pub fn new(settings: &Settings, has_tray: bool) -> Result<Self, String> {
        let smtp = settings.smtp.as_ref().map(smtp::Smtp::new).transpose()?;
        let text = settings.text.as_ref().map(text::Text::new).transpose()?;
        let push = settings.push.as_ref().map(push::Push::new).transpose()?;
        Ok(Self {
            email: Road::of(smtp, has_tray),
            text: Road::of(text, has_tray),
            push: Road::of(push, has_tray),
            has_tray,
            tray: Tray::default(),
            patience: PATIENCE,
        })
    }

    /// The tray, on a development server.
    #[must_use]
    pub fn shown_tray(&self) -> Option<&Tray> {
        self.has_tray.then_some(&self.tray)
    }

    /// The settings that a channel lacks, where it leads nowhere.
    #[must_use]
    pub fn missing(&self, channel: Channel) -> Option<&'static str> {
        let is_off = match channel {
            Channel::Email => matches!(self.email, Road::Off),
            Channel::Sms => matches!(self.text, Road::Off),
            Channel::Push => matches!(self.push, Road::Off),
        };
        is_off.then(|| channel.settings())
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn send(&self, message: &Message, now: Time) -> Result<(), Trouble> {
        match (message.channel, &self.email, &self.text, &self.push) {
            (Channel::Email, Road::Real(smtp), _, _) => self.in_time(smtp.send(message)).await,
            (Channel::Sms, _, Road::Real(text), _) => self.in_time(text.send(message)).await,
            (Channel::Push, _, _, Road::Real(push)) => self.in_time(push.send(message, now)).await,
            (Channel::Email, Road::Tray, _, _)
            | (Channel::Sms, _, Road::Tray, _)
            | (Channel::Push, _, _, Road::Tray) => {
                self.tray.keep(message, now);
                Ok(())
            }
            _ => Err(Trouble::Passing(format!("{} is not set", message.channel.settings()))),
        }
    }

    async fn in_time(&self, sending: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
        let late = |_| Err(Trouble::Passing("the provider did not answer in time".to_owned()));
        tokio::time::timeout(self.patience, sending).await.unwrap_or_else(late)
    }
}
