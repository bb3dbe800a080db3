//! The store: the remote system of this provider.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tf_provider::{Diagnostic, Diagnostics, Failed};

/// The part of a thing that is in the store. The rest is only in Terraform's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub name: String,
    pub size: i64,
    pub enabled: bool,
    pub revision: i64,
    #[serde(default)]
    pub touched: i64,
}

/// A folder of JSON files, or a map if there is no folder.
#[derive(Default)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    folder: Option<PathBuf>,
    things: BTreeMap<String, Stored>,
}

impl Store {
    /// Stores things in a folder from now on.
    pub(crate) fn move_to(&self, folder: PathBuf) {
        self.inner().folder = Some(folder);
    }

    pub(crate) fn get(&self, id: &str) -> io::Result<Option<Stored>> {
        let inner = self.inner();
        let Some(path) = inner.path(id) else { return Ok(inner.things.get(id).cloned()) };
        match std::fs::read(path) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates or replaces a thing.
    pub(crate) fn put(&self, id: &str, thing: &Stored) -> io::Result<()> {
        let mut inner = self.inner();
        let Some(path) = inner.path(id) else {
            inner.things.insert(id.to_owned(), thing.clone());
            return Ok(());
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(thing)?)
    }

    /// Removes a thing. Succeeds if it doesn't exist.
    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let Some(path) = inner.path(id) else {
            inner.things.remove(id);
            return Ok(());
        };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// [`get`](Self::get) with an error for users.
    pub(crate) fn find(&self, id: &str, diagnostics: &mut Diagnostics) -> Result<Option<Stored>, Failed> {
        self.get(id).map_err(|error| diagnostics.fail(failed("read", id, &error)))
    }

    /// [`put`](Self::put) with an error for users.
    pub(crate) fn save(&self, id: &str, thing: &Stored, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        self.put(id, thing).map_err(|error| diagnostics.fail(failed("write", id, &error)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn path(&self, id: &str) -> Option<PathBuf> {
        // An ID from an import must not lead out of the folder.
        let file: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        self.folder.as_ref().map(|folder| folder.join(format!("{file}.json")))
    }
}

pub(crate) fn failed(verb: &str, id: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error("The store failed", format!("It could not {verb} the thing `{id}`: {error}."))
}
