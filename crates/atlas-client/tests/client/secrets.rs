//! The log: every attempt, and no secret.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::Once;

use atlas_simulator::{Action, Config as Simulation, Fault, Operation, Simulator};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::{GROUP, PASSWORD, client, migration, options, owner, service_account};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Formats each event as one line of its thread: level, target, fields.
struct Log;

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

/// The log lines of some work, which runs on this thread only.
fn logged(work: impl Future<Output = ()>) -> Vec<String> {
    // For the whole process: if this thread alone had a subscriber, a test in another thread that comes first to a statement
    // would find nobody interested, and tracing remembers that.
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Log)).unwrap();
    });
    LINES.take();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work);
    drop(runtime);
    LINES.take()
}

fn of_the_client(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| line.contains(" atlas_client")).collect()
}

#[test]
fn logs_no_secret() {
    for credentials in [owner(), service_account()] {
        let simulator = Simulator::start(Simulation::default()).unwrap();
        simulator.fault(Fault::new(Operation::Create, Action::rate_limited(0)));
        simulator.fault(Fault::new(Operation::Read, Action::Reset));
        simulator.fault(Fault::new(Operation::Read, Action::StaleNonce));
        let lines = logged(async {
            let client = client(&simulator.url(), credentials);
            client.validate(&migration(), &options()).await.unwrap();
            let id = client.create(&migration(), &options()).await.unwrap().id;
            client.read(GROUP, &id, &options()).await.unwrap();
            client.close().await;
        });
        let all = lines.join("\n");
        assert!(of_the_client(&lines).len() >= 6, "{all}");
        let json = serde_json_escaped(PASSWORD);
        for secret in
            [PASSWORD, &json, Simulation::PRIVATE_KEY, Simulation::CLIENT_SECRET, "response=", "Bearer ", "Basic "]
        {
            assert!(!all.contains(secret), "{secret} in\n{all}");
        }
    }
}

#[test]
fn logs_each_attempt_and_warns_before_each_retry() {
    let simulator = Simulator::start(Simulation::default()).unwrap();
    simulator.fault(Fault::new(Operation::Create, Action::rate_limited(0)));
    let lines = logged(async {
        client(&simulator.url(), owner()).create(&migration(), &options()).await.unwrap();
    });
    let of_the_client = of_the_client(&lines);
    let find =
        |parts: &[&str]| of_the_client.iter().filter(|line| parts.iter().all(|part| line.contains(part))).count();
    assert_eq!(find(&["DEBUG", "method=GET", "status=401", "attempt=1", "duration_ms="]), 1, "{of_the_client:#?}");
    assert_eq!(find(&["INFO", "operation=\"create\"", "method=POST", "/liveMigrations", "status=429", "attempt=1"]), 1);
    assert_eq!(find(&["WARN", "attempt=1", "delay_ms=", "cause=status 429"]), 1);
    assert_eq!(find(&["INFO", "method=POST", "status=201", "attempt=2"]), 1);
}

fn serde_json_escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
