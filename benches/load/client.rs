//! A small HTTP/1.1 client: it must cost less than what it measures.

use std::io::{Error, Result};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// One request of an operation.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub body: String,
}

/// One connection, kept open.
pub struct Client {
    stream: BufReader<TcpStream>,
    root: &'static str,
    authorization: String,
}

impl Client {
    /// To `/scim/v2`, by a token.
    pub async fn connect(port: u16, token: &str) -> Result<Self> {
        Self::to(port, "/scim/v2", format!("Bearer {token}")).await
    }

    /// To `/webhooks/okta`, by a hook's secret.
    pub async fn to_hooks(port: u16, secret: &str) -> Result<Self> {
        Self::to(port, "/webhooks/okta", secret.to_owned()).await
    }

    async fn to(port: u16, root: &'static str, authorization: String) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream), root, authorization })
    }

    /// Sends one request and reads the whole answer: its body, when it says success.
    pub async fn send(&mut self, ask: &Ask) -> Result<Vec<u8>> {
        let head = format!(
            "{} {}/{} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {}\r\nuser-agent: load\r\n\
             content-type: application/scim+json\r\ncontent-length: {}\r\n\r\n",
            ask.method,
            self.root,
            ask.path,
            self.authorization,
            ask.body.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.write_all(ask.body.as_bytes()).await?;
        let (mut line, mut status, mut length) = (String::new(), 0_u16, 0);
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(Error::other("the server closed the connection"));
            }
            if line == "\r\n" {
                break;
            }
            if status == 0 {
                status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(999);
            } else if let Some((_, size)) =
                line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = size.trim().parse().map_err(Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        if status >= 300 {
            let said = String::from_utf8_lossy(&body);
            return Err(Error::other(format!("{} {} was answered {status} {said}", ask.method, ask.path)));
        }
        Ok(body)
    }
}
