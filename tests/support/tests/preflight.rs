//! `scripts/preflight`: what it accepts, and that it names what is missing before anything is built.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// Runs the script on a machine that has nothing but these programs, with this `CC`.
fn preflight(name: &str, programs: &[&str], cc: Option<&str>) -> Output {
    let folder = std::env::temp_dir().join(format!("preflight-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for program in programs {
        let file = folder.join(program);
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new("/bin/sh");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/preflight"));
    command.env("PATH", &folder).env_remove("CC");
    if let Some(cc) = cc {
        command.env("CC", cc);
    }
    let output = command.output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    output
}

#[test]
fn accepts_cc_or_the_compiler_that_cc_names() {
    for (programs, cc) in [
        (&["cargo", "cc"][..], None),
        (&["cargo", "cc"], Some("missing")),
        (&["cargo", "clang"], Some("clang")),
        (&["cargo", "ccache"], Some("ccache clang -m64")),
    ] {
        let output = preflight("accepts", programs, cc);
        assert!(output.status.success(), "{programs:?}, CC={cc:?}: {output:?}");
        assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
    }
}

#[test]
fn names_what_is_missing() {
    for (programs, cc, reason) in [
        (&["cc"][..], None, "no cargo on PATH: install Rust"),
        (&["cargo"], None, "no C compiler: no cc on PATH. Install one:"),
        (&["cargo", "gcc"], Some("clang"), "no cc on PATH, and no clang, which CC names. Install one:"),
    ] {
        let output = preflight("missing", programs, cc);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{programs:?}, CC={cc:?}: {text}");
        assert!(text.contains(reason), "{text}");
    }
}
