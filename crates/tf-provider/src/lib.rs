//! A framework for Terraform providers: plugin protocol 5 (tfplugin5, minor version 5.10) over tonic, as a go-plugin plugin.
//!
//! A provider implements [`Provider`] and, for each of its types, [`Resource`], [`DataSource`] or [`Action`]; [`serve`] does
//! the rest. The README has a whole provider.
//!
//! Dependencies run one way: `server` uses the traits, the traits use [`value`] and [`schema`]; [`plugin`] serves any tonic
//! service and uses none of them.

// The code that `derive(Model)` generates names this crate `::tf_provider`.
extern crate self as tf_provider;

pub mod action;
pub mod data_source;
pub mod diagnostics;
mod dyn_action;
mod dyn_data_source;
mod dyn_provider;
mod dyn_resource;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod log;
pub mod path;
pub mod plugin;
pub mod private;
mod proto;
pub mod provider;
pub mod resource;
pub mod schema;
mod server;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;

pub use action::{Action, Progress};
pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics, Failed, Severity};
pub use path::Path;
pub use private::{Private, PrivateError};
pub use provider::{Actions, ConfigureRequest, DataSources, Provider, Resources};
pub use resource::Resource;
pub use schema::Schema;
pub use server::{schema_problems, serve, serve_debug};
pub use tokio_util::sync::CancellationToken;
pub use value::{Attr, ConversionError, FromValue, IntoValue, Model, Number, Secret, Type, Value};

/// Compiles the provider of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
