//! The rules of the proxy variables.

#![allow(clippy::unwrap_used, reason = "a failed test is a panic")]

use super::*;

const ATLAS: &str = "https://cloud.mongodb.com";

fn decide(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
    let proxy = Proxy::for_url(&Url::parse(url).unwrap(), variable).map_err(|error| error.to_string())?;
    Ok(proxy.map(|proxy| format!("{} {}", proxy.variable, proxy.url)))
}

/// Whether requests to this URL are sent directly, with this list of exceptions.
fn direct(exceptions: &str, url: &str) -> bool {
    decide(url, &[("HTTPS_PROXY", "proxy:1"), ("HTTP_PROXY", "proxy:1"), ("NO_PROXY", exceptions)]).unwrap().is_none()
}

#[test]
fn variables_have_a_precedence() {
    let all = [("HTTPS_PROXY", "a"), ("https_proxy", "b"), ("ALL_PROXY", "c"), ("all_proxy", "d"), ("HTTP_PROXY", "e")];
    for (unset, expected) in [
        (0, "HTTPS_PROXY http://a/"),
        (1, "https_proxy http://b/"),
        (2, "ALL_PROXY http://c/"),
        (3, "all_proxy http://d/"),
    ] {
        assert_eq!(decide(ATLAS, &all[unset..]), Ok(Some(expected.to_owned())));
    }
    // HTTP_PROXY is for http alone.
    assert_eq!(decide(ATLAS, &all[4..]), Ok(None));
    assert_eq!(decide("http://a.example", &all), Ok(Some("HTTP_PROXY http://e/".to_owned())));
    let http = [("http_proxy", "f"), ("ALL_PROXY", "c"), ("https_proxy", "b")];
    assert_eq!(decide("http://a.example", &http), Ok(Some("http_proxy http://f/".to_owned())));
    for empty in ["", " ", "\n"] {
        let variables = [("HTTPS_PROXY", empty), ("https_proxy", "b")];
        assert_eq!(decide(ATLAS, &variables), Ok(Some("https_proxy http://b/".to_owned())));
    }
    assert_eq!(decide(ATLAS, &[]), Ok(None));
}

