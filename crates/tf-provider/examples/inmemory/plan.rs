//! The rules of a plan that a schema can't declare.

use tf_provider::resource::{ModifyPlanRequest, PlanResponse};
use tf_provider::{Attr, Diagnostic, Diagnostics};

use crate::model::{Identity, Thing};

/// Sizes above this limit get a warning.
const LARGE: i64 = 100;

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
    if let Some(size) = planned.size.known().filter(|size| **size > LARGE) {
        // Terraform merges warnings with the same summary, so the summary has the name.
        let name = planned.name.as_str().unwrap_or("a thing");
        let detail = format!("Its size is {size}; more than {LARGE} is unusual.");
        diagnostics.push(Diagnostic::warning(format!("{name} is large"), detail).at("size"));
    }
}
