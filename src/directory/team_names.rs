//! Names that no team is given: words of the protocol and of authority, which people and programs would take for
//! something else.

use crate::error::{Error, Result};
use crate::model::unseen::is_unseen;
use crate::scim::ScimError;
use crate::scim::text::fold;

/// All of them, by any letter case. Who bears one already keeps it.
const RESERVED: [&str; 7] = [".search", "admin", "bulkId", "Me", "PLATFORM_ADMIN", "rollcall", "system"];
const TOLD: &str = "is a reserved name: choose another one";

/// Whether a name reads as a reserved one: whatever its letter case and form, and whatever is not seen in it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let seen: String = name.chars().filter(|letter| !is_unseen(*letter)).collect();
    let read = fold(&seen);
    RESERVED.iter().any(|word| fold(word) == read.trim())
}

/// Refuses to give a team of the platform's a reserved name.
///
/// # Errors
/// [`Error::Invalid`] for `name`.
pub fn demand_free(name: &str) -> Result<()> {
    if is_reserved(name) { Err(Error::invalid("name", TOLD)) } else { Ok(()) }
}

/// The same over SCIM, where it is the group's name: a name that it bears already is none that it is given.
///
/// # Errors
/// [`Error::Scim`] with `invalidValue`.
pub fn demand_free_group(before: Option<&str>, name: &str) -> Result<()> {
    if before.map(fold) == Some(fold(name)) || !is_reserved(name) {
        return Ok(());
    }
    Err(ScimError::value(format!("displayName {TOLD} for the group.")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_name_is_one_however_it_is_written() {
        for name in [
            "admin",
            "ADMIN",
            "Ａｄｍｉｎ",
            " admin\u{a0}",
            "ad\u{200b}min",
            "\u{feff}ad\u{ad}m\u{2060}in",
            "\u{202e}admin",
            "\u{3164}admin",
            "ad\u{7f}m\u{2800}in",
            "ad\u{fe0f}m\u{e0061}i\u{1d159}n",
            "\u{2003}admin\u{3000}",
            "me",
            "ME",
            "bulkid",
            ".Search",
            "System",
            "platform_admin",
            "RollCall",
        ] {
            assert!(is_reserved(name), "{name:?}");
        }
    }

    #[test]
    fn names_that_only_hold_a_reserved_word_are_free() {
        for name in ["Admins", "admin team", "ádmin", "Media", "search", "systems", "m e", "", "\u{200b}"] {
            assert!(!is_reserved(name), "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_borne_already_is_not_given() {
        assert!(demand_free_group(Some("Admin"), "ADMIN").is_ok());
        for (before, name) in [(None, "admin"), (Some("Ops"), "admin"), (Some("admin"), "ad\u{200b}min")] {
            assert!(demand_free_group(before, name).is_err(), "{before:?} {name:?}");
        }
    }
}
