//! The HTTP server: accepts connections, serves each one with hyper, and owns every task, so that no panic is lost. It
//! is independent of what the responses contain.

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
/// Panics when a task has panicked, so that the panic reaches the thread that owns the server.
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
            Some(result) = tasks.join_next() => propagate_panic(result),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Without it, responses wait for acknowledgements. A failure only makes them slower.
                    let _ = stream.set_nodelay(true);
                    let number = shared.update(|state| {
                        state.connections += 1;
                        state.connections
                    });
                    let connection = Connection::new(number);
                    let socket = Socket::new(stream, Arc::clone(&connection));
                    tasks.spawn(serve_connection(socket, connection, Arc::clone(&shared), control.clone()));
                }
                // No file descriptor is left, or the connection broke before it was accepted. Try the next one.
                Err(_) => tokio::task::yield_now().await,
            },
        }
    }
    while let Some(result) = tasks.try_join_next() {
        propagate_panic(result);
    }
}

fn propagate_panic(result: Result<(), JoinError>) {
    if let Err(error) = result
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Serves one connection until either side closes it or it is reset.
async fn serve_connection(socket: Socket, connection: Arc<Connection>, shared: Arc<Shared>, control: Router) {
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            let (connection, shared, control) = (Arc::clone(&connection), Arc::clone(&shared), control.clone());
            async move { Ok::<_, Infallible>(respond(request, connection, shared, control).await) }
        })
    };
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        // An error comes from a disconnected client or from a fault. Both are in the record.
        _ = serving => {}
        () = connection.reset_requested() => {}
    }
}

async fn respond(
    request: hyper::Request<Incoming>,
    connection: Arc<Connection>,
    shared: Arc<Shared>,
    control: Router,
) -> Response {
    let request = request.map(Body::new);
    if request.uri().path().starts_with("/simulator") {
        return control.oneshot(request).await.unwrap_or_else(|never| match never {});
    }
    exchange::respond(request, connection, shared).await
}

/// Binds to a loopback address.
pub(crate) fn bind(address: std::net::SocketAddr) -> io::Result<std::net::TcpListener> {
    if !address.ip().is_loopback() {
        let message = "the simulator listens only on loopback addresses";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
