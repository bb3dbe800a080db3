//! The generated messages and services of `proto/`. They are private to this crate.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::use_self)]
#![allow(dead_code, reason = "generated: not every message has a user")]

/// Package `tfplugin5`.
pub(crate) mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// Package `plugin`: go-plugin's own services.
pub(crate) mod plugin {
    tonic::include_proto!("plugin");
}
