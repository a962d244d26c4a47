//! Proving how somebody is reached: a code of six digits goes there, and they bring it back.
//!
//! The code is made when it is sent (`access::outbox`), so that it stands nowhere; kept is its keyed hash, bound to the
//! person, the method and the address.

use std::time::Duration;

use super::permission::NOT_ALLOWED;
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::{Busy, Error, Result};
use crate::model::Id;
use crate::model::contact::Method;
use crate::model::policy::Caller;
use crate::model::words::Word;
use crate::senders::{Senders, smtp, text};
use crate::store::contacts::{self as rows, Contact, Device, Verification};
use crate::store::{Link, Tx, devices, outbox, rate_counters};

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
const CODE_PURPOSE: &str = "contact-code";
const RATE_PURPOSE: &str = "contact-rate";
const NO_DEVICE: &str = "You have no device that could take it; sign in with the app first.";
/// Said of every device that a code cannot be sent to, whatever the reason.
const NOT_YOURS: &str = "names no device of yours";

/// What of somebody's contacts is proven.
#[derive(Clone, Debug)]
pub struct Status {
    /// The person.
    pub contact: Contact,
    /// How many devices they have.
    pub devices: usize,
    /// Of how many of them they proved that push messages reach them.
    pub proven_devices: usize,
}

impl Status {
    /// Whether they can be put on call: they are reached by every way that can be proven.
    #[must_use]
    pub fn can_be_on_call(&self) -> bool {
        self.contact.email_verified && self.contact.phone_verified && self.is_push_verified()
    }

    /// Whether they proved that push messages to one of their devices reach them.
    #[must_use]
    pub fn is_push_verified(&self) -> bool {
        self.proven_devices > 0
    }
}

/// What of the caller's contacts is proven.
///
/// # Errors
/// [`Error::Forbidden`] when they have left meanwhile.
pub async fn status(link: &mut impl Link, caller: &Caller) -> Result<Status> {
    let contact = rows::find(link, caller.user).await?.ok_or_else(|| Error::forbidden(NOT_ALLOWED))?;
    let devices = rows::devices(link, caller.user).await?;
    let proven_devices = devices.iter().filter(|device| device.proven_at.is_some()).count();
    Ok(Status { contact, devices: devices.len(), proven_devices })
}

/// A person who is held until the unit ends, with their devices, the newest first.
struct Held {
    contact: Contact,
    devices: Vec<Device>,
}

async fn hold(tx: &mut Tx, caller: &Caller) -> Result<Held> {
    let held = rows::lock(tx, caller.user).await?.filter(|contact| contact.is_active);
    let contact = held.ok_or_else(|| Error::forbidden(NOT_ALLOWED))?;
    Ok(Held { contact, devices: rows::devices(tx, caller.user).await? })
}

/// What a code is to prove.
enum Aim {
    /// This address, or the device of this id.
    At(String),
    /// Nothing any more.
    Proven,
}

impl Held {
    /// What a code by this method would prove: of devices the one that is asked for, else the newest that is not proven.
    fn aim(&self, method: Method, device: Option<Id>) -> Result<Aim> {
        let (address, is_proven) = match method {
            Method::Email => (self.mail_address()?, self.contact.email_verified),
            Method::Sms => (self.phone_number()?, self.contact.phone_verified),
            Method::Push => return self.aim_at_device(device),
        };
        Ok(if is_proven { Aim::Proven } else { Aim::At(address) })
    }

    fn mail_address(&self) -> Result<String> {
        const NONE: &str = "You have no e-mail address that mail can be sent to; it comes from Okta.";
        self.contact.email.clone().filter(|email| smtp::is_address(email)).ok_or_else(|| Error::conflict(NONE))
    }

    fn phone_number(&self) -> Result<String> {
        const NONE: &str =
            "You have no phone number in its international form, such as +1 415 555 0100; it comes from Okta.";
        self.contact.phone.as_deref().and_then(text::number).ok_or_else(|| Error::conflict(NONE))
    }

    fn aim_at_device(&self, wanted: Option<Id>) -> Result<Aim> {
        if self.devices.is_empty() {
            return Err(Error::conflict(NO_DEVICE));
        }
        let open = |device: &&Device| device.proven_at.is_none();
        let found = match wanted {
            None => self.devices.iter().find(open),
            Some(id) => {
                let device = self.devices.iter().find(|device| device.id == id);
                Some(device.ok_or_else(|| Error::invalid("deviceId", NOT_YOURS))?).filter(open)
            }
        };
        Ok(found.map_or(Aim::Proven, |device| Aim::At(device.id.to_string())))
    }

