//! The HTTP server: accepts connections, drives each one with hyper, and owns every task, so that no panic is lost; it must not
//! know what is answered.

use crate::control;
use crate::exchange;
use crate::shared::{Shared, Task};
use crate::socket::{Connection, Socket};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tower::ServiceExt as _;

/// Serves until `stop` is sent or dropped.
///
/// # Panics
///
/// Panics when a task panicked, so that the thread that owns the server learns of it.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut new_tasks: mpsc::UnboundedReceiver<Task>,
    mut stop: oneshot::Receiver<()>,
) {
    let control = control::router(Arc::clone(&shared));
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Some(task) = new_tasks.recv() => {
                tasks.spawn(task);
            }
            Some(ended) = tasks.join_next() => pass_on_panic(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Without it answers wait for acknowledgements; if it fails they do, and nothing else changes.
                    let _ = stream.set_nodelay(true);
                    let number = shared.update(|state| {
                        state.connections += 1;
                        state.connections
                    });
                    let connection = Connection::new(number);
                    let socket = Socket::new(stream, Arc::clone(&connection));
                    tasks.spawn(drive(socket, connection, Arc::clone(&shared), control.clone()));
                }
                // Out of file descriptors, or a connection that broke before it was accepted: the next may do better.
                Err(_) => tokio::task::yield_now().await,
            },
        }
    }
    while let Some(ended) = tasks.try_join_next() {
        pass_on_panic(ended);
    }
}

fn pass_on_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Drives one connection until it is closed by either side or reset.
async fn drive(socket: Socket, connection: Arc<Connection>, shared: Arc<Shared>, control: Router) {
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let (connection, shared, control) = (Arc::clone(&connection), Arc::clone(&shared), control.clone());
            async move { Ok::<_, Infallible>(answer(request, connection, shared, control).await) }
        })
    };
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        // An error is the client's leaving or a fault's doing; both are in the record.
        _ = served => {}
        () = connection.is_reset() => {}
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
    control: Router,
) -> Response {
    let request = request.map(Body::new);
    if request.uri().path().starts_with("/simulator") {
        return control.oneshot(request).await.unwrap_or_else(|never| match never {});
    }
    exchange::answer(request, connection, shared).await
}

/// Binds to a loopback address.
pub(crate) fn bind(address: std::net::SocketAddr) -> io::Result<std::net::TcpListener> {
    if !address.ip().is_loopback() {
        let message = "the simulator listens on loopback addresses only";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
