//! Simulates the live migration operations of the MongoDB Atlas Administration API, over real HTTP, for tests,
//! demonstrations and rehearsals of a pipeline.
//!
//! It is independent of every client. It shares no code and no wire struct with one, so that a wrong field name can't
//! agree with itself. It is as strict as Atlas: it checks authentication, media types and every field of a request.
//!
//! Reading order: [`Config`] (what is simulated), [`Simulator`] (the handle for tests), `exchange` (one request from
//! arrival to response), `api` (the operations), `migration` (the lifecycle of a migration), `fault` and `action`
//! (faults on demand).
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
mod organization;
mod random;
mod record;
mod request_body;
mod response;
mod route;
mod server;
mod shared;
mod simulator;
mod socket;
mod state;
mod validation;

pub use action::Action;
pub use algorithm::Algorithm;
pub use authorization::Authorization;
pub use config::{Access, Config, Credential, DigestConfig, Observer, Role};
pub use fault::{Fault, FaultHandle};
pub use migration::{Field, Migration, Override, Seed, Stage};
pub use organization::{AvailableProject, Deployment, Organization};
pub use record::{Outcome, Request};
pub use response::Response;
pub use route::Operation;
pub use simulator::Simulator;
pub use state::{Event, EventKind, State};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
