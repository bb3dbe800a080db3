//! The way to Atlas: a private CA, a proxy, TLS that cannot be trusted, names that do not resolve, and headers that announce an
//! end.

use atlas_simulator::{Action, Fault, Operation};

use crate::front::{Authority, Proxy, TlsEnd};
use crate::moment::APPLY;
use crate::support::{Lab, error_at, warnings};
use crate::wishes::plain;

/// A simulated Atlas behind TLS with a certificate for these names, and the file of its CA.
fn behind_tls(names: &[&str]) -> (Lab, TlsEnd) {
    let lab = Lab::new();
    let authority = Authority::new();
    let end = TlsEnd::before(&lab.atlas.url(), &authority, names);
    lab.workspace.file("ca.pem", authority.pem());
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", end.port()));
    lab.write(plain(&lab));
    (lab, end)
}

/// Trusts the CA of the company.
fn trust(lab: &Lab) {
    lab.workspace.env("SSL_CERT_FILE", lab.workspace.path().join("ca.pem"));
}

#[test]
fn private_ca_is_trusted_by_its_file() {
    let (lab, end) = behind_tls(&["localhost"]);
    trust(&lab);
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
    assert!(end.handshakes() >= 2);
}

#[test]
fn unknown_ca_and_another_name_are_told_with_what_to_do() {
    let (lab, end) = behind_tls(&["localhost"]);
    let text = error_at(lab.run(&APPLY).failure(), "Can't start live migration: certificate not trusted", "");
    assert!(text.contains("SSL_CERT_FILE") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(end.handshakes(), 0);

    let (lab, end) = behind_tls(&["atlas.example.com"]);
    trust(&lab);
    let text = error_at(lab.run(&APPLY).failure(), "Can't start live migration: certificate is for another host", "");
    assert!(text.contains("localhost") && text.contains("Nothing was sent."), "{text}");
    assert_eq!(end.handshakes(), 0);
    assert_eq!(lab.atlas.requests().len(), 0);
}

#[test]
fn self_signed_certificate_is_trusted_by_its_file() {
    let lab = Lab::new();
    let (end, pem) = TlsEnd::self_signed(&lab.atlas.url(), &["localhost"]);
    lab.workspace.file("ca.pem", pem);
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", format!("https://localhost:{}", end.port()));
    lab.write(plain(&lab));
    error_at(lab.run(&APPLY).failure(), "Can't start live migration: certificate not trusted", "");
    trust(&lab);
    lab.run(&APPLY).success();
    assert_eq!(lab.starts(), 1);
    // The name must still be right.
    let base_url = format!("https://127.0.0.1:{}", end.port());
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", base_url);
    lab.run(&["plan"]).failure().says("127.0.0.1");
}

#[test]
fn file_without_a_certificate_is_named_and_nothing_is_sent() {
    let (lab, end) = behind_tls(&["localhost"]);
    lab.workspace.file("empty.pem", "");
    lab.workspace.file("text.pem", "no certificate");
    let empty = lab.workspace.path().join("empty.pem");
    lab.workspace.env("SSL_CERT_DIR", lab.workspace.path());
    for (path, why) in [
        ("/no/such/file.pem".into(), "can't be read"),
        (empty, "is empty"),
        (lab.workspace.path().join("text.pem"), "contains no PEM certificate"),
    ] {
        lab.workspace.env("SSL_CERT_FILE", &path);
        let text = error_at(lab.run(&APPLY).failure(), "Can't start live migration: SSL_CERT_FILE can't be used", "");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains("SSL_CERT_FILE") && text.contains(&name) && text.contains(why), "{text}");
    }
    assert_eq!((end.handshakes(), lab.atlas.requests().len()), (0, 0));
}

#[test]
fn proxy_leads_to_a_name_that_this_machine_cannot_resolve() {
    let (lab, end) = behind_tls(&["atlas.invalid"]);
    trust(&lab);
    let proxy = Proxy::to(end.port());
    // A line break at its end, as from a file.
    let value = format!("{}\n", proxy.url());
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", value);
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    assert_eq!(lab.starts(), 1);
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == "CONNECT atlas.invalid:443 HTTP/1.1"), "{asked:?}");
}

#[test]
fn all_proxy_may_name_a_socks_proxy_that_resolves_the_name() {
    let (lab, end) = behind_tls(&["atlas.invalid"]);
    trust(&lab);
    let proxy = Proxy::socks(end.port());
    let address = format!("socks5://127.0.0.1:{}", proxy.port());
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("all_proxy", address);
    lab.run(&APPLY).success();
    assert_eq!(lab.starts(), 1);
    let asked = proxy.asked();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == "atlas.invalid:443"), "{asked:?}");
}

