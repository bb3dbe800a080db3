//! The way to Atlas: a private CA, a proxy, TLS that cannot be trusted, names that do not resolve, and headers that announce an
//! end.

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

/// Trusts the CA of the company.
fn trust(fixture: &Fixture) {
    fixture.workspace.env("SSL_CERT_FILE", fixture.workspace.path().join("ca.pem"));
}

#[test]
fn private_ca_is_trusted_by_its_file() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    trust(&fixture);
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(fixture.starts(), 1);
    assert!(tls_proxy.handshakes() >= 2);
}

#[test]
fn unknown_ca_and_another_name_are_told_with_what_to_do() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    let text = error_at(fixture.run(&APPLY).failure(), "Live migration was not started", "");
    assert!(text.contains("SSL_CERT_FILE") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(tls_proxy.handshakes(), 0);

    let (fixture, tls_proxy) = behind_tls(&["atlas.example.com"]);
    trust(&fixture);
    let text = error_at(fixture.run(&APPLY).failure(), "Live migration was not started", "");
    assert!(text.contains("localhost") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(tls_proxy.handshakes(), 0);
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn self_signed_certificate_is_trusted_by_its_file() {
    let fixture = Fixture::new();
    let (tls_proxy, pem) = TlsProxy::self_signed(&fixture.atlas.url(), &["localhost"]);
    fixture.workspace.file("ca.pem", pem);
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", tls_proxy.port()));
    fixture.write(without_validation(&fixture));
    error_at(fixture.run(&APPLY).failure(), "Live migration was not started", "");
    trust(&fixture);
    fixture.run(&APPLY).success();
    assert_eq!(fixture.starts(), 1);
    // The name must still be right.
    let base_url = format!("https://127.0.0.1:{}", tls_proxy.port());
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", base_url);
    fixture.run(&["plan"]).failure().says("127.0.0.1");
}

#[test]
fn file_without_a_certificate_is_named_and_nothing_is_sent() {
    let (fixture, tls_proxy) = behind_tls(&["localhost"]);
    fixture.workspace.file("empty.pem", "");
    fixture.workspace.file("text.pem", "no certificate");
    let empty = fixture.workspace.path().join("empty.pem");
    fixture.workspace.env("SSL_CERT_DIR", fixture.workspace.path());
    for (path, why) in [
        ("/no/such/file.pem".into(), "can't be read"),
        (empty, "is empty"),
        (fixture.workspace.path().join("text.pem"), "holds no certificate"),
    ] {
        fixture.workspace.env("SSL_CERT_FILE", &path);
        let text = error_at(fixture.run(&APPLY).failure(), "Live migration was not started", "");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains("SSL_CERT_FILE") && text.contains(&name) && text.contains(why), "{text}");
    }
    assert_eq!((tls_proxy.handshakes(), fixture.atlas.requests().len()), (0, 0));
}

#[test]
fn proxy_leads_to_a_name_that_this_machine_cannot_resolve() {
    let (fixture, tls_proxy) = behind_tls(&["atlas.invalid"]);
    trust(&fixture);
    let proxy = Proxy::forwarding_to(tls_proxy.port());
    // A line break at its end, as from a file.
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
fn all_proxy_may_name_a_socks_proxy_that_resolves_the_name() {
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

/// An address that is not a loopback address by its name, and leads to this machine all the same.
#[test]
fn no_proxy_lists_what_is_reached_directly() {
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
fn proxy_that_cannot_be_used_is_an_error_and_no_direct_connection() {
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
        let text = error_at(run.failure(), "Live migration was not started", "");
        assert!(text.contains(variable) && text.contains("Nothing was sent."), "{text}");
        run.lacks("hunter2");
        fixture.workspace.env(variable, "");
    }
    assert_eq!((tls_proxy.handshakes(), proxy.requests().len(), fixture.atlas.requests().len()), (0, 0, 0));
}

#[test]
fn proxy_that_cannot_be_reached_is_named_instead_of_the_base_url() {
    let (fixture, _tls_proxy) = behind_tls(&["atlas.invalid"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fixture
        .workspace
        .env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid")
        .env("ALL_PROXY", format!("http://me:hunter2@{nobody}"));
    let resource = fixture.example().block("timeouts {\n    create = \"2s\"\n  }");
    let run = fixture.apply(resource);
    let text = error_at(run.failure(), "Validation could not run", "");
    assert!(text.contains(&format!("the proxy could not be used ({nobody} from ALL_PROXY")), "{text}");
    assert!(!text.contains("base_url"), "{text}");
    run.lacks("hunter2");
}

#[test]
fn proxy_that_refuses_is_named() {
    let (fixture, _tls_proxy) = behind_tls(&["atlas.invalid"]);
    trust(&fixture);
    let proxy = Proxy::rejecting("407 Proxy Authentication Required");
    fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", proxy.url());
    let text = error_at(fixture.run(&APPLY).failure(), "Live migration was not started", "");
    assert!(text.contains(&format!("127.0.0.1:{} from HTTPS_PROXY", proxy.port())), "{text}");
    assert!(text.contains("http://USER:PASSWORD@HOST:PORT") && text.contains("NO_PROXY"), "{text}");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn plain_simulator_on_this_machine_needs_no_proxy() {
    let fixture = Fixture::new();
    let proxy = Proxy::rejecting("502 Bad Gateway");
    fixture.workspace.env("HTTP_PROXY", proxy.url()).env("HTTPS_PROXY", proxy.url()).env("ALL_PROXY", proxy.url());
    fixture.start(without_validation(&fixture));
    assert_eq!(proxy.requests(), Vec::<String>::new());
}

#[test]
fn headers_that_announce_an_end_become_warnings() {
    let fixture = Fixture::new();
    let headers = vec![
        ("Deprecation".to_owned(), "@1735689599".to_owned()),
        ("Sunset".to_owned(), "Wed, 31 Dec 2031 23:59:59 GMT".to_owned()),
    ];
    fixture.atlas.fault(Fault::new(Operation::Any, Action::Headers(headers)).forever());
    let shown = fixture.apply(without_validation(&fixture));
    shown.success().says("Wed, 31 Dec 2031 23:59:59 GMT");
    let heads = warnings(&shown);
    assert!(heads.iter().any(|head| head.starts_with("Atlas announces the end of an API")), "{heads:?}");
    // The plan still has nothing to do, and says so too.
    let plan = fixture.workspace.plan_is_empty();
    plan.says("Wed, 31 Dec 2031 23:59:59 GMT");
}
