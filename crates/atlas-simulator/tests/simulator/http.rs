//! A small HTTP/1.1 client with its own digest authentication, so that the tests control every byte. Of live migrations
//! it has only the paths and the bodies.

use atlas_simulator::{Config, Simulator};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use sha2::Sha256;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

pub(crate) const GROUP: &str = "e01c9427f054fe80745f3f6c";
pub(crate) const V2023: &str = "application/vnd.atlas.2023-01-01+json";
pub(crate) const V2024: &str = "application/vnd.atlas.2024-05-30+json";
/// A timeout that only a failing test reaches.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A simulator with a frozen clock.
pub(crate) fn frozen() -> Simulator {
    Simulator::start(Config { speed: 0.0, ..Config::default() }).unwrap()
}

/// A valid body in the 2024-05-30 format.
pub(crate) fn body(cluster: &str, host: &str) -> Value {
    json!({
        "source": {
            "groupId": "9b43a5b329223c3a1591a678", "clusterName": "A", "username": "u", "password": "hunter2",
            "ssl": true, "managedAuthentication": false,
        },
        "destination": {"groupId": GROUP, "clusterName": cluster, "hostnameSchemaType": "PUBLIC"},
        "migrationHosts": [host],
    })
}

pub(crate) fn path(rest: &str) -> String {
    format!("/api/atlas/v2/groups/{GROUP}/liveMigrations{rest}")
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn code(&self) -> String {
        self.json()["errorCode"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["_id"].as_str().unwrap().to_owned()
    }
}

/// Opens a connection when it has none.
pub(crate) struct Client {
    address: String,
    stream: Option<BufReader<TcpStream>>,
    pub(crate) digest: Digest,
}

impl Client {
    pub(crate) fn new(simulator: &Simulator) -> Self {
        Self::with_key(simulator, Config::PUBLIC_KEY, Config::PRIVATE_KEY)
    }

    pub(crate) fn with_key(simulator: &Simulator, key: &str, secret: &str) -> Self {
        Self::at(&simulator.url(), key, secret)
    }

    pub(crate) fn at(url: &str, key: &str, secret: &str) -> Self {
        let digest = Digest {
            key: key.to_owned(),
            secret: secret.to_owned(),
            nonce: String::new(),
            count: 0,
            algorithm: "MD5".to_owned(),
            opaque: None,
        };
        Self { address: url.trim_start_matches("http://").to_owned(), stream: None, digest }
    }

    /// Writes a request and doesn't wait for the response.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> io::Result<()> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_read_timeout(Some(LONG))?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(body);
        stream.get_mut().write_all(request.as_bytes())
    }

    /// Reads a response, and drops the connection when that fails.
    pub(crate) fn receive(&mut self) -> io::Result<Response> {
        let result = receive(self.stream.as_mut().unwrap());
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    pub(crate) fn raw(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Response> {
        self.send(method, path, headers, body)?;
        self.receive()
    }

    pub(crate) fn disconnect(&mut self) {
        self.stream = None;
    }

    /// Gets a nonce from a request without credentials.
    pub(crate) fn challenge(&mut self) -> Response {
        let response = self.raw("GET", &path("/validate"), &[], "").unwrap();
        assert_eq!(response.status, 401);
        self.digest.take(response.header("www-authenticate").unwrap());
        response
    }

    /// Writes a request with credentials, after a challenge when there is no nonce yet.
    pub(crate) fn send_signed(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<()> {
        if self.digest.nonce.is_empty() {
            self.challenge();
        }
        let authorization = self.digest.sign(method, path);
        let mut headers = headers.to_vec();
        headers.push(("authorization", &authorization));
        self.send(method, path, &headers, body)
    }

    pub(crate) fn signed(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Response> {
        self.send_signed(method, path, headers, body)?;
        self.receive()
    }

    pub(crate) fn create(&mut self, body: &Value) -> Response {
        self.try_create(body).unwrap()
    }

    pub(crate) fn try_create(&mut self, body: &Value) -> io::Result<Response> {
        self.signed("POST", &path(""), &[("accept", V2024), ("content-type", V2024)], &body.to_string())
    }

    pub(crate) fn validate(&mut self, body: &Value) -> Response {
        let headers = [("accept", V2024), ("content-type", V2024)];
        self.signed("POST", &path("/validate"), &headers, &body.to_string()).unwrap()
    }

    /// GET of a path below `liveMigrations`.
    pub(crate) fn get(&mut self, rest: &str) -> Response {
        self.try_get(rest).unwrap()
    }

    pub(crate) fn try_get(&mut self, rest: &str) -> io::Result<Response> {
        self.signed("GET", &path(rest), &[("accept", V2023)], "")
    }

    pub(crate) fn cut_over(&mut self, id: &str) -> Response {
        self.signed("PUT", &path(&format!("/{id}/cutover")), &[("accept", V2023)], "").unwrap()
    }
}

/// The client side of digest authentication.
#[derive(Clone)]
pub(crate) struct Digest {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) nonce: String,
    pub(crate) count: u32,
    pub(crate) algorithm: String,
    pub(crate) opaque: Option<String>,
}

impl Digest {
    /// Takes the parameters from a challenge.
    pub(crate) fn take(&mut self, challenge: &str) {
        let part = |name: &str| {
            let rest = challenge.split_once(&format!("{name}="))?.1;
            Some(rest.trim_start_matches('"').split(['"', ',']).next()?.to_owned())
        };
        self.nonce = part("nonce").unwrap();
        self.algorithm = part("algorithm").unwrap();
        self.opaque = part("opaque");
        self.count = 0;
    }

    /// An Authorization header with the next nonce count.
    pub(crate) fn sign(&mut self, method: &str, uri: &str) -> String {
        self.count += 1;
        self.sign_with(method, uri, self.count)
    }

    pub(crate) fn sign_with(&self, method: &str, uri: &str, count: u32) -> String {
        let Self { key, secret, nonce, algorithm, .. } = self;
        let (realm, cnonce) = ("MMS Public API", "0a4f113b");
        let mut user = self.hash(&format!("{key}:{realm}:{secret}"));
        if algorithm.ends_with("-sess") {
            user = self.hash(&format!("{user}:{nonce}:{cnonce}"));
        }
        let request = self.hash(&format!("{method}:{uri}"));
        let response = self.hash(&format!("{user}:{nonce}:{count:08x}:{cnonce}:auth:{request}"));
        let opaque = self.opaque.as_ref().map(|opaque| format!(", opaque=\"{opaque}\"")).unwrap_or_default();
        format!(
            "Digest username=\"{key}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={algorithm}, \
             qop=auth, nc={count:08x}, cnonce=\"{cnonce}\", response=\"{response}\"{opaque}"
        )
    }

    fn hash(&self, text: &str) -> String {
        let bytes =
            if self.algorithm.starts_with("SHA") { Sha256::digest(text).to_vec() } else { Md5::digest(text).to_vec() };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn receive(stream: &mut BufReader<TcpStream>) -> io::Result<Response> {
    let status_line = line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    let mut headers = Vec::new();
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut response = Response { status, headers, body: Vec::new() };
    if response.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = usize::from_str_radix(&line(stream)?, 16).map_err(io::Error::other)?;
            let mut chunk = vec![0; size];
            stream.read_exact(&mut chunk)?;
            line(stream)?;
            if size == 0 {
                break;
            }
            response.body.extend(chunk);
        }
    } else {
        let length = response.header("content-length").map_or(0, |length| length.parse().unwrap());
        response.body = vec![0; length];
        stream.read_exact(&mut response.body)?;
    }
    Ok(response)
}

/// A line without its line break.
fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
