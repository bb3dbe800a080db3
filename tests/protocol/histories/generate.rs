//! How histories come about: strategies that shrink to less, to false and to the first of everything.

use atlas_simulator::{Operation, Stage};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use super::arguments::{Actions, Arguments, Ignored, Lifecycle, Network, Null, Password, Sharding, Unknown};
use super::faults::{KINDS, PlannedFault};
use super::step::{
    Account, Course, Digest, Edit, Happening, History, Interrupt, InterruptKind, Options, Setup, Step, Way,
};

/// The longest history.
const STEPS: usize = 16;

pub(super) fn history() -> impl Strategy<Value = History> {
    (setup(), vec(step(), 1..=STEPS)).prop_map(|(setup, steps)| History { setup, steps })
}

fn setup() -> impl Strategy<Value = Setup> {
    let account = prop_oneof![
        4 => Just(Account::Key),
        1 => Just(Account::Service),
        1 => Just(Account::Token),
    ];
    let digest = select(vec![Digest::Md5, Digest::Sha256, Digest::BothInOneHeader, Digest::ShortNonces]);
    let blocks = (block(0), block(1), weighted(0.1, arguments(2)));
    (account, digest, weighted(0.15, Just(())), any::<bool>(), weighted(0.1, Just(())), blocks).prop_map(
        |(account, digest, legacy, parallel, logs, (a, b, c))| {
            let legacy = legacy.is_some() && account == Account::Key;
            Setup { account, legacy, digest, parallel, logs: logs.is_some(), blocks: [a, b, c] }
        },
    )
}

fn block(slot: usize) -> impl Strategy<Value = Option<Arguments>> {
    weighted(if slot == 0 { 0.95 } else { 0.4 }, arguments(slot))
}

/// As a rule an address has source, destination and host of its own. Boxed: as a part of a larger strategy it would overflow the stack.
fn arguments(slot: usize) -> BoxedStrategy<Arguments> {
    let place = |own: usize, count: usize| prop_oneof![6 => Just(own % count), 1 => 0..count];
    let places = (place(slot, 3), place(slot, 2), place(slot, 3));
    let flags = (rarely(), rarely(), rarely(), rarely(), rarely());
    let forms = (password(), sharding(), network(), weighted(0.1, unknown()), lifecycle());
    let rest = (weighted(0.1, Just(())), ignored(), weighted(0.03, null()), actions());
    (places, flags, forms, rest)
        .prop_map(|(places, flags, forms, rest)| {
            let (waits_for_next, ignored, null, actions) = rest;
            let (source, destination, host) = places;
            let (drop_enabled, wait_for_ready, cutover, validate, hurry) = flags;
            let (password, sharding, network, unknown, lifecycle) = forms;
            Arguments {
                source,
                destination,
                host,
                drop_enabled,
                wait_for_ready,
                // Most single applies are meant to cut over.
                cutover: cutover || (actions == Actions::OnCreate && !wait_for_ready),
                validate,
                password,
                sharding,
                network,
                hurry: hurry && cutover,
                unknown,
                lifecycle,
                waits_for_next: waits_for_next.is_some(),
                ignored,
                null,
                actions,
            }
        })
        .boxed()
}

fn rarely() -> impl Strategy<Value = bool> {
    weighted(0.3, Just(())).prop_map(|given| given.is_some())
}

fn password() -> impl Strategy<Value = Password> {
    prop_oneof![
        16 => Just(Password::None),
        8 => Just(Password::WriteOnly),
        2 => Just(Password::WriteOnlyAgain),
        2 => Just(Password::Kept),
        1 => Just(Password::Forgotten),
    ]
}

fn sharding() -> impl Strategy<Value = Sharding> {
    prop_oneof![
        12 => Just(Sharding::None),
        1 => Just(Sharding::Two),
        1 => Just(Sharding::TwoTurned),
        1 => Just(Sharding::One),
    ]
}

fn network() -> impl Strategy<Value = Network> {
    prop_oneof![6 => Just(Network::Default), 2 => Just(Network::Public), 1 => Just(Network::Peering)]
}

fn unknown() -> impl Strategy<Value = Unknown> {
    use Unknown::{Cutover, DestinationCluster, DestinationProject, Drop, Host, Password, SourceCluster};
    select(vec![
        Cutover,
        Drop,
        Host,
        SourceCluster,
        DestinationCluster,
        DestinationCluster,
        DestinationProject,
        Password,
    ])
}

fn ignored() -> impl Strategy<Value = Ignored> {
    prop_oneof![
        12 => Just(Ignored::Nothing),
        1 => Just(Ignored::All),
        1 => Just(Ignored::Source),
        1 => Just(Ignored::Destination),
    ]
}

fn null() -> impl Strategy<Value = Null> {
    select(vec![Null::SourceCluster, Null::DestinationCluster, Null::DestinationProject, Null::Hosts])
}

