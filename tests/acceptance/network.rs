//! The network between the provider and Atlas: private CAs, proxies, TLS errors, names that don't resolve, and headers
//! that announce the end of an API.

use atlas_simulator::{Action, Fault, Operation};

use crate::milestones::without_validation;
use crate::support::{Fixture, error_at, warnings};
use crate::sync_points::APPLY;
use crate::tls_proxy::{PrivateCa, Proxy, TlsProxy};

/// A simulated Atlas behind TLS with a certificate for these names, and the file of its CA.
fn behind_tls(names: &[&str]) -> (Fixture, TlsProxy) {
    let fixture = Fixture::new();
    let ca = PrivateCa::new();
    let tls_proxy = TlsProxy::new(&fixture.atlas.url(), &ca, names);
    fixture.workspace.file("ca.pem", ca.pem());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", tls_proxy.port()));
    fixture.write(without_validation(&fixture));
    (fixture, tls_proxy)
}

/// Trusts the private CA.
fn trust(fixture: &Fixture) {
    fixture.workspace.env("SSL_CERT_FILE", fixture.workspace.path().join("ca.pem"));
}

#[test]
fn trusts_private_ca_from_ssl_cert_file() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    trust(&fixture);
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
    assert!(tls_proxy.handshakes() >= 2);
}

#[test]
fn explains_unknown_ca_and_wrong_certificate_name() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    let text = error_at(fixture.run(&APPLY).failure(), "Can't start live migration: certificate not trusted", "");
    assert!(text.contains("SSL_CERT_FILE") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(tls_proxy.handshakes(), 0);

    let (fixture, tls_proxy) = behind_tls(&["atlas.example.com"]);
    trust(&fixture);
    let text =
        error_at(fixture.run(&APPLY).failure(), "Can't start live migration: certificate is for another host", "");
    assert!(text.contains("localhost") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(tls_proxy.handshakes(), 0);
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn trusts_self_signed_certificate_from_ssl_cert_file() {
    let fixture = Fixture::new();
    let (tls_proxy, pem) = TlsProxy::self_signed(&fixture.atlas.url(), &["localhost"]);
    fixture.workspace.file("ca.pem", pem);
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", tls_proxy.port()));
    fixture.write(without_validation(&fixture));
    error_at(fixture.run(&APPLY).failure(), "Can't start live migration: certificate not trusted", "");
    trust(&fixture);
    fixture.run(&APPLY).success();
    assert_eq!(fixture.starts(), 1);
    // The name is verified nevertheless.
    let base_url = format!("https://127.0.0.1:{}", tls_proxy.port());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", base_url);
    fixture.run(&["plan"]).failure().says("127.0.0.1");
}

#[test]
fn reports_unusable_ssl_cert_file_and_sends_nothing() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    fixture.workspace.file("empty.pem", "");
    fixture.workspace.file("text.pem", "no certificate");
    let empty = fixture.workspace.path().join("empty.pem");
    fixture.workspace.env("SSL_CERT_DIR", fixture.workspace.path());
    for (path, why) in [
        ("/no/such/file.pem".into(), "can't be read"),
        (empty, "is empty"),
        (fixture.workspace.path().join("text.pem"), "contains no PEM certificate"),
    ] {
        fixture.workspace.env("SSL_CERT_FILE", &path);
        let text =
            error_at(fixture.run(&APPLY).failure(), "Can't start live migration: SSL_CERT_FILE can't be used", "");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains("SSL_CERT_FILE") && text.contains(&name) && text.contains(why), "{text}");
    }
    assert_eq!((tls_proxy.handshakes(), fixture.atlas.requests().len()), (0, 0));
}

#[test]
fn proxy_resolves_names_that_this_machine_cannot_resolve() {
    let (fixture, tls_proxy) = behind_tls(&["atlas.invalid"]);
    trust(&fixture);
    let proxy = Proxy::forwarding_to(tls_proxy.port());
    // With a final line break, as if read from a file.
    let value = format!("{}\n", proxy.url());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", value);
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
    let requests = proxy.requests();
    assert!(
        !requests.is_empty() && requests.iter().all(|line| line == "CONNECT atlas.invalid:443 HTTP/1.1"),
        "{requests:?}"
    );
}

#[test]
fn all_proxy_can_name_a_socks_proxy_that_resolves_the_name() {
    let (fixture, tls_proxy) = behind_tls(&["atlas.invalid"]);
    trust(&fixture);
    let proxy = Proxy::socks(tls_proxy.port());
    let address = format!("socks5://127.0.0.1:{}", proxy.port());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("all_proxy", address);
    fixture.run(&APPLY).success();
    assert_eq!(fixture.starts(), 1);
    let requests = proxy.requests();
    assert!(!requests.is_empty() && requests.iter().all(|line| line == "atlas.invalid:443"), "{requests:?}");
}

