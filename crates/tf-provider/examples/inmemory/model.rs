//! A struct for each block of the schema.
//!
//! Almost every field is an [`Attr`], because in a configuration any value can be unknown, even an element of a list or
//! a whole block. [`Value`] is for values without a fixed type, and for values that the provider only passes on.

use std::collections::BTreeMap;

use tf_provider::{Attr, Model, Number, Secret, Value};

#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Thing {
    pub id: Attr<String>,
    pub name: Attr<String>,
    pub size: Attr<i64>,
    pub ratio: Attr<Number>,
    pub enabled: Attr<bool>,
    pub anything: Value,
    pub hosts: Attr<Vec<Attr<String>>>,
    pub zones: Attr<Vec<Attr<String>>>,
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    pub shape: Attr<Shape>,
    pub pair: Value,
    pub matrix: Value,
    pub token: Attr<Secret>,
    pub secret_wo: Attr<Secret>,
    pub secret_wo_version: Attr<i64>,
    pub secret_length: Attr<i64>,
    pub nickname: Attr<String>,
    pub wait_seconds: Attr<i64>,
    pub revision: Attr<i64>,
    pub owner: Attr<Owner>,
    pub limits: Attr<Limits>,
    pub step: Attr<Vec<Attr<Step>>>,
    pub rule: Attr<Vec<Rule>>,
    pub mount: Attr<BTreeMap<String, Mount>>,
}

#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Shape {
    pub width: Attr<i64>,
    pub height: Attr<i64>,
}

/// A SINGLE block: null if absent.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Owner {
    pub name: Attr<String>,
    pub email: Attr<String>,
}

/// A GROUP block: never null. Its attributes can be null.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Limits {
    pub soft: Attr<i64>,
    pub hard: Attr<i64>,
}

/// A LIST block with a dynamic attribute. Terraform sends the list as a tuple, and the framework converts it.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Step {
    pub name: Attr<String>,
    pub value: Value,
    pub note: Attr<Vec<Note>>,
}

/// A LIST block inside a LIST block.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Note {
    pub text: Attr<String>,
}

/// A SET block: its occurrences have no order and no address.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Rule {
    pub port: Attr<i64>,
    pub protocol: Attr<String>,
}

/// A MAP block: its occurrences have labels.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Mount {
    pub path: Attr<String>,
    pub read_only: Attr<bool>,
}

#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct Identity {
    pub id: Attr<String>,
}

impl Thing {
    /// A thing with nothing but an ID.
    pub(crate) fn with_id(id: &str) -> Self {
        Self {
            id: Attr::Known(id.to_owned()),
            name: Attr::Null,
            size: Attr::Null,
            ratio: Attr::Null,
            enabled: Attr::Null,
            anything: Value::Null,
            hosts: Attr::Null,
            zones: Attr::Null,
            labels: Attr::Null,
            shape: Attr::Null,
            pair: Value::Null,
            matrix: Value::Null,
            token: Attr::Null,
            secret_wo: Attr::Null,
            secret_wo_version: Attr::Null,
            secret_length: Attr::Null,
            nickname: Attr::Null,
            wait_seconds: Attr::Null,
            revision: Attr::Null,
            owner: Attr::Null,
            limits: Attr::Null,
            step: Attr::Null,
            rule: Attr::Null,
            mount: Attr::Null,
        }
    }

    /// The identity, if the ID is known.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.id.is_known().then(|| Identity { id: self.id.clone() })
    }
}
