//! Forms that make something carry a one-time value in a hidden field; what they made is found by it when they come again.

use crate::access::once::Once;
use crate::error::{Error, Result};
use crate::http::api::call::Call;

/// The field that carries it.
pub const ONCE_FIELD: &str = "once";
const MISSING: &str = "is not as a page of ours gave it: open the page of the form again, and send it from there";

/// The value that a form brought.
///
/// # Errors
/// [`Error::Invalid`] for a form that brings none.
pub fn brought(call: &Call) -> Result<Once> {
    let given = call.form.first(ONCE_FIELD).filter(|text| text.len() == Once::LENGTH);
    let given = given.ok_or_else(|| Error::invalid(ONCE_FIELD, MISSING))?;
    Ok(Once::of(&call.app.key, call.caller()?, given))
}
