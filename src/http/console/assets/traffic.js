// SCIM requests and Okta's events.
