//! Base URL, API version, and when errors are reported.

use tf_provider::Secret;

use super::*;

fn config() -> Config {
    Config {
        public_key: Attr::Known("abcdefgh".into()),
        private_key: Attr::Known(Secret::new("private")),
        ..Config::default()
    }
}

fn resolved(config: &Config, variables: &[(&str, &str)]) -> (Result<Settings, Diagnostic>, Vec<String>) {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut diagnostics = Diagnostics::new();
    let resolution = resolve(config, &environment, "test", &mut diagnostics);
    (resolution.settings, diagnostics.iter().map(|diagnostic| diagnostic.path.to_string()).collect())
}

fn base_url(config: &Config, variables: &[(&str, &str)]) -> String {
    match resolved(config, variables).0 {
        Ok(settings) => settings.client.base_url.as_str().trim_end_matches('/').to_owned(),
        Err(problem) => panic!("{problem:?}"),
    }
}

#[test]
fn base_url_comes_from_the_block_then_the_environment_then_the_default() {
    let mut config = config();
    assert_eq!(base_url(&config, &[]), DEFAULT_BASE_URL);
    assert_eq!(base_url(&config, &[("MCLI_OPS_MANAGER_URL", "https://a.example/")]), "https://a.example");
    assert_eq!(
        base_url(
            &config,
            &[("MONGODB_ATLAS_BASE_URL", "https://b.example"), ("MCLI_OPS_MANAGER_URL", "https://a.example")]
        ),
        "https://b.example"
    );
    config.is_mongodbgov_cloud = Attr::Known(true);
    assert_eq!(base_url(&config, &[("MONGODB_ATLAS_BASE_URL", "https://b.example")]), GOV_BASE_URL);
    config.is_mongodbgov_cloud = Attr::Null;
    config.base_url = Attr::Known("http://localhost:8080".into());
    assert_eq!(base_url(&config, &[("MONGODB_ATLAS_BASE_URL", "https://b.example")]), "http://localhost:8080");
}

#[test]
fn reports_errors_of_the_block_at_once_with_their_path() {
    for url in ["nonsense", "http://cloud.mongodb.com", "ftp://cloud.mongodb.com"] {
        let (settings, reported) = resolved(&Config { base_url: Attr::Known(url.into()), ..config() }, &[]);
        assert!(settings.is_err());
        assert_eq!(reported, ["base_url"], "{url}");
    }
    let gov = Config {
        is_mongodbgov_cloud: Attr::Known(true),
        base_url: Attr::Known("https://a.example".into()),
        ..config()
    };
    assert_eq!(resolved(&gov, &[]).1, ["base_url"]);
    assert_eq!(resolved(&Config { api_version: Attr::Known("v3".into()), ..config() }, &[]).1, ["api_version"]);
    assert_eq!(resolved(&Config { private_key: Attr::Null, ..config() }, &[]).1, ["private_key"]);
}

#[test]
fn reports_errors_of_the_environment_at_the_first_use() {
    for variables in [
        [("MONGODB_ATLAS_BASE_URL", "http://a.example")],
        [("MONGODB_ATLAS_API_VERSION", "v3")],
        [("ATLAS_POLL_INTERVAL", "often")],
    ] {
        let (settings, reported) = resolved(&config(), &variables);
        assert_eq!(reported, [""; 0]);
        let problem = settings.err().expect("it is invalid");
        assert!(problem.detail.contains(variables[0].0), "{}", problem.detail);
    }
    assert_eq!(resolved(&Config::default(), &[]).1, [""; 0], "missing credentials are reported at the first use");
}

#[test]
fn unknown_settings_are_an_error_at_the_first_use() {
    for config in [
        Config { base_url: Attr::Unknown, ..config() },
        Config { api_version: Attr::Unknown, ..config() },
        Config { is_mongodbgov_cloud: Attr::Unknown, ..config() },
        Config { private_key: Attr::Unknown, ..config() },
    ] {
        let (settings, reported) = resolved(&config, &[]);
        assert_eq!(reported, [""; 0]);
        assert_eq!(settings.err().expect("it is unknown").summary, "Provider configuration is not known yet");
    }
}

#[test]
fn api_version_v1_accepts_a_key_pair_only() {
    let v1 = Config { api_version: Attr::Known("v1.0".into()), ..config() };
    assert!(resolved(&v1, &[]).0.is_ok());
    let token =
        Config { public_key: Attr::Null, private_key: Attr::Null, access_token: Attr::Known(Secret::new("t")), ..v1 };
    assert_eq!(
        resolved(&token, &[]).0.err().expect("a token has no v1.0").summary,
        "API version v1.0 takes a key pair only"
    );
}

#[test]
fn password_in_a_url_is_not_shown() {
    let (settings, _) =
        resolved(&Config { base_url: Attr::Known("http://user:s3cret@a.example".into()), ..config() }, &[]);
    let problem = settings.err().expect("it is rejected");
    assert!(!problem.detail.contains("s3cret"), "{}", problem.detail);
}
