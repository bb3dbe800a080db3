//! Walks with a provider that does everything right.

use serde_json::{Value as Json, json};
use terraform_core::{Config, Core, ImportTarget, Object, PlanOptions, State};
use test_support::terraform::{Feature, Terraform};

use crate::walk::{Command, THING, Walk, bigger, created, full, other_kind, thing};
use crate::{PROVIDER, compare};

#[test]
fn walks_are_those_of_terraform_1_11() {
    if let Some(terraform) = Terraform::version("1.11").filter(|terraform| terraform.supports(Feature::WriteOnly)) {
        compare(&terraform, every_walk(false));
    }
}

#[test]
fn walks_are_those_of_terraform_with_identities() {
    if let Some(terraform) = Terraform::newest() {
        compare(&terraform, every_walk(true).into_iter().chain(walks_of_identities()));
    }
}

fn every_walk(identity: bool) -> Vec<Walk> {
    let state = || created(identity);
    let tainted = || {
        let mut state = state();
        state.taint(THING);
        state
    };
    let mut walks = vec![
        Walk::new("validate", full()).command(Command::Validate),
        Walk::new("validate nothing", full()).without_resource().command(Command::Validate),
        Walk::new("apply nothing", full()).without_resource(),
        Walk::new("destroy nothing", full()).command(Command::Destroy),
        Walk::new("create", full()),
        Walk::new("create without a provider block", full()).provider(json!({})),
        Walk::new("create the least", json!({"name": "n"})),
        Walk::new("nothing to do", full()).before(state()),
        Walk::new("update", bigger()).before(state()),
        Walk::new("update of the write-only value", {
            let mut body = full();
            body["secret"] = "else".into();
            body
        })
        .before(state()),
        Walk::new("update without a refresh", bigger())
            .before(state())
            .options(PlanOptions::default().without_refresh()),
        Walk::new("replace", other_kind()).before(state()),
        Walk::new("replace by request", full()).before(state()).options(PlanOptions::replace(THING)),
        Walk::new("replace, the new one first", other_kind())
            .before(state())
            .with(|written| written.create_before_destroy = true),
        Walk::new("tainted", full()).before(tainted()),
        Walk::new("tainted, the new one first", full())
            .before(tainted())
            .with(|written| written.create_before_destroy = true),
        Walk::new("destroy", full()).before(state()).command(Command::Destroy),
        Walk::new("destroy without a provider block", full())
            .provider(json!({}))
            .before(state())
            .command(Command::Destroy),
        Walk::new("destroy of a tainted one", full()).before(tainted()).command(Command::Destroy),
        Walk::new("destroy without a refresh", full())
            .before(state())
            .options(PlanOptions::destroy().without_refresh()),
        Walk::new("refresh only", full()).before(state()).options(PlanOptions::refresh_only()),
        Walk::new("drift", full()).before(state()).fault("read-set size 42"),
        Walk::new("drift, refresh only", full())
            .before(state())
            .fault("read-set size 42")
            .options(PlanOptions::refresh_only()),
        Walk::new("gone", full()).before(state()).fault("read-null"),
        Walk::new("tainted and gone", full()).before(tainted()).fault("read-null"),
        Walk::new("gone, refresh only", full()).before(state()).fault("read-null").options(PlanOptions::refresh_only()),
        Walk::new("gone before the import block", full())
            .before(state())
            .fault("read-null")
            .import(ImportTarget::id("7")),
        Walk::new("import of what does not exist", full()).fault("read-null").command(Command::Import("7")),
        Walk::new("gone before the destroy", full()).before(state()).fault("read-null").command(Command::Destroy),
        Walk::new("import by command", full()).command(Command::Import("7")),
        Walk::new("import by command of what is there", full()).before(state()).command(Command::Import("7")),
        Walk::new("import by block", full()).import(ImportTarget::id("7")),
        Walk::new("import by block of what is there", full()).before(state()).import(ImportTarget::id("7")),
        Walk::new("schema each time", full()).fault("schema-each-time"),
        Walk::new("destroy without its plan", full())
            .before(state())
            .fault("no-destroy-plan")
            .command(Command::Destroy),
    ];
    walks.extend(walks_of_unknown_values(identity));
    walks.extend(walks_of_nested_blocks(identity));
    walks.extend(walks_of_the_lifecycle(identity));
    walks.extend(walks_from_other_states(identity));
    walks
}

fn walks_of_unknown_values(identity: bool) -> Vec<Walk> {
    let state = || created(identity);
    vec![
        Walk::new("unknown name", full()).with(|written| written.unknown = vec!["name"]),
        Walk::new("unknown element", full()).with(|written| written.unknown = vec!["hosts[1]"]),
        Walk::new("unknown element of a map", full()).with(|written| written.unknown = vec!["labels.team"]),
        Walk::new("unknown in a list of blocks", full()).with(|written| written.unknown = vec!["rule[1].key"]),
        Walk::new("unknown write-only value", full()).with(|written| written.unknown = vec!["secret"]),
        Walk::new("unknown size", json!({"name": "n", "size": "5"})).with(|written| written.unknown = vec!["size"]),
        Walk::new("unknown update", full()).before(state()).with(|written| written.unknown = vec!["source.user"]),
        Walk::new("unknown kind that stays", full()).before(state()).with(|written| written.unknown = vec!["kind"]),
        Walk::new("unknown kind that changes", other_kind())
            .before(state())
            .with(|written| written.unknown = vec!["kind"]),
        Walk::new("unknown blocks", json!({"name": "n"})).with(|written| written.unknown_rule = Some("a")),
        Walk::new("unknown blocks of an update", json!({"name": "n", "kind": "k", "source": {"user": "u"}}))
            .before(state())
            .with(|written| written.unknown_rule = Some("a")),
    ]
}

