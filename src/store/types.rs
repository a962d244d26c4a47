//! How our types lie in each engine: ids native or 16 bytes, times timestamptz or microseconds, words as text.

use chrono::{DateTime, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use crate::audit::action::Severity;
use crate::audit::entry::Outcome;
use crate::clock::Time;
use crate::ctx::{ActorKind, Source};
use crate::model::Id;
use crate::model::contact::{Channel, MessageState, Method};
use crate::model::device::Platform;
use crate::model::hook::{HookRoad, HookState, ReplayState};
use crate::model::membership::TeamRole;
use crate::model::session::Born;
use crate::model::team_request::RequestState;
use crate::model::team_settings::TagKind;
use crate::model::token::{TokenMode, TokenOrigin};
use crate::model::user::{OktaStatus, PlatformRole};
use crate::model::words::Word;

macro_rules! column {
    ($ours:ty, $theirs:ty, $db:ty, $put:expr, $get:expr) => {
        impl Type<$db> for $ours {
            fn type_info() -> <$db as Database>::TypeInfo {
                <$theirs as Type<$db>>::type_info()
            }
            fn compatible(ty: &<$db as Database>::TypeInfo) -> bool {
                <$theirs as Type<$db>>::compatible(ty)
            }
        }
        impl<'q> Encode<'q, $db> for $ours {
            fn encode_by_ref(&self, buf: &mut <$db as Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let put: fn(&$ours) -> $theirs = $put;
                <$theirs as Encode<'q, $db>>::encode(put(self), buf)
            }
        }
        impl<'r> Decode<'r, $db> for $ours {
            fn decode(value: <$db as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let get: fn($theirs) -> Result<$ours, BoxDynError> = $get;
                get(<$theirs as Decode<'r, $db>>::decode(value)?)
            }
        }
    };
}

column!(Id, Uuid, Postgres, |id| id.uuid(), |id| Ok(id.into()));
column!(Id, Uuid, Sqlite, |id| id.uuid(), |id| Ok(id.into()));
column!(Time, DateTime<Utc>, Postgres, |at| at.to_datetime(), |at| Ok(at.into()));
column!(Time, i64, Sqlite, |at| at.micros(), |micros| Ok(Time::from_micros(micros)));

#[expect(clippy::needless_pass_by_value, reason = "the macro hands over what it decoded")]
fn read_word<W: Word>(text: String) -> Result<W, BoxDynError> {
    W::from_word(&text).ok_or_else(|| format!("unknown word {text:?} in the database").into())
}

macro_rules! word_columns {
    ($($ours:ty),+ $(,)?) => {$(
        column!($ours, String, Postgres, |word| word.as_str().to_owned(), read_word);
        column!($ours, String, Sqlite, |word| word.as_str().to_owned(), read_word);
    )+};
}

word_columns!(
    Severity,
    Outcome,
    ActorKind,
    Source,
    TeamRole,
    TagKind,
    RequestState,
    TokenMode,
    TokenOrigin,
    Channel,
    MessageState,
    Method,
    OktaStatus,
    PlatformRole,
    HookRoad,
    HookState,
    ReplayState,
    Born,
    Platform
);
