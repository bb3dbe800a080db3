//! What can happen in a history: what a user does, what Atlas does, and what goes wrong on the way. Knows no probabilities.

use std::fmt;

use atlas_simulator::{Operation, Stage};
use terraform_core::PlanOptions;

use super::arguments::{Actions, Arguments, Ignored, Lifecycle, Network, Null, Password, Sharding, Unknown, address};
use super::faults::PlannedFault;

/// A history: how everything is set up, and what happens then.
#[derive(Clone, Debug)]
pub(super) struct History {
    pub(super) setup: Setup,
    pub(super) steps: Vec<Step>,
}

/// How provider, Terraform and Atlas are set up.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) account: Account,
    /// The legacy dialect.
    pub(super) legacy: bool,
    pub(super) digest: Digest,
    /// Whether Terraform works on ten objects at once; else the order is fixed.
    pub(super) parallel: bool,
    /// Whether the provider logs everything.
    pub(super) logs: bool,
    /// The blocks of the three addresses at the beginning.
    pub(super) blocks: [Option<Arguments>; 3],
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    Key,
    Service,
    Token,
}

/// How Atlas challenges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digest {
    Md5,
    Sha256,
    BothInOneHeader,
    ShortNonces,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The configuration of an address is edited.
    Edit(usize, Edit),
    /// `terraform apply`.
    Apply(Options, Course),
    /// `terraform plan -out`, in the place of the one before.
    Keep(Options),
    /// `terraform apply` of what was kept, unless the state has changed since.
    ApplyKept(Course),
    /// `terraform apply -refresh-only`.
    Refresh(Option<PlannedFault>),
    /// A resource gets another name, with or without a `moved` block.
    Rename { from: usize, to: usize, moved: bool },
    /// `terraform taint`.
    Taint(usize),
    /// `terraform untaint`.
    Untaint(usize),
    /// `terraform state rm`.
    Forget(usize),
    /// An import of one of Atlas's migrations.
    Import { slot: usize, which: usize, way: Way, fault: Option<PlannedFault> },
    /// `terraform destroy`, perhaps with `-refresh=false`.
    Destroy { refresh: bool, course: Course },
    /// `terraform apply -invoke` of the cutover action for an address, perhaps from a state that does not have it.
    Invoke { slot: usize, foreign: bool, course: Course },
    /// Something happens without Terraform.
    Scenario(Happening),
}

/// An edit of a resource block.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// The whole block is written again.
    Write(Box<Arguments>),
    /// The block is deleted.
    Delete,
    Source(usize),
    Destination(usize),
    Host(usize),
    Drop(bool),
    WaitForReady(bool),
    Cutover(bool),
    Validate(bool),
    Password(Password),
    Sharding(Sharding),
    Network(Network),
    Hurry(bool),
    Unknown(Option<Unknown>),
    Lifecycle(Lifecycle),
    WaitsForNext(bool),
    Ignored(Ignored),
    Null(Option<Null>),
    Actions(Actions),
}

/// How a plan is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// `-refresh=false`.
    pub(super) stale: bool,
    /// `-replace` of an address.
    pub(super) replace: Option<usize>,
}

/// What happens during an apply.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Simulated seconds that pass with each request.
    pub(super) pace: u32,
    pub(super) faults: Vec<PlannedFault>,
    pub(super) interrupt: Option<Interrupt>,
    /// Something that happens after so many requests.
    pub(super) meanwhile: Option<(usize, Happening)>,
}

/// An interruption while a request is held.
#[derive(Clone, Debug)]
pub(super) struct Interrupt {
    pub(super) operation: Operation,
    /// So many requests of the operation pass before.
    pub(super) skip: usize,
    /// Whether the request has taken effect when it is held.
    pub(super) processed: bool,
    pub(super) kind: InterruptKind,
}

/// The kinds of interruptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InterruptKind {
    /// Ctrl-C.
    Stop,
    /// Ctrl-C twice: answers are dropped.
    StopTwice,
    /// The terminal sends SIGINT to the provider too, which ignores it.
    Int,
    /// SIGTERM to the whole group.
    Term,
    /// `kill -9` of the provider.
    Kill,
    /// `kill -9` of Terraform.
    Vanish,
}

/// How something is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Command,
    Block,
    Identity,
}

/// What happens without Terraform.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// Minutes pass.
    Wait(u32),
    /// One of the migrations fails.
    Fail(usize),
    /// Atlas forgets one of the migrations.
    AgeOut(usize),
    /// Somebody cuts one over in the web page.
    CutOver(usize),
    /// Somebody starts one in the web page.
    Start(usize, Stage),
    /// The credentials are revoked.
    Revoke,
    /// The credentials are valid again.
    Restore,
    /// Nonces and tokens grow old.
    Expire,
}

impl InterruptKind {
    /// Whether the answers of running calls are lost.
    pub(super) fn drops_answers(self) -> bool {
        matches!(self, Self::StopTwice | Self::Kill | Self::Vanish)
    }
}

impl fmt::Display for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setup { account, legacy, digest, parallel, logs, blocks } = &self.setup;
        writeln!(formatter, "setup: {account:?}, legacy {legacy}, {digest:?}, parallel {parallel}, logs {logs}")?;
        for (slot, block) in blocks.iter().enumerate() {
            if let Some(block) = block {
                writeln!(formatter, "  {}: {block:?}", super::arguments::address(slot))?;
            }
        }
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(formatter, "{:3}. {step:?}", number + 1)?;
        }
        Ok(())
    }
}

impl From<&Options> for PlanOptions {
    fn from(options: &Options) -> Self {
        let plan = match options.replace {
            Some(slot) => Self::replace(&address(slot)),
            None => Self::default(),
        };
        if options.stale { plan.without_refresh() } else { plan }
    }
}
