//! What an apply would make of a thing: a function of the request alone, for Terraform plans again at apply and
//! compares.

use tf_provider::resource::{PlanRequest, PlanResponse};
use tf_provider::{Attr, Diagnostic, Diagnostics, Path};

use crate::model::{Identity, Thing};
use crate::schema::DEFAULT_SIZE;

/// From this size on a thing is worth a word.
const BIG: i64 = 100;

/// Plans a create or an update.
pub(crate) fn plan(
    request: PlanRequest<Thing, Identity>,
    diagnostics: &mut Diagnostics,
) -> PlanResponse<Thing, Identity> {
    let PlanRequest { config, prior, mut proposed, private, identity, .. } = request;
    // Defaults come from the configuration: in `proposed` an argument that was removed still has its prior value.
    proposed.size = config.size.or(DEFAULT_SIZE);
    proposed.enabled = config.enabled.or(true);
    warn_of_size(&proposed, diagnostics);

    let mut requires_replace = Vec::new();
    match &prior {
        None => {
            proposed.id = Attr::Unknown;
            proposed.revision = Attr::Unknown;
            proposed.secret_length = Attr::Unknown;
        }
        Some(prior) => {
            if proposed.secret_wo_version != prior.secret_wo_version {
                proposed.secret_length = Attr::Unknown;
            }
            // Unknown only where it will change: otherwise there would be something to do in every plan.
            if proposed != *prior {
                proposed.revision = Attr::Unknown;
            }
            if proposed.name != prior.name {
                requires_replace.push(Path::root("name"));
            }
        }
    }
    PlanResponse { planned: proposed, requires_replace, private, identity }
}

fn warn_of_size(planned: &Thing, diagnostics: &mut Diagnostics) {
    if let Some(size) = planned.size.known().filter(|size| **size > BIG) {
        // Terraform shows the detail of the first warning with the same summary only, so the summary says which thing.
        let name = planned.name.as_str().unwrap_or("a thing");
        let detail = format!("Its size is {size}; more than {BIG} is unusual.");
        diagnostics.push(Diagnostic::warning(format!("{name} is big"), detail).at("size"));
    }
}
