//! One walk to compare: the state before it, the configuration, the command and the fault of the provider.

use serde_json::{Value as Json, json};
use terraform_core::{Config, ImportTarget, Object, PlanOptions, State, TriggerEvent};

/// The address of the thing in every walk.
pub(crate) const THING: &str = "fake_thing.a";

/// The data source.
pub(crate) const FACTS: &str = "data.fake_facts.a";
/// Two actions.
pub(crate) const POKE: &str = "action.fake_poke.a";
pub(crate) const AGAIN: &str = "action.fake_poke.b";

/// What Terraform is told to do.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Validate,
    Apply(PlanOptions),
    Destroy,
    Import(&'static str),
}

/// What a configuration has beside the thing.
#[derive(Clone, Debug)]
pub(crate) enum Extra {
    /// The data source `data.fake_facts.a`, perhaps with `depends_on` the thing.
    Facts(Json, bool),
    /// An action of this name.
    Poke(&'static str, Json),
    /// An `action_trigger` block of the thing.
    Trigger(TriggerEvent, Vec<&'static str>),
}

/// What the configuration says of the thing.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) body: Json,
    /// Attributes that are not known before apply; there they have the value that the body gives.
    pub(crate) unknown: Vec<&'static str>,
    /// The blocks `rule` are not known before apply; there they are one with this key.
    pub(crate) unknown_rule: Option<&'static str>,
    pub(crate) create_before_destroy: bool,
    pub(crate) prevent_destroy: bool,
    /// `all`, or the path of an attribute.
    pub(crate) ignore_changes: Option<&'static str>,
    pub(crate) import: Option<ImportTarget>,
}

/// One walk.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) name: String,
    pub(crate) fault: &'static str,
    pub(crate) before: State,
    pub(crate) provider: Json,
    /// None for a configuration without the resource.
    pub(crate) written: Option<Written>,
    pub(crate) extras: Vec<Extra>,
    pub(crate) command: Command,
    /// Terraform works on two objects at once, so that the order of requests is not compared.
    pub(crate) concurrent: bool,
}

impl Walk {
    /// A walk from an empty state with a body of the resource, `terraform apply`, and a provider without a fault.
    pub(crate) fn new(name: &str, body: Json) -> Self {
        let written = Written {
            body,
            unknown: Vec::new(),
            unknown_rule: None,
            create_before_destroy: false,
            prevent_destroy: false,
            ignore_changes: None,
            import: None,
        };
        Self {
            name: name.to_owned(),
            fault: "",
            before: State::default(),
            provider: json!({"token": "t"}),
            written: Some(written),
            extras: Vec::new(),
            command: Command::Apply(PlanOptions::default()),
            concurrent: false,
        }
    }

    pub(crate) fn before(self, before: State) -> Self {
        Self { before, ..self }
    }

    pub(crate) fn fault(self, fault: &'static str) -> Self {
        Self { fault, name: format!("{} with {fault}", self.name), ..self }
    }

    pub(crate) fn command(self, command: Command) -> Self {
        Self { command, ..self }
    }

    pub(crate) fn options(self, options: PlanOptions) -> Self {
        self.command(Command::Apply(options))
    }

    pub(crate) fn provider(self, provider: Json) -> Self {
        Self { provider, ..self }
    }

    pub(crate) fn extras(self, extras: impl IntoIterator<Item = Extra>) -> Self {
        Self { extras: extras.into_iter().collect(), ..self }
    }

    pub(crate) fn concurrent(self) -> Self {
        Self { concurrent: true, ..self }
    }

