//! Every behaviour, as facts: a real server on a real database, each fact on both engines from one source.

mod harness;
mod source;

mod house;
mod scim;