/// An address that is not a loopback address by its name, and leads to this machine all the same.
#[test]
fn no_proxy_lists_what_is_reached_directly() {
    let (lab, end) = behind_tls(&["0.0.0.0"]);
    trust(&lab);
    let proxy = Proxy::to(end.port());
    lab.workspace
        .env("MONGODB_ATLAS_BASE_URL", format!("https://0.0.0.0:{}", end.port()))
        .env("HTTPS_PROXY", proxy.url())
        .env("NO_PROXY", "example.com, 0.0.0.0/8");
    lab.run(&APPLY).success();
    assert_eq!(proxy.asked(), Vec::<String>::new());
    lab.workspace.env("NO_PROXY", "example.com");
    lab.workspace.plan_is_empty();
    assert_eq!(proxy.asked().len(), 1, "one process that sends requests, and one connection of it");
}

#[test]
fn proxy_that_cannot_be_used_is_an_error_and_no_direct_connection() {
    let (lab, end) = behind_tls(&["localhost"]);
    trust(&lab);
    let proxy = Proxy::to(end.port());
    for (variable, value) in [
        ("HTTPS_PROXY", format!("\"{}\"", proxy.url())),
        ("https_proxy", format!("'{}'", proxy.url())),
        ("ALL_PROXY", "http://me:hunter2@pro xy:3128".to_owned()),
        ("all_proxy", "gopher://me:hunter2@proxy".to_owned()),
    ] {
        lab.workspace.env(variable, value);
        let run = lab.run(&APPLY);
        let text = error_at(run.failure(), &format!("Can't start live migration: {variable} can't be used"), "");
        assert!(text.contains(variable) && text.contains("Nothing was sent."), "{text}");
        run.lacks("hunter2");
        lab.workspace.env(variable, "");
    }
    assert_eq!((end.handshakes(), proxy.asked().len(), lab.atlas.requests().len()), (0, 0, 0));
}

#[test]
fn proxy_that_cannot_be_reached_is_named_instead_of_the_base_url() {
    let (lab, _end) = behind_tls(&["atlas.invalid"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    lab.workspace
        .env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid")
        .env("ALL_PROXY", format!("http://me:hunter2@{nobody}"));
    let resource = lab.example().block("timeouts {\n    create = \"2s\"\n  }");
    let run = lab.apply(resource);
    let text = error_at(run.failure(), "Can't run validation: proxy can't be used", "");
    assert!(text.contains(&format!("the proxy could not be used ({nobody} from ALL_PROXY")), "{text}");
    assert!(!text.contains("base_url"), "{text}");
    run.lacks("hunter2");
}

#[test]
fn proxy_that_refuses_is_named() {
    let (lab, _end) = behind_tls(&["atlas.invalid"]);
    trust(&lab);
    let proxy = Proxy::refusing("407 Proxy Authentication Required");
    lab.workspace.env("MONGODB_ATLAS_BASE_URL", "https://atlas.invalid").env("HTTPS_PROXY", proxy.url());
    let text = error_at(lab.run(&APPLY).failure(), "Can't start live migration: proxy requires a password", "");
    assert!(text.contains(&format!("127.0.0.1:{} from HTTPS_PROXY", proxy.port())), "{text}");
    assert!(text.contains("http://USER:PASSWORD@HOST:PORT") && text.contains("NO_PROXY"), "{text}");
    assert_eq!(lab.atlas.requests().len(), 0);
}

#[test]
fn plain_simulator_on_this_machine_needs_no_proxy() {
    let lab = Lab::new();
    let proxy = Proxy::refusing("502 Bad Gateway");
    lab.workspace.env("HTTP_PROXY", proxy.url()).env("HTTPS_PROXY", proxy.url()).env("ALL_PROXY", proxy.url());
    lab.start(plain(&lab));
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

#[test]
fn headers_that_announce_an_end_become_warnings() {
    let lab = Lab::new();
    let headers = vec![
        ("Deprecation".to_owned(), "@1735689599".to_owned()),
        ("Sunset".to_owned(), "Wed, 31 Dec 2031 23:59:59 GMT".to_owned()),
    ];
    lab.atlas.fault(Fault::new(Operation::Any, Action::Headers(headers)).forever());
    let shown = lab.apply(plain(&lab));
    shown.success().says("Wed, 31 Dec 2031 23:59:59 GMT");
    let heads = warnings(&shown);
    assert!(heads.iter().any(|head| head.starts_with("Atlas will retire an API version")), "{heads:?}");
    // The plan still has nothing to do, and says so too.
    let plan = lab.workspace.plan_is_empty();
    plan.says("Wed, 31 Dec 2031 23:59:59 GMT");
}
