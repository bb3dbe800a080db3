//! Calls from bytes to bytes, without a connection, for fuzz targets. It knows the calls by their names only.

use std::sync::Arc;

use prost::Message;
use tonic::Request;

use super::{Server, rpc};
use crate::plugin::Lifecycle;
use crate::provider::Provider;
use crate::wire::tfplugin5 as wire;

/// A provider that is called with messages as they travel.
pub struct Calls(Arc<Server>);

macro_rules! calls {
    ($($name:literal: $call:ident),* $(,)?) => {
        impl Calls {
            /// The names of the calls.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The answer to a message; none where the bytes are no message of this call, or the call is none of [`Self::NAMES`]. Must run
            /// on a tokio runtime.
            pub async fn answer(&self, name: &str, message: &[u8]) -> Option<Vec<u8>> {
                match name {
                    $($name => {
                        let request = wire::$call::Request::decode(message).ok()?;
                        Some(rpc::run(&self.0, Request::new(request)).await.ok()?.into_inner().encode_to_vec())
                    })*
                    _ => None,
                }
            }
        }
    };
}

impl Calls {
    /// Of a provider.
    pub fn new(provider: impl Provider) -> Self {
        Self(Arc::new(Server::new(provider, Lifecycle::default())))
    }
}

calls! {
    "GetSchema": get_provider_schema,
    "PrepareProviderConfig": prepare_provider_config,
    "Configure": configure,
    "ValidateResourceTypeConfig": validate_resource_type_config,
    "UpgradeResourceState": upgrade_resource_state,
    "UpgradeResourceIdentity": upgrade_resource_identity,
    "ReadResource": read_resource,
    "PlanResourceChange": plan_resource_change,
    "ApplyResourceChange": apply_resource_change,
    "ImportResourceState": import_resource_state,
    "MoveResourceState": move_resource_state,
}
