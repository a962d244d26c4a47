//! The first header of a connection, read before anything is built for its client.
//!
//! Hyper keeps 16 KiB and more for a connection that has said nothing yet. A client that is silent or slow costs here
//! what it has sent, and hyper meets it when its first header is whole.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::MAX_HEADER_BYTES;

/// What is read at once; most headers fit.
const CHUNK: usize = 2 * 1024;

/// What a client has said before hyper was called.
#[derive(Debug, Default)]
pub(super) struct Opening {
    said: Vec<u8>,
    is_whole: bool,
}

impl Opening {
    /// Reads until the first header is whole, or is nothing that waiting could make one. None when the client has gone,
    /// took longer than `patience`, or has said nothing when the server stops.
    pub async fn read(stream: &TcpStream, patience: Duration, stopping: &mut watch::Receiver<bool>) -> Option<Self> {
        let deadline = Instant::now() + patience;
        let mut opening = Self::default();
        while !opening.is_enough() {
            let is_silent = opening.said.is_empty();
            tokio::select! {
                ready = timeout_at(deadline, stream.readable()) => ready.ok()?.ok()?,
                _ = stopping.wait_for(|stop| *stop), if is_silent => return None,
            }
            opening.take_in(stream).ok()?;
        }
        Some(opening)
    }

    /// Takes what is there without waiting; the end of the stream is an error.
    fn take_in(&mut self, stream: &TcpStream) -> io::Result<()> {
        let mut chunk = [0; CHUNK];
        match stream.try_read(&mut chunk) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => self.add(&chunk[..read]),
            // Told too early that there is something to read.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Only what is new is looked through: a dribble must not cost the square of its length.
    fn add(&mut self, bytes: &[u8]) {
        let unseen = self.said.len().saturating_sub(2);
        self.said.extend_from_slice(bytes);
        self.is_whole |= has_blank_line(&self.said[unseen..]);
    }

    /// Whether hyper can say something to it: a whole header, one too large, or no HTTP at all.
    fn is_enough(&self) -> bool {
        let is_method = |first: &u8| first.is_ascii_uppercase();
        self.is_whole || self.said.len() > MAX_HEADER_BYTES || !self.said.first().is_none_or(is_method)
    }

    /// Moves what was said into a buffer; false when nothing is left.
    pub fn give(&mut self, buffer: &mut tokio::io::ReadBuf<'_>) -> bool {
        if self.said.is_empty() {
            return false;
        }
        let fits = self.said.len().min(buffer.remaining());
        buffer.put_slice(&self.said[..fits]);
        self.said = self.said.split_off(fits);
        true
    }
}

/// Whether a header ends in it: lines end in LF, with or without a CR (RFC 9112 §2.2).
fn has_blank_line(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(bytes: &[u8], piece: usize) -> Opening {
        let mut opening = Opening::default();
        bytes.chunks(piece).for_each(|piece| opening.add(piece));
        opening
    }

    #[test]
    fn hyper_is_called_for_a_whole_header_a_huge_one_or_no_http() {
        let enough = |bytes: &[u8]| opened(bytes, bytes.len().max(1)).is_enough();
        assert!(!enough(b""));
        assert!(!enough(b"GET / HTTP/1.1\r\nhost: x\r\n"));
        assert!(!enough(b"GET / HTTP/1.1\r\nhost: x\r\n\r"));
        assert!(enough(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
        assert!(enough(b"GET / HTTP/1.1\nhost: x\n\n{}"));
        assert!(enough(b"\x16\x03\x01"), "a TLS greeting is refused at once");
        assert!(enough(&vec![b'G'; MAX_HEADER_BYTES + 1]));
    }

    #[test]
    fn a_header_that_comes_in_pieces_ends_where_it_ends() {
        let header = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        for piece in 1..=header.len() {
            assert!(opened(header, piece).is_enough(), "{piece}");
            assert!(!opened(&header[..header.len() - 1], piece).is_enough(), "{piece}");
        }
    }

    #[test]
    fn what_was_said_is_given_once_and_whole() {
        let mut opening = opened(b"abcdef", 6);
        let mut bytes = [0; 4];
        let mut given = Vec::new();
        loop {
            let mut buffer = tokio::io::ReadBuf::new(&mut bytes);
            if !opening.give(&mut buffer) {
                break;
            }
            given.extend_from_slice(buffer.filled());
        }
        assert_eq!(given, b"abcdef");
    }
}
