//! A small Terraform core: it starts a built provider as Terraform does, drives it over tfplugin5, and holds every response against the
//! rules that Terraform enforces. It shares nothing with the provider framework, so that a mistake there cannot agree with itself.
//!
//! ```no_run
//! use serde_json::json;
//! use terraform_core::{Action, Config, Core, PlanOptions, State, unknown};
//!
//! let core = Core::new("target/debug/terraform-provider-example").env("EXAMPLE_TOKEN", "t");
//! let config = Config::new().resource("example_thing.a", json!({"name": "n"}));
//! let mut state = State::default();
//!
//! let plan = core.plan(&config, &state, PlanOptions::default());
//! assert_eq!(plan.action("example_thing.a"), Some(Action::Create));
//! assert_eq!(plan.planned("example_thing.a")["id"], unknown());
//! core.apply(&plan, &mut state).assert_ok();
//! core.plan(&config, &state, PlanOptions::default()).assert_empty();
//! core.destroy(&config, &mut state).assert_silent();
//! ```
//!
//! A broken rule fails the test at the command in which it broke, under Terraform's title for it and with the call rendered as JSON; a core made
//! with [`Core::collect_violations`] hands the violations out instead. Everything that a provider may rightly do, errors included, is in
//! the [`Outcome`].
//!
//! [`Core`] has the commands, [`Running`] an apply that is interrupted, [`Provider`] single calls, [`Launch`] single starts.
//! Reading order: `value`, `schema`; `complete`, `proposed`, `plan_check`, `apply_check`; `launch`, `transport`, `client`; `walk`.
//!
//! Not played: data sources, functions, provisioners, moves between types, deferral, several provider configurations, NFC, and the
//! refinements of unknown values that a provider sends, which are checked for their form and then forgotten.

#![allow(clippy::expect_used, clippy::panic, reason = "a failed test is a panic")]

mod apply_check;
mod certificate;
mod client;
mod command;
mod complete;
mod config;
mod diagnostic;
mod engine;
mod event;
mod handshake;
mod launch;
mod outcome;
mod plan;
mod plan_check;
mod platform;
mod process;
mod proposed;
pub mod proto;
mod provider;
mod running;
pub mod schema;
mod state;
mod tls;
mod transport;
pub mod value;
mod violation;
mod walk;

pub use certificate::Certificate;
pub use client::{ImportRequest, ImportResponse, Response};
pub use command::Core;
pub use config::{Config, ImportTarget};
pub use diagnostic::{Diagnostic, Origin, Severity};
pub use engine::Engine;
pub use event::{Event, EventKind};
pub use handshake::{Address, Handshake};
pub use launch::{Launch, LaunchError, MAGIC_COOKIE};
pub use outcome::Outcome;
pub use plan::{Action, Change, Plan, PlanOptions, Reason};
pub use platform::send_signal;
pub use process::{Process, ProcessReport};
pub use provider::Provider;
pub use running::Running;
pub use state::{Object, State};
pub use transport::{Connection, Security};
pub use value::unknown;
pub use violation::{Problem, Violation};
