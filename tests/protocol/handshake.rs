//! Who gets in: the holder of the certificate that was handed over, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use terraform_core::proto::tfplugin5::get_provider_schema;
use terraform_core::proto::tfplugin5::provider_client::ProviderClient;
use terraform_core::{Address, Certificate, Connection, Core, Engine, Launch, Process, Security};

fn launch() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"))
}

/// Starts the provider with this certificate handed over, or none.
fn started(engine: &Engine, certificate: Option<Arc<Certificate>>) -> Process {
    engine.run(launch().certificate(certificate).start()).expect("the provider starts")
}

/// Whether a client gets as far as an answer.
fn gets_in(engine: &Engine, process: &Process, security: &Security) -> Result<(), String> {
    engine.run(async {
        let connection = Connection::open(process.handshake(), security).await?;
        let mut client = ProviderClient::new(connection.channel.clone()).max_decoding_message_size(64 << 20);
        let answer = client.get_schema(get_provider_schema::Request {}).await.map_err(|status| status.to_string())?;
        assert!(answer.into_inner().provider.is_some());
        Ok(())
    })
}

#[test]
fn holder_of_the_certificate_gets_in_with_tls_1_2_and_1_3_and_several_times() {
    let engine = Engine::start();
    let certificate = Certificate::generate();
    let process = started(&engine, Some(Arc::clone(&certificate)));
    let security = Security::mutual(certificate);
    assert_eq!(gets_in(&engine, &process, &security), Ok(()));
    assert_eq!(gets_in(&engine, &process, &Security { tls12: true, ..security.clone() }), Ok(()));
    assert_eq!(gets_in(&engine, &process, &security), Ok(()));
}

#[test]
fn everybody_else_is_refused_and_the_holder_still_gets_in() {
    let engine = Engine::start();
    let certificate = Certificate::generate();
    let other = Certificate::generate();
    let process = started(&engine, Some(Arc::clone(&certificate)));
    let right = Security::mutual(Arc::clone(&certificate));
    let refused = [
        ("another certificate", Security::mutual(Arc::clone(&other))),
        ("the certificate with another key", Security::mutual(certificate.with_key_of(&other))),
        ("no certificate", Security { client: None, ..right.clone() }),
    ];
    for (who, security) in refused {
        for tls12 in [false, true] {
            let security = Security { tls12, ..security.clone() };
            assert!(gets_in(&engine, &process, &security).is_err(), "{who} got in (TLS 1.2: {tls12})");
        }
    }
    let mut plain = process.handshake().clone();
    plain.certificate = None;
    let answer = engine.run(async {
        let connection = Connection::open(&plain, &right).await?;
        let mut client = ProviderClient::new(connection.channel.clone());
        client.get_schema(get_provider_schema::Request {}).await.map(drop).map_err(|status| status.to_string())
    });
    assert!(answer.is_err(), "plain text got in");
    assert_eq!(gets_in(&engine, &process, &right), Ok(()));
}

#[test]
fn without_a_certificate_it_speaks_plain_text() {
    let engine = Engine::start();
    let process = started(&engine, None);
    assert_eq!(process.handshake().certificate, None);
    let security = Security { client: None, require_alpn: true, tls12: false };
    assert_eq!(gets_in(&engine, &process, &security), Ok(()));
}

#[test]
fn garbled_certificate_starts_nothing_at_all() {
    let engine = Engine::start();
    let problem = engine.run(launch().client_cert_text("no certificate").start()).expect_err("it must not start");
    assert!(problem.stderr.contains("PLUGIN_CLIENT_CERT"), "{problem:?}");
}

#[test]
fn started_by_hand_or_for_another_protocol_it_says_so_and_fails() {
    let engine = Engine::start();
    let by_hand = engine.run(launch().cookie(None).start()).expect_err("it must not start");
    assert!(by_hand.stderr.contains("Terraform starts it"), "{by_hand:?}");
    let too_new = engine.run(launch().versions(Some("6,7")).start()).expect_err("it must not start");
    assert!(too_new.stderr.contains('5'), "{too_new:?}");
}

#[test]
#[cfg_attr(windows, ignore = "a plugin on Windows listens on TCP")]
fn shutdown_ends_the_process_and_leaves_no_socket() {
    let core = Core::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"));
    let provider = core.start();
    let Address::Unix(socket) = provider.process().handshake().address.clone() else { panic!("a unix socket") };
    let socket = std::path::PathBuf::from(socket);
    assert!(socket.exists());
    provider.shutdown().assert_silent();
    assert!(!socket.exists() && !socket.parent().is_some_and(std::path::Path::exists), "{}", socket.display());
}

#[test]
fn provider_whose_terraform_is_gone_ends_by_itself() {
    let core = Core::new(env!("CARGO_BIN_EXE_terraform-provider-atlas"));
    let mut provider = core.start();
    provider.get_schemas();
    provider.cut();
    let engine = core.engine();
    let status = engine.run(provider.process_mut().wait(Duration::from_secs(20)));
    assert!(status.is_some(), "it stays behind");
}

/// `.cargo/config.toml` sets AWS_LC_SYS_NO_JITTER_ENTROPY.
#[test]
fn start_collects_no_entropy_from_cpu_jitter() {
    assert!(aws_lc_rs::try_fips_cpu_jitter_entropy().is_err(), "every start of the provider takes 30 ms longer");
}
