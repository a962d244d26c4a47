//! Proving how somebody is reached: a code of six digits goes there, and they bring it back.
//!
//! The code is made when it is sent (`access::outbox`), so that it stands nowhere; kept is its keyed hash, bound to the
//! person, the method and the address.

use std::time::Duration;

use super::permission::NOT_ALLOWED;
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::contact::Method;
use crate::model::policy::Caller;
use crate::model::words::Word;
use crate::senders::{Senders, smtp, text};
use crate::store::contacts::{self as rows, Contact, Device, Verification};
use crate::store::{Link, Tx, outbox, rate_counters};

/// How long a code works.
pub const CODE_LASTS: Duration = Duration::from_mins(10);
/// How many wrong guesses a code takes.
pub const TRIES: i64 = 5;
/// How many digits a code has.
pub const DIGITS: usize = 6;
/// Once in how long a code may be asked for, by one method.
pub const SEND_EVERY: Duration = Duration::from_mins(1);
/// How many codes may be asked for within an hour, by one method: a message costs money, and each code five guesses.
pub const SENDS_AN_HOUR: i64 = 10;
const HOUR: Duration = Duration::from_hours(1);
/// How many devices a code goes to at most, the newest first.
pub const MOST_DEVICES: usize = 10;
const CODE_PURPOSE: &str = "contact-code";
const RATE_PURPOSE: &str = "contact-rate";
const DEVICES_PURPOSE: &str = "contact-devices";

/// What of somebody's contacts is proven.
#[derive(Clone, Debug)]
pub struct Status {
    /// The person.
    pub contact: Contact,
    /// Whether they proved that push reaches them, and have a device that it can reach.
    pub push_verified: bool,
    /// How many devices they have.
    pub devices: usize,
}

impl Status {
    /// Whether they can be put on call: they are reached by every way that can be proven.
    #[must_use]
    pub fn can_be_on_call(&self) -> bool {
        self.contact.email_verified && self.contact.phone_verified && self.push_verified
    }

    fn is_verified(&self, method: Method) -> bool {
        match method {
            Method::Email => self.contact.email_verified,
            Method::Sms => self.contact.phone_verified,
            Method::Push => self.push_verified,
        }
    }
}

/// What of the caller's contacts is proven.
///
/// # Errors
/// [`Error::Forbidden`] when they have left meanwhile.
pub async fn status(link: &mut impl Link, caller: &Caller) -> Result<Status> {
    let contact = rows::find(link, caller.user).await?.ok_or_else(|| Error::forbidden(NOT_ALLOWED))?;
    Ok(told(contact, &rows::devices(link, caller.user).await?))
}

fn told(contact: Contact, devices: &[Device]) -> Status {
    Status { push_verified: contact.push_enabled && !devices.is_empty(), devices: devices.len(), contact }
}

/// The same of a person who is held until the unit ends, and what a code by this method would prove.
async fn hold(tx: &mut Tx, key: &HashKey, caller: &Caller, method: Method) -> Result<(Status, String)> {
    let held = rows::lock(tx, caller.user).await?.filter(|contact| contact.is_active);
    let contact = held.ok_or_else(|| Error::forbidden(NOT_ALLOWED))?;
    let devices = rows::devices(tx, caller.user).await?;
    let value = value(key, &contact, &devices, method)?;
    Ok((told(contact, &devices), value))
}

fn value(key: &HashKey, contact: &Contact, devices: &[Device], method: Method) -> Result<String> {
    let (found, why) = match method {
        Method::Email => (
            contact.email.clone().filter(|email| smtp::is_address(email)),
            "You have no e-mail address that mail can be sent to; it comes from Okta.",
        ),
        Method::Sms => (
            contact.phone.as_deref().and_then(text::number),
            "You have no phone number in its international form, such as +1 415 555 0100; it comes from Okta.",
        ),
        Method::Push => (which(key, devices), "You have no device that could take it; sign in with the app first."),
    };
    found.ok_or_else(|| Error::conflict(why))
}

/// Which devices those are, in one short text.
fn which(key: &HashKey, devices: &[Device]) -> Option<String> {
    let ids: Vec<String> = devices.iter().take(MOST_DEVICES).map(|device| device.id.to_string()).collect();
    (!ids.is_empty()).then(|| secret::hex(&key.hash(DEVICES_PURPOSE, &ids.join(" "))))
}

/// What came of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is on its way, and works until then.
    Until(Time),
    /// There is nothing to prove any more.
    Verified,
}

