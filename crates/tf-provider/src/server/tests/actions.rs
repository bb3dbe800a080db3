//! Actions. Terraform takes a stream of events without a completed event for success, and crashes at progress after a Stop.

use std::sync::Arc;

use tokio_stream::StreamExt as _;
use tonic::Request;
use tonic::codegen::BoxStream;

use super::super::service::Service;
use super::declared::{PANIC, RUN, run, serve_declared};
use super::messages::{garbage, path_text, text, the_error};
use crate::Value;
use crate::proto::tfplugin5::invoke_action::Event;
use crate::proto::tfplugin5::invoke_action::event::Type;
use crate::proto::tfplugin5::provider_server::Provider as _;
use crate::proto::tfplugin5::{Diagnostic, DynamicValue, invoke_action, stop};

async fn invoke(service: &Service, type_name: &str, config: Option<DynamicValue>) -> BoxStream<Event> {
    let request = invoke_action::Request { action_type: type_name.into(), config, client_capabilities: None };
    service.invoke_action(Request::new(request)).await.unwrap().into_inner()
}

/// The lines of progress and the diagnostics of the completed event, which must be the only one and the last.
async fn outcome(mut events: BoxStream<Event>) -> (Vec<String>, Vec<Diagnostic>) {
    let mut lines = Vec::new();
    loop {
        match events.next().await.unwrap().unwrap().r#type.unwrap() {
            Type::Progress(progress) => lines.push(progress.message),
            Type::Completed(completed) => {
                assert!(events.next().await.is_none());
                return (lines, completed.diagnostics);
            }
        }
    }
}

async fn invoked(config: Option<DynamicValue>) -> (Vec<String>, Vec<Diagnostic>) {
    outcome(invoke(&serve_declared().0, RUN, config).await).await
}

fn mode(mode: &str) -> Option<DynamicValue> {
    run([("mode", text(mode))])
}

#[tokio::test]
async fn action_is_announced_without_a_default_in_its_schema() {
    let (service, _) = serve_declared();
    let schema = call!(service, get_schema as get_provider_schema {});
    let block = schema.action_schemas[RUN].schema.clone().unwrap().block.unwrap();
    let flags: Vec<_> = block.attributes.iter().map(|a| (a.required, a.optional, a.computed)).collect();
    // Terraform refuses a computed attribute in an action.
    assert_eq!(flags, [(true, false, false), (false, true, false)]);
    assert_eq!(call!(service, get_metadata {}).actions[0].type_name, RUN);
}

#[tokio::test]
async fn configuration_is_validated() {
    let (service, _) = serve_declared();
    let validate = async |type_name: &str, config| {
        let found =
            diagnostics_of!(service, validate_action_config { type_name: type_name.to_owned(), config: config });
        found.iter().map(|found| (found.summary.clone(), path_text(found))).collect::<Vec<_>>()
    };
    for (type_name, config, summary, path) in [
        (RUN, run([]), "Missing required argument", "mode"),
        (RUN, None, "Missing required argument", "mode"),
        (RUN, mode("invalid"), "Unknown mode", "mode"),
        (RUN, garbage(), "Request can't be decoded", ""),
        ("declared_other", mode("fine"), "Unknown action", ""),
    ] {
        assert_eq!(validate(type_name, config).await, [(summary.to_owned(), path.to_owned())]);
    }
    assert_eq!(validate(RUN, run([("mode", Value::Unknown)])).await, []);
}

#[tokio::test]
async fn plan_has_defaults_and_may_have_unknown_values() {
    let (service, _) = serve_declared();
    let plan = async |type_name: &str, config| {
        let response = call!(service, plan_action { action_type: type_name.to_owned(), config: config });
        assert_eq!(response.deferred, None);
        response.diagnostics
    };
    let warnings = plan(RUN, run([("mode", Value::Unknown)])).await;
    assert_eq!((warnings.len(), warnings[0].detail.as_str()), (1, "Unknown Known(2)"));
    for (type_name, config, summary) in [
        (RUN, mode(PANIC), "Provider crashed"),
        (RUN, garbage(), "Request can't be decoded"),
        ("declared_other", mode("fine"), "Unknown action"),
    ] {
        assert_eq!(the_error(&plan(type_name, config).await).0, summary);
    }
}

