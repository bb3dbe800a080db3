//! Who asks: service accounts and tokens beside the key pair, which of them wins, and what happens when they end while an apply
//! waits.

use std::time::Duration;

use atlas_simulator::{Action, Authorization, Config, Fault, Operation};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::Resource;
use crate::milestones::without_validation;
use crate::support::{Fixture, UNTIL_READY, error_at, errors, frozen, provider, warning_at, warnings};
use crate::sync_points::{
    APPLY, assert_kept, cutovers, finish, wait_until_cut_over, wait_until_received, waiting_apply,
};

/// The variables of each kind.
const KEY_PAIR: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY), ("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)];
const SERVICE_ACCOUNT: [(&str, &str); 2] =
    [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)];

/// A fixture whose environment has exactly these variables of credentials.
fn fixture_with(config: Config, variables: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::with(&Terraform::on_path(), config);
    set(&fixture.workspace, variables);
    fixture
}

/// Sets the credentials of the environment, and takes the others away: what is empty counts as not set.
fn set(workspace: &Workspace, variables: &[(&str, &str)]) {
    for name in KEY_PAIR.iter().chain(&SERVICE_ACCOUNT).map(|(name, _)| *name).chain(["MONGODB_ATLAS_ACCESS_TOKEN"]) {
        workspace.env(name, "");
    }
    for (name, value) in variables {
        workspace.env(*name, *value);
    }
}

/// The example with a wish, beside a provider block.
fn with_block(fixture: &Fixture, block: &str, resource: &Resource) {
    fixture.write(format!("provider \"atlas\" {{\n{block}}}\n\n{resource}"));
}

/// How the requests for the migration itself were authorized, each way once, in their order.
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

/// How many requests for a migration were answered 401.
fn unauthorized(fixture: &Fixture) -> usize {
    fixture.atlas.requests().iter().filter(|request| request.status() == Some(401)).count()
}

#[test]
fn service_account_lives_the_whole_life_with_one_token_a_process() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    fixture.start(without_validation(&fixture));
    // One process has asked, for one token, and has given it back.
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (1, 1));
    fixture.write(without_validation(&fixture).with("cutover", "true"));
    fixture.atlas.advance(UNTIL_READY);
    let running = fixture.workspace.start(APPLY);
    wait_until_cut_over(&fixture);
    fixture.atlas.advance(Duration::from_secs(1));
    finish(running).success();
    fixture.workspace.plan_is_empty();
    assert_eq!(schemes(&fixture), ["bearer"]);
    // The plan, the apply, the empty plan.
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (4, 4));
    assert_eq!((unauthorized(&fixture), fixture.atlas.challenges(), cutovers(&fixture)), (0, 0, 1));
}

#[test]
fn ready_token_is_used_as_it_is_and_not_given_back() {
    let fixture = fixture_with(frozen(), &[]);
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    fixture.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    fixture.start(without_validation(&fixture));
    fixture.workspace.plan_is_empty();
    assert_eq!(schemes(&fixture), ["bearer"]);
    assert_eq!((fixture.atlas.received(Operation::Token), fixture.atlas.received(Operation::Revoke)), (0, 0));
}

#[test]
fn block_wins_over_the_environment_and_the_two_are_never_mixed() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT);
    let keys = format!("  public_key  = \"{}\"\n  private_key = \"{}\"\n", Config::PUBLIC_KEY, Config::PRIVATE_KEY);
    with_block(&fixture, &keys, &without_validation(&fixture));
    let run = fixture.run(&APPLY);
    assert_eq!(warnings(run.success()), Vec::<String>::new());
    assert_eq!(schemes(&fixture), ["digest"]);

    // Half a pair in the block is not completed from the environment.
    set(&fixture.workspace, &KEY_PAIR);
    with_block(&fixture, &format!("  public_key = \"{}\"\n", Config::PUBLIC_KEY), &without_validation(&fixture));
    let requests = fixture.atlas.requests().len();
    error_at(fixture.run(&["plan"]).failure(), "Atlas credentials are incomplete", "");
    assert_eq!(fixture.atlas.requests().len(), requests);

    // A null counts as not set, so that a module may pass variables that nobody has filled.
    with_block(
        &fixture,
        "  public_key  = null\n  private_key = null\n  client_id   = null\n",
        &without_validation(&fixture),
    );
    fixture.workspace.plan_is_empty();
}

#[test]
fn token_wins_over_service_account_and_that_over_key_pair_with_a_warning() {
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
        assert!(text.contains("Remove what is not meant."), "{text}");
        let read =
            fixture.atlas.requests().into_iter().skip(before).find(|request| request.operation == Operation::Read);
        assert!(matches!(read.unwrap().authorization, Authorization::Bearer), "{scheme}");
        assert_eq!(fixture.atlas.received(Operation::Token) - fetched, tokens);
    }
}