/// Has a code sent to the caller. It takes the place of any earlier one.
///
/// # Errors
/// [`Error::Off`] for a channel without settings, [`Error::Conflict`] without an address, [`Error::Limited`].
pub async fn order(tx: &mut Tx, key: &HashKey, senders: &Senders, caller: &Caller, method: Method) -> Result<Ordered> {
    if let Some(settings) = senders.missing(method.into()) {
        return Err(Error::Off(format!("{} is off here: {settings} must be set.", method.as_str()).into()));
    }
    let (status, value) = hold(tx, key, caller, method).await?;
    if status.is_verified(method) {
        return Ok(Ordered::Verified);
    }
    limit(tx, key, caller.user, method).await?;
    let ended = rows::end_open(tx, caller.user, method).await?;
    let now = tx.now();
    let code = Verification {
        id: Id::fresh(),
        user_id: caller.user,
        method,
        value,
        // Of no code: none is made before it is sent.
        code_hash: secret::random_bytes::<32>().to_vec(),
        tries: 0,
        created_at: now,
        expires_at: now.plus(CODE_LASTS),
        ended_at: None,
    };
    rows::insert(tx, &code).await?;
    outbox::insert(tx, method, caller.user, code.id).await?;
    tx.say(entry(Action::ContactCodeOrdered, &code, &status.contact).ending(ended));
    Ok(Ordered::Until(code.expires_at))
}

fn entry(action: Action, code: &Verification, contact: &Contact) -> Entry {
    let entry = Entry { user_id: Some(code.user_id), ..Entry::about(action, Resource::Verification, code.id) };
    entry.with("method", code.method.as_str()).with("name", contact.name.clone())
}

/// Counts an order, for all replicas together; the person is held, so that two at once are one after the other.
async fn limit(tx: &mut Tx, key: &HashKey, person: Id, method: Method) -> Result<()> {
    let now = tx.ctx().now;
    for (span, most) in [(SEND_EVERY, 1), (HOUR, SENDS_AN_HOUR)] {
        let what = format!("{person} {} {}", method.as_str(), span.as_secs());
        let counter = secret::hex(&key.hash(RATE_PURPOSE, &what));
        let (began, used) = rate_counters::count(tx, &counter, now, now.minus(span)).await?;
        if used > most {
            let left = began.plus(span).micros().saturating_sub(now.micros()).max(1);
            let seconds = u32::try_from(left.unsigned_abs().div_ceil(1_000_000)).unwrap_or(u32::MAX);
            return Err(Error::Limited { why: "A code was sent a short while ago.".into(), seconds });
        }
    }
    Ok(())
}

/// The keyed hash of a code: it is right for one person, one method, one address and one order of it.
#[must_use]
pub fn code_hash(key: &HashKey, order: &Verification, code: &str) -> [u8; 32] {
    let Verification { id, user_id, method, value, .. } = order;
    key.hash(CODE_PURPOSE, &format!("{id}\n{user_id}\n{}\n{value}\n{code}", method.as_str()))
}

/// Takes a code back; tells whether the caller has now proven that they are reached so. A wrong guess is counted, and
/// nothing tells it from a code that is too old, used up or was never sent. To bring a right one again is no fault.
///
/// # Errors
/// [`Error::Conflict`] without an address.
pub async fn verify(tx: &mut Tx, key: &HashKey, caller: &Caller, method: Method, code: &str) -> Result<bool> {
    let (status, value) = hold(tx, key, caller, method).await?;
    if status.is_verified(method) {
        return Ok(true);
    }
    let now = tx.ctx().now;
    let open = rows::lock_open(tx, caller.user, method).await?;
    let works = |open: &Verification| open.value == value && now < open.expires_at && open.tries < TRIES;
    let Some(open) = open.filter(works) else { return Ok(false) };
    let is_right = secret::same_hash(&open.code_hash, &code_hash(key, &open, code));
    if is_right {
        rows::end(tx, open.id, true).await?;
        rows::set_verified(tx, caller.user, method).await?;
        let said = entry(Action::ContactVerified, &open, &status.contact);
        tx.say(said.ending(vec![(Resource::User, caller.user)]));
    } else {
        rows::count_try(tx, open.id).await?;
        let said = entry(Action::ContactCodeRefused, &open, &status.contact).refused();
        tx.say(said.with("triesLeft", TRIES - open.tries - 1));
    }
    Ok(is_right)
}
