//! The environment that every Terraform of a test starts from: the developer's, without what would change its behaviour.

use std::process::Command;

/// What a developer's shell may hold for Terraform, for a provider or for the HTTP client; a test that wants one sets it.
const DISTURBING: [&str; 4] = ["TF_", "ATLAS_", "MCLI_", "MONGODB_ATLAS_"];

/// Proxies, in the spelling of both cases.
const PROXIES: [&str; 4] = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];

/// Removes the variables that would disturb a run, and keeps Terraform from asking for its own updates.
pub(super) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if is_disturbing(&name.to_string_lossy()) {
            command.env_remove(&name);
        }
    }
    command.env("CHECKPOINT_DISABLE", "1");
}

fn is_disturbing(name: &str) -> bool {
    DISTURBING.iter().any(|prefix| name.starts_with(prefix)) || PROXIES.contains(&name.to_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_disturbing;

    #[test]
    fn settings_of_the_shell_are_taken_away_and_the_rest_stays() {
        for name in [
            "TF_CLI_ARGS_plan",
            "TF_REATTACH_PROVIDERS",
            "MONGODB_ATLAS_PUBLIC_KEY",
            "ATLAS_POLL_INTERVAL",
            "https_proxy",
        ] {
            assert!(is_disturbing(name), "{name}");
        }
        for name in ["PATH", "HOME", "TMPDIR", "SSL_CERT_FILE"] {
            assert!(!is_disturbing(name), "{name}");
        }
    }
}
