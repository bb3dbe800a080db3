//! Credentials: key pairs, service accounts and access tokens, their precedence, and their expiry while an apply waits.

use std::time::Duration;

use atlas_simulator::{Action, Authorization, Config, Fault, Operation};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::Resource;
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, error_at, errors, frozen, provider, warning_at, warnings};
use crate::sync_points::{
    APPLY, assert_kept, cutovers, finish, wait_until_cut_over, wait_until_received, waiting_apply,
};

/// The environment variables of each kind.
const KEY_PAIR: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY), ("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)];
const SERVICE_ACCOUNT: [(&str, &str); 2] =
    [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)];

/// A fixture whose environment has only these credentials.
fn fixture_with(config: Config, variables: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::with(&Terraform::on_path(), config);
    set(&fixture.workspace, variables);
    fixture
}

/// Sets these credentials in the environment and unsets the others: an empty variable counts as not set.
fn set(workspace: &Workspace, variables: &[(&str, &str)]) {
    for name in KEY_PAIR.iter().chain(&SERVICE_ACCOUNT).map(|(name, _)| *name).chain(["MONGODB_ATLAS_ACCESS_TOKEN"]) {
        workspace.env(name, "");
    }
    for (name, value) in variables {
        workspace.env(*name, *value);
    }
}

/// The resource with a provider block.
fn with_block(fixture: &Fixture, block: &str, resource: &Resource) {
    fixture.write(format!("provider \"atlas\" {{\n{block}}}\n\n{resource}"));
}

/// The authentication schemes of the requests to the API, in order and without repetitions.
fn schemes(fixture: &Fixture) -> Vec<&'static str> {
    let of_api = |operation| !matches!(operation, Operation::Token | Operation::Revoke);
    let requests =
        fixture.atlas.requests().into_iter().filter(|request| request.authenticated && of_api(request.operation));
    let mut schemes: Vec<_> = requests
        .map(|request| match request.authorization {
            Authorization::Digest { .. } => "digest",
            Authorization::Bearer => "bearer",
            _ => "another",
        })
        .collect();
    schemes.dedup();
    schemes
}

/// The number of 401 responses.
fn unauthorized(fixture: &Fixture) -> usize {
    fixture.atlas.requests().iter().filter(|request| request.status() == Some(401)).count()
}

#[test]
fn service_account_uses_one_token_per_process() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    fixture.start(without_validation(&fixture));
    // One process has requested one token, and has revoked it.
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (1, 1));
    fixture.write(without_validation(&fixture).with("cutover", "true"));
    fixture.atlas.advance(UNTIL_READY);
    let running = fixture.workspace.start(APPLY);
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(schemes(&fixture), ["bearer"]);
    // The plan and the apply of the cutover, and the empty plan.
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (4, 4));
    assert_eq!((unauthorized(&fixture), fixture.atlas.challenges(), cutovers(&fixture)), (0, 0, 1));
}

#[test]
fn access_token_is_used_unchanged_and_not_revoked() {
    let fixture = fixture_with(frozen(), &[]);
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    fixture.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    fixture.start(without_validation(&fixture));
    fixture.workspace.plan_is_empty();
    assert_eq!(schemes(&fixture), ["bearer"]);
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (0, 0));
}

#[test]
fn provider_block_overrides_the_environment_and_is_not_mixed_with_it() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    let keys = format!("  public_key  = \"{}\"\n  private_key = \"{}\"\n", Config::PUBLIC_KEY, Config::PRIVATE_KEY);
    with_block(&fixture, &keys, &without_validation(&fixture));
    let run = fixture.run(&APPLY);
    assert_eq!(warnings(run.success()), Vec::<String>::new());
    assert_eq!(schemes(&fixture), ["digest"]);

    // The environment doesn't complete half a key pair in the block.
    set(&fixture.workspace, &KEY_PAIR);
    with_block(&fixture, &format!("  public_key = \"{}\"\n", Config::PUBLIC_KEY), &without_validation(&fixture));
    let requests = fixture.atlas.requests().len();
    error_at(fixture.run(&["plan"]).failure(), "Atlas credentials are incomplete", "");
    assert_eq!(fixture.atlas.requests().len(), requests);

    // A null counts as not set, so that a module can pass optional variables.
    with_block(
        &fixture,
        "  public_key  = null\n  private_key = null\n  client_id   = null\n",
        &without_validation(&fixture),
    );
    fixture.workspace.plan_is_empty();
}