    pub(crate) fn without_resource(self) -> Self {
        Self { written: None, ..self }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Written)) -> Self {
        if let Some(written) = &mut self.written {
            change(written);
        }
        self
    }

    pub(crate) fn import(self, target: ImportTarget) -> Self {
        self.with(|written| written.import = Some(target))
    }

    /// The configuration for the core.
    pub(crate) fn config(&self) -> Config {
        let config =
            self.extras.iter().fold(Config::new().provider(self.provider.clone()), |config, extra| match extra {
                Extra::Facts(body, depends) => {
                    let config = config.resource(FACTS, body.clone());
                    if *depends { config.depends_on(FACTS, THING) } else { config }
                }
                Extra::Poke(name, body) => config.action(name, body.clone()),
                Extra::Trigger(event, pokes) => config.trigger(THING, *event, pokes),
            });
        let Some(written) = &self.written else { return config };
        let mut body = written.body.clone();
        if let Some(key) = written.unknown_rule {
            body["rule"] = json!([{ "key": key }]);
        }
        let mut config = config.resource(THING, body);
        for path in written.unknown.iter().copied().chain(written.unknown_rule.map(|_| "rule")) {
            config = config.unknown_at_plan(THING, path);
        }
        if written.create_before_destroy {
            config = config.create_before_destroy(THING);
        }
        if written.prevent_destroy {
            config = config.prevent_destroy(THING);
        }
        config = match written.ignore_changes {
            Some("all") => config.ignore_all_changes(THING),
            Some(path) => config.ignore_changes(THING, path),
            None => config,
        };
        match &written.import {
            Some(target) => config.import(THING, target.clone()),
            None => config,
        }
    }

    /// The configuration for Terraform, as `main.tf.json`.
    pub(crate) fn main_tf_json(&self) -> Json {
        let mut main = json!({
            "terraform": {"required_providers": {"fake": {"source": "test/fake"}}},
            "provider": {"fake": self.provider},
        });
        let mut triggers = Vec::new();
        for extra in &self.extras {
            match extra {
                Extra::Facts(body, depends) => {
                    main["data"]["fake_facts"]["a"] = body.clone();
                    if *depends {
                        main["data"]["fake_facts"]["a"]["depends_on"] = json!([THING]);
                    }
                }
                Extra::Poke(address, body) => {
                    let name = address.rsplit('.').next().unwrap();
                    main["action"]["fake_poke"][name] = json!({ "config": body });
                }
                Extra::Trigger(event, pokes) => {
                    let after_create = *event == TriggerEvent::AfterCreate;
                    let event = if after_create { "after_create" } else { "after_update" };
                    triggers.push(json!({"events": [event], "actions": pokes}));
                }
            }
        }
        let Some(written) = &self.written else { return main };
        let mut body = written.body.clone();
        for path in &written.unknown {
            let value = body.pointer_mut(&format!("/{}", path.replace(['.', '['], "/").replace(']', ""))).unwrap();
            *value = format!("${{{}}}", later(value.as_str().unwrap())).into();
        }
        if let Some(key) = written.unknown_rule {
            let each = format!("${{toset(split(\",\", {}))}}", later(key));
            body["dynamic"] = json!({"rule": {"for_each": each, "content": {"key": "${rule.value}"}}});
        }
        let lifecycle = &mut body["lifecycle"];
        *lifecycle = json!({
            "create_before_destroy": written.create_before_destroy,
            "prevent_destroy": written.prevent_destroy,
        });
        if !triggers.is_empty() {
            lifecycle["action_trigger"] = triggers.into();
        }
        match written.ignore_changes {
            Some("all") => lifecycle["ignore_changes"] = "all".into(),
            Some(path) => lifecycle["ignore_changes"] = json!([path]),
            None => {}
        }
        main["resource"] = json!({"fake_thing": {"a": body}});
        match &written.import {
            Some(ImportTarget::Id(id)) => main["import"] = json!([{"to": THING, "id": id}]),
            Some(ImportTarget::Identity(identity)) => main["import"] = json!([{"to": THING, "identity": identity}]),
            None => {}
        }
        main
    }
}

/// An expression that is unknown until apply, and then this text.
fn later(text: &str) -> String {
    format!(r#"replace(timestamp(), "/^.*$/", "{text}")"#)
}

/// A configuration that uses everything.
pub(crate) fn full() -> Json {
    json!({
        "name": "n", "secret": "hush", "kind": "k", "note": "hidden", "active": true, "hosts": ["a", "b"],
        "labels": {"team": "t"}, "source": {"user": "u", "token": "hush"}, "rule": [{"key": "a"}, {"key": "b"}],
    })
}

/// The same with another kind, which the provider can't update.
pub(crate) fn other_kind() -> Json {
    json!({"name": "n", "kind": "other"})
}

/// The same with another size, which the provider updates.
pub(crate) fn bigger() -> Json {
    json!({"name": "n", "kind": "k", "size": 5})
}

/// The state after an apply of [`full`], in which an identity is stored from Terraform 1.12 on.
pub(crate) fn created(with_identity: bool) -> State {
    let mut state = State::default();
    state.insert(THING, thing(with_identity));
    state
}

pub(crate) fn thing(with_identity: bool) -> Object {
    let value = json!({
        "id": "id-n", "name": "n", "size": 1, "secret": null, "kind": "k", "note": "hidden", "active": true,
        "hosts": ["a", "b"], "labels": {"team": "t"},
        "source": {"user": "u", "token": null, "host": "computed"},
        "rule": [{"key": "a", "id": "computed"}, {"key": "b", "id": "computed"}],
    });
    Object {
        schema_version: 1,
        value: value.to_string(),
        private: b">plan".to_vec(),
        identity: with_identity.then(|| json!({"id": "id-n"}).to_string()),
        tainted: false,
    }
}
