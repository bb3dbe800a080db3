//! Arbitrary environments of a plugin: it serves, or reports why it does not.

#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use libfuzzer_sys::fuzz_target;
use tf_provider::fuzzing::reads_environment;

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// In the order of the input's lines.
const NAMES: [&str; 6] = [
    "PLUGIN_PROTOCOL_VERSIONS",
    "PLUGIN_MIN_PORT",
    "PLUGIN_MAX_PORT",
    "PLUGIN_UNIX_SOCKET_DIR",
    "PLUGIN_UNIX_SOCKET_GROUP",
    "PLUGIN_MULTIPLEX_GRPC",
];

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(NAMES.len() + 1, |byte| *byte == b'\n');
    let values: Vec<_> = NAMES.iter().map(|name| (*name, lines.next())).collect();
    // The rest is the certificate, which has several lines.
    let certificate = lines.next();
    reads_environment(|wanted| {
        let value = match wanted {
            "TF_PLUGIN_MAGIC_COOKIE" => Some(COOKIE.as_bytes()),
            "PLUGIN_CLIENT_CERT" => certificate,
            _ => values.iter().find(|(name, _)| *name == wanted).and_then(|(_, value)| *value),
        };
        value.map(|bytes| OsString::from_vec(bytes.to_vec()))
    });
});