#[test]
fn prefers_token_to_service_account_to_key_pair_and_warns() {
    let fixture = fixture_with(frozen(), &KEY_PAIR);
    fixture.start(without_validation(&fixture));
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    let token = [("MONGODB_ATLAS_ACCESS_TOKEN", token.as_str())];
    for (variables, scheme, tokens) in [
        ([&KEY_PAIR[..], &SERVICE_ACCOUNT[..]].concat(), "bearer", 1),
        ([&SERVICE_ACCOUNT[..], &token[..]].concat(), "bearer", 0),
        ([&KEY_PAIR[..], &token[..]].concat(), "bearer", 0),
    ] {
        set(&fixture.workspace, &variables);
        let (before, fetched) = (fixture.atlas.requests().len(), fixture.atlas.received(Operation::Token));
        let plan = fixture.workspace.plan_is_empty();
        let text = warning_at(&plan, "More than one kind of Atlas credentials", "");
        assert!(text.contains("Remove the credentials that you don't need."), "{text}");
        let read =
            fixture.atlas.requests().into_iter().skip(before).find(|request| request.operation == Operation::Read);
        assert!(matches!(read.unwrap().authorization, Authorization::Bearer), "{scheme}");
        assert_eq!(fixture.atlas.received(Operation::Token) - fetched, tokens);
    }
}

