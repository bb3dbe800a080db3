//! The end of one object: ApplyResourceChange with null, for a plain destroy and for the first half of a replacement.

use super::Walker;
use super::apply::Applied;
use super::change::plan_destroy;
use super::object::{Loaded, upgrade};
use super::{Notes, Step};
use crate::client::{ApplyRequest, Target};
use crate::plan::Change;
use crate::value::Value;

impl Walker {
    /// Destroys the object in use. `whole` is a plain destroy, which carries the planned identity; the half of a replacement does not.
    pub(super) async fn destroy(
        &self,
        target: Target<'_>,
        change: &Change,
        whole: bool,
        notes: &mut Notes,
    ) -> Step<()> {
        let address = target.address.unwrap_or_default();
        let Some(object) = self.state.with(|state| state.object(address).cloned()) else { return Ok(()) };
        let loaded = upgrade(&self.client, target, &object, notes).await?;
        self.command.halt(address, notes)?;
        let request = request(change, whole);
        let applied = self.apply_null(target, &request, &loaded, notes).await;
        self.save(target, applied.object.as_ref());
        applied.result?;
        self.command.halt(address, notes)
    }

    /// Destroys an object that was put aside: it is planned once more, in this walk.
    pub(super) async fn destroy_deposed(&self, target: Target<'_>, index: usize, notes: &mut Notes) -> Step<()> {
        let address = target.address.unwrap_or_default();
        let object = self.state.with(|state| state.deposed(address).get(index).cloned());
        let Some(object) = object else { return Ok(()) };
        let loaded = upgrade(&self.client, target, &object, notes).await?;
        let change = plan_destroy(&self.client, target, &loaded, notes).await?;
        self.command.halt(address, notes)?;
        let applied = self.apply_null(target, &request(&change, true), &loaded, notes).await;
        let schema = self.client.resource(target.type_name);
        let object = applied.object.map(|object| object.store(schema));
        self.state.with(|state| state.set_deposed(address, index, object));
        applied.result
    }

    async fn apply_null(
        &self,
        target: Target<'_>,
        request: &ApplyRequest,
        loaded: &Loaded,
        notes: &mut Notes,
    ) -> Applied {
        let response = self.client.apply(target, request).await;
        self.settle(target, request, Some(loaded), &response, notes)
    }
}

fn request(change: &Change, whole: bool) -> ApplyRequest {
    ApplyRequest {
        prior: change.before.clone(),
        planned: Value::Null,
        config: Value::Null,
        private: change.private.clone(),
        identity: if whole { change.after_identity.clone() } else { None },
    }
}
