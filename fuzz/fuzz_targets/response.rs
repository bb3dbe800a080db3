//! Arbitrary responses of Atlas: they are read or rejected, and no message contains a secret.

#![no_main]

use atlas_client::fuzzing::read_answer;
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "hunter2-is-secret";

fuzz_target!(|input: (u16, &[u8], &[u8], &[u8])| {
    let (number, retry_after, location, body) = input;
    let status = 100 + number % 500;
    let headers: [(&str, &[u8]); 2] = [("retry-after", retry_after), ("location", location)];
    for text in read_answer(status, &headers, body, SECRET) {
        assert!(!text.contains(SECRET), "{text}");
    }
});
