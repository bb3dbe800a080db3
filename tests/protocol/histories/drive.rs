//! An apply that runs: simulated time passes with its requests, things happen meanwhile, and it is interrupted while a request is
//! held. Knows no promises, but one: it ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use atlas_simulator::{Action, Fault, FaultHandle, Migration, Operation, Simulator};
use terraform_core::Running;

use super::arguments::GROUP;
use super::scenario::Scenario;
use super::step::{Course, Happening, InterruptKind};

/// How long an apply may take in real time. Everything that it waits for comes with simulated time.
const LIMIT: Duration = Duration::from_secs(45);

/// How long a provider may take to notice a signal, or that Terraform is gone.
const NOTICE: Duration = Duration::from_millis(60);

/// What came of it.
pub(super) struct Driven {
    /// Whether answers that were under way were lost to Terraform.
    pub(super) answers_dropped: bool,
    /// What was still asked of Atlas after an interruption that ends everything, as lines of the log.
    pub(super) late_writes: Vec<String>,
}

/// Lets an apply run to its end.
///
/// # Errors
/// When it does not end; it is killed then.
pub(super) fn drive(scenario: &mut Scenario, running: &Running, course: &Course) -> Result<Driven, String> {
    let hold = course.interrupt.as_ref().map(|interrupt| {
        let fault = Fault::new(interrupt.operation, Action::Hold).skip(interrupt.skip);
        scenario.simulator.fault(if interrupt.processed { fault.processed() } else { fault })
    });
    let mut drive = Drive {
        begin: Instant::now(),
        first: scenario.simulator.requests().len(),
        seen: 0,
        over: None,
        hold,
        dropped: false,
    };
    let ended = drive.run(scenario, running, course);
    if ended.is_err() {
        running.kill_provider();
    }
    drive.release(&scenario.simulator);
    let late_writes = drive.late_writes(&scenario.simulator);
    ended.map(|()| Driven { answers_dropped: drive.dropped, late_writes })
}

struct Drive {
    begin: Instant,
    /// How many requests there were before.
    first: usize,
    /// How many there have been since.
    seen: usize,
    /// How many there were when an interruption ended everything.
    over: Option<usize>,
    hold: Option<FaultHandle>,
    dropped: bool,
}

impl Drive {
    fn run(&mut self, scenario: &mut Scenario, running: &Running, course: &Course) -> Result<(), String> {
        let mut interrupted = false;
        let mut meanwhile = course.meanwhile.as_ref();
        while !running.is_finished() {
            if self.begin.elapsed() > LIMIT {
                return Err(format!("the apply does not end within {LIMIT:?}"));
            }
            let (first, seen, hold) = (self.first, self.seen, self.hold.clone());
            let is_held = || hold.as_ref().is_some_and(|hold| hold.hits() > 0);
            scenario.simulator.wait_for(Duration::from_millis(200), |state| {
                running.is_finished() || state.requests().len() > first + seen || (!interrupted && is_held())
            });
            let requests = scenario.simulator.requests().len() - self.first;
            let new = u64::try_from(requests - self.seen).unwrap_or_default();
            self.seen = requests;
            scenario.simulator.advance(Duration::from_secs(new * u64::from(course.pace)));
            if let Some((_, happening)) = meanwhile.filter(|(after, _)| *after <= requests) {
                meanwhile = None;
                if !clashes(happening, course) {
                    scenario.happen(happening);
                }
            }
            if !interrupted && is_held() {
                interrupted = true;
                if let Some(interrupt) = &course.interrupt {
                    self.interrupt(interrupt.kind, running);
                    let over = interrupt.kind != InterruptKind::Int;
                    self.over = over.then(|| scenario.simulator.requests().len());
                    scenario.count(format!("interrupt: {:?} in {:?}", interrupt.kind, interrupt.operation));
                }
                self.hold.as_ref().inspect(|hold| hold.release());
            }
        }
        Ok(())
    }

    fn interrupt(&mut self, kind: InterruptKind, running: &Running) {
        self.dropped = kind.drops_answers();
        match kind {
            InterruptKind::Stop => running.stop(),
            // Windows has no signals: Terraform asks for a stop alone.
            InterruptKind::Int | InterruptKind::Term if cfg!(windows) => running.stop(),
            InterruptKind::StopTwice => {
                running.stop();
                running.shutdown_now();
            }
            InterruptKind::Int => signal(running, "INT"),
            InterruptKind::Term => signal(running, "TERM"),
            InterruptKind::Kill => running.kill_provider(),
            InterruptKind::Vanish => running.vanish(),
        }
        // A signal and the end of a connection take a moment to arrive; the held request waits for it.
        if matches!(kind, InterruptKind::Term | InterruptKind::Vanish) {
            std::thread::sleep(NOTICE);
        }
    }

    /// A write that was asked for when everything was over. Where several objects are worked on at once it may have been under way.
    fn late_writes(&self, simulator: &Simulator) -> Vec<String> {
        let Some(over) = self.over else { return Vec::new() };
        let is_write = |operation| matches!(operation, Operation::Create | Operation::Cutover | Operation::Validate);
        let requests = simulator.requests();
        requests.iter().skip(over).filter(|request| is_write(request.operation)).map(|it| it.line()).collect()
    }

    /// Lets go what is held, and waits until Atlas has done what it was asked: also when nobody waits for the answer.
    fn release(&self, simulator: &Simulator) {
        let Some(hold) = &self.hold else { return };
        hold.end();
        hold.release();
        simulator.wait_for(Duration::from_secs(5), |state| {
            let held = state.requests().iter().skip(self.first).filter(|request| request.note.contains("fault: hold"));
            held.into_iter().all(|request| request.processed)
        });
    }
}

/// The last request gives a token back, when Terraform has no use for the process any more.
fn signal(running: &Running, name: &str) {
    if let Some(pid) = running.pid() {
        terraform_core::send_signal(pid, name);
    }
}

/// Somebody in the web page would meet the faults that are meant for the provider.
fn clashes(happening: &Happening, course: &Course) -> bool {
    let on_cutover = |operation| matches!(operation, Operation::Cutover | Operation::Any);
    matches!(happening, Happening::CutOver(_))
        && (course.faults.iter().any(|fault| on_cutover(fault.operation))
            || course.interrupt.as_ref().is_some_and(|interrupt| on_cutover(interrupt.operation)))
}

/// Somebody cuts a migration over in the web page; whether they were the first.
pub(super) fn cut_over_by_hand(simulator: &Simulator, account: &str, migration: &Migration) -> bool {
    let token = simulator.issue_token(account);
    let address = simulator.url();
    let address = address.trim_start_matches("http://");
    let request = format!(
        "PUT /api/atlas/v2/groups/{GROUP}/liveMigrations/{}/cutover HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\
         Accept: application/vnd.atlas.2023-01-01+json\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n",
        migration.id
    );
    let mut stream = TcpStream::connect(address).expect("the simulator listens");
    stream.write_all(request.as_bytes()).expect("the simulator reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the simulator answers");
    answer.starts_with("HTTP/1.1 202")
}
