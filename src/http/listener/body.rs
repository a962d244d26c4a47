//! Bodies that know the time: the request's has a deadline, the answer's end passes the turn.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::wire::Turn;

/// The request body was not complete in time; the answer is 408 (RFC 9110 §15.5.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request body took too long")]
pub struct BodyTimeout;

/// Whether an error read from a body is, at its root, the body's deadline.
#[must_use]
pub fn is_body_timeout(error: &(dyn Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |&error| error.source());
    chain.any(<dyn Error>::is::<BodyTimeout>)
}

/// A request body with one deadline for all of it: per-frame time-outs let a dribble pass.
pub(super) struct TimedBody<B> {
    body: B,
    deadline: Instant,
    // Made at the first wait: most bodies are there with the header.
    alarm: Option<Pin<Box<Sleep>>>,
    turn: Turn,
}

impl<B> TimedBody<B> {
    pub fn new(body: B, deadline: Instant, turn: Turn) -> Self
    where
        B: HttpBody,
    {
        if body.is_end_stream() {
            turn.body_is_in();
        }
        Self { body, deadline, alarm: None, turn }
    }
}

impl<B> HttpBody for TimedBody<B>
where
    B: HttpBody + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            if frame.is_none() || this.body.is_end_stream() {
                this.turn.body_is_in();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let deadline = this.deadline;
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        alarm.as_mut().poll(cx).map(|()| Some(Err(BodyTimeout.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body; its end makes it the client's turn.
pub(super) struct Answer {
    body: Body,
    turn: Turn,
}

impl Answer {
    pub fn new(body: Body, turn: Turn) -> Self {
        Self { body, turn }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.turn.to_client();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
