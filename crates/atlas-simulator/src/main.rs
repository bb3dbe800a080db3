//! The command `atlas-simulator`: starts a simulator, prints how to connect to it, and logs every request.

use atlas_simulator::{Config, Credential, Observer, Organization, Simulator};
use clap::Parser;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Simulates the live migration operations of the MongoDB Atlas Administration API on this machine.
///
/// Prints its URL and the lines to paste into a shell, and logs every request to standard error. All state is lost when
/// it stops. While it runs, `curl URL/simulator/` lists the requests that move its clock, make a migration fail, or
/// inject faults.
#[derive(Parser)]
#[command(name = "atlas-simulator")]
struct Arguments {
    /// Loopback address to listen on; port 0 selects a free port.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Simulated seconds per real second; 0 freezes the clock.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = speed)]
    speed: f64,
    /// Time that a migration is NEW.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    new_for: Duration,
    /// Time until the lag is 0 and the migration is ready for cutover.
    #[arg(long, default_value = "3s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    sync_for: Duration,
    /// Time that a cutover takes.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    cutover_for: Duration,
    /// Time that a validation takes.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    validation_for: Duration,
    /// Time that a migration that is ready waits for its cutover before it expires.
    #[arg(long, default_value = "120h", value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires_after: Duration,
    /// ID of the organization whose projects can be migrated.
    #[arg(long, default_value = Config::ORG_ID, value_name = "ID")]
    org_id: String,
    /// Public API key of the organization owner.
    #[arg(long, default_value = Config::PUBLIC_KEY, value_name = "KEY")]
    public_key: String,
    /// Private API key of the organization owner.
    #[arg(long, default_value = Config::PRIVATE_KEY, value_name = "KEY")]
    private_key: String,
    /// Client ID of the service account.
    #[arg(long, default_value = Config::CLIENT_ID, value_name = "ID")]
    client_id: String,
    /// Client secret of the service account.
    #[arg(long, default_value = Config::CLIENT_SECRET, value_name = "SECRET")]
    client_secret: String,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // When standard error is closed, the exit code still reports the failure.
            let _ = writeln!(io::stderr(), "atlas-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        // Before the first line is printed, because its reader may stop the process at once.
        let stop = stop_signal()?;
        let key_exports = key_exports(&arguments);
        let simulator = Simulator::start(config(arguments))?;
        let url = simulator.url();
        let mut out = io::stdout().lock();
        write!(out, "{url}\nexport MONGODB_ATLAS_BASE_URL={url}\n{key_exports}")?;
        out.flush()?;
        drop(out);
        stop.await;
        drop(simulator);
        Ok(())
    })
}

fn config(arguments: Arguments) -> Config {
    let mut config = Config {
        listen: arguments.listen,
        speed: arguments.speed,
        new_for: arguments.new_for,
        sync_for: arguments.sync_for,
        cutover_for: arguments.cutover_for,
        validation_for: arguments.validation_for,
        expires_after: arguments.expires_after,
        organizations: vec![Organization::example(arguments.org_id), Organization::unlinked(Config::UNLINKED_ORG_ID)],
        service_accounts: vec![Credential::owner(arguments.client_id, arguments.client_secret)],
        observer: Some(Observer::new(|request| {
            // A closed standard error must not stop the simulator.
            let _ = writeln!(io::stderr(), "{}", request.line());
        })),
        ..Config::default()
    };
    config.keys = vec![
        Credential::owner(arguments.public_key, arguments.private_key),
        Credential::member(Config::MEMBER_PUBLIC_KEY, Config::MEMBER_PRIVATE_KEY),
    ];
    config
}

/// The lines to paste. The key comes from the command line or is a constant, so that printing it reveals no secret.
fn key_exports(arguments: &Arguments) -> String {
    format!(
        "export MONGODB_ATLAS_PUBLIC_API_KEY={}\nexport MONGODB_ATLAS_PRIVATE_API_KEY={}\n",
        shell_quote(&arguments.public_key),
        shell_quote(&arguments.private_key)
    )
}

/// Quotes the text for a POSIX shell.
fn shell_quote(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed >= 0.0 => Ok(speed),
        _ => Err("must be a number of 0 or more".to_owned()),
    }
}

/// Completes on Ctrl-C or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler, the system ends the process on Ctrl-C.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn configures_the_linked_organization() {
        let arguments = Arguments::parse_from(["atlas-simulator", "--org-id", "ffffffffffffffffffffffff"]);
        let linked = config(arguments).organizations.remove(0);
        assert_eq!((linked.id.as_str(), linked.linked), ("ffffffffffffffffffffffff", true));
    }

    #[test]
    fn quotes_special_characters_for_the_shell() {
        assert_eq!(shell_quote("abc-1"), "abc-1");
        assert_eq!(shell_quote("a'b $c"), r"'a'\''b $c'");
    }
}
