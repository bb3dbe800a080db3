//! Calls the methods of the service as tonic does, also with requests that Terraform never sends.
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
mod cancellation;
mod data_sources;
mod declared;
mod fixture;
mod malformed;
mod messages;
mod planning;
mod rpcs;