#[test]
fn values_are_trimmed_and_may_omit_the_scheme() {
    for (value, url) in [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128/"),
        ("  http://proxy.example.com:3128\r\n", "http://proxy.example.com:3128/"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128/"),
        ("proxy", "http://proxy/"),
        ("10.0.0.1:8080", "http://10.0.0.1:8080/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("HTTPS://Proxy:8443", "https://proxy:8443/"),
        ("https://proxy", "https://proxy/"),
        ("http://user:p%40ss@proxy:80", "http://user:p%40ss@proxy/"),
        ("user:p@ss@proxy:1", "http://user:p%40ss@proxy:1/"),
        ("socks5://proxy", "socks5h://proxy:1080"),
        ("socks5h://user:pass@proxy:9", "socks5h://user:pass@proxy:9"),
    ] {
        let expected = format!("HTTPS_PROXY {url}");
        let decided = decide(ATLAS, &[("HTTPS_PROXY", value)]).unwrap().unwrap();
        assert_eq!(decided.trim_end_matches('/'), expected.trim_end_matches('/'), "{value}");
    }
}

#[test]
fn rejects_invalid_values_without_quoting_them() {
    for (value, why) in [
        ("\"http://u:hunter2@proxy\"", "quotation mark"),
        ("'http://u:hunter2@proxy'", "quotation mark"),
        ("\"http://u:hunter2@proxy", "quotation mark"),
        ("http://u:hunter2@pro xy", "whitespace"),
        ("http://u:hunter2@proxy http://other", "whitespace"),
        ("http://u:hunter2@pro\nxy", "whitespace"),
        ("ftp://u:hunter2@proxy", "scheme"),
        ("socks4://u:hunter2@proxy", "scheme"),
        ("://u:hunter2@proxy", "scheme"),
        ("http://u:hunter2@proxy:99999", "not a URL"),
        ("http://u:hunter2@", "not a URL"),
        ("http://", "not a URL"),
        ("http://u:hunter2@pro\"xy", "host name"),
        ("http:u:hunter2@proxy", "not a URL"),
    ] {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let error = decide(ATLAS, &[(name, value)]).unwrap_err();
            assert!(error.starts_with(name) && error.contains(why) && !error.contains("hunter2"), "{value}: {error}");
        }
    }
    // Neither another variable nor an exception hides the error.
    let variables = [("HTTPS_PROXY", "'a'"), ("https_proxy", "b"), ("NO_PROXY", "*")];
    assert!(decide(ATLAS, &variables).unwrap_err().starts_with("HTTPS_PROXY"));
}

#[cfg(unix)]
#[test]
fn rejects_a_value_that_is_not_unicode() {
    use std::os::unix::ffi::OsStringExt as _;
    let variable = |name: &str| (name == "HTTPS_PROXY").then(|| OsString::from_vec(vec![b'a', 0xff]));
    assert!(Proxy::for_url(&Url::parse(ATLAS).unwrap(), variable).is_err());
}

#[test]
fn rejects_http_proxy_in_a_cgi_process() {
    let cgi = |name| decide("http://a.example", &[(name, "proxy"), ("REQUEST_METHOD", "GET")]);
    assert!(cgi("HTTP_PROXY").is_err() && cgi("http_proxy").is_err());
    assert!(cgi("ALL_PROXY").unwrap().is_some());
    assert!(decide(ATLAS, &[("HTTPS_PROXY", "proxy"), ("REQUEST_METHOD", "GET")]).unwrap().is_some());
    assert!(decide("http://a.example", &[("HTTP_PROXY", "proxy"), ("REQUEST_METHOD", "")]).unwrap().is_some());
}

#[test]
fn connects_to_loopback_hosts_directly() {
    for url in
        ["https://localhost", "https://localhost:8443/x", "https://127.0.0.1", "https://127.9.9.9:1", "https://[::1]"]
    {
        assert!(direct("", url), "{url}");
    }
    for url in ["https://localhost.example", "https://my.localhost", "https://128.0.0.1", "https://[::2]"] {
        assert!(!direct("", url), "{url}");
    }
}

#[test]
fn exceptions_follow_the_rules_of_go() {
    for (list, hosts, others) in [
        ("*", "cloud.mongodb.com 10.0.0.1", ""),
        ("other.example, * ", "cloud.mongodb.com", ""),
        ("mongodb.com", "mongodb.com cloud.mongodb.com a.b.mongodb.com MONGODB.com", "notmongodb.com mongodb.com.evil"),
        (" MongoDB.com ,,", "mongodb.com cloud.mongodb.com", "example.com"),
        (".mongodb.com", "cloud.mongodb.com", "mongodb.com notmongodb.com"),
        ("*.mongodb.com", "cloud.mongodb.com", "mongodb.com"),
        ("mongodb.com:443", "cloud.mongodb.com cloud.mongodb.com:443", "cloud.mongodb.com:8443"),
        ("mongodb.com:8443", "cloud.mongodb.com:8443", "cloud.mongodb.com"),
        ("mongodb.com:x, :443, cloud*, mongo*.com", "", "cloud.mongodb.com"),
        ("bücher.example", "xn--bcher-kva.example a.xn--bcher-kva.example", "bcher.example"),
        ("10.0.0.1", "10.0.0.1 10.0.0.1:8443", "10.0.0.2 1.10.0.0"),
        ("10.0.0.1:8443", "10.0.0.1:8443", "10.0.0.1"),
        ("10.1.2.3/8", "10.0.0.1 10.255.255.255", "11.0.0.1 cloud.mongodb.com"),
        ("0.0.0.0/0", "10.0.0.1", "cloud.mongodb.com [fd00::1]"),
        ("10.0.0.0/33,10.0.0.0/x,/8", "", "10.0.0.1"),
        ("10.0.0.1/32", "10.0.0.1", "10.0.0.2"),
        ("fd00::1", "[fd00::1] [fd00::1]:8443", "[fd00::2]"),
        ("[fd00::1]:8443", "[fd00::1]:8443", "[fd00::1]"),
        ("fd00::/16", "[fd00::1] [fd00:1::]", "[fd01::1] 10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("", "", "cloud.mongodb.com"),
    ] {
        for host in hosts.split_whitespace() {
            assert!(direct(list, &format!("https://{host}")), "{list}: {host}");
        }
        for host in others.split_whitespace() {
            assert!(!direct(list, &format!("https://{host}")), "{list}: {host}");
        }
    }
    // The lowercase variable applies where the other one is not set.
    let variables = [("HTTPS_PROXY", "proxy"), ("NO_PROXY", ""), ("no_proxy", "mongodb.com")];
    assert_eq!(decide(ATLAS, &variables), Ok(None));
    let variables = [("HTTPS_PROXY", "proxy"), ("NO_PROXY", "example.com"), ("no_proxy", "mongodb.com")];
    assert!(decide(ATLAS, &variables).unwrap().is_some());
}

#[test]
fn does_not_show_the_password() {
    let variable = |name: &str| (name == "ALL_PROXY").then(|| "http://me:hunter2@proxy.example.com".into());
    let proxy = Proxy::for_url(&Url::parse(ATLAS).unwrap(), variable).unwrap().unwrap();
    assert_eq!(proxy.to_string(), "proxy.example.com:80 from ALL_PROXY");
    assert!(!format!("{proxy:?}").contains("hunter2"));
}
