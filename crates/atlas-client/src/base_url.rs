//! The base URL of the API: a URL that may receive credentials.
//!
//! It doesn't depend on the operations.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// Suffixes that users copy from documentation or other tools. The paths of the operations include them.
const API_SUFFIXES: [&str; 5] = ["/api/atlas/v1.0", "/api/atlas/v1", "/api/atlas/v2", "/api/atlas", "/api/public/v1.0"];

/// The address of an Atlas API: `https` for any host, plain `http` only for a loopback host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BaseUrl {
    text: String,
    url: Url,
}

impl BaseUrl {
    /// Parses the configured URL. Trailing slashes and an API suffix such as `/api/atlas/v2` are removed; the rest of the path
    /// is kept as a prefix.
    ///
    /// # Errors
    ///
    /// The text is not a URL, its scheme is neither `https` nor `http` with a loopback host, or it has user information, a
    /// query or a fragment.
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

    /// The URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL of an endpoint. `path` begins with a slash and requires no escaping.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the scheme is `http`, which implies a loopback host.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a base URL. The `Display` text follows "the base URL".
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BaseUrlError {
    /// The text can't be parsed.
    NotAUrl {
        /// The message of the parser.
        reason: String,
    },
    /// Plain `http` to another machine would send the credentials unencrypted.
    PlainHttp {
        /// The host of the URL.
        host: String,
    },
    /// The paths of the operations can't follow a query or a fragment.
    QueryOrFragment,
    /// The scheme is neither `https` nor `http`. A missing scheme before `host:port` is parsed as this.
    Scheme {
        /// The text before the colon.
        scheme: String,
    },
    /// The URL contains a user name or a password.
    UserInfo,
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl { reason } => {
                write!(f, "is not a URL ({reason})")
            }
            Self::PlainHttp { host } => {
                write!(f, "uses plain http with the host {host}, which would send credentials unencrypted; use https")
            }
            Self::QueryOrFragment => f.write_str("has a query or a fragment; remove it"),
            Self::Scheme { scheme } => write!(f, "has the scheme {scheme}; use https://"),
            Self::UserInfo => f.write_str("contains a user name or password; configure the credentials separately"),
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
    fn removes_trailing_slashes_and_api_suffixes() {
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
    fn endpoint_keeps_the_prefix() {
        let endpoint = |base: &str| BaseUrl::parse(base).unwrap().endpoint("/api/oauth/token").to_string();
        assert_eq!(endpoint("https://a.example/"), "https://a.example/api/oauth/token");
        assert_eq!(endpoint("https://a.example/p/q/"), "https://a.example/p/q/api/oauth/token");
    }

    #[test]
    fn accepts_plain_http_for_loopback_hosts_only() {
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
    fn rejects_invalid_urls_with_a_reason() {
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
    fn error_does_not_quote_a_password_in_the_url() {
        let error = BaseUrl::parse("https://u:hunter2@cloud.mongodb.com").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
