//! The connection to Atlas that all resources of the process share.

use std::sync::{Arc, Mutex, PoisonError};

use atlas_client::{ApiVersion, Client};
use tf_provider::{Diagnostic, Diagnostics, Failed};

use super::credentials::Account;
use super::environment::{self, Environment};
use super::schema::Config;
use super::settings::{self, Polling, Resolution};
use crate::summary;

/// The connection to Atlas, or the error of its configuration.
pub struct Connection {
    environment: Environment,
    state: Mutex<State>,
}

enum State {
    NotConfigured,
    Configured { atlas: Result<Arc<Atlas>, Diagnostic>, api_version: Option<ApiVersion> },
}

/// A configured connection to Atlas.
pub struct Atlas {
    /// Shared, so that there is one connection pool and one authentication.
    pub client: Client,
    pub base_url: String,
    pub account: Account,
    pub polling: Polling,
}

impl Connection {
    /// A connection that is not configured yet.
    pub fn new(environment: Environment) -> Self {
        Self { environment, state: Mutex::new(State::NotConfigured) }
    }

    /// Configures the connection without a request, and closes the previous one.
    pub async fn configure(&self, config: &Config, terraform_version: &str, diagnostics: &mut Diagnostics) {
        let user_agent = user_agent(terraform_version, &self.environment);
        let Resolution { settings, api_version } =
            settings::resolve(config, &self.environment, &user_agent, diagnostics);
        let atlas = settings.map(|settings| {
            Arc::new(Atlas {
                base_url: settings.client.base_url.as_str().to_owned(),
                client: Client::new(settings.client),
                account: settings.account,
                polling: settings.polling,
            })
        });
        let before = self.replace(State::Configured { atlas, api_version });
        close(before).await;
    }

    /// # Errors
    /// The provider is not configured, or its configuration has an error, which is added to the diagnostics.
    pub fn atlas(&self, diagnostics: &mut Diagnostics) -> Result<Arc<Atlas>, Failed> {
        let problem = match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Configured { atlas: Ok(atlas), .. } => return Ok(Arc::clone(atlas)),
            State::Configured { atlas: Err(problem), .. } => problem.clone(),
            State::NotConfigured => Diagnostic::error(
                summary::provider_is_not_configured(),
                "Terraform called the provider before it configured it. Nothing was changed. This is a bug in the provider or \
                 in Terraform.",
            ),
        };
        // A path in the provider block is invalid in a resource.
        Err(diagnostics.fail(Diagnostic::error(problem.summary, problem.detail)))
    }

    /// Whether the provider is configured with API version v1.0. False while the version is unknown.
    pub fn uses_api_v1(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(&*state, State::Configured { api_version: Some(ApiVersion::V1), .. })
    }

    /// Closes the connection, and revokes the OAuth token if there is one.
    pub async fn close(&self) {
        close(self.replace(State::NotConfigured)).await;
    }

    fn replace(&self, state: State) -> State {
        std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), state)
    }
}

async fn close(state: State) {
    if let State::Configured { atlas: Ok(atlas), .. } = state {
        atlas.client.close().await;
    }
}

fn user_agent(terraform_version: &str, environment: &Environment) -> String {
    let mut text = format!("{}/{}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    if !terraform_version.is_empty() {
        text.push_str(&format!(" Terraform/{terraform_version}"));
    }
    if let Some((_, appended)) = environment.first(environment::APPEND_USER_AGENT) {
        text.push_str(&format!(" {appended}"));
    }
    // A header accepts visible ASCII only.
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect()
}
