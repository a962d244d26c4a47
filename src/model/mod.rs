//! The nouns: what a person, a team, a membership, a token is. No I/O, no rules about who may change them.

pub mod age;
pub mod api_key;
pub mod connection;
pub mod contact;
pub mod device;
pub mod hook;
pub mod id;
pub mod membership;
pub mod mobile;
pub mod policy;
pub mod role;
pub mod session;
pub mod sign_in;
pub mod team;
pub mod team_request;
pub mod team_settings;
pub mod token;
pub mod unseen;
pub mod user;
pub mod words;

pub use id::Id;
pub use membership::{Membership, TeamRole};
pub use team::Team;
pub use token::{Scope, TokenMode};
pub use user::User;
