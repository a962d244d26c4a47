//! `okta_people`: what Okta's events told of a person, by Okta's id, whether or not the person is on the roll.

use super::db::{Link, Quiet, Tx};
use crate::clock::Time;
use crate::error::Result;
use crate::model::user::{OktaStatus, Switch};
use crate::okta::{Fact, Facts};

#[derive(sqlx::FromRow)]
struct Row {
    status: OktaStatus,
    status_at: Time,
    status_set_by: String,
    access_ended_at: Option<Time>,
    session_ended_at: Option<Time>,
    signed_out_at: Option<Time>,
    left_app_at: Option<Time>,
    profile_changed_at: Option<Time>,
    reread_wanted: bool,
}

/// What is known of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What was told, each with its time at Okta.
    pub facts: Facts,
    /// Whose word the status is.
    pub status_set_by: String,
    /// Whether the profile is to be read again.
    pub reread_wanted: bool,
}

impl Known {
    /// The status as the switch it makes.
    #[must_use]
    pub fn switch(&self) -> Switch<OktaStatus> {
        let Fact { at, value } = self.facts.status;
        Switch { value: value.into(), since: Time::from_micros(at), set_by: self.status_set_by.clone() }
    }
}

impl From<Row> for Known {
    fn from(row: Row) -> Self {
        let micros = |at: Option<Time>| at.map(Time::micros);
        Self {
            facts: Facts {
                status: Fact { at: row.status_at.micros(), value: row.status.into() },
                access_ended: micros(row.access_ended_at),
                session_ended: micros(row.session_ended_at),
                signed_out: micros(row.signed_out_at),
                left_app: micros(row.left_app_at),
                profile_changed: micros(row.profile_changed_at),
            },
            status_set_by: row.status_set_by,
            reread_wanted: row.reread_wanted,
        }
    }
}

/// What is known of the person with this id at Okta, locked until the unit ends; made when nothing was known.
///
/// A person's own row is locked before this one. Whoever brings a person onto the roll takes this lock too, so that an
/// event and the arrival of its person never miss each other.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, okta_id: &str) -> Result<Known> {
    const SQL: &str = "insert into okta_people (okta_id, status, status_at, status_set_by, reread_wanted) \
         values ($1, 'ok', $2, 'nobody', false) on conflict (okta_id) do update set okta_id = excluded.okta_id \
         returning status, status_at, status_set_by, access_ended_at, session_ended_at, signed_out_at, left_app_at, \
         profile_changed_at, reread_wanted";
    tx.quiet(Quiet::OktaFact);
    Ok(query!(tx, SQL, okta_id, Time::from_micros(0) => fetch_one Row)?.into())
}

/// Keeps what is known of a locked person.
///
/// # Errors
/// What the engine reports.
pub async fn save(tx: &mut Tx, okta_id: &str, known: &Known) -> Result<()> {
    const SQL: &str = "update okta_people set status = $2, status_at = $3, status_set_by = $4, session_ended_at = $5, \
         signed_out_at = $6, left_app_at = $7, profile_changed_at = $8, reread_wanted = $9, access_ended_at = $10 where okta_id = $1";
    let (facts, switch) = (&known.facts, known.switch());
    let time = |at: Option<i64>| at.map(Time::from_micros);
    tx.quiet(Quiet::OktaFact);
    query!(tx, SQL, okta_id, switch.value, switch.since, switch.set_by.as_str(), time(facts.session_ended),
        time(facts.signed_out), time(facts.left_app), time(facts.profile_changed), known.reread_wanted,
        time(facts.access_ended) => execute)
    .map(|_| ())
}

/// Keeps the status of a person whose switch has just changed, by whatever road.
///
/// # Errors
/// What the engine reports.
pub async fn put_status(tx: &mut Tx, okta_id: &str, switch: &Switch<OktaStatus>) -> Result<()> {
    const SQL: &str = "insert into okta_people (okta_id, status, status_at, status_set_by, reread_wanted) \
         values ($1, $2, $3, $4, false) on conflict (okta_id) do update set status = excluded.status, \
         status_at = excluded.status_at, status_set_by = excluded.status_set_by";
    tx.quiet(Quiet::OktaFact);
    query!(tx, SQL, okta_id, switch.value, switch.since, switch.set_by.as_str() => execute).map(|_| ())
}

/// A person whose profile changed at Okta and has not been read since.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Reread {
    /// Okta's id.
    pub okta_id: String,
    /// When the profile changed last, as far as events told.
    pub profile_changed_at: Option<Time>,
}

/// The next person to be read again, in the order of Okta's ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn next_reread(link: &mut impl Link, after: &str) -> Result<Option<Reread>> {
    const SQL: &str = "select okta_id, profile_changed_at from okta_people where reread_wanted and okta_id > $1 \
         order by okta_id limit 1";
    query!(link, SQL, after => fetch_optional Reread)
}

/// Takes the mark from a person who was read, unless the profile has changed again meanwhile.
///
/// # Errors
/// What the engine reports.
pub async fn reread_done(tx: &mut Tx, read: &Reread) -> Result<()> {
    const SQL: &str = "update okta_people set reread_wanted = false where okta_id = $1 and reread_wanted \
         and profile_changed_at is not distinct from $2";
    tx.quiet(Quiet::OktaFact);
    query!(tx, SQL, read.okta_id.as_str(), read.profile_changed_at => execute).map(drop)
}
