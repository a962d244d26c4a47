//! Bodies as they come in: whole, and never more than their limit.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::listener::is_body_timeout;
use super::room::Place;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than the limit.
    TooLarge,
    /// It did not come in time.
    Late,
    /// It broke off before its end.
    Broken,
    /// There is no room for it beside other large ones.
    Crowded,
}

/// Reads a whole body, never more than `limit` bytes of it.
///
/// # Errors
/// Why it was not read.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Unread> {
    read_into(headers, body, limit, None).await
}

/// The same into a place, which grows with what has come: who announces much and sends little takes little.
///
/// # Errors
/// Why it was not read.
pub async fn read_into(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    mut place: Option<&mut Place>,
) -> Result<Bytes, Unread> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(Unread::TooLarge);
    }
    // Room for what was announced, so that a large body is not copied again and again while it grows.
    let mut read = BytesMut::with_capacity(declared.unwrap_or(0));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| if is_body_timeout(&error) { Unread::Late } else { Unread::Broken })?;
        if let Some(data) = frame.data_ref() {
            if read.len() + data.len() > limit {
                return Err(Unread::TooLarge);
            }
            if let Some(place) = place.as_deref_mut() {
                place.widen(read.len() + data.len()).await.map_err(|_| Unread::Crowded)?;
            }
            read.extend_from_slice(data);
        }
    }
    Ok(read.freeze())
}
