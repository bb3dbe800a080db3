//! Arbitrary `WWW-Authenticate` lines: a challenge is supported or rejected, and no response contains the private key.

#![no_main]

use atlas_client::fuzzing::respond_to_challenges;
use libfuzzer_sys::fuzz_target;

const PRIVATE_KEY: &str = "11111111-2222-4333-8444-555555555555";
const ANOTHER_KEY: &str = "66666666-7777-4888-8999-000000000000";

fuzz_target!(|lines: &[u8]| {
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    let Some(response) = respond_to_challenges(&lines, "public", PRIVATE_KEY) else { return };
    assert!(!response.contains(['\r', '\n']), "{response}");
    if response.contains(PRIVATE_KEY) {
        // The challenge itself may contain the key, and then the response contains it whichever key is used.
        let other = respond_to_challenges(&lines, "public", ANOTHER_KEY).expect("the response does not depend on the key");
        assert!(other.contains(PRIVATE_KEY), "{response}");
    }
});
