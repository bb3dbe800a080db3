//! Arbitrary messages to each RPC of the provider: it responds to each, and none crashes it. Each message gets a new
//! provider without credentials, so that nothing is sent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use terraform_provider_atlas::{AtlasProvider, Environment};
use tf_provider::fuzzing::Calls;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
}

fuzz_target!(|input: (u8, &[u8])| {
    let (number, message) = input;
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let calls = Calls::new(AtlasProvider::new(Environment::default()));
            // The server would turn a panic into an error. Here it ends the process.
            calls.respond(usize::from(number), message).await
        })
    });
});
