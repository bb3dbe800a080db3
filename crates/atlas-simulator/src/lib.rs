//! Simulates the live migration operations of the MongoDB Atlas Administration API, over real HTTP, for tests, demonstrations
//! and rehearsals of a pipeline.
//!
//! It must not know any client: no code and no wire structure is shared with one, so that a wrong field name cannot agree with
//! itself. It is strict where Atlas is strict: authentication, media types and every field of a request are checked.
//!
//! Reading order: [`Config`] (what is simulated), [`Simulator`] (the handle for tests), `exchange` (the way of one request),
//! `api` (the operations), `migration` (the life of a migration), `fault` (faults on demand).
//!
//! ```
//! use atlas_simulator::{Config, Simulator};
//!
//! let simulator = Simulator::start(Config::default())?;
//! assert!(simulator.url().starts_with("http://127.0.0.1:"));
//! assert!(simulator.requests().is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```

mod action;
mod algorithm;
mod answer;
mod api;
mod auth;
mod authorization;
mod clock;
mod config;
mod control;
mod exchange;
mod fault;
mod media;
mod migration;
mod random;
mod record;
mod request_body;
mod route;
mod server;
mod shared;
mod simulator;
mod socket;
mod state;
mod validation;

pub use action::Action;
pub use algorithm::Algorithm;
pub use answer::Answer;
pub use authorization::Authorization;
pub use config::{Access, Config, Credential, DigestConfig, Observer, Role};
pub use fault::{Fault, FaultHandle};
pub use migration::{Field, Migration, Override, Seed, Stage};
pub use record::{Outcome, Request};
pub use route::Operation;
pub use simulator::Simulator;
pub use state::{Event, EventKind, State};

/// The example of the README, which has to compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
