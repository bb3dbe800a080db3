//! The generated servers.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::use_self, reason = "generated code")]

/// Package `tfplugin5`.
pub(crate) mod tfplugin5 {
    include!(concat!(env!("OUT_DIR"), "/server/tfplugin5.rs"));
}

/// Package `plugin`.
pub(crate) mod plugin {
    include!(concat!(env!("OUT_DIR"), "/server/plugin.rs"));
}
