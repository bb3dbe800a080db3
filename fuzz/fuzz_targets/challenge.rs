//! `WWW-Authenticate` lines of any kind: a challenge is answered or refused, and the private key is in no answer.

#![no_main]

use atlas_client::fuzzing::answer_challenges;
use libfuzzer_sys::fuzz_target;

const PRIVATE_KEY: &str = "11111111-2222-4333-8444-555555555555";

fuzz_target!(|lines: &[u8]| {
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    if let Some(answer) = answer_challenges(&lines, "public", PRIVATE_KEY) {
        // A server that knows the key already may get it back.
        let told = lines.iter().any(|line| line.windows(PRIVATE_KEY.len()).any(|part| part == PRIVATE_KEY.as_bytes()));
        assert!(told || !answer.contains(PRIVATE_KEY), "{answer}");
        assert!(!answer.contains(['\r', '\n']), "{answer}");
    }
});
