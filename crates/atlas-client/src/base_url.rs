//! Where the API is: a URL that is fit to receive credentials, parsed once.
//!
//! It must not know the operations; it only puts their paths behind its own.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Endings that users copy from documentation or from other tools, which the paths of the operations bring themselves.
const API_SUFFIXES: [&str; 5] = ["/api/atlas/v1.0", "/api/atlas/v1", "/api/atlas/v2", "/api/atlas", "/api/public/v1.0"];

/// The address of an Atlas API: `https` anywhere, plain `http` only on this machine, without a trailing slash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseUrl {
    text: String,
    url: Url,
}

impl BaseUrl {
    /// Parses what a user writes.
    ///
    /// A path is kept as a prefix, trailing slashes and an API suffix such as `/api/atlas/v2` are cut off.
    ///
    /// # Errors
    ///
    /// When it is no URL, its scheme is not `https` (or `http` with a loopback host), or when it has user information,
    /// a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(text.trim()).map_err(|e| BaseUrlError::NotAUrl { reason: e.to_string() })?;
        let scheme = url.scheme().to_owned();
        if scheme != "https" && scheme != "http" {
            return Err(BaseUrlError::Scheme { scheme });
        }
        // `http` and `https` URLs without a host do not parse.
        let host = url.host_str().unwrap_or_default().to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::QueryOrFragment);
        }
        if scheme == "http" && !is_loopback(&host) {
            return Err(BaseUrlError::PlainHttp { host });
        }
        let path = prefix(url.path()).to_owned();
        url.set_path(&path);
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), url })
    }

    /// The URL as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL of an endpoint; `path` begins with a slash and needs no escaping.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is plain `http`, which only a loopback host may be.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no base URL; the `Display` text completes «the base URL …».
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BaseUrlError {
    /// It does not parse.
    NotAUrl {
        /// What the parser says.
        reason: String,
    },
    /// Plain `http` to another machine would show the credentials to the network.
    PlainHttp {
        /// The host, as parsed.
        host: String,
    },
    /// A query or a fragment makes no sense before a path.
    QueryOrFragment,
    /// A scheme other than `https` and `http`; also what a missing scheme before `host:port` looks like.
    Scheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// Credentials do not belong into a URL.
    UserInfo,
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl { reason } => {
                write!(f, "is not a URL ({reason}); it looks like https://cloud.mongodb.com")
            }
            Self::PlainHttp { host } => {
                write!(f, "uses plain http with the host {host}, which would send credentials unencrypted; use https")
            }
            Self::QueryOrFragment => f.write_str("has a query or a fragment; it ends with the host or a path"),
            Self::Scheme { scheme } => write!(f, "has the scheme {scheme}; it begins with https://"),
            Self::UserInfo => f.write_str("contains a user name or password; configure credentials on their own"),
        }
    }
}

impl std::error::Error for BaseUrlError {}

fn prefix(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let cut = API_SUFFIXES.iter().find_map(|suffix| path.strip_suffix(suffix));
    cut.unwrap_or(path).trim_end_matches('/')
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_api_suffixes_are_cut_off() {
        for (given, expected) in [
            ("https://cloud.mongodb.com", "https://cloud.mongodb.com"),
            (" https://cloud.mongodb.com// ", "https://cloud.mongodb.com"),
            ("https://cloud.mongodb.com/api/atlas/v2/", "https://cloud.mongodb.com"),
            ("https://cloud.mongodb.com/api/atlas/v1.0", "https://cloud.mongodb.com"),
            ("https://gateway.example.com/mongo/api/atlas/v2", "https://gateway.example.com/mongo"),
            ("HTTPS://Cloud.MongoDB.com:443", "https://cloud.mongodb.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://localhost:9/x/", "http://localhost:9/x"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), expected, "{given}");
        }
    }

    #[test]
    fn an_endpoint_keeps_the_prefix() {
        let endpoint = |base: &str| BaseUrl::parse(base).unwrap().endpoint("/api/oauth/token").to_string();
        assert_eq!(endpoint("https://a.example/"), "https://a.example/api/oauth/token");
        assert_eq!(endpoint("https://a.example/p/q/"), "https://a.example/p/q/api/oauth/token");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for given in [
            "http://cloud.mongodb.com",
            "http://10.0.0.1",
            "http://localhost.evil.example",
            "http://[::2]",
            "http://0.0.0.0",
        ] {
            let error = BaseUrl::parse(given).unwrap_err();
            assert!(matches!(error, BaseUrlError::PlainHttp { .. }), "{given}: {error:?}");
        }
    }

    #[test]
    fn what_is_no_base_url_says_why() {
        let error = |given: &str| BaseUrl::parse(given).unwrap_err();
        assert!(matches!(error("cloud.mongodb.com"), BaseUrlError::NotAUrl { .. }));
        assert!(matches!(error(""), BaseUrlError::NotAUrl { .. }));
        assert!(matches!(error("https://"), BaseUrlError::NotAUrl { .. }));
        assert_eq!(error("localhost:8080"), BaseUrlError::Scheme { scheme: "localhost".into() });
        assert_eq!(error("ftp://cloud.mongodb.com"), BaseUrlError::Scheme { scheme: "ftp".into() });
        assert_eq!(error("https://u:p@cloud.mongodb.com"), BaseUrlError::UserInfo);
        assert_eq!(error("https://u@cloud.mongodb.com"), BaseUrlError::UserInfo);
        assert_eq!(error("https://cloud.mongodb.com/?a=b"), BaseUrlError::QueryOrFragment);
        assert_eq!(error("https://cloud.mongodb.com/#x"), BaseUrlError::QueryOrFragment);
    }

    #[test]
    fn a_password_in_the_url_is_not_repeated() {
        let error = BaseUrl::parse("https://u:hunter2@cloud.mongodb.com").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
