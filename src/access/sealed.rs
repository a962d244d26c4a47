//! Texts that only the holder of a session can have read again: sealed with a key that follows from what the cookie holds
//! and is nowhere here.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use super::secret::HashKey;

const PURPOSE: &str = "session seal";

fn key(key: &HashKey, secret: &str) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &key.hash(PURPOSE, secret)).ok()
}

/// Seals a text for whoever holds this secret: a fresh nonce, then the text with its tag.
#[must_use]
pub fn seal(hash_key: &HashKey, secret: &str, text: &str) -> Option<Vec<u8>> {
    let mut sealed = text.as_bytes().to_vec();
    let nonce = key(hash_key, secret)?.seal_in_place_append_tag(Aad::empty(), &mut sealed).ok()?;
    Some([nonce.as_ref().as_slice(), &sealed].concat())
}

/// Opens what was sealed for this secret; none for another one, or when a bit of it differs.
#[must_use]
pub fn open(hash_key: &HashKey, secret: &str, sealed: &[u8]) -> Option<String> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let mut sealed = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let text = key(hash_key, secret)?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
    String::from_utf8(text.to_vec()).ok()
}
