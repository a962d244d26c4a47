//! Break-glass accounts: the way in while Okta is down. Made at the command line only, and every use is told.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::passwords::Passwords;
use super::secret::{self, HashKey};
use super::sessions::{self, Arrival, Begun, Opened};
use crate::audit::{Action, Entry};
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::model::session::Born;
use crate::model::user::{OktaStatus, PlatformRole, Switch, Switches};
use crate::model::{Id, User};
use crate::scim::{Document, text};
use crate::store::break_glass::{self as rows, Account};
use crate::store::{Db, Tx, rate_counters, users};

/// How long tries are counted together.
pub const WINDOW: Duration = Duration::from_mins(15);
/// How often one account may be tried from one address in a window.
pub const TRIES_OF_BOTH: i64 = 10;
/// How often one address may try, whatever the account.
pub const TRIES_OF_ADDRESS: i64 = 30;
/// How often one account may be tried from addresses that it was not used from.
pub const TRIES_OF_ACCOUNT: i64 = 100;
/// How long an address is remembered as one that the account was used from.
const REMEMBERED: Duration = Duration::from_hours(90 * 24);
const PURPOSE: &str = "rate";

/// Said of every sign-in that is refused, whatever the reason.
const WRONG: &str = "The account or the password is wrong.";
/// Said at the command line of an account that is not there.
pub const NO_SUCH_ACCOUNT: &str = "There is no break-glass account of this name; see: rollcall break-glass list.";

/// A sign-in as somebody tries it.
pub struct Attempt {
    /// The name that was typed.
    pub account: String,
    /// The password that was typed.
    pub password: SecretString,
    /// What the browser's session cookie holds meanwhile: that session ends.
    pub presented: Option<String>,
}

/// Signs in to a break-glass account. Whether the account is there shows neither in the answer nor in the time.
///
/// # Errors
/// [`Error::Limited`] after too many tries, else [`Error::Unproven`].
pub async fn sign_in(db: &Db, key: &HashKey, passwords: &Passwords, ctx: &Ctx, attempt: &Attempt) -> Result<Opened> {
    count(db, key, ctx, &attempt.account).await?;
    let account = rows::find(&mut db.view().await?, &attempt.account).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let is_right = passwords.verify(hash, &attempt.password).await?;
    let opened = match account.as_ref().filter(|account| is_right && account.is_active) {
        Some(account) => open(db, key, ctx, account, attempt.presented.as_deref()).await,
        None => Err(Error::Unproven(WRONG.into())),
    };
    match opened {
        Err(Error::Unproven(_)) => {
            let told = tell_refused(db, ctx, Action::AuthBreakGlassLogin, account.as_ref(), is_right).await;
            // A refusal stays a refusal, whether or not the audit can take it now.
            told.unwrap_or_else(|error| tracing::warn!(%error, "a refused break-glass sign-in is not in the audit"));
            Err(Error::Unproven(WRONG.into()))
        }
        other => other,
    }
}

async fn open(db: &Db, key: &HashKey, ctx: &Ctx, account: &Account, presented: Option<&str>) -> Result<Opened> {
    let begun = Begun { at: ctx.now, epoch: Some(account.auth_epoch) };
    let work = (key, account.id, begun, presented);
    let open = db.unit(ctx, &work, |tx, (key, id, begun, presented)| {
        Box::pin(async move {
            let gone = sessions::end_presented(tx, key, *presented).await?;
            let arrival = Arrival { born: Born::BreakGlass, begun: *begun, proven_at: Some(begun.at), gone };
            sessions::open(tx, key, *id, arrival).await
        })
    });
    open.await
}

/// Says that somebody was refused. What was typed as a name is told only where it is one: it may have been a password.
async fn tell_refused(db: &Db, ctx: &Ctx, action: Action, account: Option<&Account>, is_right: bool) -> Result<()> {
    let reason = match account {
        None => "unknown",
        Some(_) if !is_right => "password",
        Some(_) => "inactive",
    };
    let entry = Entry::service(action).refused().with("reason", reason);
    let entry = match account {
        Some(account) => Entry { user_id: Some(account.id), ..entry }.with("name", account.user_name.as_str()),
        None => entry,
    };
    say(db, ctx, &entry).await
}

async fn say(db: &Db, ctx: &Ctx, entry: &Entry) -> Result<()> {
    let said = db.unit(ctx, entry, |tx, entry| {
        Box::pin(async move {
            tx.say(entry.clone());
            Ok(())
        })
    });
    said.await
}

