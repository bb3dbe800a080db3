//! The provider configuration, resolved: where Atlas is, which dialect it is spoken to in, and with which
//! credentials. Pure: block and environment in, settings out.

use std::time::Duration;

use atlas_client::{BaseUrl, Config as ClientConfig, Dialect};
use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::credentials::{self, Account, Kind, Origin, Resolved};
use super::environment::{self, Environment};
use super::schema::{Config, DEFAULT_BASE_URL, GOV_BASE_URL};
use crate::duration;
use crate::summary;

/// How a wait polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    /// The first pause.
    pub min: Duration,
    /// The longest pause.
    pub max: Duration,
}

/// A usable configuration.
pub(crate) struct Settings {
    /// For the client.
    pub client: ClientConfig,
    /// For messages.
    pub account: Account,
    /// For waits.
    pub polling: Polling,
}

/// A configuration, resolved as far as it is known.
pub(crate) struct Resolution {
    /// Usable, or the error to tell at the first use.
    pub settings: Result<Settings, Diagnostic>,
    /// The dialect, where it is known.
    pub dialect: Option<Dialect>,
}

/// Checks what is written in the provider block, without credentials.
pub(crate) fn validate(config: &Config, diagnostics: &mut Diagnostics) {
    for checked in [block_base_url(config).err(), block_dialect(config).err()].into_iter().flatten() {
        diagnostics.push(checked);
    }
}

/// Resolves block and environment. Tells warnings and what is wrong in the block at once; what is wrong elsewhere is
/// told at the first use, for without a provider block Terraform would show
/// it at a place that does not exist.
pub(crate) fn resolve(
    config: &Config,
    environment: &Environment,
    user_agent: &str,
    diagnostics: &mut Diagnostics,
) -> Resolution {
    validate(config, diagnostics);
    let dialect = block_dialect(config).and_then(|dialect| dialect.or_environment(environment, environment_dialect));
    let base_url = block_base_url(config).and_then(|url| url.or_environment(environment, environment_base_url));
    let (credentials, warning) = credentials::resolve(config, environment);
    diagnostics.extend(warning);
    if let Resolved::Unusable(problem, Origin::Block) = &credentials {
        diagnostics.push(problem.clone());
    }
    let known_dialect = match &dialect {
        Ok(Setting::Known(dialect)) => Some(*dialect),
        _ => None,
    };
    let settings = combine(base_url, dialect, credentials, environment, user_agent);
    Resolution { settings, dialect: known_dialect }
}

/// A setting of the block, before the environment is asked.
enum Setting<T> {
    Known(T),
    Unknown(&'static str),
    NotSet,
}

impl<T> Setting<T> {
    fn or_environment(
        self,
        environment: &Environment,
        read: fn(&Environment) -> Result<T, Diagnostic>,
    ) -> Result<Self, Diagnostic> {
        match self {
            Self::NotSet => read(environment).map(Self::Known),
            set => Ok(set),
        }
    }

    fn known(self) -> Result<T, Diagnostic> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unknown(attribute) => Err(unknown(attribute)),
            Self::NotSet => Err(unknown("configuration")),
        }
    }
}

fn combine(
    base_url: Result<Setting<BaseUrl>, Diagnostic>,
    dialect: Result<Setting<Dialect>, Diagnostic>,
    credentials: Resolved,
    environment: &Environment,
    user_agent: &str,
) -> Result<Settings, Diagnostic> {
    let (base_url, dialect) = (base_url?.known()?, dialect?.known()?);
    let (credentials, account) = match credentials {
        Resolved::Ready(credentials, account) => (credentials, account),
        Resolved::Unknown(attribute) => return Err(unknown(attribute)),
        Resolved::Unusable(problem, _) => return Err(problem),
    };
    if dialect == Dialect::V1 && account.kind != Kind::KeyPair {
        return Err(Diagnostic::error(
            summary::api_version_v1_0_takes_a_key_pair_only(),
            format!(
                "The provider is configured with `api_version = \"v1.0\"` and with {} from {}. The legacy API knows \
                 only API key pairs: give one, or set `api_version = \"v2\"`.",
                account.kind.text(),
                account.origin
            ),
        ));
    }
    let polling = polling(environment)?;
    let mut client = ClientConfig::new(base_url, dialect, credentials, user_agent);
    // A shorter poll interval shortens the delays before a retry too; the default does not.
    client.retry_min = client.retry_min.min(polling.min);
    client.retry_max = client.retry_max.min(polling.max);
    Ok(Settings { client, account, polling })
}

