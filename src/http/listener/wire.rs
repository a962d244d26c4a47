//! The socket with a clock on it: a client that neither sends nor reads in time is cut off.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::Limits;
use super::opening::Opening;

/// A socket closed with unread input resets, and the client loses the answer that told it why.
const LINGER: Duration = Duration::from_secs(1);
/// As much as the largest body that is taken, twice over: who writes it whole before reading is told why it was not.
const LINGER_BYTES: usize = 32 * 1024 * 1024;

const HEADER: u8 = 0;
const OURS: u8 = 1;
const IDLE: u8 = 2;
const READ: u8 = 3;

/// Whose turn it is on one connection: the client's (mid-header or idle) or ours.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Arc<AtomicU8>);

impl Turn {
    /// A whole header is in; the handler and the body deadline take over.
    pub fn to_us(&self) {
        self.0.store(OURS, Ordering::Relaxed);
    }

    /// The body is in, to its end.
    pub fn body_is_in(&self) {
        let _ = self.0.compare_exchange(OURS, READ, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Whether the whole request was read: else nothing can follow it on its connection.
    pub fn is_body_in(&self) -> bool {
        self.phase() == READ
    }

    /// The answer is out; the client may be silent for a while.
    pub fn to_client(&self) {
        self.0.store(IDLE, Ordering::Relaxed);
    }

    fn first_byte(&self) {
        // Only the first one: later bytes of the same header must not move its deadline.
        let _ = self.0.compare_exchange(IDLE, HEADER, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn phase(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A timer that can be off.
struct Countdown {
    alarm: Pin<Box<Sleep>>,
    running: bool,
}

impl Countdown {
    fn off() -> Self {
        Self { alarm: Box::pin(sleep(Duration::ZERO)), running: false }
    }

    fn start(&mut self, limit: Duration) {
        self.alarm.as_mut().reset(Instant::now() + limit);
        self.running = true;
    }

    fn start_once(&mut self, limit: Duration) {
        if !self.running {
            self.start(limit);
        }
    }

    fn stop(&mut self) {
        self.running = false;
    }

    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.running && self.alarm.as_mut().poll(cx).is_ready()
    }
}

/// A connection's socket, timed both ways.
pub(super) struct Wire {
    stream: TcpStream,
    opening: Opening,
    turn: Turn,
    seen: u8,
    reading: Countdown,
    writing: Countdown,
    limits: Limits,
    lingering: Option<usize>,
}

impl Wire {
    pub fn new(stream: TcpStream, opening: Opening, turn: Turn, limits: Limits) -> Self {
        let mut reading = Countdown::off();
        reading.start(limits.header_timeout);
        Self { stream, opening, turn, seen: HEADER, reading, writing: Countdown::off(), limits, lingering: None }
    }

    fn follow_turn(&mut self) {
        let phase = self.turn.phase();
        if phase == self.seen {
            return;
        }
        self.seen = phase;
        match phase {
            HEADER => self.reading.start(self.limits.header_timeout),
            IDLE => self.reading.start(self.limits.idle),
            _ => self.reading.stop(),
        }
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_pending() {
            self.writing.start_once(self.limits.write_stall);
            return if self.writing.is_over(cx) { late("the client does not read") } else { Poll::Pending };
        }
        self.writing.stop();
        if self.seen == IDLE {
            // The tail of the answer was still under way: the silence begins after it.
            self.reading.start(self.limits.idle);
        }
        outcome
    }

    fn linger(&mut self, cx: &mut Context<'_>, mut left: usize) -> Poll<io::Result<()>> {
        let mut scrap = [0; 8 * 1024];
        while left > 0 && !self.reading.is_over(cx) {
            let mut buffer = ReadBuf::new(&mut scrap);
            let read = Pin::new(&mut self.stream).poll_read(cx, &mut buffer);
            self.lingering = Some(left);
            match ready!(read) {
                Ok(()) if !buffer.filled().is_empty() => left = left.saturating_sub(buffer.filled().len()),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn late<T>(why: &'static str) -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.opening.give(buffer) {
            return Poll::Ready(Ok(()));
        }
        wire.follow_turn();
        let outcome = Pin::new(&mut wire.stream).poll_read(cx, buffer);
        if outcome.is_ready() {
            wire.turn.first_byte();
        } else if wire.reading.is_over(cx) {
            return late("the client does not send");
        }
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let outcome = Pin::new(&mut wire.stream).poll_write(cx, bytes);
        wire.written(cx, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let outcome = Pin::new(&mut wire.stream).poll_write_vectored(cx, slices);
        wire.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A TCP flush has nothing to wait for, so there is nothing to time.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if let Some(left) = wire.lingering {
            return wire.linger(cx, left);
        }
        ready!(Pin::new(&mut wire.stream).poll_shutdown(cx))?;
        wire.reading.start(LINGER);
        wire.linger(cx, LINGER_BYTES)
    }
}
