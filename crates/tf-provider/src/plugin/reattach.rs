//! The environment variable that connects Terraform to a running provider.

use serde::Serialize;

use super::PROTOCOL_VERSION;

/// The text to print: an explanation, and the variable in the syntax of this system's shells.
pub(super) fn text(provider: &str, network: &'static str, address: &str) -> String {
    let json = json(provider, network, address);
    let assignments = if cfg!(windows) {
        format!(
            "\tCommand Prompt:\tset \"TF_REATTACH_PROVIDERS={json}\"\n\
             \tPowerShell:\t$env:TF_REATTACH_PROVIDERS='{}'\n",
            json.replace('\'', "''")
        )
    } else {
        format!("\tTF_REATTACH_PROVIDERS='{}'\n", json.replace('\'', r"'\''"))
    };
    format!(
        "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the \
         following:\n\n{assignments}\nIt runs until it is interrupted.\n"
    )
}

fn json(provider: &str, network: &'static str, address: &str) -> String {
    let reattach = Reattach {
        protocol: "grpc",
        protocol_version: PROTOCOL_VERSION,
        pid: std::process::id(),
        // Terraform doesn't shut the process down after each run.
        test: true,
        addr: Addr { network, string: address },
    };
    // Without Terraform's default host: OpenTofu has another one.
    let key = provider.strip_prefix("registry.terraform.io/").unwrap_or(provider);
    serde_json::json!({ key: reattach }).to_string()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reattach<'a> {
    protocol: &'static str,
    protocol_version: u16,
    pid: u32,
    test: bool,
    addr: Addr<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addr<'a> {
    network: &'static str,
    string: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_names_that_terraform_reads() {
        let expected = format!(
            "{{\"ns/x\":{{\"Addr\":{{\"Network\":\"unix\",\"String\":\"/tmp/x\"}},\"Pid\":{},\
             \"Protocol\":\"grpc\",\"ProtocolVersion\":5,\"Test\":true}}}}",
            std::process::id()
        );
        assert_eq!(json("registry.terraform.io/ns/x", "unix", "/tmp/x"), expected);
        assert!(json("registry.example.com/ns/x", "unix", "/tmp/x").starts_with("{\"registry.example.com/ns/x\":"));
    }

    #[cfg(unix)]
    #[test]
    fn a_quote_in_the_path_survives_the_shell() {
        let text = text("ns/x", "unix", "/tmp/it's/x");
        assert!(text.contains(r"/tmp/it'\''s/x"), "{text}");
    }
}
