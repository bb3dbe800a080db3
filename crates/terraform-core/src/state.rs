//! The state as Terraform's file keeps it: JSON text per object, without write-only values.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// The objects by address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) instances: BTreeMap<String, Instance>,
}

/// What is known of one address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Instance {
    /// The object in use.
    pub(super) current: Option<Object>,
    /// Objects that were replaced with create_before_destroy and still wait for their end.
    pub(super) deposed: Vec<Object>,
}

/// One stored object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The version of the schema that it was written with.
    pub schema_version: i64,
    /// The attributes as JSON text.
    pub value: String,
    /// The provider's private bytes.
    pub private: Vec<u8>,
    /// The identity as JSON text, none for state from before Terraform 1.12.
    pub identity: Option<String>,
    /// Whether the next plan replaces it.
    pub tainted: bool,
}

impl State {
    /// The attributes of an object as JSON; numbers that JSON cannot hold lose digits.
    pub fn value(&self, address: &str) -> Option<Json> {
        serde_json::from_str(&self.object(address)?.value).ok()
    }

    /// One top-level attribute of an object; null where the object or the attribute is missing.
    pub fn attribute(&self, address: &str, name: &str) -> Json {
        self.value(address).and_then(|value| value.get(name).cloned()).unwrap_or(Json::Null)
    }

    /// The identity of an object.
    pub fn identity(&self, address: &str) -> Option<Json> {
        serde_json::from_str(self.object(address)?.identity.as_deref()?).ok()
    }

    /// Whether the next plan replaces the object.
    pub fn is_tainted(&self, address: &str) -> bool {
        self.object(address).is_some_and(|object| object.tainted)
    }

    /// Whether there is an object at the address.
    pub fn contains(&self, address: &str) -> bool {
        self.object(address).is_some()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// The addresses that have an object, sorted.
    pub fn addresses(&self) -> Vec<&str> {
        let current = self.instances.iter().filter(|(_, instance)| instance.current.is_some());
        current.map(|(address, _)| address.as_str()).collect()
    }

    /// The stored object.
    pub fn object(&self, address: &str) -> Option<&Object> {
        self.instances.get(address)?.current.as_ref()
    }

    /// The objects of an address that wait for their end after a replacement with create_before_destroy.
    pub fn deposed(&self, address: &str) -> &[Object] {
        self.instances.get(address).map_or(&[], |instance| &instance.deposed)
    }

    /// Stores an object as it is, for states that no run of this provider makes: older schemas, missing attributes, foreign text.
    pub fn insert(&mut self, address: &str, object: Object) {
        self.instances.entry(address.to_owned()).or_default().current = Some(object);
    }

    /// `terraform taint`.
    ///
    /// # Panics
    /// When there is no object.
    pub fn taint(&mut self, address: &str) {
        self.object_mut(address).tainted = true;
    }

    /// `terraform untaint`.
    ///
    /// # Panics
    /// When there is no object.
    pub fn untaint(&mut self, address: &str) {
        self.object_mut(address).tainted = false;
    }

    /// `terraform state rm`.
    ///
    /// # Panics
    /// When there is no object.
    pub fn rm(&mut self, address: &str) {
        assert!(self.instances.remove(address).is_some(), "the state has no {address}");
    }

    /// `terraform state mv`, or a `moved` block.
    ///
    /// # Panics
    /// When there is no object, or one at the target.
    pub fn mv(&mut self, from: &str, to: &str) {
        assert!(!self.instances.contains_key(to), "the state has {to} already");
        let instance = self.instances.remove(from).unwrap_or_else(|| panic!("the state has no {from}"));
        self.instances.insert(to.to_owned(), instance);
    }

    /// Everything that is stored, as one text: what a reader of the state file sees.
    pub fn dump(&self) -> String {
        let object = |object: &Object| {
            json!({
                "schema_version": object.schema_version,
                "attributes": serde_json::from_str::<Json>(&object.value).unwrap_or_else(|_| object.value.clone().into()),
                "private": String::from_utf8_lossy(&object.private),
                "identity": object.identity.as_deref().and_then(|text| serde_json::from_str::<Json>(text).ok()),
                "status": if object.tainted { Some("tainted") } else { None },
            })
        };
        let instances = self.instances.iter().map(|(address, instance)| {
            let deposed: Vec<Json> = instance.deposed.iter().map(object).collect();
            (address.clone(), json!({"current": instance.current.as_ref().map(object), "deposed": deposed}))
        });
        format!("{:#}", Json::Object(instances.collect()))
    }

    /// Stores or removes the object in use.
    pub(super) fn set(&mut self, address: &str, object: Option<Object>) {
        self.instances.entry(address.to_owned()).or_default().current = object;
        self.prune(address);
    }

    /// Puts the object in use aside, before its successor is created.
    pub(super) fn depose(&mut self, address: &str) {
        if let Some(instance) = self.instances.get_mut(address) {
            instance.deposed.extend(instance.current.take());
        }
    }

    /// Takes the object put aside last back into use, unless there is a new one.
    pub(super) fn restore_deposed(&mut self, address: &str) {
        if let Some(instance) = self.instances.get_mut(address)
            && instance.current.is_none()
        {
            instance.current = instance.deposed.pop();
        }
    }

    /// Replaces or removes an object that was put aside.
    pub(super) fn set_deposed(&mut self, address: &str, index: usize, object: Option<Object>) {
        if let Some(instance) = self.instances.get_mut(address) {
            match object {
                Some(object) => instance.deposed[index] = object,
                None => drop(instance.deposed.remove(index)),
            }
        }
        self.prune(address);
    }

    fn object_mut(&mut self, address: &str) -> &mut Object {
        let instance = self.instances.get_mut(address).and_then(|instance| instance.current.as_mut());
        instance.unwrap_or_else(|| panic!("the state has no {address}"))
    }

    fn prune(&mut self, address: &str) {
        if self.instances.get(address).is_some_and(|instance| *instance == Instance::default()) {
            self.instances.remove(address);
        }
    }
}
