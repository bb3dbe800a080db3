//! Messages of any kind to each call of the provider: every one is answered, and none crashes it. Each meets a provider
//! of its own, so that none meets credentials: nothing is sent.

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
            // A panic in the call would become an error in its answer; here it ends the process, as every panic does.
            calls.respond(usize::from(number), message).await
        })
    });
});
