//! What a configured process shares: the client, made at the first use, and what messages say of its account.

use std::sync::{Arc, Mutex, PoisonError};

use atlas_client::{Client, Dialect};
use tf_provider::{Diagnostic, Diagnostics, Failed};

use super::credentials::Account;
use super::environment::{self, Environment};
use super::schema::Config;
use super::settings::{self, Polling, Resolution};
use crate::summary;

/// The configured access to Atlas, or why there is none.
pub struct Connection {
    environment: Environment,
    state: Mutex<State>,
}

enum State {
    /// No Configure yet.
    NotConfigured,
    Configured {
        atlas: Result<Arc<Atlas>, Diagnostic>,
        dialect: Option<Dialect>,
    },
}

/// A configured access to Atlas.
pub struct Atlas {
    /// Shared, so that there is one connection pool and one challenge.
    pub client: Client,
    /// For messages: where Atlas is.
    pub base_url: String,
    /// For messages.
    pub account: Account,
    /// For waits.
    pub polling: Polling,
}

impl Connection {
    /// Not configured yet.
    pub fn new(environment: Environment) -> Self {
        Self { environment, state: Mutex::new(State::NotConfigured) }
    }

    /// Takes a configuration; nothing is sent. What was configured before is closed.
    pub async fn configure(&self, config: &Config, terraform_version: &str, diagnostics: &mut Diagnostics) {
        let user_agent = user_agent(terraform_version, &self.environment);
        let Resolution { settings, dialect } = settings::resolve(config, &self.environment, &user_agent, diagnostics);
        let atlas = settings.map(|settings| {
            Arc::new(Atlas {
                base_url: settings.client.base_url.as_str().to_owned(),
                client: Client::new(settings.client),
                account: settings.account,
                polling: settings.polling,
            })
        });
        let before = self.replace(State::Configured { atlas, dialect });
        close(before).await;
    }

    /// Access to Atlas.
    ///
    /// # Errors
    /// When the configuration does not give any; here is where that is told.
    pub fn atlas(&self, diagnostics: &mut Diagnostics) -> Result<Arc<Atlas>, Failed> {
        let problem = match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Configured { atlas: Ok(atlas), .. } => return Ok(Arc::clone(atlas)),
            State::Configured { atlas: Err(problem), .. } => problem.clone(),
            State::NotConfigured => Diagnostic::error(
                summary::provider_is_not_configured(),
                "Terraform asked for a live migration before it configured the provider. This is a bug in the \
                 provider or in Terraform; nothing was changed.",
            ),
        };
        // A path of the provider block means nothing in a resource.
        Err(diagnostics.fail(Diagnostic::error(problem.summary, problem.detail)))
    }

    /// Whether the dialect has sharding; it passes where the dialect is not known.
    pub fn dialect_has_sharding(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(&*state, State::Configured { dialect: Some(Dialect::V1), .. })
    }

    /// Gives back what was taken from Atlas: a token that was fetched is revoked.
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
    // A header takes visible ASCII only.
    text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect()
}