fn actions() -> impl Strategy<Value = Actions> {
    prop_oneof![
        6 => Just(Actions::None),
        4 => Just(Actions::OnCreate),
        1 => Just(Actions::OnUpdate),
        1 => Just(Actions::OnNext),
    ]
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    prop_oneof![
        8 => Just(Lifecycle::Default),
        2 => Just(Lifecycle::CreateBeforeDestroy),
        1 => Just(Lifecycle::PreventDestroy),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (options(), course()).prop_map(|(options, course)| Step::Apply(options, course)),
        10 => (0..3_usize, edit()).prop_map(|(slot, edit)| Step::Edit(slot, edit)),
        5 => happening().prop_map(Step::Scenario),
        2 => options().prop_map(Step::Keep),
        2 => course().prop_map(Step::ApplyKept),
        2 => weighted(0.5, fault_of(vec![Operation::Read])).prop_map(Step::Refresh),
        2 => (0..3_usize, 0..3_usize, any::<bool>()).prop_map(|(from, to, moved)| Step::Rename { from, to, moved }),
        2 => (0..3_usize).prop_map(Step::Taint),
        1 => (0..3_usize).prop_map(Step::Untaint),
        1 => (0..3_usize).prop_map(Step::Forget),
        3 => import(),
        2 => (0..3_usize, weighted(0.3, Just(())), course())
            .prop_map(|(slot, foreign, course)| Step::Invoke { slot, foreign: foreign.is_some(), course }),
        1 => (any::<bool>(), course()).prop_map(|(refresh, course)| Step::Destroy { refresh, course }),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    (weighted(0.1, Just(())), weighted(0.15, 0..3_usize))
        .prop_map(|(stale, replace)| Options { stale: stale.is_some(), replace })
}

fn import() -> impl Strategy<Value = Step> {
    let way = select(vec![Way::Command, Way::Block, Way::Identity]);
    (0..3_usize, 0..4_usize, way, weighted(0.2, fault_of(vec![Operation::Read])))
        .prop_map(|(slot, which, way, fault)| Step::Import { slot, which, way, fault })
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => any::<bool>().prop_map(Edit::Cutover),
        3 => any::<bool>().prop_map(Edit::WaitForReady),
        3 => any::<bool>().prop_map(Edit::Drop),
        1 => any::<bool>().prop_map(Edit::Validate),
        1 => any::<bool>().prop_map(Edit::Hurry),
        1 => (0..3_usize).prop_map(Edit::Source),
        1 => (0..2_usize).prop_map(Edit::Destination),
        1 => (0..3_usize).prop_map(Edit::Host),
        1 => password().prop_map(Edit::Password),
        1 => sharding().prop_map(Edit::Sharding),
        1 => network().prop_map(Edit::Network),
        1 => weighted(0.6, unknown()).prop_map(Edit::Unknown),
        1 => lifecycle().prop_map(Edit::Lifecycle),
        1 => any::<bool>().prop_map(Edit::WaitsForNext),
        1 => ignored().prop_map(Edit::Ignored),
        1 => weighted(0.4, null()).prop_map(Edit::Null),
        1 => actions().prop_map(Edit::Actions),
        1 => Just(Edit::Delete),
        2 => (0..3_usize).prop_flat_map(arguments).prop_map(|arguments| Edit::Write(Box::new(arguments))),
    ]
}

fn course() -> impl Strategy<Value = Course> {
    let every = [
        Operation::Any,
        Operation::Any,
        Operation::Create,
        Operation::Create,
        Operation::Cutover,
        Operation::Cutover,
        Operation::Read,
        Operation::Validate,
        Operation::ValidationStatus,
        Operation::Token,
    ];
    let pace = prop_oneof![3 => Just(60_u32), 1 => Just(5), 1 => Just(7_200)];
    let meanwhile = (1..8_usize, happening());
    let fault = || fault_of(every.to_vec());
    let faults = prop_oneof![4 => vec(fault(), 0..1), 2 => vec(fault(), 1..2), 1 => vec(fault(), 2..4)];
    (pace, faults, weighted(0.3, interrupt()), weighted(0.2, meanwhile))
        .prop_map(|(pace, faults, interrupt, meanwhile)| Course { pace, faults, interrupt, meanwhile })
}

fn fault_of(operations: Vec<Operation>) -> impl Strategy<Value = PlannedFault> {
    (select(operations), select(KINDS.to_vec()), any::<bool>(), early(), 1..4_usize).prop_map(
        |(operation, kind, processed, skip, times)| {
            let processed = processed && !kind.lies_when_processed();
            PlannedFault { operation, kind, processed, skip, times }
        },
    )
}

fn interrupt() -> impl Strategy<Value = Interrupt> {
    let operation = select(vec![
        Operation::Any,
        Operation::Any,
        Operation::Any,
        Operation::Create,
        Operation::Create,
        Operation::Cutover,
        Operation::Cutover,
        Operation::Read,
        Operation::Validate,
        Operation::ValidationStatus,
    ]);
    use InterruptKind::{Int, Kill, Stop, StopTwice, Term, Vanish};
    let kind = select(vec![Stop, StopTwice, Kill, Vanish, Term, Int]);
    (operation, kind, early(), any::<bool>()).prop_map(|(operation, kind, skip, processed)| Interrupt {
        operation,
        skip,
        processed,
        kind,
    })
}

/// How many requests pass: few, so that what is to go wrong does.
fn early() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 3 => 1..3_usize, 1 => 3..9_usize]
}

fn happening() -> impl Strategy<Value = Happening> {
    let stage = select(vec![Stage::New, Stage::Working, Stage::Ready, Stage::Complete, Stage::Expired]);
    prop_oneof![
        4 => prop_oneof![Just(1_u32), Just(30), Just(600), Just(130 * 60)].prop_map(Happening::Wait),
        3 => (0..4_usize).prop_map(Happening::Fail),
        2 => (0..4_usize).prop_map(Happening::AgeOut),
        2 => (0..4_usize).prop_map(Happening::CutOver),
        1 => (0..2_usize, stage).prop_map(|(destination, stage)| Happening::Start(destination, stage)),
        1 => Just(Happening::Revoke),
        2 => Just(Happening::Restore),
        2 => Just(Happening::Expire),
    ]
}
