//! SCIM requests and the events of Okta.
