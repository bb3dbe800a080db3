//! Single calls and single starts.

use serde_json::json;
use terraform_core::{Certificate, Connection, Engine, ImportRequest, Launch, Security};

use crate::{PROVIDER, core};

#[test]
fn single_calls_are_made_in_any_order() {
    let mut provider = core("").start();
    provider.get_schemas();
    let imported = provider.import("fake_thing", &ImportRequest::Id("7".into())).expect("import");
    assert_eq!(imported.len(), 1);
    provider.configure(&json!({})).expect("configure");
    assert!(provider.shutdown().violations.is_empty());
}

#[test]
#[cfg(unix)]
fn silent_plugin_is_reported_with_its_output() {
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