/// What is proposed for computed values in blocks, when blocks come, go and change.
fn walks_of_nested_blocks(identity: bool) -> Vec<Walk> {
    let changed = |name: &str, path: &str, value: Json| {
        let mut body = full();
        *body.pointer_mut(path).unwrap() = value;
        Walk::new(name, body).before(created(identity))
    };
    vec![
        changed("one block more", "/rule", json!([{"key": "a"}, {"key": "b"}, {"key": "c"}])),
        changed("one block less", "/rule", json!([{"key": "b"}])),
        changed("no blocks", "/rule", json!([])),
        changed("another key in a block", "/rule/0/key", json!("c")),
        changed("no single block", "/source", json!([])),
        changed("another user in the single block", "/source/user", json!("v")),
        changed("another token in the single block", "/source/token", json!("else")),
        changed("no labels", "/labels", json!(null)),
        changed("no hosts", "/hosts", json!(null)),
        changed("other hosts", "/hosts", json!(["b"])),
        changed("numbers and bools as text", "/active", json!("false")),
        changed("null for what is required", "/name", json!(null)),
    ]
}

fn walks_of_the_lifecycle(identity: bool) -> Vec<Walk> {
    let state = || created(identity);
    vec![
        Walk::new("ignored change", other_kind()).before(state()).with(|written| written.ignore_changes = Some("kind")),
        Walk::new("every change ignored", other_kind())
            .before(state())
            .with(|written| written.ignore_changes = Some("all")),
        Walk::new("ignored change in a block", {
            let mut body = full();
            body["rule"][0]["key"] = "c".into();
            body
        })
        .before(state())
        .with(|written| written.ignore_changes = Some("rule[0].key")),
        Walk::new("ignored change of a create", full()).with(|written| written.ignore_changes = Some("kind")),
        Walk::new("prevented replacement", other_kind()).before(state()).with(|written| written.prevent_destroy = true),
        Walk::new("prevented destroy", full())
            .before(state())
            .with(|written| written.prevent_destroy = true)
            .command(Command::Destroy),
    ]
}

fn walks_from_other_states(identity: bool) -> Vec<Walk> {
    let from = |name: &str, change: &dyn Fn(&mut Object)| {
        let mut object = thing(identity);
        change(&mut object);
        let mut state = State::default();
        state.insert(THING, object);
        Walk::new(name, full()).before(state)
    };
    vec![
        from("state of an older schema", &|object| {
            object.schema_version = 0;
            object.value = json!({"id": "id-n", "name": "n", "kind": "k", "size": 1, "gone": true}).to_string();
        }),
        from("state of a newer schema", &|object| object.schema_version = 2),
        from("state with an attribute that is gone", &|object| {
            object.value = json!({"id": "id-n", "name": "n", "kind": "k", "size": 1, "gone": true}).to_string();
        }),
        from("state with an attribute that is gone, without a refresh", &|object| {
            object.value = json!({"id": "id-n", "name": "n", "kind": "k", "size": 1, "gone": true}).to_string();
        })
        .options(PlanOptions::default().without_refresh()),
        from("state without an identity", &|object| object.identity = None),
        from("state without private bytes", &|object| object.private = Vec::new()),
        Walk::new("state with a deposed object", full()).before(with_deposed(identity)).concurrent(),
        Walk::new("destroy with a deposed object", full())
            .before(with_deposed(identity))
            .concurrent()
            .command(Command::Destroy),
    ]
}

/// The state after a replacement that created first and failed: the new object is tainted, the old one deposed.
fn with_deposed(identity: bool) -> State {
    let mut state = created(identity);
    let core = Core::new(PROVIDER).tls(false).identity(identity).env("FAULT", "apply-error");
    let config = Config::new().resource(THING, other_kind()).create_before_destroy(THING);
    core.env("TMPDIR", std::env::temp_dir()).apply_now(&config, &mut state).error("Failed");
    assert_eq!((state.is_tainted(THING), state.deposed(THING).len()), (true, 1));
    state
}

/// What Terraform 1.11 and older do in another way or not at all: an object that is removed from the configuration is read
/// after its destroy is planned there.
fn walks_of_identities() -> Vec<Walk> {
    let by_identity = || ImportTarget::identity(json!({"id": "7"}));
    vec![
        Walk::new("removed from the configuration", full()).before(created(true)).without_resource(),
        Walk::new("removed from the configuration, refresh only", full())
            .before(created(true))
            .without_resource()
            .options(PlanOptions::refresh_only()),
        Walk::new("removed from the configuration and drifted", full())
            .before(created(true))
            .fault("read-set size 42")
            .without_resource(),
        Walk::new("removed from the configuration and gone", full())
            .before(created(true))
            .fault("read-null")
            .without_resource(),
        Walk::new("import by identity", full()).import(by_identity()),
        Walk::new("import by identity without its attribute", full()).import(ImportTarget::identity(json!({}))),
    ]
}