#[test]
fn detects_credentials_of_the_wrong_kind_before_any_request() {
    let fixture = fixture_with(frozen(), &[]);
    for (variables, says) in [
        (
            [("MONGODB_ATLAS_PUBLIC_KEY", Config::CLIENT_ID), ("MONGODB_ATLAS_PRIVATE_KEY", Config::CLIENT_SECRET)],
            "MONGODB_ATLAS_PUBLIC_KEY looks like the client ID of a service account. Set it as MONGODB_ATLAS_CLIENT_ID",
        ),
        (
            [("MCLI_PUBLIC_API_KEY", "abcdefgh"), ("MCLI_PRIVATE_API_KEY", Config::CLIENT_SECRET)],
            "MCLI_PRIVATE_API_KEY looks like the client secret of a service account. Set it as MONGODB_ATLAS_CLIENT_SECRET",
        ),
        (
            [("MONGODB_ATLAS_CLIENT_ID", "abcdefgh"), ("MONGODB_ATLAS_CLIENT_SECRET", Config::PRIVATE_KEY)],
            "MONGODB_ATLAS_CLIENT_ID looks like the public key of an API key pair. Set it as MONGODB_ATLAS_PUBLIC_API_KEY",
        ),
    ] {
        set(&fixture.workspace, &variables);
        let run = fixture.apply(without_validation(&fixture));
        let text = error_at(run.failure(), "Atlas credentials of another kind", "");
        assert!(text.contains(says), "{text}");
        run.lacks(Config::CLIENT_SECRET).lacks(Config::PRIVATE_KEY);
        for (name, _) in variables {
            fixture.workspace.env(name, "");
        }
    }
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn detects_quotes_around_a_key_before_any_request() {
    let quoted = |value: &str| format!("\"{value}\"");
    let summary = "Atlas credentials are wrapped in quotes";
    let private = quoted(Config::PRIVATE_KEY);
    let fixture = fixture_with(frozen(), &[KEY_PAIR[0], ("MONGODB_ATLAS_PRIVATE_API_KEY", &private)]);
    let run = fixture.apply(without_validation(&fixture));
    let text = error_at(run.failure(), summary, "");
    assert!(text.contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{text}");
    run.lacks(Config::PRIVATE_KEY);

    let keys = format!("  public_key  = \"'{}'\"\n  private_key = \"x\"\n", Config::PUBLIC_KEY);
    with_block(&fixture, &keys, &without_validation(&fixture));
    error_at(fixture.run(&["plan"]).failure(), summary, "public_key");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn reads_every_supported_environment_variable() {
    for (public, private, url) in [
        ("MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_BASE_URL"),
        ("MONGODB_ATLAS_PUBLIC_KEY", "MONGODB_ATLAS_PRIVATE_KEY", "MCLI_OPS_MANAGER_URL"),
        ("MCLI_PUBLIC_API_KEY", "MCLI_PRIVATE_API_KEY", "MCLI_OPS_MANAGER_URL"),
    ] {
        let fixture = fixture_with(frozen(), &[(public, Config::PUBLIC_KEY), (private, Config::PRIVATE_KEY)]);
        fixture.workspace.env("MONGODB_ATLAS_BASE_URL", "").env(url, fixture.atlas.url());
        fixture.start(without_validation(&fixture));
        assert_eq!(fixture.starts(), 1);
    }
}

#[test]
fn unknown_credentials_do_not_fail_the_plan() {
    let fixture = fixture_with(frozen(), &[]);
    let computed = |value: &str| format!("resource \"terraform_data\" \"computed\" {{\n  input = \"{value}\"\n}}\n\n");
    let keys = format!("  public_key  = terraform_data.computed.output\n  private_key = \"{}\"\n", Config::PRIVATE_KEY);
    fixture.write(format!(
        "{}provider \"atlas\" {{\n{keys}}}\n\n{}",
        computed(Config::PUBLIC_KEY),
        without_validation(&fixture)
    ));
    fixture.run(&["plan"]).success().says("Plan: 2 to add");
    fixture.run(&APPLY).success();
    fixture.workspace.plan_is_empty();
    // Unknown again, when a migration must be read: the error names the argument.
    let other = format!("{}provider \"atlas\" {{\n{keys}}}\n\n{}", computed("another"), without_validation(&fixture));
    fixture.write(other);
    let text = error_at(fixture.run(&["plan"]).failure(), "Provider configuration is not known yet", "");
    assert!(text.contains("`public_key` of the provider block"), "{text}");
}

#[test]
fn token_that_expires_during_a_wait_is_renewed_after_one_401() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    let (tokens, rejections) = (fixture.atlas.received(Operation::Token), unauthorized(&fixture));
    fixture.atlas.expire_tokens();
    wait_until_received(&fixture, Operation::Token, tokens + 1);
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 3);
    assert_eq!((fixture.atlas.received(Operation::Token) - tokens, unauthorized(&fixture) - rejections), (1, 1));
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success();
    fixture.workspace.plan_is_empty();
}

#[test]
fn token_is_renewed_before_it_expires() {
    let fixture = fixture_with(Config { token_lifetime: Duration::from_millis(2_000), ..frozen() }, &SERVICE_ACCOUNT);
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    let tokens = fixture.atlas.received(Operation::Token);
    wait_until_received(&fixture, Operation::Token, tokens + 2);
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success();
    assert_eq!(unauthorized(&fixture), 0, "{}", fixture.atlas.log());
}

#[test]
fn token_that_expires_at_the_cutover_is_renewed_and_the_cutover_sent_once() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    fixture.start(without_validation(&fixture));
    fixture.atlas.advance(UNTIL_READY);
    fixture.write(without_validation(&fixture).with("cutover", "true"));
    fixture.atlas.fault(Fault::new(Operation::Cutover, Action::ExpireTokens));
    let running = fixture.workspace.start(APPLY);
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    assert_eq!((unauthorized(&fixture), cutovers(&fixture)), (1, 1));
    fixture.workspace.plan_is_empty();
}

