//! What the schema can't say about the plan of a thing.

use tf_provider::resource::{ModifyPlanRequest, PlanResponse};
use tf_provider::{Attr, Diagnostic, Diagnostics};

use crate::model::{Identity, Thing};

/// From this size on a thing is worth a word.
const BIG: i64 = 100;

/// Changes the plan of a create or an update.
pub(crate) fn modify(
    request: ModifyPlanRequest<Thing, Identity>,
    diagnostics: &mut Diagnostics,
) -> PlanResponse<Thing, Identity> {
    let ModifyPlanRequest { prior, mut planned, requires_replace, private, identity, .. } = request;
    warn_of_size(&planned, diagnostics);
    if let Some(prior) = &prior {
        if planned.secret_wo_version != prior.secret_wo_version {
            planned.secret_length = Attr::Unknown;
        }
        // Unknown only where it will change: otherwise every plan would show a change.
        if planned != *prior {
            planned.revision = Attr::Unknown;
        }
    }
    PlanResponse { planned, requires_replace, private, identity }
}

fn warn_of_size(planned: &Thing, diagnostics: &mut Diagnostics) {
    if let Some(size) = planned.size.known().filter(|size| **size > BIG) {
        // Terraform shows the detail of the first warning with the same summary only, so the summary says which thing.
        let name = planned.name.as_str().unwrap_or("a thing");
        let detail = format!("Its size is {size}; more than {BIG} is unusual.");
        diagnostics.push(Diagnostic::warning(format!("{name} is big"), detail).at("size"));
    }
}
