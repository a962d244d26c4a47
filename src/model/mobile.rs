//! Mobile sign-ins: what an app asks for before one, and the family of tokens it holds after.

use super::Id;
use crate::clock::Time;

/// What an app sent its user to the door with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MobileAttempt {
    /// Where the code goes: one of the registered addresses.
    pub redirect_uri: String,
    /// The app's own challenge, S256 (RFC 7636 §4.2): 43 characters of base64url.
    pub code_challenge: String,
    /// What the app gets back as it sent it.
    pub state: String,
}

/// A one-time code's row; the code itself is nowhere.
#[derive(Clone, Debug)]
pub struct MobileCode {
    /// The row's id, and that of the family it opens.
    pub id: Id,
    /// Whose sign-in it completes.
    pub user_id: Id,
    /// The challenge its verifier must answer.
    pub challenge: String,
    /// When it stops working by itself.
    pub expires_at: Time,
    /// When it was used, or ended.
    pub ended_at: Option<Time>,
}

/// A mobile sign-in: one device, and the chain of refresh tokens that it holds, of which only the newest works.
#[derive(Clone, Debug)]
pub struct Family {
    /// The row's id, which is shown and proves nothing.
    pub id: Id,
    /// Who is signed in.
    pub user_id: Id,
    /// What the app calls the device.
    pub device: Option<String>,
    /// The keyed hash of the newest refresh token.
    pub secret_hash: Vec<u8>,
    /// Which refresh token of the chain that is, the first being 1.
    pub generation: i64,
    /// When the sign-in was.
    pub created_at: Time,
    /// When the newest refresh token was given for the one before it.
    pub last_used_at: Option<Time>,
    /// When it ends whatever is done with it.
    pub expires_at: Time,
    /// When it was ended.
    pub ended_at: Option<Time>,
}
