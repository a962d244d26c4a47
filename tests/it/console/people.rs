//! People and teams.
