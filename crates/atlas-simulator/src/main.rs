//! The command `atlas-simulator`: starts a simulator, says how to use it, logs every request; it must not know how one works.

use atlas_simulator::{Config, Credential, Observer, Simulator};
use clap::Parser;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// Simulates the live migration operations of the MongoDB Atlas Administration API on this machine.
///
/// Prints its URL, then the lines to paste into a shell, and logs every request to standard error. Nothing is kept when it stops.
/// While it runs, `curl URL/simulator/` tells how to move its clock, let a migration fail, or make requests go wrong.
#[derive(Parser)]
#[command(name = "atlas-simulator")]
struct Arguments {
    /// Address to listen on; loopback only, port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Simulated seconds a second; 0 stands still until the clock is moved.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = speed)]
    speed: f64,
    /// How long a migration stays NEW.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    new_for: Duration,
    /// How long the lag takes to fall to 0; then the migration is ready for the cutover.
    #[arg(long, default_value = "3s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    sync_for: Duration,
    /// How long a cutover takes.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    cutover_for: Duration,
    /// How long a validation takes.
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = humantime::parse_duration)]
    validation_for: Duration,
    /// How long a migration that is ready waits for its cutover until it expires.
    #[arg(long, default_value = "120h", value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires_after: Duration,
    /// Public API key of the organization owner.
    #[arg(long, default_value = Config::PUBLIC_KEY, value_name = "KEY")]
    public_key: String,
    /// Private API key of the organization owner.
    #[arg(long, default_value = Config::PRIVATE_KEY, value_name = "KEY")]
    private_key: String,
    /// Client id of the service account.
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
            // When standard error is closed there is nobody to tell; the exit code remains.
            let _ = writeln!(io::stderr(), "atlas-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        // Before the first line is printed: whoever reads it may stop us at once.
        let stop = stop_signal()?;
        let greeting = greeting(&arguments);
        let simulator = Simulator::start(config(arguments))?;
        let url = simulator.url();
        let mut out = io::stdout().lock();
        write!(out, "{url}\nexport MONGODB_ATLAS_BASE_URL={url}\n{greeting}")?;
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
        service_accounts: vec![Credential::owner(arguments.client_id, arguments.client_secret)],
        observer: Some(Observer::new(|request| {
            // A closed standard error must not stop the simulation.
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

/// The lines to paste; the key is one that was typed on the command line or a constant, so printing it gives nothing away.
fn greeting(arguments: &Arguments) -> String {
    format!(
        "export MONGODB_ATLAS_PUBLIC_API_KEY={}\nexport MONGODB_ATLAS_PRIVATE_API_KEY={}\n",
        quoted(&arguments.public_key),
        quoted(&arguments.private_key)
    )
}

/// The text as a shell reads it back.
fn quoted(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed >= 0.0 => Ok(speed),
        _ => Err("a number, not negative".to_owned()),
    }
}

/// Ends on Ctrl-C or SIGTERM.
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

/// Ends on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler the system ends the process on Ctrl-C by itself.
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
    fn odd_keys_are_quoted_for_the_shell() {
        assert_eq!(quoted("abc-1"), "abc-1");
        assert_eq!(quoted("a'b $c"), r"'a'\''b $c'");
    }
}
