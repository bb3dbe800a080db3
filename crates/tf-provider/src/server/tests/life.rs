//! Stop, the end, and calls that Terraform no longer waits for.

use std::sync::Arc;

use tonic::Request;

use super::super::{close_at_the_end, service::Service};
use super::subject::{Witness, plain, serve, the_error};
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{apply_resource_change, configure, stop};

fn waiting_create() -> Request<apply_resource_change::Request> {
    let (planned_state, config) = (plain("wait"), plain("wait"));
    Request::new(apply_resource_change::Request {
        type_name: "test_subject".into(),
        planned_state,
        config,
        ..Default::default()
    })
}

/// Starts a create that waits, and returns once it does.
async fn start(service: &Arc<Service>, witness: &Witness) -> tokio::task::JoinHandle<apply_resource_change::Response> {
    let service = Arc::clone(service);
    let create =
        tokio::spawn(async move { service.apply_resource_change(waiting_create()).await.unwrap().into_inner() });
    witness.waiting.notified().await;
    create
}

#[tokio::test]
async fn stop_ends_what_runs_and_the_next_walk_runs_anew() {
    let (service, witness, _) = serve();
    let service = Arc::new(service);
    for _ in 0..2 {
        service.configure(Request::new(configure::Request::default())).await.unwrap();
        let create = start(&service, &witness).await;
        assert!(!create.is_finished());
        let answer = service.stop(Request::new(stop::Request {})).await.unwrap().into_inner();
        assert_eq!(answer.error, "");
        assert_eq!(the_error(&create.await.unwrap().diagnostics).0, "Interrupted");
        // Announced before the interrupt, and made after it.
        let late = service.apply_resource_change(waiting_create()).await.unwrap().into_inner();
        assert_eq!(the_error(&late.diagnostics).0, "Interrupted");
        witness.waiting.notified().await;
    }
}

#[tokio::test]
async fn everything_ends_when_terraform_is_gone_and_the_provider_is_closed() {
    let (service, witness, lifecycle) = serve();
    let service = Arc::new(service);
    let closing = tokio::spawn(close_at_the_end(Arc::clone(&service.0)));
    let create = start(&service, &witness).await;
    lifecycle.gone().cancel();
    assert_eq!(the_error(&create.await.unwrap().diagnostics).0, "Interrupted");
    closing.await.unwrap();
    assert_eq!(witness.seen.lock().unwrap().as_slice(), ["stopped", "closed"]);
    // Nothing new is begun.
    let late = service.apply_resource_change(waiting_create()).await.unwrap().into_inner();
    assert_eq!(the_error(&late.diagnostics).0, "Interrupted");
}

#[tokio::test]
async fn call_that_terraform_drops_is_stopped_and_comes_to_its_own_end() {
    let (service, witness, lifecycle) = serve();
    let service = Arc::new(service);
    let create = start(&service, &witness).await;
    // As tonic does when the client resets the stream or is gone; the process itself still waits for a reconnection.
    create.abort();
    assert!(create.await.unwrap_err().is_cancelled());
    witness.ended.notified().await;
    assert!(witness.saw("stopped"));
    assert!(!lifecycle.gone().is_cancelled());
}
