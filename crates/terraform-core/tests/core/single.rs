//! Single calls and single starts.

use serde_json::json;
use terraform_core::value::{Inspect, Value, to_json};
use terraform_core::{Certificate, Connection, Engine, ImportRequest, Launch, ReadRequest, Security, unknown};

use crate::{PROVIDER, core};

#[test]
fn single_calls_are_made_in_any_order() {
    let mut provider = core("").start();
    provider.get_schemas();
    provider.configure(&json!({})).expect("configure");
    provider.validate("fake_thing", &json!({"name": unknown()})).expect("validate");
    let config = provider.object("fake_thing", &json!({"name": "n", "secret": "s"}));
    let request = provider.plan_request("fake_thing", &Value::Null, &config);
    let planned = provider.plan("fake_thing", &request).expect("plan").planned;
    assert_eq!((to_json(planned.get("id")), planned.get("secret").is_null()), (unknown(), true));
    let imported = provider.import("fake_thing", &ImportRequest::Id("7".into())).expect("import").remove(0);
    let read = ReadRequest { state: imported.state.clone(), private: imported.private, identity: imported.identity };
    assert_eq!(provider.read("fake_thing", &read).expect("read").state, imported.state);
    provider.stop().expect("stop");
    assert!(provider.shutdown().violations.is_empty());
}

#[test]
#[should_panic(expected = "severity 0")]
fn broken_rule_of_a_single_call_fails_the_test() {
    let mut provider = core("diagnostic-severity").start();
    provider.get_schemas();
    provider.validate("fake_thing", &json!({"name": "n"}));
}

#[test]
fn plugin_that_says_nothing_is_told_with_what_it_wrote() {
    let engine = Engine::start();
    let error = engine.run(Launch::new("/bin/sh").arg("-c").arg("echo oh no >&2; exit 4").start()).unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.stderr.as_str()),
        ("the plugin ended without a handshake line", "oh no\n")
    );
    assert_eq!(error.exit.and_then(|exit| exit.code()), Some(4));
    let error = engine.run(Launch::new("/bin/sh").arg("-c").arg("echo hello; exec sleep 100").start()).unwrap_err();
    assert!(error.message.starts_with("no handshake line: hello"), "{error}");
    let error = engine.run(Launch::new("/nowhere/at/all").start()).unwrap_err();
    assert!(error.message.starts_with("fork/exec /nowhere/at/all"), "{error}");
}

#[test]
fn plain_line_needs_no_certificate() {
    let engine = Engine::start();
    engine.run(async {
        let process = Launch::new(PROVIDER).certificate(None).start().await.unwrap();
        assert!(process.handshake().certificate.is_none());
        Connection::open(process.handshake(), &Security::mutual(Certificate::shared())).await.unwrap();
    });
}