    /// Whether a code that was sent proves something still: the same address, or a device that is there and not proven.
    fn is_met_by(&self, order: &Verification) -> Result<bool> {
        let device = if order.method == Method::Push { Id::parse(&order.value) } else { None };
        let is_known = device.is_none_or(|id| self.devices.iter().any(|held| held.id == id));
        Ok(is_known && matches!(self.aim(order.method, device)?, Aim::At(value) if value == order.value))
    }
}

/// What came of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is on its way, and works until then.
    Until(Time),
    /// There is nothing to prove any more.
    Verified,
}

/// What somebody wants to prove: a way of being reached, and of their devices which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// By which way.
    pub method: Method,
    /// On which device; the newest that is not proven when none is named.
    pub device: Option<Id>,
}

/// Has a code sent to the caller. It takes the place of any earlier one.
///
/// # Errors
/// [`Error::Off`] for a channel without settings, [`Error::Conflict`] without an address, [`Error::Invalid`] for a device
/// that is not theirs, [`Error::Limited`].
pub async fn order(tx: &mut Tx, key: &HashKey, senders: &Senders, caller: &Caller, wish: Wish) -> Result<Ordered> {
    let method = wish.method;
    if let Some(settings) = senders.missing(method.into()) {
        return Err(Error::Off(format!("{} is off here: {settings} must be set.", method.as_str()).into()));
    }
    let held = hold(tx, caller).await?;
    let Aim::At(value) = held.aim(method, wish.device)? else { return Ok(Ordered::Verified) };
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
    tx.say(entry(Action::ContactCodeOrdered, &code, &held.contact).ending(ended));
    Ok(Ordered::Until(code.expires_at))
}

fn entry(action: Action, code: &Verification, contact: &Contact) -> Entry {
    let entry = Entry { user_id: Some(code.user_id), ..Entry::about(action, Resource::Verification, code.id) };
    let entry = entry.with("method", code.method.as_str()).with("name", contact.name.clone());
    if code.method == Method::Push { entry.with("deviceId", code.value.as_str()) } else { entry }
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
/// nothing tells it from a code that is too old, used up or was never sent. To bring a right one again is no fault, while
/// nothing else by this method is left to prove.
///
/// # Errors
/// [`Error::Conflict`] without an address.
pub async fn verify(tx: &mut Tx, key: &HashKey, caller: &Caller, method: Method, code: &str) -> Result<bool> {
    let held = hold(tx, caller).await?;
    if matches!(held.aim(method, None)?, Aim::Proven) {
        return Ok(true);
    }
    let now = tx.ctx().now;
    let works = |open: &Verification| now < open.expires_at && open.tries < TRIES;
    let Some(open) = rows::lock_open(tx, caller.user, method).await?.filter(works) else { return Ok(false) };
    if !held.is_met_by(&open)? {
        return Ok(false);
    }
    let is_right = secret::same_hash(&open.code_hash, &code_hash(key, &open, code));
    if is_right {
        let proven = prove(tx, caller.user, &open).await?;
        tx.say(entry(Action::ContactVerified, &open, &held.contact).ending(proven));
    } else {
        rows::count_try(tx, open.id).await?;
        let said = entry(Action::ContactCodeRefused, &open, &held.contact).refused();
        tx.say(said.with("triesLeft", TRIES - open.tries - 1));
    }
    Ok(is_right)
}

/// Notes what a right code proves; gives the rows that say so.
async fn prove(tx: &mut Tx, person: Id, order: &Verification) -> Result<Vec<(Resource, Id)>> {
    rows::end(tx, order.id, true).await?;
    rows::set_verified(tx, person, order.method).await?;
    let mut proven = vec![(Resource::User, person)];
    if let Some(device) = Id::parse(&order.value).filter(|_| order.method == Method::Push) {
        if !devices::prove(tx, device).await? {
            // It was given up between two statements: the unit is done again, and the code proves nothing.
            return Err(Error::Busy { why: Busy::Collision, source: None });
        }
        proven.push((Resource::Device, device));
    }
    Ok(proven)
}
