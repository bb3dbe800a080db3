//! `WWW-Authenticate` lines of any kind: a challenge is answered or refused, and the private key is in no answer.

#![no_main]

use atlas_client::fuzzing::answer_challenges;
use libfuzzer_sys::fuzz_target;

const PRIVATE_KEY: &str = "11111111-2222-4333-8444-555555555555";
const ANOTHER_KEY: &str = "66666666-7777-4888-8999-000000000000";

fuzz_target!(|lines: &[u8]| {
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    let Some(answer) = answer_challenges(&lines, "public", PRIVATE_KEY) else { return };
    assert!(!answer.contains(['\r', '\n']), "{answer}");
    if answer.contains(PRIVATE_KEY) {
        // The fuzzer may write the key into the challenge itself, and then it comes back whichever key is used.
        let other = answer_challenges(&lines, "public", ANOTHER_KEY).expect("the answer does not depend on the key");
        assert!(other.contains(PRIVATE_KEY), "{answer}");
    }
});