fn unknown(attribute: &str) -> Diagnostic {
    Diagnostic::error(
        summary::provider_configuration_is_not_known_yet(),
        format!(
            "`{attribute}` of the provider block depends on a value that is known only after apply, so that Atlas \
             cannot be asked yet. Apply the resource that it depends on first (terraform apply \
             -target=…), or write the value."
        ),
    )
}

fn text(attr: &Attr<String>) -> Attr<&str> {
    match attr.as_ref().map(|text| text.trim()) {
        Attr::Known("") => Attr::Null,
        other => other,
    }
}

fn block_base_url(config: &Config) -> Result<Setting<BaseUrl>, Diagnostic> {
    let parse = |url: &str| {
        BaseUrl::parse(url).map_err(|error| bad_base_url(url, "`base_url`", &error.to_string()).at("base_url"))
    };
    let given = match text(&config.base_url) {
        Attr::Null => Setting::NotSet,
        Attr::Unknown => Setting::Unknown("base_url"),
        Attr::Known(url) => Setting::Known(parse(url)?),
    };
    let gov = match config.is_mongodbgov_cloud {
        Attr::Known(true) => parse(GOV_BASE_URL)?,
        Attr::Unknown => return Ok(Setting::Unknown("is_mongodbgov_cloud")),
        Attr::Known(false) | Attr::Null => return Ok(given),
    };
    match given {
        Setting::Known(url) if url.as_str() != gov.as_str() => Err(Diagnostic::error(
            summary::base_url_is_not_that_of_atlas_for_government(),
            format!(
                "`is_mongodbgov_cloud = true` means `{GOV_BASE_URL}`, and `base_url` is `{}`. Remove one of them.",
                url.as_str()
            ),
        )
        .at("base_url")),
        Setting::Unknown(attribute) => Ok(Setting::Unknown(attribute)),
        Setting::Known(_) | Setting::NotSet => Ok(Setting::Known(gov)),
    }
}

fn environment_base_url(environment: &Environment) -> Result<BaseUrl, Diagnostic> {
    let (name, url) = environment.first(environment::BASE_URL).unwrap_or(("the default", DEFAULT_BASE_URL));
    BaseUrl::parse(url).map_err(|error| bad_base_url(url, name, &error.to_string()))
}

fn bad_base_url(url: &str, name: &str, why: &str) -> Diagnostic {
    // A URL may hold a password before an @; that part is not shown.
    let shown = url.rsplit_once('@').map_or(url, |(_, host)| host);
    Diagnostic::error(
        summary::base_url_cant_be_used(),
        format!(
            "`{shown}` from {name}: {why}. Write the address of Atlas, such as `{DEFAULT_BASE_URL}`, or leave it \
             out. Plain http is accepted for this machine only (localhost)."
        ),
    )
}

fn block_dialect(config: &Config) -> Result<Setting<Dialect>, Diagnostic> {
    match text(&config.api_version) {
        Attr::Null => Ok(Setting::NotSet),
        Attr::Unknown => Ok(Setting::Unknown("api_version")),
        Attr::Known(version) => {
            version.parse().map(Setting::Known).map_err(|_| bad_dialect(version, "`api_version`").at("api_version"))
        }
    }
}

fn environment_dialect(environment: &Environment) -> Result<Dialect, Diagnostic> {
    match environment.first(environment::API_VERSION) {
        Some((name, version)) => version.parse().map_err(|_| bad_dialect(version, name)),
        None => Ok(Dialect::V2),
    }
}

fn bad_dialect(version: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        summary::unknown_api_version(),
        format!(
            "`{version}` from {name} is neither `v2`, the current API and the default, nor `v1.0`, the legacy one."
        ),
    )
}

fn polling(environment: &Environment) -> Result<Polling, Diagnostic> {
    let Some((name, text)) = environment.first(environment::POLL_INTERVAL) else {
        return Ok(Polling { min: Duration::from_secs(2), max: Duration::from_secs(30) });
    };
    let interval = duration::parse(text)
        .map_err(|why| Diagnostic::error(summary::malformed_poll_interval(), format!("{name}: {why}")))?;
    Ok(Polling { min: interval, max: interval })
}

#[cfg(test)]
mod tests;
