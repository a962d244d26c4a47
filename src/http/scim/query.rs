//! Query parameters of SCIM requests (RFC 7644 §3.4.2): form-decoded, because clients send `+` for a space.

use std::collections::HashMap;

use axum::http::Uri;

use crate::scim::ScimError;
use crate::scim::search::PARAMETERS;

/// The parameters by name. Names nobody knows are there and never asked for.
pub struct Query(HashMap<String, String>);

impl Query {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// `invalidValue` when a parameter that counts is given twice.
    pub fn read(uri: &Uri) -> Result<Self, ScimError> {
        let mut found = HashMap::new();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            let known = PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(&name));
            if let Some(known) = known
                && found.insert((*known).to_owned(), value.into_owned()).is_some()
            {
                return Err(ScimError::value(format!("{known} is given twice")));
            }
        }
        Ok(Self(found))
    }

    /// A query of one parameter.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Self {
        Self(HashMap::from([(name.to_owned(), value.to_owned())]))
    }

    /// One parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