#[tokio::test]
async fn progress_comes_in_order_before_the_one_completed_event() {
    assert_eq!(invoked(mode("fine")).await, (vec!["line 1".to_owned(), "line 2".into()], vec![]));
    let (lines, diagnostics) = invoked(run([("mode", text("fine")), ("times", Value::Number(1_000_i64.into()))])).await;
    assert_eq!((lines.len(), lines[999].as_str(), diagnostics), (1_000, "line 1000", vec![]));
}

#[tokio::test]
async fn missing_config_block_is_a_configuration_without_arguments() {
    let (service, _) = serve_declared();
    let missing = "Missing required argument";
    assert_eq!(the_error(&diagnostics_of!(service, plan_action { action_type: RUN.to_owned() })).0, missing);
    assert_eq!(the_error(&invoked(None).await.1).0, missing);
}

#[tokio::test]
async fn failure_completes_with_its_errors() {
    let (lines, diagnostics) = invoked(mode("fail")).await;
    let (summary, _, path) = the_error(&diagnostics);
    assert_eq!((lines.len(), summary.as_str(), path.as_str()), (2, "Failed", "mode"));
}

#[tokio::test]
async fn panic_completes_with_an_error() {
    let (lines, diagnostics) = invoked(mode(PANIC)).await;
    let (summary, detail, _) = the_error(&diagnostics);
    assert_eq!((lines.len(), summary.as_str()), (2, "Provider crashed"));
    assert!(detail.contains("for the action `declared_run`") && detail.contains("may have taken effect"), "{detail}");
}

#[tokio::test]
async fn request_that_cannot_be_used_completes_with_an_error() {
    assert_eq!(the_error(&invoked(garbage()).await.1).0, "Request can't be decoded");
    assert_eq!(
        the_error(&invoked(run([("mode", text("fine")), ("times", Value::Number(0.5.try_into().unwrap()))])).await.1).0,
        "Invalid value"
    );
    let (service, _) = serve_declared();
    let (_, diagnostics) = outcome(invoke(&service, "declared_other", mode("fine")).await).await;
    assert_eq!(the_error(&diagnostics).0, "Unknown action");
}

#[tokio::test]
async fn unknown_path_completes_with_an_error_in_debug_builds() {
    assert_eq!(the_error(&invoked(mode("misplaced")).await.1).0, "Diagnostic at an unknown path");
}

#[tokio::test]
async fn task_that_outlives_the_call_adds_nothing_after_the_completed_event() {
    let (lines, diagnostics) = invoked(mode("detach")).await;
    assert_eq!((&lines[..2], diagnostics), (&["line 1".to_owned(), "line 2".into()][..], vec![]));
}

#[tokio::test]
async fn nothing_but_the_completed_event_follows_a_stop() {
    let (service, recorder) = serve_declared();
    let mut events = invoke(&service, RUN, mode("wait")).await;
    // The second line was sent before the Stop, and is read after it.
    assert!(matches!(events.next().await.unwrap().unwrap().r#type.unwrap(), Type::Progress(_)));
    recorder.waiting.notified().await;
    service.stop(Request::new(stop::Request {})).await.unwrap();
    let (lines, diagnostics) = outcome(events).await;
    assert_eq!((lines, the_error(&diagnostics).0.as_str()), (vec![], "Interrupted"));
    assert!(recorder.has("disconnected: false"));
}

#[tokio::test]
async fn invocation_that_terraform_drops_is_cancelled_and_runs_to_its_end() {
    let (service, recorder) = serve_declared();
    let service = Arc::new(service);
    let mut events = invoke(&service, RUN, mode("wait")).await;
    assert!(events.next().await.is_some());
    recorder.waiting.notified().await;
    drop(events);
    recorder.ended.notified().await;
    assert!(recorder.has("disconnected: true"));
    // Later invocations are not affected.
    assert_eq!(outcome(invoke(&service, RUN, mode("fine")).await).await.1, []);
}