#[test]
fn account_of_another_kind_is_recognised_before_anything_is_sent() {
    let fixture = fixture_with(frozen(), &[]);
    for (variables, says) in [
        (
            [("MONGODB_ATLAS_PUBLIC_KEY", Config::CLIENT_ID), ("MONGODB_ATLAS_PRIVATE_KEY", Config::CLIENT_SECRET)],
            "MONGODB_ATLAS_PUBLIC_KEY looks like the client id of a service account. Give it as MONGODB_ATLAS_CLIENT_ID",
        ),
        (
            [("MCLI_PUBLIC_API_KEY", "abcdefgh"), ("MCLI_PRIVATE_API_KEY", Config::CLIENT_SECRET)],
            "MCLI_PRIVATE_API_KEY looks like the client secret of a service account. Give it as MONGODB_ATLAS_CLIENT_SECRET",
        ),
        (
            [("MONGODB_ATLAS_CLIENT_ID", "abcdefgh"), ("MONGODB_ATLAS_CLIENT_SECRET", Config::PRIVATE_KEY)],
            "MONGODB_ATLAS_CLIENT_ID looks like the public key of an API key pair. Give it as MONGODB_ATLAS_PUBLIC_API_KEY",
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
fn quotes_around_a_key_are_reported_before_anything_is_sent() {
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
fn every_name_of_a_variable_is_read() {
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
fn credentials_that_are_unknown_do_not_fail_the_plan() {
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
    // Unknown again, and a migration to be read: the first call says which it was.
    let other = format!("{}provider \"atlas\" {{\n{keys}}}\n\n{}", computed("another"), without_validation(&fixture));
    fixture.write(other);
    let text = error_at(fixture.run(&["plan"]).failure(), "Provider configuration is not known yet", "");
    assert!(text.contains("`public_key` of the provider block"), "{text}");
}

#[test]
fn token_that_expires_in_a_long_wait_is_renewed_after_one_refusal() {
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
fn token_is_renewed_before_it_expires_without_any_refusal() {
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
fn token_that_expires_under_the_cutover_is_renewed_and_the_cutover_sent_once() {
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
fn nonce_that_grows_stale_in_a_long_wait_is_renewed() {
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
fn account_that_is_revoked_in_a_wait_ends_it_and_keeps_the_state() {
    for (variables, id, kind) in [
        (&SERVICE_ACCOUNT, Config::CLIENT_ID, "the service account …0001"),
        (&KEY_PAIR, Config::PUBLIC_KEY, "the API key pair …blic"),
    ] {
        let fixture = fixture_with(frozen(), variables);
        fixture.start(without_validation(&fixture));
        fixture.write(without_validation(&fixture).with("cutover", "true"));
        let running = waiting_apply(&fixture);
        fixture.atlas.revoke(id);
        let run = finish(running);
        let text = error_at(run.failure(), "Live migration could not be read while waiting: …", "");
        assert!(text.contains(kind) && text.contains("keeps running in Atlas"), "{text}");
        assert_kept(&fixture);

        // Another account goes on.
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
fn token_that_cannot_be_renewed_is_told_and_not_tried_again_and_again() {
    let fixture = fixture_with(frozen(), &[]);
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    fixture.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    fixture.start(without_validation(&fixture));
    fixture.write(without_validation(&fixture).with("wait_for_ready", "true"));
    let running = waiting_apply(&fixture);
    fixture.atlas.expire_tokens();
    let run = finish(running);
    let text = error_at(run.failure(), "Live migration could not be read while waiting: …", "");
    assert!(text.contains("A token is valid for an hour."), "{text}");
    assert_eq!(unauthorized(&fixture), 1);
    run.lacks(&token);
    assert_kept(&fixture);
}

#[test]
fn wrong_secret_of_a_service_account_is_asked_once_and_told() {
    let secret = "mdb_sa_sk_of-another";
    let fixture = fixture_with(frozen(), &[SERVICE_ACCOUNT[0], ("MONGODB_ATLAS_CLIENT_SECRET", secret)]);
    let run = fixture.apply(without_validation(&fixture));
    error_at(run.failure(), "Live migration was not started", "");
    run.says("the service account …0001").says("invalid_client").lacks(secret).lacks(Config::CLIENT_ID);
    assert_eq!(fixture.atlas.requests().len(), 1);
}

#[test]
fn legacy_api_takes_key_pairs_only() {
    let fixture = fixture_with(frozen(), &SERVICE_ACCOUNT).legacy();
    let run = fixture.apply(without_validation(&fixture));
    assert_eq!(errors(run.failure()), ["API version v1.0 takes a key pair only"]);
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn validate_asks_for_no_credentials() {
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    let resource = Resource::example(workspace.terraform());
    workspace.file("main.tf", format!("{}{resource}", crate::configuration::HEAD));
    workspace.run(["validate"]).success();
}
