//! The request bodies of the control API, and the values that they describe.

use super::reply::{Error, Result};
use crate::action::Action;
use crate::fault::Fault;
use crate::migration::{Seed, Stage};
use crate::route::{Operation, is_id};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Parses a JSON body whatever its Content-Type is, because `curl -d` sends the type of a form.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| Error::bad_request(error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedBody {
    group_id: String,
    cluster_name: String,
    stage: String,
    migration_host: Option<String>,
}

impl SeedBody {
    pub(crate) fn into_seed(self) -> Result<Seed> {
        let stage = stage(&self.stage).ok_or_else(|| Error::bad_request("unknown stage"))?;
        if !is_id(&self.group_id) {
            return Err(Error::bad_request("group_id must be 24 lowercase hexadecimal digits"));
        }
        let mut seed = Seed::new(self.group_id, self.cluster_name, stage);
        if let Some(host) = self.migration_host {
            seed.migration_hosts = vec![host];
        }
        Ok(seed)
    }
}

fn stage(name: &str) -> Option<Stage> {
    Some(match name {
        "new" => Stage::New,
        "working" => Stage::Working,
        "ready" => Stage::Ready,
        "cutting-over" => Stage::CuttingOver,
        "complete" => Stage::Complete,
        "expired" => Stage::Expired,
        "failed" => Stage::Failed("seeded as failed".to_owned()),
        _ => return None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailBody {
    pub(crate) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockBody {
    advance: Option<String>,
    speed: Option<f64>,
}

impl ClockBody {
    pub(crate) fn advance(&self) -> Result<Duration> {
        let Some(text) = &self.advance else { return Ok(Duration::ZERO) };
        humantime::parse_duration(text).map_err(|error| Error::bad_request(format!("advance: {error}")))
    }

    pub(crate) fn speed(&self) -> Result<Option<f64>> {
        if self.speed.is_some_and(|speed| speed < 0.0) {
            return Err(Error::bad_request("speed must not be negative"));
        }
        Ok(self.speed)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidationBody {
    pub(crate) error: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultBody {
    operation: String,
    action: String,
    times: Option<usize>,
    #[serde(default)]
    skip: usize,
    #[serde(default)]
    processed: bool,
    #[serde(default)]
    before_authentication: bool,
    status: Option<u16>,
    code: Option<String>,
    detail: Option<String>,
    retry_after: Option<u64>,
    url: Option<String>,
    name: Option<String>,
    value: Option<String>,
    bytes: Option<usize>,
}

impl FaultBody {
    pub(crate) fn into_fault(self) -> Result<Fault> {
        let operation = Operation::from_name(&self.operation).ok_or_else(|| Error::bad_request("unknown operation"))?;
        let action =
            self.action().ok_or_else(|| Error::bad_request("unknown action, or a field of the action is missing"))?;
        let mut fault = Fault::new(operation, action).skip(self.skip);
        fault = match self.times {
            Some(0) => fault.forever(),
            times => fault.times(times.unwrap_or(1)),
        };
        if self.processed {
            fault = fault.processed();
        }
        if self.before_authentication {
            fault = fault.before_authentication();
        }
        Ok(fault)
    }

    fn action(&self) -> Option<Action> {
        let status = self.status.filter(|status| (100..1000).contains(status));
        Some(match self.action.as_str() {
            "error" => {
                let code = self.code.as_deref().unwrap_or("UNEXPECTED_ERROR");
                Action::error(status?, code, self.detail.as_deref().unwrap_or("A simulated fault."))
            }
            "html" => Action::html(status?),
            "rate-limited" => Action::rate_limited(self.retry_after?),
            "redirect" => Action::redirect(self.url.as_deref()?),
            "header" => Action::header(self.name.as_deref()?, self.value.as_deref()?),
            "without-id" => Action::WithoutId,
            "invalid-json" => Action::InvalidJson,
            "truncate" => Action::Truncate,
            "huge" => Action::Huge(self.bytes?),
            "reset" => Action::Reset,
            "silence" => Action::Silence,
            "hold" => Action::Hold,
            "stale-nonce" => Action::StaleNonce,
            "expire-tokens" => Action::ExpireTokens,
            _ => return None,
        })
    }
}
