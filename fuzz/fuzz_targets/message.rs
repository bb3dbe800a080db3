//! Messages of any kind to each call of the provider: every one is answered, and none crashes it. Nothing is sent: there
//! are no credentials.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use terraform_provider_atlas::{AtlasProvider, Environment};
use tf_provider::fuzzing::Calls;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static SUBJECT: OnceCell<(Runtime, Calls)> = const { OnceCell::new() };
}

fn subject() -> (Runtime, Calls) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let calls = runtime.block_on(async { Calls::new(AtlasProvider::new(Environment::default())) });
    (runtime, calls)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (number, message) = input;
    SUBJECT.with(|cell| {
        let (runtime, calls) = cell.get_or_init(subject);
        let (name, answer) = runtime.block_on(calls.answer(usize::from(number), message));
        // A panic becomes an error in the answer.
        let crashed = answer.is_some_and(|answer| answer.windows(20).any(|text| text == b"The provider crashed"));
        assert!(!crashed, "{name} crashed");
    });
});