#[test]
fn nonce_that_becomes_stale_during_a_wait_is_renewed() {
    let fixture = Fixture::new();
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    let challenges = fixture.atlas.challenges();
    fixture.atlas.expire_nonces();
    wait_until_received(&fixture, Operation::Read, fixture.atlas.received(Operation::Read) + 3);
    assert_eq!(fixture.atlas.challenges() - challenges, 1);
    fixture.atlas.advance(UNTIL_READY);
    finish(running).success();
}

#[test]
fn credentials_revoked_during_a_wait_end_it_and_keep_the_state() {
    for (variables, id, kind, cause) in [
        (&SERVICE_ACCOUNT, Config::CLIENT_ID, "the service account …0001", "Atlas refused the service account (401)"),
        (&KEY_PAIR, Config::PUBLIC_KEY, "the API key pair …blic", "Atlas refused the credentials (401)"),
    ] {
        let fixture = fixture_with(frozen(), variables);
        fixture.start(without_validation(&fixture));
        fixture.write(without_validation(&fixture).with("cutover", "true"));
        let running = waiting_apply(&fixture);
        fixture.atlas.revoke(id);
        let run = finish(running);
        let text = error_at(run.failure(), &format!("Can't wait for live migration: {cause}"), "");
        assert!(text.contains(kind) && text.contains("keeps running in Atlas"), "{text}");
        assert_kept(&fixture);

        // The next apply resumes with another key.
        fixture.atlas.add_key(atlas_simulator::Credential::owner("anewone1", "0-0-0"));
        set(&fixture.workspace, &[("MONGODB_ATLAS_PUBLIC_KEY", "anewone1"), ("MONGODB_ATLAS_PRIVATE_KEY", "0-0-0")]);
        fixture.atlas.advance(UNTIL_READY);
        let running = fixture.workspace.start(APPLY);
        wait_until_cut_over(&fixture);
        fixture.atlas.advance(Duration::from_secs(1));
        finish(running).success();
        assert_eq!((fixture.starts(), cutovers(&fixture)), (1, 1));
    }
}

#[test]
fn expired_token_that_cannot_be_renewed_is_an_error_after_one_401() {
    let fixture = fixture_with(frozen(), &[]);
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    fixture.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    fixture.atlas.expire_tokens();
    let run = finish(running);
    let text = error_at(run.failure(), "Can't wait for live migration: Atlas refused the credentials (401)", "");
    assert!(text.contains("a token is valid for an hour"), "{text}");
    assert_eq!(unauthorized(&fixture), 1);
    run.lacks(&token);
    assert_kept(&fixture);
}

#[test]
fn wrong_client_secret_is_an_error_after_one_request() {
    let secret = "mdb_sa_sk_of-another";
    let fixture = fixture_with(frozen(), &[SERVICE_ACCOUNT[0], ("MONGODB_ATLAS_CLIENT_SECRET", secret)]);
    let run = fixture.apply(without_validation(&fixture));
    error_at(run.failure(), "Can't start live migration: Atlas refused the service account (401)", "");
    run.says("the service account …0001").says("invalid_client").lacks(secret).lacks(Config::CLIENT_ID);
    assert_eq!(fixture.atlas.requests().len(), 1);
}

#[test]
fn legacy_api_accepts_only_key_pairs() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT).legacy();
    let run = fixture.apply(without_validation(&fixture));
    assert_eq!(errors(run.failure()), ["API version v1.0 takes a key pair only"]);
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn validate_needs_no_credentials() {
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    let resource = Resource::example(workspace.terraform());
    workspace.file("main.tf", format!("{}{resource}", crate::configuration::HEAD));
    workspace.run(["validate"]).success();
}
