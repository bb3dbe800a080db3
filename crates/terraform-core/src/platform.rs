//! What differs between Unix and Windows: signals, and sockets that are files.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

/// What gRPC runs on.
pub(super) type Socket = Box<dyn Io>;

/// Ends a connection from outside of what uses it.
pub(super) type Cut = Box<dyn FnOnce() + Send>;

/// A stream of bytes in both directions.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Connects to a Unix socket.
#[cfg(unix)]
pub(super) async fn connect_unix(path: &str) -> io::Result<(Socket, Cut)> {
    use tokio::net::UnixStream;
    let stream = UnixStream::connect(path).await?.into_std()?;
    let other = stream.try_clone()?;
    let cut = move || drop(other.shutdown(std::net::Shutdown::Both));
    Ok((Box::new(UnixStream::from_std(stream)?), Box::new(cut)))
}

/// On Windows a plugin listens on TCP.
#[cfg(not(unix))]
#[allow(clippy::unused_async, reason = "the signature of the one for Unix")]
pub(super) async fn connect_unix(_: &str) -> io::Result<(Socket, Cut)> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Sends a signal by its name (`INT`, `TERM`, `KILL`, `STOP`, `CONT`) to a process. It may have ended meanwhile.
///
/// # Panics
/// When there is no such name.
#[cfg(unix)]
pub fn send_signal(pid: u32, name: &str) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match name {
        "INT" => Signal::INT,
        "TERM" => Signal::TERM,
        "KILL" => Signal::KILL,
        "STOP" => Signal::STOP,
        "CONT" => Signal::CONT,
        _ => panic!("no signal is called {name:?}"),
    };
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Ends a process, which is all that Windows can do to one from outside.
///
/// # Panics
/// For any signal but `KILL`: a test that sends another one is for Unix only.
#[cfg(not(unix))]
pub fn send_signal(pid: u32, name: &str) {
    assert_eq!(name, "KILL", "Windows has no other signal");
    // It may have ended meanwhile.
    let _ = std::process::Command::new("taskkill").args(["/F", "/PID", &pid.to_string()]).output();
}
