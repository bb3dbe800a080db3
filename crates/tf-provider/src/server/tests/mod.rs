//! The service asked directly, as tonic asks it: what Terraform would never send, and what no provider should do.
#![allow(clippy::needless_update, reason = "some requests have few fields")]

/// Sends a request and returns the response; the fields that are not given have their defaults. The messages of a method
/// are in the module of its name, or in the one after `as`.
macro_rules! call {
    ($service:expr, $method:ident { $($fields:tt)* }) => { call!($service, $method as $method { $($fields)* }) };
    ($service:expr, $method:ident as $messages:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let request = crate::proto::tfplugin5::$messages::Request { $($field: $value,)* ..Default::default() };
        $service.$method(tonic::Request::new(request)).await.unwrap().into_inner()
    }};
}

/// Sends a request and returns the diagnostics of the response.
macro_rules! diagnostics_of {
    ($($call:tt)*) => { call!($($call)*).diagnostics };
}

mod actions;
mod calls;
mod data_sources;
mod declared;
mod life;
mod malformed;
mod planning;
mod subject;
