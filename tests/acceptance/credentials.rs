//! Who asks: service accounts and tokens beside the key pair, which of them wins, and what happens when they end while an apply
//! waits.

use std::time::Duration;

use atlas_simulator::{Action, Authorization, Config, Fault, Operation};
use test_support::terraform::{Terraform, Workspace};

use crate::configuration::Resource;
use crate::moment::{APPLY, assert_kept, cutovers, finished, until_cut_over, until_received, waiting_apply};
use crate::support::{Lab, UNTIL_READY, error_at, errors, provider, still, warning_at, warnings};
use crate::wishes::plain;

/// The variables of each kind.
const KEY_PAIR: [(&str, &str); 2] =
    [("MONGODB_ATLAS_PUBLIC_API_KEY", Config::PUBLIC_KEY), ("MONGODB_ATLAS_PRIVATE_API_KEY", Config::PRIVATE_KEY)];
const SERVICE_ACCOUNT: [(&str, &str); 2] =
    [("MONGODB_ATLAS_CLIENT_ID", Config::CLIENT_ID), ("MONGODB_ATLAS_CLIENT_SECRET", Config::CLIENT_SECRET)];

/// A lab whose environment has exactly these variables of credentials.
fn lab_with(config: Config, variables: &[(&str, &str)]) -> Lab {
    let lab = Lab::with(&Terraform::on_path(), config);
    set(&lab.workspace, variables);
    lab
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
fn with_block(lab: &Lab, block: &str, resource: &Resource) {
    lab.write(format!("provider \"atlas\" {{\n{block}}}\n\n{resource}"));
}

/// How the requests for the migration itself were authorized, each way once, in their order.
fn schemes(lab: &Lab) -> Vec<&'static str> {
    let of_api = |operation| !matches!(operation, Operation::Token | Operation::Revoke);
    let requests =
        lab.atlas.requests().into_iter().filter(|request| request.authenticated && of_api(request.operation));
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
fn refused(lab: &Lab) -> usize {
    lab.atlas.requests().iter().filter(|request| request.status() == Some(401)).count()
}

#[test]
fn service_account_lives_the_whole_life_with_one_token_a_process() {
    let lab = lab_with(still(), &SERVICE_ACCOUNT);
    lab.start(plain(&lab));
    // One process has asked, for one token, and has given it back.
    assert_eq!((lab.atlas.received(Operation::Token), lab.atlas.received(Operation::Revoke)), (1, 1));
    lab.write(plain(&lab).with("cutover", "true"));
    lab.atlas.advance(UNTIL_READY);
    let running = lab.workspace.start(APPLY);
    until_cut_over(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    lab.workspace.plan_is_empty();
    assert_eq!(schemes(&lab), ["bearer"]);
    // The plan, the apply, the empty plan.
    assert_eq!((lab.atlas.received(Operation::Token), lab.atlas.received(Operation::Revoke)), (4, 4));
    assert_eq!((refused(&lab), lab.atlas.challenges(), cutovers(&lab)), (0, 0, 1));
}

#[test]
fn ready_token_is_used_as_it_is_and_not_given_back() {
    let lab = lab_with(still(), &[]);
    let token = lab.atlas.issue_token(Config::CLIENT_ID);
    lab.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    lab.start(plain(&lab));
    lab.workspace.plan_is_empty();
    assert_eq!(schemes(&lab), ["bearer"]);
    assert_eq!((lab.atlas.received(Operation::Token), lab.atlas.received(Operation::Revoke)), (0, 0));
}

#[test]
fn block_wins_over_the_environment_and_the_two_are_never_mixed() {
    let lab = lab_with(still(), &SERVICE_ACCOUNT);
    let keys = format!("  public_key  = \"{}\"\n  private_key = \"{}\"\n", Config::PUBLIC_KEY, Config::PRIVATE_KEY);
    with_block(&lab, &keys, &plain(&lab));
    let run = lab.run(&APPLY);
    assert_eq!(warnings(run.success()), Vec::<String>::new());
    assert_eq!(schemes(&lab), ["digest"]);

    // Half a pair in the block is not completed from the environment.
    set(&lab.workspace, &KEY_PAIR);
    with_block(&lab, &format!("  public_key = \"{}\"\n", Config::PUBLIC_KEY), &plain(&lab));
    let requests = lab.atlas.requests().len();
    error_at(lab.run(&["plan"]).failure(), "Atlas credentials are incomplete", "");
    assert_eq!(lab.atlas.requests().len(), requests);

    // A null counts as not set, so that a module may pass variables that nobody has filled.
    with_block(&lab, "  public_key  = null\n  private_key = null\n  client_id   = null\n", &plain(&lab));
    lab.workspace.plan_is_empty();
}

#[test]
fn token_wins_over_service_account_and_that_over_key_pair_with_a_warning() {
    let lab = lab_with(still(), &KEY_PAIR);
    lab.start(plain(&lab));
    let token = lab.atlas.issue_token(Config::CLIENT_ID);
    let token = [("MONGODB_ATLAS_ACCESS_TOKEN", token.as_str())];
    for (variables, scheme, tokens) in [
        ([&KEY_PAIR[..], &SERVICE_ACCOUNT[..]].concat(), "bearer", 1),
        ([&SERVICE_ACCOUNT[..], &token[..]].concat(), "bearer", 0),
        ([&KEY_PAIR[..], &token[..]].concat(), "bearer", 0),
    ] {
        set(&lab.workspace, &variables);
        let (before, fetched) = (lab.atlas.requests().len(), lab.atlas.received(Operation::Token));
        let plan = lab.workspace.plan_is_empty();
        let text = warning_at(&plan, "More than one kind of Atlas credentials", "");
        assert!(text.contains("Remove the credentials that you don't need."), "{text}");
        let read = lab.atlas.requests().into_iter().skip(before).find(|request| request.operation == Operation::Read);
        assert!(matches!(read.unwrap().authorization, Authorization::Bearer), "{scheme}");
        assert_eq!(lab.atlas.received(Operation::Token) - fetched, tokens);
    }
}

#[test]
fn account_of_another_kind_is_recognised_before_anything_is_sent() {
    let lab = lab_with(still(), &[]);
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
        set(&lab.workspace, &variables);
        let run = lab.apply(plain(&lab));
        let text = error_at(run.failure(), "Atlas credentials of another kind", "");
        assert!(text.contains(says), "{text}");
        run.lacks(Config::CLIENT_SECRET).lacks(Config::PRIVATE_KEY);
        for (name, _) in variables {
            lab.workspace.env(name, "");
        }
    }
    assert_eq!(lab.atlas.requests().len(), 0);
}

#[test]
fn quotes_around_a_key_are_reported_before_anything_is_sent() {
    let quoted = |value: &str| format!("\"{value}\"");
    let summary = "Atlas credentials are wrapped in quotes";
    let private = quoted(Config::PRIVATE_KEY);
    let lab = lab_with(still(), &[KEY_PAIR[0], ("MONGODB_ATLAS_PRIVATE_API_KEY", &private)]);
    let run = lab.apply(plain(&lab));
    let text = error_at(run.failure(), summary, "");
    assert!(text.contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{text}");
    run.lacks(Config::PRIVATE_KEY);

    let keys = format!("  public_key  = \"'{}'\"\n  private_key = \"x\"\n", Config::PUBLIC_KEY);
    with_block(&lab, &keys, &plain(&lab));
    error_at(lab.run(&["plan"]).failure(), summary, "public_key");
    assert_eq!(lab.atlas.requests().len(), 0);
}

#[test]
fn every_name_of_a_variable_is_read() {
    for (public, private, url) in [
        ("MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_BASE_URL"),
        ("MONGODB_ATLAS_PUBLIC_KEY", "MONGODB_ATLAS_PRIVATE_KEY", "MCLI_OPS_MANAGER_URL"),
        ("MCLI_PUBLIC_API_KEY", "MCLI_PRIVATE_API_KEY", "MCLI_OPS_MANAGER_URL"),
    ] {
        let lab = lab_with(still(), &[(public, Config::PUBLIC_KEY), (private, Config::PRIVATE_KEY)]);
        lab.workspace.env("MONGODB_ATLAS_BASE_URL", "").env(url, lab.atlas.url());
        lab.start(plain(&lab));
        assert_eq!(lab.starts(), 1);
    }
}

#[test]
fn credentials_that_are_unknown_do_not_fail_the_plan() {
    let lab = lab_with(still(), &[]);
    let late = |value: &str| format!("resource \"terraform_data\" \"late\" {{\n  input = \"{value}\"\n}}\n\n");
    let keys = format!("  public_key  = terraform_data.late.output\n  private_key = \"{}\"\n", Config::PRIVATE_KEY);
    lab.write(format!("{}provider \"atlas\" {{\n{keys}}}\n\n{}", late(Config::PUBLIC_KEY), plain(&lab)));
    lab.run(&["plan"]).success().says("Plan: 2 to add");
    lab.run(&APPLY).success();
    lab.workspace.plan_is_empty();
    // Unknown again, and a migration to be read: the first call says which it was.
    let other = format!("{}provider \"atlas\" {{\n{keys}}}\n\n{}", late("another"), plain(&lab));
    lab.write(other);
    let text = error_at(lab.run(&["plan"]).failure(), "Provider configuration is not known yet", "");
    assert!(text.contains("`public_key` of the provider block"), "{text}");
}

#[test]
fn token_that_expires_in_a_long_wait_is_renewed_after_one_refusal() {
    let lab = lab_with(still(), &SERVICE_ACCOUNT);
    lab.start(plain(&lab));
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    let running = waiting_apply(&lab);
    let (tokens, refusals) = (lab.atlas.received(Operation::Token), refused(&lab));
    lab.atlas.expire_tokens();
    until_received(&lab, Operation::Token, tokens + 1);
    until_received(&lab, Operation::Read, lab.atlas.received(Operation::Read) + 3);
    assert_eq!((lab.atlas.received(Operation::Token) - tokens, refused(&lab) - refusals), (1, 1));
    lab.atlas.advance(UNTIL_READY);
    finished(running).success();
    lab.workspace.plan_is_empty();
}

#[test]
fn token_is_renewed_before_it_expires_without_any_refusal() {
    let lab = lab_with(Config { token_lifetime: Duration::from_millis(2_000), ..still() }, &SERVICE_ACCOUNT);
    lab.start(plain(&lab));
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    let running = waiting_apply(&lab);
    let tokens = lab.atlas.received(Operation::Token);
    until_received(&lab, Operation::Token, tokens + 2);
    lab.atlas.advance(UNTIL_READY);
    finished(running).success();
    assert_eq!(refused(&lab), 0, "{}", lab.atlas.log());
}

#[test]
fn token_that_expires_under_the_cutover_is_renewed_and_the_cutover_sent_once() {
    let lab = lab_with(still(), &SERVICE_ACCOUNT);
    lab.start(plain(&lab));
    lab.atlas.advance(UNTIL_READY);
    lab.write(plain(&lab).with("cutover", "true"));
    lab.atlas.fault(Fault::new(Operation::Cutover, Action::ExpireTokens));
    let running = lab.workspace.start(APPLY);
    until_cut_over(&lab);
    lab.atlas.advance(Duration::from_secs(1));
    finished(running).success();
    assert_eq!((refused(&lab), cutovers(&lab)), (1, 1));
    lab.workspace.plan_is_empty();
}

#[test]
fn nonce_that_grows_stale_in_a_long_wait_is_renewed() {
    let lab = Lab::new();
    lab.start(plain(&lab));
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    let running = waiting_apply(&lab);
    let challenges = lab.atlas.challenges();
    lab.atlas.expire_nonces();
    until_received(&lab, Operation::Read, lab.atlas.received(Operation::Read) + 3);
    assert_eq!(lab.atlas.challenges() - challenges, 1);
    lab.atlas.advance(UNTIL_READY);
    finished(running).success();
}

#[test]
fn account_that_is_revoked_in_a_wait_ends_it_and_keeps_the_state() {
    for (variables, id, kind, cause) in [
        (&SERVICE_ACCOUNT, Config::CLIENT_ID, "the service account …0001", "Atlas refused the service account (401)"),
        (&KEY_PAIR, Config::PUBLIC_KEY, "the API key pair …blic", "Atlas refused the credentials (401)"),
    ] {
        let lab = lab_with(still(), variables);
        lab.start(plain(&lab));
        lab.write(plain(&lab).with("cutover", "true"));
        let running = waiting_apply(&lab);
        lab.atlas.revoke(id);
        let run = finished(running);
        let text = error_at(run.failure(), &format!("Can't wait for live migration: {cause}"), "");
        assert!(text.contains(kind) && text.contains("keeps running in Atlas"), "{text}");
        assert_kept(&lab);

        // Another account goes on.
        lab.atlas.add_key(atlas_simulator::Credential::owner("anewone1", "0-0-0"));
        set(&lab.workspace, &[("MONGODB_ATLAS_PUBLIC_KEY", "anewone1"), ("MONGODB_ATLAS_PRIVATE_KEY", "0-0-0")]);
        lab.atlas.advance(UNTIL_READY);
        let running = lab.workspace.start(APPLY);
        until_cut_over(&lab);
        lab.atlas.advance(Duration::from_secs(1));
        finished(running).success();
        assert_eq!((lab.starts(), cutovers(&lab)), (1, 1));
    }
}

#[test]
fn token_that_cannot_be_renewed_is_told_and_not_tried_again_and_again() {
    let lab = lab_with(still(), &[]);
    let token = lab.atlas.issue_token(Config::CLIENT_ID);
    lab.workspace.env("MONGODB_ATLAS_ACCESS_TOKEN", &token);
    lab.start(plain(&lab));
    lab.write(plain(&lab).with("wait_for_ready", "true"));
    let running = waiting_apply(&lab);
    lab.atlas.expire_tokens();
    let run = finished(running);
    let text = error_at(run.failure(), "Can't wait for live migration: Atlas refused the credentials (401)", "");
    assert!(text.contains("a token is valid for an hour"), "{text}");
    assert_eq!(refused(&lab), 1);
    run.lacks(&token);
    assert_kept(&lab);
}

#[test]
fn wrong_secret_of_a_service_account_is_asked_once_and_told() {
    let secret = "mdb_sa_sk_of-another";
    let lab = lab_with(still(), &[SERVICE_ACCOUNT[0], ("MONGODB_ATLAS_CLIENT_SECRET", secret)]);
    let run = lab.apply(plain(&lab));
    error_at(run.failure(), "Can't start live migration: Atlas refused the service account (401)", "");
    run.says("the service account …0001").says("invalid_client").lacks(secret).lacks(Config::CLIENT_ID);
    assert_eq!(lab.atlas.requests().len(), 1);
}

#[test]
fn legacy_api_takes_key_pairs_only() {
    let lab = lab_with(still(), &SERVICE_ACCOUNT).legacy();
    let run = lab.apply(plain(&lab));
    assert_eq!(errors(run.failure()), ["API version v1.0 takes a key pair only"]);
    assert_eq!(lab.atlas.requests().len(), 0);
}

#[test]
fn validate_asks_for_no_credentials() {
    let workspace = Workspace::new(&Terraform::on_path(), &provider());
    let resource = Resource::example(workspace.terraform());
    workspace.file("main.tf", format!("{}{resource}", crate::configuration::HEAD));
    workspace.run(["validate"]).success();
}
