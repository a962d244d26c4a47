//! `/Users`.
