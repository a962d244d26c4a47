//! Secrets made here, and the keyed hash they are stored as.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::{Db, keys};

/// Under which name the key of all token hashes is kept.
const TOKEN_KEY: &str = "token-hash";

/// The key that token hashes are made with: one for the whole deployment, read once at start.
pub struct HashKey(SecretBox<[u8]>);

impl HashKey {
    /// Reads the deployment's key; makes it when there is none yet.
    ///
    /// # Errors
    /// What the engine reports.
    pub async fn load(db: &Db, ctx: &Ctx) -> Result<Self> {
        let fresh = random_bytes();
        db.unit(ctx, &fresh, |tx, fresh| Box::pin(keys::ensure(tx, TOKEN_KEY, fresh))).await.map(Self)
    }

    /// The keyed hash of a token, for one purpose only.
    #[must_use]
    pub fn hash(&self, purpose: &str, token: &str) -> [u8; 32] {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else { return [0; 32] };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(token.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same_hash(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Fresh random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: nothing safe can be made then.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness, or no secret can be made");
    bytes
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