/// Counts a try before anything is looked at, for all replicas together.
async fn count(db: &Db, key: &HashKey, ctx: &Ctx, account: &str) -> Result<()> {
    let ip = ctx.ip.map(network);
    let name = text::fold(account);
    let counters = [
        (format!("both {name} {ip:?}"), TRIES_OF_BOTH),
        (format!("address {ip:?}"), TRIES_OF_ADDRESS),
        (format!("account {name}"), TRIES_OF_ACCOUNT),
    ];
    let counters = counters.map(|(what, most)| (secret::hex(&key.hash(PURPOSE, &what)), most));
    let counted = db.unit(ctx, &counters, |tx, counters| Box::pin(count_all(tx, counters))).await?;
    let [both, address, of_account] = counted;
    let known = of_account.is_some() && is_known(db, ctx, account).await?;
    match both.or(address).or(of_account.filter(|_| !known)) {
        None => Ok(()),
        Some(seconds) => Err(Error::Limited { why: "Too many tries.".into(), seconds }),
    }
}

/// Counts in each; where one is over its limit, in how many seconds its window ends.
async fn count_all(tx: &mut Tx, counters: &[(String, i64); 3]) -> Result<[Option<u32>; 3]> {
    let now = tx.ctx().now;
    let mut over = [None; 3];
    for ((key, most), over) in counters.iter().zip(&mut over) {
        let (began, used) = rate_counters::count(tx, key, now, now.minus(WINDOW)).await?;
        *over = (used > *most).then(|| seconds_until(now, began.plus(WINDOW)));
    }
    Ok(over)
}

pub(super) fn seconds_until(now: Time, end: Time) -> u32 {
    let micros = end.micros().saturating_sub(now.micros()).max(0);
    u32::try_from(micros / 1_000_000 + 1).unwrap_or(u32::MAX)
}

/// An address as tries are counted: a subscriber of IPv6 has a whole network.
pub(super) fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) & (u128::MAX << 64)).into()),
    }
}

/// Whether the account was used from this address: whoever hammers from elsewhere must not lock its owner out.
async fn is_known(db: &Db, ctx: &Ctx, name: &str) -> Result<bool> {
    let mut view = db.view().await?;
    let (Some(account), Some(ip)) = (rows::find(&mut view, name).await?, ctx.ip) else { return Ok(false) };
    rows::knows_address(&mut view, account.id, &ip.to_string(), ctx.now.minus(REMEMBERED)).await
}

/// Makes an account, with the hash of its password.
///
/// # Errors
/// [`Error::Conflict`] when somebody has the name.
pub async fn create(tx: &mut Tx, name: &str, hash: &str) -> Result<Id> {
    let user = newcomer(tx, name);
    let added = users::insert(tx, &user).await?;
    added.ok_or_else(|| Error::conflict("Somebody has this name already; choose another one."))?;
    rows::set_password(tx, user.id, hash).await?;
    tx.say(Entry::user(Action::BreakGlassCreated, user.id).with("name", name));
    Ok(user.id)
}

fn newcomer(tx: &mut Tx, name: &str) -> User {
    let (now, set_by) = (tx.now(), tx.ctx().actor.label());
    let on = |set_by: &str| Switch { value: true, since: now, set_by: set_by.to_owned() };
    User {
        id: Id::fresh(),
        scim_id: None,
        okta_id: None,
        external_id: None,
        user_name: Some(name.to_owned()),
        switches: Switches {
            scim: on(&set_by),
            okta: Switch { value: OktaStatus::Ok, since: Time::from_micros(0), set_by: "nobody".to_owned() },
            admin: on(&set_by),
        },
        is_active: true,
        is_break_glass: true,
        platform_role: PlatformRole::Admin,
        email_verified: false,
        phone_verified: false,
        synced_from_okta: false,
        document: Document::default(),
        stale_formatted: None,
        auth_epoch: 1,
        version: 1,
        deactivated_at: None,
        deleted_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// Whether an account would let in with this password; opens nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such account.
pub async fn test(db: &Db, passwords: &Passwords, ctx: &Ctx, attempt: &Attempt) -> Result<bool> {
    let found = rows::find(&mut db.view().await?, &attempt.account).await?;
    let account = found.ok_or_else(|| Error::not_found(NO_SUCH_ACCOUNT))?;
    let is_right = passwords.verify(Some(account.password_hash.clone()), &attempt.password).await?;
    if !is_right || !account.is_active {
        tell_refused(db, ctx, Action::BreakGlassTested, Some(&account), is_right).await?;
        return Ok(false);
    }
    let entry = Entry::service(Action::BreakGlassTested).with("name", account.user_name.as_str());
    say(db, ctx, &Entry { user_id: Some(account.id), ..entry }).await?;
    Ok(true)
}