/// 0.0.0.0 is not a loopback address, but connects to this machine.
#[test]
fn connects_directly_to_hosts_in_no_proxy() {
    let (fixture, tls_proxy) = behind_tls(&["0.0.0.0"]);
    trust(&fixture);
    let proxy = Proxy::forwarding_to(tls_proxy.port());
    fixture
        .workspace
        .env("MONGODB_ATLAS_BASE_URL", format!("https://0.0.0.0:{}", tls_proxy.port()))
        .env("HTTPS_PROXY", proxy.url())
        .env("NO_PROXY", "example.com, 0.0.0.0/8");
    fixture.run(&APPLY).success();
    assert_eq!(proxy.requests(), Vec::<String>::new());
    fixture.workspace.env("NO_PROXY", "example.com");
    fixture.workspace.plan_is_empty();
    assert_eq!(proxy.requests().len(), 1, "one process that sends requests, and one connection of it");
}

#[test]
fn unusable_proxy_setting_is_an_error_without_a_direct_connection() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    trust(&fixture);
    let proxy = Proxy::forwarding_to(tls_proxy.port());
    for (variable, value) in [
        ("HTTPS_PROXY", format!("\"{}\"", proxy.url())),
        ("https_proxy", format!("'{}'", proxy.url())),
        ("ALL_PROXY", "http://me:hunter2@pro xy:3128".to_owned()),
        ("all_proxy", "gopher://me:hunter2@proxy".to_owned()),
    ] {
        fixture.workspace.env(variable, value);
        let run = fixture.run(&APPLY);
        let text = error_at(run.failure(), &format!("Can't start live migration: {variable} can't be used"), "");
        assert!(text.contains(variable) && text.contains("Nothing was sent."), "{text}");
        run.lacks("hunter2");
        fixture.workspace.env(variable, "");
    }
    assert_eq!((tls_proxy.handshakes(), proxy.requests().len(), fixture.atlas.requests().len()), (0, 0, 0));
}

#[test]
fn names_the_unreachable_proxy_instead_of_the_base_url() {
    let (fixture, _tls_proxy) = behind_tls(&["atlas.invalid"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fixture
        .workspace
        .env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid")
        .env("ALL_PROXY", format!("http://me:hunter2@{nobody}"));
    let resource = fixture.example().block("timeouts {\n    create = \"2s\"\n  }");
    let run = fixture.apply(resource);
    let text = error_at(run.failure(), "Can't run validation: proxy can't be used", "");
    assert!(text.contains(&format!("the proxy could not be used ({nobody} from ALL_PROXY")), "{text}");
    assert!(!text.contains("base_url"), "{text}");
    run.lacks("hunter2");
}

#[test]
fn names_the_proxy_that_rejects_the_connection() {
    let (fixture, _tls_proxy) = behind_tls(&["atlas.invalid"]);
    trust(&fixture);
    let proxy = Proxy::rejecting("407 Proxy Authentication Required");
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", proxy.url());
    let text = error_at(fixture.run(&APPLY).failure(), "Can't start live migration: proxy requires a password", "");
    assert!(text.contains(&format!("127.0.0.1:{} from HTTPS_PROXY", proxy.port())), "{text}");
    assert!(text.contains("http://USER:PASSWORD@HOST:PORT") && text.contains("NO_PROXY"), "{text}");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn connects_directly_to_loopback() {
    let fixture = Fixture::new();
    let proxy = Proxy::rejecting("502 Bad Gateway");
    fixture.workspace.env("HTTP_PROXY", proxy.url()).env("HTTPS_PROXY", proxy.url()).env("ALL_PROXY", proxy.url());
    fixture.start(without_validation(&fixture));
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[test]
fn warns_about_deprecation_and_sunset_headers() {
    let fixture = Fixture::new();
    let headers = vec![
        ("Deprecation".to_owned(), "@1735689599".to_owned()),
        ("Sunset".to_owned(), "Wed, 31 Dec 2031 23:59:59 GMT".to_owned()),
    ];
    fixture.atlas.fault(Fault::new(Operation::Any, Action::Headers(headers)).forever());
    let shown = fixture.apply(without_validation(&fixture));
    shown.success().says("Wed, 31 Dec 2031 23:59:59 GMT");
    let heads = warnings(&shown);
    assert!(heads.iter().any(|head| head.starts_with("Atlas will retire an API version")), "{heads:?}");
    // The plan is empty and has the warning too.
    let plan = fixture.workspace.plan_is_empty();
    plan.says("Wed, 31 Dec 2031 23:59:59 GMT");
}
