//! A small HTTP/1.1 server with scripted replies, including malformed ones.
//!
//! It doesn't depend on Atlas: the function that it is started with chooses the replies.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) connection: usize,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The reply to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A complete response: status, header lines, body.
    Response(u16, Vec<String>, String),
    /// The connection is closed without a response.
    Close,
    /// These bytes, then the connection is closed.
    Half(String),
    /// Waits for [`Server::release`] before the response, and counts a client that disconnects in the meantime.
    Hold(u16, String),
    /// A 200 with a body of that many bytes.
    Huge(usize),
    /// The connection is reset.
    Reset,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Response(status, vec!["content-type: application/json".into()], body.into())
    }

    pub(crate) fn with(status: u16, headers: &[&str], body: &str) -> Self {
        Self::Response(status, headers.iter().map(ToString::to_string).collect(), body.into())
    }
}

type Respond = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// A running server, which stops with the runtime of its test.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    respond: Box<Respond>,
    requests: Mutex<Vec<Request>>,
    count: watch::Sender<usize>,
    released: watch::Sender<bool>,
    disconnected: AtomicUsize,
}

impl Server {
    /// Replies to request number `n`, counted from 0, with `respond(request, n)`.
    pub(crate) async fn start(respond: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            respond: Box::new(respond),
            requests: Mutex::default(),
            count: watch::channel(0).0,
            released: watch::channel(false).0,
            disconnected: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            for connection in 1.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let shared = Arc::clone(&accepting);
                tokio::spawn(async move { shared.serve(stream, connection).await });
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// Returns when that many requests have arrived.
    pub(crate) async fn received(&self, count: usize) {
        self.shared.count.subscribe().wait_for(|seen| *seen >= count).await.unwrap();
    }

    /// Releases every held reply, and every later one.
    pub(crate) fn release(&self) {
        self.shared.released.send_replace(true);
    }

    /// The number of clients that disconnected while their reply was held.
    pub(crate) fn disconnected(&self) -> usize {
        self.shared.disconnected.load(Ordering::SeqCst)
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream, connection: usize) {
        while let Some(request) = read(&mut stream, connection).await {
            let number = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request.clone());
                requests.len() - 1
            };
            let reply = (self.respond)(&request, number);
            self.count.send_replace(number + 1);
            if !self.reply(&mut stream, reply).await {
                return;
            }
        }
    }

    /// Whether the connection stays open.
    async fn reply(&self, stream: &mut TcpStream, reply: Reply) -> bool {
        let bytes = match reply {
            Reply::Response(status, headers, body) => response(status, &headers, &body),
            Reply::Close => return false,
            Reply::Half(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return false;
            }
            Reply::Hold(status, body) => {
                let mut released = self.released.subscribe();
                let mut byte = [0];
                tokio::select! {
                    _ = released.wait_for(|released| *released) => {}
                    _ = stream.read(&mut byte) => {
                        self.disconnected.fetch_add(1, Ordering::SeqCst);
                        return false;
                    }
                }
                response(status, &[], &body)
            }
            Reply::Huge(size) => response(200, &[], &"x".repeat(size)),
            Reply::Reset => {
                let _ = stream.set_zero_linger();
                return false;
            }
        };
        stream.write_all(&bytes).await.is_ok()
    }
}

fn response(status: u16, headers: &[String], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

async fn read(stream: &mut TcpStream, connection: usize) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let mut request = Request { method, path, body: String::new(), connection, headers };
    let length: usize = request.header("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
