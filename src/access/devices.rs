//! Devices: register, list, give up. A push token belongs to whoever registered it last, as a phone does.

use super::permission;
use crate::audit::{Action, Entry, Resource};
use crate::error::{Busy, Error, Result};
use crate::model::Id;
use crate::model::device::{Device, Platform};
use crate::model::policy::{Caller, Deed};
use crate::model::words::Word;
use crate::store::{Link, Tx, contacts, devices as rows, users};

/// How many devices a person has at most; one more ends the oldest, whose app has likely been given a new token.
pub const MOST: i64 = 20;
const NO_SUCH_DEVICE: &str = "There is no device with this id.";

/// A device as its app registers it.
#[derive(Clone)]
pub struct Wish {
    /// What it runs.
    pub platform: Platform,
    /// What push messages are addressed to.
    pub token: String,
    /// What to call it.
    pub name: String,
}

/// Registers a device of the caller's; tells whether it is new to them. Again is no fault. A token that another person
/// has moves: the phone is the caller's now, and must not ring for the other.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn register(tx: &mut Tx, caller: &Caller, wish: &Wish) -> Result<(Device, bool)> {
    permission::demand(tx, caller, Deed::RegisterDevice, caller.user).await?;
    let owner = users::lock(tx, caller.user).await?.filter(|user| user.is_active);
    owner.ok_or_else(|| Error::forbidden(permission::NOT_ALLOWED))?;
    match rows::lock_token(tx, &wish.token).await? {
        Some(known) if known.user_id == caller.user => renew(tx, known, wish).await.map(|device| (device, false)),
        other => add(tx, caller.user, wish, other).await.map(|device| (device, true)),
    }
}

async fn renew(tx: &mut Tx, mut device: Device, wish: &Wish) -> Result<Device> {
    let now = tx.now();
    rows::mark_seen(tx, device.id, now).await?;
    device.last_seen_at = Some(now);
    if device.platform != wish.platform || device.name.as_deref() != Some(&wish.name) {
        (device.platform, device.name) = (wish.platform, Some(wish.name.clone()));
        rows::update(tx, &device).await?;
        tx.say(told(Action::DeviceRegistered, &device));
    }
    Ok(device)
}

async fn add(tx: &mut Tx, user: Id, wish: &Wish, held: Option<Device>) -> Result<Device> {
    if let Some(other) = held {
        rows::end(tx, other.id).await?;
        tx.say(told(Action::DeviceRemoved, &other).with("reason", "registered by somebody else"));
    }
    // What was proven of devices that are gone says nothing of this one.
    let was_proven = contacts::unprove_push(tx, user).await?;
    let now = tx.now();
    let device = Device {
        id: Id::fresh(),
        user_id: user,
        platform: wish.platform,
        token: wish.token.clone(),
        name: Some(wish.name.clone()),
        last_seen_at: Some(now),
        created_at: now,
        proven_at: None,
        ended_at: None,
    };
    if !rows::insert(tx, &device).await? {
        // Somebody registered the token between two statements: the unit is done again and finds them.
        return Err(Error::Busy { why: Busy::Collision, source: None });
    }
    let over = rows::end_oldest(tx, user, MOST).await?;
    let mut over: Vec<_> = over.into_iter().map(|id| (Resource::Device, id)).collect();
    over.extend(was_proven.then_some((Resource::User, user)));
    tx.say(told(Action::DeviceRegistered, &device).ending(over));
    Ok(device)
}

fn told(action: Action, device: &Device) -> Entry {
    let entry = Entry { user_id: Some(device.user_id), ..Entry::about(action, Resource::Device, device.id) };
    entry.with("name", device.name.clone()).with("platform", device.platform.as_str())
}

/// A person's devices, newest first, before this one where one is given.
///
/// # Errors
/// [`Error::Forbidden`] when they are not the caller's to see.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    user: Id,
    (before, limit): (Option<Id>, u32),
) -> Result<Vec<Device>> {
    permission::demand(link, caller, Deed::ReadDevices, user).await?;
    rows::list(link, user, before, limit).await
}

/// Gives a device up; again is no fault.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is not the caller's to give up.
pub async fn remove(tx: &mut Tx, caller: &Caller, id: Id) -> Result<()> {
    let missing = || Error::not_found(NO_SUCH_DEVICE);
    let device = rows::lock(tx, id).await?.ok_or_else(missing)?;
    if !permission::allows(tx, caller, Deed::RemoveDevices, device.user_id).await? {
        return Err(missing());
    }
    if rows::end(tx, id).await? {
        tx.say(told(Action::DeviceRemoved, &device));
    }
    Ok(())
}
