//! A refresh token as an app holds it, and the one that follows it.
//!
//! `rc_refresh_FAMILY_GENERATION_SECRET_SEAL`. The seal proves that the token was made here, so that nobody ends a
//! family by inventing an old one. The secret of the next follows from this token by a keyed hash: it can be given a
//! second time to whoever has this one, and is kept nowhere.

use super::secret::{self, HashKey};
use crate::model::Id;

const PREFIX: &str = "rc_refresh_";
const HASH_PURPOSE: &str = "refresh-token";
const NEXT_PURPOSE: &str = "refresh-next";
const SEAL_PURPOSE: &str = "refresh-seal";
/// No token of ours is longer.
const LONGEST: usize = 256;
const SEAL_BYTES: usize = 16;

/// A refresh token with a seal of ours.
pub(super) struct RefreshToken {
    /// The family it belongs to.
    pub(super) family: Id,
    /// Which of the family's it is, the first being 1.
    pub(super) generation: i64,
    text: String,
}

impl RefreshToken {
    /// The first of a family.
    pub(super) fn first(key: &HashKey, family: Id) -> Self {
        Self::sealed(key, family, 1, &secret::random_bytes())
    }

    fn sealed(key: &HashKey, family: Id, generation: i64, secret: &[u8; 32]) -> Self {
        let body = format!("{PREFIX}{}_{generation}_{}", family.uuid().simple(), secret::hex(secret));
        let text = format!("{body}_{}", seal(key, &body));
        Self { family, generation, text }
    }

    /// Reads a token that was made here, live or not.
    pub(super) fn read(key: &HashKey, presented: &str) -> Option<Self> {
        let (body, sealed) = presented.rsplit_once('_').filter(|_| presented.len() <= LONGEST)?;
        if !secret::same_hash(sealed.as_bytes(), seal(key, body).as_bytes()) {
            return None;
        }
        // The seal vouches for everything before it.
        let mut parts = body.strip_prefix(PREFIX)?.split('_');
        let family = uuid::Uuid::try_parse(parts.next()?).ok()?;
        let generation = parts.next()?.parse().ok()?;
        Some(Self { family: family.into(), generation, text: presented.to_owned() })
    }

    /// The one that follows it: always the same.
    pub(super) fn successor(&self, key: &HashKey) -> Self {
        Self::sealed(key, self.family, self.generation + 1, &key.hash(NEXT_PURPOSE, &self.text))
    }

    /// What the database keeps of it.
    pub(super) fn hash(&self, key: &HashKey) -> [u8; 32] {
        key.hash(HASH_PURPOSE, &self.text)
    }

    /// Whether the database keeps just this one.
    pub(super) fn is(&self, key: &HashKey, kept: &[u8]) -> bool {
        secret::same_hash(&self.hash(key), kept)
    }

    /// The token itself.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

fn seal(key: &HashKey, body: &str) -> String {
    secret::hex(&key.hash(SEAL_PURPOSE, body)[..SEAL_BYTES])
}
