//! The rules of a configuration that a schema can't declare. Unknown values are valid.

use tf_provider::{Attr, Diagnostic, Diagnostics, Path};

use crate::model::Thing;

/// Reports every mistake at its path.
pub(crate) fn validate(config: &Thing, diagnostics: &mut Diagnostics) {
    if config.size.known().is_some_and(|size| *size < 0) {
        diagnostics.push(Diagnostic::error("Size is negative", "`size` must be 0 or more.").at("size"));
    }
    if config.token.is_known() && config.secret_wo.is_known() {
        let detail = "Set `token`, which is kept in the state, or `secret_wo`, which is not.";
        diagnostics.push(Diagnostic::error("Two secrets", detail).at("secret_wo"));
    }
    let email = config.owner.as_ref().and_then(|owner| owner.email.as_ref());
    if email.known().is_some_and(|email| !email.contains('@')) {
        diagnostics.push(Diagnostic::error("Not an address", "`email` needs an `@`.").at("owner.email"));
    }
    for (index, step) in config.step.known().into_iter().flatten().enumerate() {
        if step.as_ref().and_then(|step| step.name.as_ref()).known().is_some_and(|name| name.is_empty()) {
            let path = Path::root("step").index(index).attribute("name");
            diagnostics.push(Diagnostic::error("Step without a name", format!("`{path}` must not be empty.")).at(path));
        }
    }
    for (label, mount) in config.mount.known().into_iter().flatten() {
        if let Attr::Known(path) = &mount.path
            && !path.starts_with('/')
        {
            let at = Path::root("mount").key(label).attribute("path");
            diagnostics
                .push(Diagnostic::error("Path is not absolute", format!("`{path}` must begin with `/`.")).at(at));
        }
    }
}
