//! Calls from bytes to bytes, without a connection, for fuzz targets. It knows the calls by their names only.

use std::sync::Arc;

use super::{Server, rpc, service};
use crate::plugin::Lifecycle;
use crate::provider::Provider;

/// A provider that is called with messages as they travel.
pub struct Calls(Arc<Server>);

impl Calls {
    /// Of a provider.
    pub fn new(provider: impl Provider) -> Self {
        Self(Arc::new(Server::new(provider, Lifecycle::default())))
    }

    /// The name of a call, and the answer to a message; none where the bytes are no message of this call. Must run on a
    /// tokio runtime.
    pub async fn answer(&self, number: usize, message: &[u8]) -> (&'static str, Option<Vec<u8>>) {
        let (name, begin) = service::CALLS[number % service::CALLS.len()];
        let answer = rpc::run(&self.0, begin, message.to_vec().into()).await;
        (name, answer.ok().map(Into::into))
    }
}
