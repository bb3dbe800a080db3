//! The action `inmemory_touch`: it changes the store, and nothing that a state describes.

use std::sync::Arc;
use std::time::Duration;

use tf_provider::action::{InvokeRequest, PlanActionRequest};
use tf_provider::schema::{Attribute, Block};
use tf_provider::{Action, Attr, Diagnostic, Diagnostics, Failed, Model, Progress, Schema};

use crate::store::Store;

#[derive(Clone, Debug, Model)]
pub(crate) struct Touch {
    pub id: Attr<String>,
    pub times: Attr<i64>,
    pub pause_seconds: Attr<i64>,
}

pub(crate) struct TouchAction {
    store: Arc<Store>,
}

impl TouchAction {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    fn touch(&self, id: &str, diagnostics: &mut Diagnostics) -> Result<i64, Failed> {
        let Some(mut thing) = self.store.find(id, diagnostics)? else {
            // Terraform may show no path in the configuration here, so the message has the ID.
            let detail = format!("There is no thing with the ID `{id}`.");
            return Err(diagnostics.fail(Diagnostic::error("Thing not found", detail).at("id")));
        };
        thing.touched += 1;
        self.store.save(id, &thing, diagnostics)?;
        Ok(thing.touched)
    }
}

impl Action for TouchAction {
    type Model = Touch;

    fn type_name(&self) -> &'static str {
        "inmemory_touch"
    }

    fn schema(&self) -> Schema {
        let times = Attribute::number("times")
            .default(1_i64)
            .description("How many times to touch it. Defaults to 1.")
            .validate(|times: i64| (times < 1).then(|| Diagnostic::error("Touched less than once", "Set 1 or more.")));
        let pause =
            Attribute::number("pause_seconds").default(0_i64).description("How long to wait between two times.");
        let id = Attribute::string("id").required().description("The ID of the thing.");
        Schema::new(Block::new().description("Touches a thing.").attribute(id).attribute(times).attribute(pause))
    }

    fn plan(&self, request: PlanActionRequest<Touch>, diagnostics: &mut Diagnostics) {
        // The ID of a thing that is created in the same apply is unknown here.
        if request.config.times.known().is_some_and(|times| *times > 100) {
            let detail = "More than 100 times is unusual.";
            diagnostics.push(Diagnostic::warning("A thing is touched very often", detail).at("times"));
        }
    }

    async fn invoke(
        &self,
        request: InvokeRequest<Touch>,
        progress: Progress,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let id = request.config.id.into_known().unwrap_or_default();
        let times = request.config.times.into_known().unwrap_or_default();
        let pause = request.config.pause_seconds.into_known().and_then(|seconds| u64::try_from(seconds).ok());
        for time in 1..=times {
            let touched = self.touch(&id, diagnostics)?;
            progress.send(format!("touched `{id}`, {touched} times so far"));
            if time == times {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(pause.unwrap_or_default())) => {}
                () = request.context.cancel.cancelled() => {
                    let detail = format!("`{id}` was touched {time} times instead of {times}.");
                    return Err(diagnostics.fail(Diagnostic::error("Interrupted", detail)));
                }
            }
        }
        Ok(())
    }
}
