//! Passwords of break-glass accounts: argon2id, off the threads that serve requests, few at once.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::secret;
use crate::error::{Error, Result};

/// A password has at least so many characters.
pub const SHORTEST: usize = 15;
/// And at most so many bytes, all of which count.
pub const LONGEST: usize = 1_024;
/// How many are checked at once: each takes 19 MiB.
const AT_ONCE: usize = 4;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// OWASP's least for argon2id: 19 MiB, two passes, one lane.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// What the password of an account that is not there is held against, at the same cost. No password gives it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cm9sbGNhbGxyb2xsY2FsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks hashes.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Demands that a new password is long enough, and not longer than what is hashed.
///
/// # Errors
/// [`Error::Invalid`].
pub fn judge(password: &SecretString) -> Result<()> {
    let text = password.expose_secret();
    if text.chars().count() < SHORTEST {
        return Err(Error::invalid("password", format!("must be at least {SHORTEST} characters long")));
    }
    if text.len() > LONGEST {
        return Err(Error::invalid("password", format!("must be at most {LONGEST} bytes long")));
    }
    Ok(())
}

impl Passwords {
    /// The hash of a password, under a salt of its own.
    ///
    /// # Errors
    /// [`Error::Limited`] when too many wait.
    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.apart(move || {
            let salt = SaltString::encode_b64(&secret::random_bytes::<16>());
            let salt = salt.map_err(|error| Error::internal(error.to_string()))?;
            let hash = argon2()?.hash_password(password.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
        })
        .await
    }

    /// Whether this is the password; none there takes just as long, and is never right.
    ///
    /// # Errors
    /// [`Error::Limited`] when too many wait.
    pub async fn verify(&self, hash: Option<String>, password: &SecretString) -> Result<bool> {
        let password = password.clone();
        self.apart(move || {
            let kept = hash.as_deref().unwrap_or(NOBODYS);
            let kept = PasswordHash::new(kept).map_err(|error| Error::internal(error.to_string()))?;
            let is_right = argon2()?.verify_password(password.expose_secret().as_bytes(), &kept).is_ok();
            Ok(is_right && hash.is_some())
        })
        .await
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let waiting = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(permit)) = waiting else {
            return Err(Error::Limited { why: "Too many passwords are being checked.".into(), seconds: 1 });
        };
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(Error::internal)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_byte_of_a_long_password_counts() {
        let passwords = Passwords::default();
        let of = |last: char| SecretString::from(format!("{}{last}", "x".repeat(199)));
        let hash = passwords.hash(&of('a')).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(Some(hash.clone()), &of('a')).await.expect("an answer"));
        assert!(!passwords.verify(Some(hash), &of('b')).await.expect("an answer"));
        assert!(!passwords.verify(None, &of('a')).await.expect("an answer"));
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        assert!(judge(&"x".repeat(SHORTEST).into()).is_ok());
        for length in [0, SHORTEST - 1, LONGEST + 1] {
            let refusal = judge(&"x".repeat(length).into()).expect_err("a refusal").to_string();
            assert!(refusal.starts_with("password: "), "{refusal}");
        }
    }
}
