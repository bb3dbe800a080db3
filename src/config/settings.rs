//! Resolves the provider configuration from the provider block and the environment. A pure function.

use std::time::Duration;

use atlas_client::{ApiVersion, BaseUrl, Config as ClientConfig};
use tf_provider::{Attr, Diagnostic, Diagnostics};

use super::credentials::{self, Account, Kind, Origin, Resolved};
use super::environment::{self, Environment};
use super::schema::{Config, DEFAULT_BASE_URL, GOV_BASE_URL};
use crate::duration;
use crate::summary;

/// The delays between two polls of a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polling {
    pub min: Duration,
    pub max: Duration,
}

pub(crate) struct Settings {
    pub client: ClientConfig,
    pub account: Account,
    pub polling: Polling,
}

/// A configuration, of which some values may be unknown.
pub(crate) struct Resolution {
    /// The settings, or the error of the first use.
    pub settings: Result<Settings, Diagnostic>,
    /// The API version, where it is known.
    pub api_version: Option<ApiVersion>,
}

/// Checks the provider block except its credentials.
pub(crate) fn validate(config: &Config, diagnostics: &mut Diagnostics) {
    for checked in [block_base_url(config).err(), block_api_version(config).err()].into_iter().flatten() {
        diagnostics.push(checked);
    }
}

/// Resolves block and environment. Reports warnings and errors of the block. An error of the environment is reported at the
/// first use, because Terraform would show it at a provider block that may not exist.
pub(crate) fn resolve(
    config: &Config,
    environment: &Environment,
    user_agent: &str,
    diagnostics: &mut Diagnostics,
) -> Resolution {
    validate(config, diagnostics);
    let api_version = block_api_version(config)
        .and_then(|api_version| api_version.or_environment(environment, environment_api_version));
    let base_url = block_base_url(config).and_then(|url| url.or_environment(environment, environment_base_url));
    let (credentials, warning) = credentials::resolve(config, environment);
    diagnostics.extend(warning);
    if let Resolved::Invalid(problem, Origin::Block) = &credentials {
        diagnostics.push(problem.clone());
    }
    let known_api_version = match &api_version {
        Ok(Setting::Known(api_version)) => Some(*api_version),
        _ => None,
    };
    let settings = combine(base_url, api_version, credentials, environment, user_agent);
    Resolution { settings, api_version: known_api_version }
}

/// A setting of the provider block.
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
    api_version: Result<Setting<ApiVersion>, Diagnostic>,
    credentials: Resolved,
    environment: &Environment,
    user_agent: &str,
) -> Result<Settings, Diagnostic> {
    let (base_url, api_version) = (base_url?.known()?, api_version?.known()?);
    let (credentials, account) = match credentials {
        Resolved::Ready(credentials, account) => (credentials, account),
        Resolved::Unknown(attribute) => return Err(unknown(attribute)),
        Resolved::Invalid(problem, _) => return Err(problem),
    };
    if api_version == ApiVersion::V1 && account.kind != Kind::KeyPair {
        return Err(Diagnostic::error(
            summary::api_version_v1_0_takes_a_key_pair_only(),
            format!(
                "The provider is configured with `api_version = \"v1.0\"` and with {} from {}. The legacy API accepts \
                 only an API key pair. Set one, or set `api_version = \"v2\"`.",
                account.kind.text(),
                account.origin
            ),
        ));
    }
    let polling = polling(environment)?;
    let mut client = ClientConfig::new(base_url, api_version, credentials, user_agent);
    // A shorter poll interval shortens the delays before a retry too. The default interval doesn't.
    client.retry_min = client.retry_min.min(polling.min);
    client.retry_max = client.retry_max.min(polling.max);
    Ok(Settings { client, account, polling })
}

fn unknown(attribute: &str) -> Diagnostic {
    Diagnostic::error(
        summary::provider_configuration_is_not_known_yet(),
        format!(
            "`{attribute}` of the provider block depends on a value that is known only after apply, so the provider can't send \
             requests to Atlas yet. Apply the resource that it depends on first (terraform apply -target=<ADDRESS>), or set \
             a value that is known."
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
        BaseUrl::parse(url).map_err(|error| invalid_base_url(url, "`base_url`", &error.to_string()).at("base_url"))
    };
    let configured = match text(&config.base_url) {
        Attr::Null => Setting::NotSet,
        Attr::Unknown => Setting::Unknown("base_url"),
        Attr::Known(url) => Setting::Known(parse(url)?),
    };
    let gov = match config.is_mongodbgov_cloud {
        Attr::Known(true) => parse(GOV_BASE_URL)?,
        Attr::Unknown => return Ok(Setting::Unknown("is_mongodbgov_cloud")),
        Attr::Known(false) | Attr::Null => return Ok(configured),
    };
    match configured {
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
    BaseUrl::parse(url).map_err(|error| invalid_base_url(url, name, &error.to_string()))
}

fn invalid_base_url(url: &str, name: &str, why: &str) -> Diagnostic {
    // A URL may contain a password before an @, which is not shown.
    let shown = url.rsplit_once('@').map_or(url, |(_, host)| host);
    Diagnostic::error(
        summary::base_url_cant_be_used(),
        format!(
            "`{shown}` from {name} {why}. Set the URL of Atlas, such as `{DEFAULT_BASE_URL}`, or remove the setting to use the \
             default. Plain http is accepted for localhost only."
        ),
    )
}

fn block_api_version(config: &Config) -> Result<Setting<ApiVersion>, Diagnostic> {
    match text(&config.api_version) {
        Attr::Null => Ok(Setting::NotSet),
        Attr::Unknown => Ok(Setting::Unknown("api_version")),
        Attr::Known(version) => version
            .parse()
            .map(Setting::Known)
            .map_err(|_| invalid_api_version(version, "`api_version`").at("api_version")),
    }
}

fn environment_api_version(environment: &Environment) -> Result<ApiVersion, Diagnostic> {
    match environment.first(environment::API_VERSION) {
        Some((name, version)) => version.parse().map_err(|_| invalid_api_version(version, name)),
        None => Ok(ApiVersion::V2),
    }
}

fn invalid_api_version(version: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        summary::unknown_api_version(),
        format!(
            "`{version}` from {name} is not an API version. Set `v2`, which is the default, or `v1.0`, the legacy API."
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
