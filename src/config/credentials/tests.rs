//! Precedence, completeness and recognition of credentials.

use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn pair() -> Config {
    Config {
        public_key: Attr::Known("abcdefgh".into()),
        private_key: Attr::Known(Secret::new("private")),
        ..Config::default()
    }
}

fn account(config: &Config, variables: &[(&str, &str)]) -> (Account, Option<Diagnostic>) {
    match resolve(config, &environment(variables)) {
        (Resolved::Ready(_, account), warning) => (account, warning),
        (Resolved::Unknown(attribute), _) => panic!("{attribute} is unknown"),
        (Resolved::Invalid(problem, _), _) => panic!("{problem:?}"),
    }
}

fn problem(config: &Config, variables: &[(&str, &str)]) -> Diagnostic {
    match resolve(config, &environment(variables)) {
        (Resolved::Invalid(problem, _), _) => problem,
        _ => panic!("these credentials should be invalid"),
    }
}

#[test]
fn block_takes_precedence_and_is_never_mixed_with_the_environment() {
    let variables = [("MONGODB_ATLAS_ACCESS_TOKEN", "token"), ("MONGODB_ATLAS_PRIVATE_API_KEY", "other")];
    let (account, warning) = account(&pair(), &variables);
    assert_eq!((account.kind, warning), (Kind::KeyPair, None));
    assert_eq!(account.origin, "`public_key`, `private_key` of the provider block");

    let half = Config { private_key: Attr::Null, ..pair() };
    let problem = problem(&half, &variables);
    assert_eq!(problem.path.to_string(), "private_key");
    assert!(problem.detail.contains("never mixed"), "{}", problem.detail);
}

#[test]
fn kinds_have_a_precedence_and_a_warning() {
    let all = Config {
        client_id: Attr::Known("mdb_sa_id_1234".into()),
        client_secret: Attr::Known(Secret::new("mdb_sa_sk_x")),
        access_token: Attr::Known(Secret::new("token")),
        ..pair()
    };
    let (first, warning) = account(&all, &[]);
    assert_eq!((first.kind, first.public_id), (Kind::AccessToken, None));
    assert!(
        warning
            .expect("a warning")
            .detail
            .contains("the service account (`client_id`, `client_secret`) and the API key pair")
    );
    let (second, _) = account(&Config { access_token: Attr::Null, ..all }, &[]);
    assert_eq!((second.kind, second.public_id.as_deref()), (Kind::ServiceAccount, Some("…1234")));
}

#[test]
fn every_variable_is_read_and_empty_is_not_set() {
    for (public, private) in PUBLIC_AND_PRIVATE {
        let (account, _) =
            account(&Config::default(), &[(public, "abcdefgh"), (private, "private"), ("MONGODB_ATLAS_CLIENT_ID", "")]);
        assert_eq!(account.origin, format!("the environment ({public}, {private})"));
    }
    let empty_block = Config {
        public_key: Attr::Known(String::new()),
        private_key: Attr::Known(Secret::new(" ")),
        ..Config::default()
    };
    let (account, _) = account(&empty_block, &[("MONGODB_ATLAS_ACCESS_TOKEN", "t")]);
    assert_eq!(account.kind, Kind::AccessToken);
}

const PUBLIC_AND_PRIVATE: [(&str, &str); 3] = [
    ("MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY"),
    ("MONGODB_ATLAS_PUBLIC_KEY", "MONGODB_ATLAS_PRIVATE_KEY"),
    ("MCLI_PUBLIC_API_KEY", "MCLI_PRIVATE_API_KEY"),
];

#[test]
fn error_without_credentials_names_every_kind() {
    let detail = problem(&Config::default(), &[]).detail;
    for name in [
        "public_key",
        "MONGODB_ATLAS_PUBLIC_API_KEY",
        "client_secret",
        "MONGODB_ATLAS_CLIENT_SECRET",
        "MONGODB_ATLAS_ACCESS_TOKEN",
    ] {
        assert!(detail.contains(name), "{name} is not in: {detail}");
    }
}

#[test]
fn unknown_counts_as_set() {
    let config = Config { private_key: Attr::Unknown, ..pair() };
    assert!(matches!(
        resolve(&config, &environment(&[("MONGODB_ATLAS_ACCESS_TOKEN", "t")])).0,
        Resolved::Unknown("private_key")
    ));
}

#[test]
fn recognizes_another_kind() {
    let swapped = Config { public_key: Attr::Known("mdb_sa_id_1234".into()), ..pair() };
    let reported = problem(&swapped, &[]);
    assert_eq!(reported.path.to_string(), "public_key");
    assert!(reported.detail.contains("`client_id`"), "{}", reported.detail);

    let reported =
        problem(&Config::default(), &[("MONGODB_ATLAS_CLIENT_ID", "abcdefgh"), ("MONGODB_ATLAS_CLIENT_SECRET", "x")]);
    assert!(reported.path.is_empty());
    assert!(reported.detail.contains("MONGODB_ATLAS_PUBLIC_API_KEY"), "{}", reported.detail);
}

#[test]
fn quotes_around_a_value_are_reported_without_it() {
    for quoted in ["\"hunter2\"", "'hunter2'", " \"hunter2\"\n", "\"\""] {
        let (text, secret) = (|| Attr::Known(quoted.to_owned()), || Attr::Known(Secret::new(quoted)));
        let account = Config {
            client_id: Attr::Known("mdb_sa_id_1".into()),
            client_secret: Attr::Known(Secret::new("mdb_sa_sk_x")),
            ..Config::default()
        };
        for (config, path) in [
            (Config { public_key: text(), ..pair() }, "public_key"),
            (Config { private_key: secret(), ..pair() }, "private_key"),
            (Config { client_id: text(), ..account.clone() }, "client_id"),
            (Config { client_secret: secret(), ..account }, "client_secret"),
            (Config { access_token: secret(), ..Config::default() }, "access_token"),
        ] {
            let problem = problem(&config, &[]);
            assert_eq!(problem.path.to_string(), path, "{quoted}");
            assert_eq!(problem.summary, "Atlas credentials are wrapped in quotes");
            assert!(problem.detail.contains(path) && !problem.detail.contains("hunter2"), "{}", problem.detail);
        }
        let variables = [("MCLI_PUBLIC_API_KEY", "abcdefgh"), ("MONGODB_ATLAS_PRIVATE_KEY", quoted)];
        let problem = problem(&Config::default(), &variables);
        assert!(problem.path.is_empty() && problem.detail.contains("MONGODB_ATLAS_PRIVATE_KEY"), "{}", problem.detail);
        assert!(!problem.detail.contains("hunter2"), "{}", problem.detail);
    }
    for inside in ["\"", "a\"b", "\"a", "'a\""] {
        let config = Config { private_key: Attr::Known(Secret::new(inside)), ..pair() };
        assert!(matches!(resolve(&config, &environment(&[])).0, Resolved::Ready(..)), "{inside}");
    }
}

#[test]
fn short_public_id_is_not_shown() {
    let config = Config { public_key: Attr::Known("abc".into()), ..pair() };
    assert_eq!(account(&config, &[]).0.public_id, None);
}
