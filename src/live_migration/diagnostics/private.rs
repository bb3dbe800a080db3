//! What goes wrong with private state.

use tf_provider::{Diagnostic, PrivateError};

use super::steps::steps;
use crate::summary;

/// Private state that can't be read.
pub(in super::super) fn not_read(error: &PrivateError) -> Diagnostic {
    Diagnostic::warning(
        summary::private_state_not_read(),
        format!(
            "Terraform stores private state of this provider beside the attributes of each live migration. For this one it \
             can't be read: {error}. It counts as empty. The attributes are not affected, but the provider no longer knows \
             whether Atlas returned 404 for the live migration, whether the cutover time is confirmed, and what a saved plan \
             was for.\n\n{}",
            steps(&[
                "Use the newest version of the provider that has worked on this state.",
                "Create a new plan, and read it before you apply it.",
            ])
        ),
    )
}

/// Private state that can't be written.
pub(in super::super) fn not_written(error: &PrivateError) -> Diagnostic {
    Diagnostic::error(
        summary::private_state_not_written(),
        format!(
            "The provider could not store private state beside the attributes: {error}. A plan that ends with this error \
             changes nothing. After an apply, the attributes in the state are what Atlas returned last.\n\nThis is a bug in \
             the provider. Report it to its developers."
        ),
    )
}
