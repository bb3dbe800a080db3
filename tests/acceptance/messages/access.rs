//! Credentials, the base URL and the network.

use atlas_simulator::Config;
use test_support::terraform::{Terraform, Workspace};

use super::assert_snapshot;
use crate::configuration::{HEAD, Resource};
use crate::milestones::without_validation;
use crate::support::{Fixture, provider};
use crate::sync_points::APPLY;
use crate::tls_proxy::{PrivateCa, Proxy, TlsProxy};

/// A workspace without credentials and base URL in the environment.
fn workspace_without_credentials() -> Workspace {
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    workspace.env("ATLAS_POLL_INTERVAL", "20ms");
    workspace
}

/// Applies the example with these variables and this provider block.
#[track_caller]
fn assert_apply_snapshot(name: &str, situation: &str, variables: &[(&str, &str)], block: &str) {
    let workspace = workspace_without_credentials();
    for (variable, value) in variables {
        workspace.env(*variable, *value);
    }
    let block = if block.is_empty() { String::new() } else { format!("provider \"atlas\" {{\n{block}\n}}\n\n") };
    let resource = Resource::example(workspace.terraform());
    workspace.file("main.tf", format!("{HEAD}{block}{resource}"));
    assert_snapshot(name, situation, workspace.run(APPLY).failure());
}

const KEYS: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", "abcdefgh"), ("MONGODB_ATLAS_PRIVATE_API_KEY", "0-0-0")];

#[test]
fn credentials_are_missing_or_of_the_wrong_kind() {
    assert_apply_snapshot("access_missing", "There are no credentials.", &[], "");
    assert_apply_snapshot("access_incomplete", "The environment has half a key pair.", &KEYS[..1], "");
    assert_apply_snapshot(
        "access_incomplete_block",
        "The block has half a service account.",
        &KEYS,
        "  client_id = \"mdb_sa_id_1\"",
    );
    assert_apply_snapshot(
        "access_wrong_kind",
        "A service account is given as a key pair.",
        &[("MONGODB_ATLAS_PUBLIC_KEY", "mdb_sa_id_1"), ("MONGODB_ATLAS_PRIVATE_KEY", "mdb_sa_sk_1")],
        "",
    );
    assert_apply_snapshot(
        "access_wrong_kind_block",
        "A key pair is given as a service account.",
        &[],
        "  client_id     = \"abcdefgh\"\n  client_secret = \"0-0-0\"",
    );
    assert_apply_snapshot(
        "access_v1_service_account",
        "The legacy API does not take a service account.",
        &[("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_1"), ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_1")],
        "  api_version = \"v1.0\"",
    );
}

#[test]
fn settings_are_invalid() {
    assert_apply_snapshot(
        "access_base_url",
        "The base URL is plain.",
        &KEYS,
        "  base_url = \"http://atlas.example.com\"",
    );
    assert_apply_snapshot(
        "access_base_url_environment",
        "The base URL of the environment is none.",
        &[KEYS[0], KEYS[1], ("MONGODB_ATLAS_BASE_URL", "cloud.mongodb.com")],
        "",
    );
    assert_apply_snapshot("access_version", "There is no such version.", &KEYS, "  api_version = \"v3\"");
    assert_apply_snapshot(
        "access_gov",
        "Atlas for government is elsewhere.",
        &KEYS,
        "  is_mongodbgov_cloud = true\n  base_url            = \"https://cloud.mongodb.com\"",
    );
    assert_apply_snapshot(
        "access_poll_interval",
        "The poll interval is no duration.",
        &[KEYS[0], KEYS[1], ("ATLAS_POLL_INTERVAL", "often")],
        "",
    );
}

#[test]
fn two_kinds_of_credentials() {
    let fixture = Fixture::new();
    fixture
        .workspace
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET);
    assert_snapshot(
        "access_two_kinds",
        "The environment has two kinds of credentials.",
        fixture.plan(without_validation(&fixture)).success(),
    );
}

/// A fixture with a service account, or with a token.
fn with_token(variables: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::new();
    fixture.workspace.env("MONGODB_ATLAS_PUBLIC_API_KEY", "").env("MONGODB_ATLAS_PRIVATE_API_KEY", "");
    for (name, value) in variables {
        fixture.workspace.env(*name, *value);
    }
    fixture.write(without_validation(&fixture));
    fixture
}

#[test]
fn tokens_are_rejected() {
    let account =
        [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_of-another")];
    let fixture = with_token(&account);
    assert_snapshot("access_401_service_account", "The secret is wrong.", fixture.run(&APPLY).failure());
    let fixture = with_token(&[("MONGODB_ATLAS_ACCESS_TOKEN", "a-token-of-yesterday")]);
    assert_snapshot("access_401_token", "The token has expired.", fixture.run(&APPLY).failure());
}

#[test]
fn base_url_is_unreachable() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let fixture = Fixture::new();
    fixture.write(without_validation(&fixture)).workspace.env("ATLAS_POLL_INTERVAL", "1s");
    // Both are retried, because a DNS or network failure can be temporary.
    for (name, situation, url) in [
        ("network_refused", "Nobody listens there.", format!("http://127.0.0.1:{port}")),
        ("network_dns", "There is no such host.", "https://atlas.invalid".to_owned()),
    ] {
        fixture.workspace.env("MONGODB_ATLAS_BASE_URL", url);
        assert_snapshot(name, situation, fixture.run(&APPLY).failure());
    }
}

#[test]
fn tls_or_proxy_fails() {
    let fixture = Fixture::new();
    fixture.write(without_validation(&fixture)).workspace.env("ATLAS_POLL_INTERVAL", "1s");
    let ca = PrivateCa::new();
    let tls_proxy = TlsProxy::new(&fixture.atlas.url(), &ca, &["localhost"]);
    let url = format!("https://localhost:{}", tls_proxy.port());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", &url);
    assert_snapshot("network_untrusted", "The CA is not known.", fixture.run(&APPLY).failure());

    fixture.workspace.file("ca.pem", ca.pem()).env("SSL_CERT_FILE", fixture.workspace.path().join("ca.pem"));
    let other = TlsProxy::new(&fixture.atlas.url(), &ca, &["atlas.example.com"]);
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", other.port()));
    assert_snapshot("network_other_name", "The certificate is for another host.", fixture.run(&APPLY).failure());

    fixture
        .workspace
        .env("MONGODB_ATLAS_BASE_URL", format!("https://{}", fixture.atlas.url().trim_start_matches("http://")));
    assert_snapshot("network_no_tls", "The other side does not speak TLS.", fixture.run(&APPLY).failure());

    let proxy = Proxy::rejecting("407 Proxy Authentication Required");
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", proxy.url());
    assert_snapshot("network_proxy", "The proxy requires a user name and password.", fixture.run(&APPLY).failure());
    fixture.workspace.env("HTTPS_PROXY", "'http://proxy.example.com:3128'");
    assert_snapshot("network_proxy_value", "The variable of the proxy can't be used.", fixture.run(&APPLY).failure());
    fixture.workspace.env("HTTPS_PROXY", "").env("SSL_CERT_FILE", "/no/such/file.pem");
    assert_snapshot("network_ca_file", "The file of the CA is not there.", fixture.run(&APPLY).failure());
}
