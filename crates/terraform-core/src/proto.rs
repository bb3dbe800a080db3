//! The messages and clients that are generated from `proto/`, as they travel; it shares nothing with the provider framework.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::use_self, reason = "generated code")]

/// Package `tfplugin5`.
pub mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// Package `plugin`: go-plugin's own services.
pub mod plugin {
    tonic::include_proto!("plugin");
}
