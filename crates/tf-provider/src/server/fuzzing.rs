//! RPCs from bytes to bytes, without a connection, for fuzz targets.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use prost::Message;

use super::rpc::{Rpc, run};
use super::{Server, service};
use crate::plugin::Lifecycle;
use crate::proto::tfplugin5 as wire;
use crate::provider::Provider;

/// A provider that handles encoded requests.
pub struct Calls(Arc<Server>);

/// The name of an RPC, and its encoded response. None if the bytes are not a request of this RPC.
type Answered = (&'static str, Option<Vec<u8>>);

type Handler = for<'a> fn(&'a Arc<Server>, &'a [u8]) -> Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

macro_rules! table {
    ($($method:ident: $messages:ident,)*) => {
        const RPCS: &[Handler] = &[$(|server, message| Box::pin(respond::<wire::$messages::Request>(server, message)),)*];
    };
}

service::rpcs!(table);

impl Calls {
    /// Serves a provider.
    pub fn new(provider: impl Provider) -> Self {
        Self(Arc::new(Server::new(provider, Lifecycle::default())))
    }

    /// Handles a request of the RPC with this number. Must run on a tokio runtime.
    pub async fn respond(&self, number: usize, message: &[u8]) -> Answered {
        RPCS[number % RPCS.len()](&self.0, message).await
    }
}

async fn respond<R: Rpc + Message + Default>(server: &Arc<Server>, message: &[u8]) -> Answered {
    let Ok(request) = R::decode(message) else { return (R::NAME, None) };
    (R::NAME, run(server, request).await.ok().map(|response| response.encode_to_vec()))
}
