//! The way to Atlas and who asks: credentials, the base URL, the network.

use atlas_simulator::Config;
use test_support::terraform::{Terraform, Workspace};

use super::shows;
use crate::configuration::{HEAD, Resource};
use crate::front::{Authority, Proxy, TlsEnd};
use crate::moment::APPLY;
use crate::support::{Lab, provider};
use crate::wishes::plain;

/// A workspace whose environment names neither credentials nor an Atlas.
fn bare() -> Workspace {
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    workspace.env("ATLAS_POLL_INTERVAL", "20ms");
    workspace
}

/// Applies the example with these variables and this provider block.
#[track_caller]
fn applied_shows(name: &str, situation: &str, variables: &[(&str, &str)], block: &str) {
    let workspace = bare();
    for (variable, value) in variables {
        workspace.env(*variable, *value);
    }
    let block = if block.is_empty() { String::new() } else { format!("provider \"atlas\" {{\n{block}\n}}\n\n") };
    let resource = Resource::example(workspace.terraform());
    workspace.file("main.tf", format!("{HEAD}{block}{resource}"));
    shows(name, situation, workspace.run(APPLY).failure());
}

const KEYS: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", "abcdefgh"), ("MONGODB_ATLAS_PRIVATE_API_KEY", "0-0-0")];

#[test]
fn credentials_that_are_missing_or_of_another_kind() {
    applied_shows("access_missing", "There are no credentials.", &[], "");
    applied_shows("access_half", "The environment has half a key pair.", &KEYS[..1], "");
    applied_shows("access_half_block", "The block has half a service account.", &KEYS, "  client_id = \"mdb_sa_id_1\"");
    applied_shows(
        "access_mistaken",
        "A service account is given as a key pair.",
        &[("MONGODB_ATLAS_PUBLIC_KEY", "mdb_sa_id_1"), ("MONGODB_ATLAS_PRIVATE_KEY", "mdb_sa_sk_1")],
        "",
    );
    applied_shows(
        "access_mistaken_block",
        "A key pair is given as a service account.",
        &[],
        "  client_id     = \"abcdefgh\"\n  client_secret = \"0-0-0\"",
    );
    applied_shows(
        "access_v1_service_account",
        "The legacy API does not take a service account.",
        &[("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_1"), ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_1")],
        "  api_version = \"v1.0\"",
    );
}

#[test]
fn settings_that_cannot_be_used() {
    applied_shows("access_base_url", "The base URL is plain.", &KEYS, "  base_url = \"http://atlas.example.com\"");
    applied_shows(
        "access_base_url_environment",
        "The base URL of the environment is none.",
        &[KEYS[0], KEYS[1], ("MONGODB_ATLAS_BASE_URL", "cloud.mongodb.com")],
        "",
    );
    applied_shows("access_version", "There is no such version.", &KEYS, "  api_version = \"v3\"");
    applied_shows(
        "access_gov",
        "Atlas for government is elsewhere.",
        &KEYS,
        "  is_mongodbgov_cloud = true\n  base_url            = \"https://cloud.mongodb.com\"",
    );
    applied_shows(
        "access_poll_interval",
        "The poll interval is no duration.",
        &[KEYS[0], KEYS[1], ("ATLAS_POLL_INTERVAL", "often")],
        "",
    );
}

#[test]
fn several_kinds_of_credentials() {
    let lab = Lab::new();
    lab.workspace
        .env("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID)
        .env("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET);
    shows("access_several", "The environment has two kinds of credentials.", lab.plan(plain(&lab)).success());
}

/// A lab with a service account, or with a token.
fn with_token(variables: &[(&str, &str)]) -> Lab {
    let lab = Lab::new();
    lab.workspace.env("MONGODB_ATLAS_PUBLIC_API_KEY", "").env("MONGODB_ATLAS_PRIVATE_API_KEY", "");
    for (name, value) in variables {
        lab.workspace.env(*name, *value);
    }
    lab.write(plain(&lab));
    lab
}

#[test]
fn tokens_that_are_refused() {
    let account =
        [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", "mdb_sa_sk_of-another")];
    let lab = with_token(&account);
    shows("access_401_service_account", "The secret is wrong.", lab.run(&APPLY).failure());
    let lab = with_token(&[("MONGODB_ATLAS_ACCESS_TOKEN", "a-token-of-yesterday")]);
    shows("access_401_token", "The token has expired.", lab.run(&APPLY).failure());
}

#[test]
fn ways_that_lead_nowhere() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let lab = Lab::new();
    lab.write(plain(&lab)).workspace.env("ATLAS_POLL_INTERVAL", "1s");
    // Each is tried for a while, for a name server and a network may have a hiccup.
    for (name, situation, url) in [
        ("network_refused", "Nobody listens there.", format!("http://127.0.0.1:{port}")),
        ("network_dns", "There is no such host.", "https://atlas.invalid".to_owned()),
    ] {
        lab.workspace.env("MONGODB_ATLAS_BASE_URL", url);
        shows(name, situation, lab.run(&APPLY).failure());
    }
}

#[test]
fn ways_that_cannot_be_trusted() {
    let lab = Lab::new();
    lab.write(plain(&lab)).workspace.env("ATLAS_POLL_INTERVAL", "1s");
    let authority = Authority::new();
    let end = TlsEnd::before(&lab.atlas.url(), &authority, &["localhost"]);
    let url = format!("https://localhost:{}", end.port());
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", &url);
    shows("network_untrusted", "The CA is not known.", lab.run(&APPLY).failure());

    lab.workspace.file("ca.pem", authority.pem()).env("SSL_CERT_FILE", lab.workspace.path().join("ca.pem"));
    let other = TlsEnd::before(&lab.atlas.url(), &authority, &["atlas.example.com"]);
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", other.port()));
    shows("network_other_name", "The certificate is for another host.", lab.run(&APPLY).failure());

    lab.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://{}", lab.atlas.url().trim_start_matches("http://")));
    shows("network_no_tls", "The other side does not speak TLS.", lab.run(&APPLY).failure());

    let proxy = Proxy::refusing("407 Proxy Authentication Required");
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", proxy.url());
    shows("network_proxy", "The proxy requires a user name and password.", lab.run(&APPLY).failure());
    lab.workspace.env("HTTPS_PROXY", "'http://proxy.example.com:3128'");
    shows("network_proxy_value", "The variable of the proxy can't be used.", lab.run(&APPLY).failure());
    lab.workspace.env("HTTPS_PROXY", "").env("SSL_CERT_FILE", "/no/such/file.pem");
    shows("network_ca_file", "The file of the CA is not there.", lab.run(&APPLY).failure());
}
