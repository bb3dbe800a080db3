//! Stop, the end of Terraform, and requests that Terraform drops.

use std::sync::Arc;

use tonic::Request;

use super::super::{close_after_disconnect, service::Service};
use super::fixture::{Recorder, serve};
use super::messages::{plain, the_error};
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{apply_resource_change, configure, stop};

fn waiting_create() -> Request<apply_resource_change::Request> {
    let (planned_state, config) = (plain("wait"), plain("wait"));
    Request::new(apply_resource_change::Request {
        type_name: "test_resource".into(),
        planned_state,
        config,
        ..Default::default()
    })
}

/// Starts a create, and returns when it waits for its cancellation.
async fn start(
    service: &Arc<Service>,
    recorder: &Recorder,
) -> tokio::task::JoinHandle<apply_resource_change::Response> {
    let service = Arc::clone(service);
    let create =
        tokio::spawn(async move { service.apply_resource_change(waiting_create()).await.unwrap().into_inner() });
    recorder.waiting.notified().await;
    create
}

#[tokio::test]
async fn stop_cancels_one_walk_and_not_the_next() {
    let (service, recorder, _) = serve();
    let service = Arc::new(service);
    for _ in 0..2 {
        service.configure(Request::new(configure::Request::default())).await.unwrap();
        let create = start(&service, &recorder).await;
        assert!(!create.is_finished());
        let response = service.stop(Request::new(stop::Request {})).await.unwrap().into_inner();
        assert_eq!(response.error, "");
        assert_eq!(the_error(&create.await.unwrap().diagnostics).0, "Interrupted");
        // Terraform had announced this request before the interrupt, and sends it after it.
        let late = service.apply_resource_change(waiting_create()).await.unwrap().into_inner();
        assert_eq!(the_error(&late.diagnostics).0, "Interrupted");
        recorder.waiting.notified().await;
    }
}

#[tokio::test]
async fn disconnect_cancels_every_request_and_closes_the_provider() {
    let (service, recorder, lifecycle) = serve();
    let service = Arc::new(service);
    let closing = tokio::spawn(close_after_disconnect(Arc::clone(&service.0)));
    let create = start(&service, &recorder).await;
    lifecycle.disconnected().cancel();
    assert_eq!(the_error(&create.await.unwrap().diagnostics).0, "Interrupted");
    closing.await.unwrap();
    assert_eq!(recorder.events.lock().unwrap().as_slice(), ["cancelled", "closed"]);
    // Later requests are cancelled from the start.
    let late = service.apply_resource_change(waiting_create()).await.unwrap().into_inner();
    assert_eq!(the_error(&late.diagnostics).0, "Interrupted");
}

#[tokio::test]
async fn dropped_request_is_cancelled_and_runs_to_its_end() {
    let (service, recorder, lifecycle) = serve();
    let service = Arc::new(service);
    let create = start(&service, &recorder).await;
    // As tonic does when the client resets the stream or disconnects. The process still waits for a reconnection.
    create.abort();
    assert!(create.await.unwrap_err().is_cancelled());
    recorder.ended.notified().await;
    assert!(recorder.has("cancelled"));
    assert!(!lifecycle.disconnected().is_cancelled());
}
