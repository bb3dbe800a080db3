//! Arbitrary `WWW-Authenticate` lines: the client responds or rejects them, and no response contains the private key.

#![no_main]

use atlas_client::fuzzing::answer_challenges;
use libfuzzer_sys::fuzz_target;

const PRIVATE_KEY: &str = "11111111-2222-4333-8444-555555555555";
const ANOTHER_KEY: &str = "66666666-7777-4888-8999-000000000000";

fuzz_target!(|lines: &[u8]| {
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    let Some(response) = answer_challenges(&lines, "public", PRIVATE_KEY) else { return };
    assert!(!response.contains(['\r', '\n']), "{response}");
    if response.contains(PRIVATE_KEY) {
        // The fuzzer can write the key into the challenge. Then the response contains it with any key.
        let other = answer_challenges(&lines, "public", ANOTHER_KEY).expect("the result does not depend on the key");
        assert!(other.contains(PRIVATE_KEY), "{response}");
    }
});
