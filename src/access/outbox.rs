//! Messages on their way out: taken, filled with what they say, and settled. Sending itself is nobody's transaction.

use std::time::Duration;

use super::contacts::{self, DIGITS};
use super::secret::{self, HashKey};
use crate::audit::{Action, Entry, Resource};
use crate::clock::Time;
use crate::error::Result;
use crate::model::contact::{MessageState, Method};
use crate::model::words::Word;
use crate::senders::{Message, Trouble};
use crate::store::contacts::{self as codes, Verification};
use crate::store::outbox::{self as rows, Claimed};
use crate::store::{Link, Tx};

/// For how long a message is nobody else's while it is being sent: longer than sending may take.
pub const LEASE: Duration = Duration::from_mins(1);
/// How long a message waits after each failure, before the jitter; after the last it is dead.
const WAITS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(45),
    Duration::from_mins(2),
];
const SUBJECT: &str = "Your rollcall code";

/// What taking a message came to.
pub enum Taken {
    /// Nothing is due.
    Nothing,
    /// It has no meaning any more, and is settled.
    Settled,
    /// It is to be sent now.
    Parcel(Box<Parcel>),
}

/// A message that is to be sent now, and then settled.
pub struct Parcel {
    claimed: Claimed,
    /// What goes out.
    pub message: Message,
}

/// Takes the message of a lane that is due longest, and makes its code. Of a try that was cut off nobody knows whether its
/// code arrived: the code of the new try takes its place.
///
/// # Errors
/// What the engine reports.
pub async fn take(tx: &mut Tx, key: &HashKey, lane: Method) -> Result<Taken> {
    let now = tx.ctx().now;
    let Some(claimed) = rows::claim(tx, lane, now.plus(LEASE)).await? else { return Ok(Taken::Nothing) };
    let order = codes::lock_code(tx, claimed.verification_id).await?;
    let Some(order) = order.filter(|order| order.ended_at.is_none() && now < order.expires_at) else {
        return void(tx, &claimed, "the code it was to carry has ended").await;
    };
    let Some(to) = address(tx, &order).await? else {
        return void(tx, &claimed, "the device it was for has ended").await;
    };
    if usize::try_from(claimed.tries).is_ok_and(|tries| tries > WAITS.len() + 1) {
        bury(tx, &claimed, lane, "every try was cut off").await?;
        return Ok(Taken::Settled);
    }
    let code = fresh_code();
    codes::set_hash(tx, order.id, &contacts::code_hash(key, &order, &code)).await?;
    Ok(Taken::Parcel(Box::new(Parcel { message: message(&claimed, &order, to, &code, now), claimed })))
}

/// A message that has no meaning any more.
async fn void(tx: &mut Tx, claimed: &Claimed, why: &'static str) -> Result<Taken> {
    rows::note(tx, claimed, MessageState::Void, Some(why), None).await?;
    Ok(Taken::Settled)
}

/// Where a code goes: to the address, or to the device while it is there.
async fn address(link: &mut impl Link, order: &Verification) -> Result<Option<String>> {
    if order.method != Method::Push {
        return Ok(Some(order.value.clone()));
    }
    let devices = codes::devices(link, order.user_id).await?;
    Ok(devices.into_iter().find(|device| device.id.to_string() == order.value).map(|device| device.token))
}

fn message(claimed: &Claimed, order: &Verification, to: String, code: &str, now: Time) -> Message {
    let lasts = Duration::from_micros(order.expires_at.micros().abs_diff(now.micros()));
    let minutes = lasts.as_secs().div_ceil(60);
    Message {
        id: claimed.id.to_string(),
        person: order.user_id.to_string(),
        channel: order.method.into(),
        to: vec![to],
        subject: SUBJECT.to_owned(),
        text: format!("{code} is your rollcall code. It works once, for {minutes} min. Nobody will ask you for it."),
        lasts,
    }
}

/// Six digits, each number as likely as any other.
fn fresh_code() -> String {
    const CODES: u32 = 1_000_000;
    // Numbers beyond the last whole multiple would make the low codes likelier.
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let number = u32::from_le_bytes(secret::random_bytes());
        if number < FAIR {
            return format!("{:0DIGITS$}", number % CODES);
        }
    }
}

/// Notes what came of sending. Where another try has begun meanwhile, that one's outcome counts.
///
/// # Errors
/// What the engine reports.
pub async fn settle(tx: &mut Tx, parcel: &Parcel, lane: Method, outcome: &Result<(), Trouble>) -> Result<()> {
    let tried = &parcel.claimed;
    match outcome {
        Ok(()) => rows::note(tx, tried, MessageState::Sent, None, None).await.map(drop),
        Err(Trouble::Final(why)) => bury(tx, tried, lane, why).await,
        Err(Trouble::Passing(why)) => match wait(tried.tries) {
            Some(wait) => {
                let due = tx.ctx().now.plus(wait + jitter(wait));
                rows::note(tx, tried, MessageState::Failed, Some(why), Some(due)).await.map(drop)
            }
            None => bury(tx, tried, lane, why).await,
        },
    }
}

fn wait(tries: i64) -> Option<Duration> {
    usize::try_from(tries).ok().and_then(|tries| WAITS.get(tries.saturating_sub(1))).copied()
}

/// Up to half of a wait, so that what failed together does not come again together.
fn jitter(wait: Duration) -> Duration {
    let [chance] = secret::random_bytes::<1>();
    wait * u32::from(chance) / 512
}

/// A message that will never go out: the code ends with it, and somebody is told.
async fn bury(tx: &mut Tx, tried: &Claimed, lane: Method, why: &str) -> Result<()> {
    if !rows::note(tx, tried, MessageState::Dead, Some(why), None).await? {
        return Ok(());
    }
    codes::end(tx, tried.verification_id, false).await?;
    let entry = Entry::about(Action::MessageUndeliverable, Resource::Verification, tried.verification_id).refused();
    let entry = Entry { user_id: Some(tried.user_id), ..entry };
    tx.say(entry.with("method", lane.as_str()).with("tries", tried.tries).with("reason", why));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits_and_every_digit_comes_everywhere() {
        let codes: Vec<String> = (0..2_000).map(|_| fresh_code()).collect();
        assert!(codes.iter().all(|code| code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())));
        for place in 0..DIGITS {
            for digit in b'0'..=b'9' {
                assert!(codes.iter().any(|code| code.as_bytes()[place] == digit), "{digit} at {place}");
            }
        }
    }

    #[test]
    fn waits_grow_and_end_before_the_code_does() {
        let waits: Vec<Duration> = (1..).map_while(wait).collect();
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]) && waits.len() == WAITS.len());
        assert!(waits.iter().sum::<Duration>() * 3 / 2 < contacts::CODE_LASTS);
        assert!(waits.iter().all(|wait| jitter(*wait) < *wait / 2));
    }

    #[test]
    fn nobody_else_takes_a_message_that_is_being_sent() {
        assert!(crate::senders::PATIENCE * 2 < LEASE);
    }
}
