//! The time from exec to the handshake line with AutoMTLS, compared with a baseline process, in alternation.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use terraform_core::{Certificate, MAGIC_COOKIE};

use crate::binaries::Binaries;
use crate::table::{Table, median, milliseconds, ratio};

/// The highest acceptable ratio to the time of the baseline process.
const MAX_RATIO: f64 = 3.0;

#[derive(Debug, Default)]
struct Samples {
    provider: Vec<Duration>,
    baseline: Vec<Duration>,
}

pub(crate) fn measure(criterion: &mut Criterion, binaries: &Binaries, scratch: &Path, table: &mut Table) {
    let samples = RefCell::new(Samples::default());
    let pem = &Certificate::shared().pem;
    // Each turn starts both, so that other load on the machine affects both.
    let turn = || {
        let turn = (line(provider(binaries, pem, scratch)), line(Command::new(&binaries.baseline)));
        let mut samples = samples.borrow_mut();
        samples.provider.push(turn.0);
        samples.baseline.push(turn.1);
        turn
    };
    let mut group = criterion.benchmark_group("startup");
    group.sample_size(30).measurement_time(Duration::from_secs(3));
    group.bench_function("provider", |bencher| bencher.iter_custom(|count| (0..count).map(|_| turn().0).sum()));
    group.bench_function("baseline", |bencher| bencher.iter_custom(|count| (0..count).map(|_| turn().1).sum()));
    group.finish();

    let samples = samples.into_inner();
    let (provider, baseline) = (median(&samples.provider), median(&samples.baseline));
    let times = ratio(provider, baseline);
    table.record("exec to one line, baseline process", milliseconds(baseline));
    table.check(
        format!("exec to handshake line with AutoMTLS, median of {}", samples.provider.len()),
        format!("{} = {times:.2} times baseline", milliseconds(provider)),
        format!("{MAX_RATIO} times baseline"),
        times <= MAX_RATIO,
    );
}

fn provider(binaries: &Binaries, pem: &str, scratch: &Path) -> Command {
    let mut command = Command::new(&binaries.provider);
    command.env_clear();
    command.env("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE).env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
    command.env("PLUGIN_MIN_PORT", "10000").env("PLUGIN_MAX_PORT", "25000").env("PLUGIN_CLIENT_CERT", pem);
    // Killed plugins leave their sockets there.
    command.env("TMPDIR", scratch);
    command
}

/// The time until the first line of a program.
fn line(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = first_line(&mut child);
    let duration = begin.elapsed();
    assert!(text.starts_with("1|5|unix|"), "no handshake line: {text:?}");
    // It can have ended already.
    let _ = child.kill();
    let _ = child.wait();
    duration
}

fn first_line(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take() {
        // The caller reports a missing line.
        let _ = BufReader::new(stdout).read_line(&mut text);
    }
    text
}
