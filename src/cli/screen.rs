//! What a command prints. A reader who went away (`| head -1`) ends it quietly: see `Failure::is_unread`.

use std::io::{self, Write};

use super::Failure;

/// Prints a line on standard output.
///
/// # Errors
/// What the system reports, also that nobody reads any more.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Prints a line on standard error; where nobody reads that either there is nobody to tell.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
