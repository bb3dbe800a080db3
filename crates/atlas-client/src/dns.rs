//! Host names to addresses, by the system's resolver.
//!
//! It exists only for its errors: those of the system don't say which name failed, which may be the proxy's.

use std::io;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

#[derive(Debug)]
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the port of the URL.
            match lookup_host((name.as_str(), 0)).await {
                Ok(addresses) => Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs),
                Err(error) => Err(io::Error::other(format!("{}: {error}", name.as_str())).into()),
            }
        })
    }
}
