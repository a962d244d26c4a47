//! Stand-ins for providers, over real sockets, with the troubles that a test asks for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a mail server does with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// Takes it.
    Take,
    /// Answers this to the recipient.
    Refuse(&'static str),
    /// Takes the message, and closes the connection without saying so.
    TakeAndVanish,
    /// Says nothing.
    Silence,
}

/// What a mail server has seen.
#[derive(Default)]
pub struct Mails {
    /// What it does, message by message; it takes what nothing is said of.
    pub posts: VecDeque<Post>,
    /// What it took: (recipient, message).
    pub taken: Vec<(String, String)>,
}

/// A running mail server.
#[derive(Clone)]
pub struct FakeSmtp {
    mails: Arc<Mutex<Mails>>,
    /// Its setting.
    pub url: String,
}

impl FakeSmtp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let mails = Arc::new(Mutex::new(Mails::default()));
        let shared = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let mails = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = converse(socket, &mails).await;
                });
            }
        });
        Self { mails, url }
    }

    /// What it has seen.
    pub fn mails(&self) -> MutexGuard<'_, Mails> {
        self.mails.lock().expect("the mails")
    }

    /// What it does with the next message.
    pub fn next(&self, post: Post) {
        self.mails().posts.push_back(post);
    }
}

async fn converse(socket: TcpStream, mails: &Mutex<Mails>) -> std::io::Result<()> {
    let post = mails.lock().expect("the mails").posts.pop_front().unwrap_or(Post::Take);
    let (reader, mut writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    if post == Post::Silence {
        // Until the other side gives up.
        while lines.next_line().await?.is_some() {}
        return Ok(());
    }
    let mut to = String::new();
    writer.write_all(b"220 fake\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let reply = match line.split(' ').next().unwrap_or_default() {
            "RCPT" => {
                to = line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
                if let Post::Refuse(reply) = post { reply } else { "250 ok" }
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text.push_str(&line);
                    text.push('\n');
                }
                mails.lock().expect("the mails").taken.push((to.clone(), text));
                if post == Post::TakeAndVanish {
                    return Ok(());
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// A request that came by HTTP.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub authorization: String,
    pub body: String,
}

impl Asked {
    /// A field of a form.
    pub fn field(&self, name: &str) -> String {
        let mut fields = form_urlencoded::parse(self.body.as_bytes());
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

/// What a provider has seen, and will answer.
#[derive(Default)]
pub struct Calls {
    /// The answers, request by request: status and body. 200 and `{}` where nothing is said.
    pub answers: VecDeque<(u16, String)>,
    pub asked: Vec<Asked>,
}

/// A running provider.
#[derive(Clone)]
pub struct FakeHttp {
    calls: Arc<Mutex<Calls>>,
    pub origin: String,
}

impl FakeHttp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let calls = Arc::new(Mutex::new(Calls::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { calls, origin }
    }

    pub fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().expect("the calls")
    }

    /// What it answers next.
    pub fn next(&self, status: u16, body: impl Into<String>) {
        self.calls().answers.push_back((status, body.into()));
    }
}

async fn answer(State(calls): State<Arc<Mutex<Calls>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let asked = Asked {
        path: uri.path().to_owned(),
        authorization: text("authorization"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let mut calls = calls.lock().expect("the calls");
    calls.asked.push(asked);
    let (status, body) = calls.answers.pop_front().unwrap_or_else(|| (200, "{}".to_owned()));
    let answer = Response::builder().status(status).header("location", "/elsewhere");
    answer.body(Body::from(body)).expect("an answer")
}
