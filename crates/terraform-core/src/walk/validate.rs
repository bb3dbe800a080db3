//! The walk of `terraform validate`.

use std::sync::Arc;

use super::graph::{self, Dependencies};
use super::{Command, Notes};
use crate::client::Target;
use crate::complete::complete;
use crate::config::Moment;
use crate::outcome::Outcome;
use crate::value::unknown;

/// PrepareProviderConfig, unless the provider block is empty, and the validation of every resource, data source and action.
pub(crate) async fn validate(command: &Command) -> Outcome {
    let mut outcome = Outcome::default();
    // Terraform starts a provider only where an object needs it.
    if command.config.resources.is_empty() && command.config.actions.is_empty() {
        return outcome;
    }
    let Some(session) = command.open("validate", false, &mut outcome).await else { return outcome };
    let mut notes = Notes::default();
    prepare(command, &session.client, &mut notes).await;
    if notes.has_errors() {
        notes.into(&mut outcome);
        command.close(session, &mut outcome).await;
        return outcome;
    }
    let written = command.config.resources.keys().chain(command.config.actions.keys());
    let objects: Dependencies = written.map(|address| (address.clone(), [].into())).collect();
    let client = Arc::new(session.client.clone());
    let results = graph::run(&objects, command.settings.parallelism, &command.control, |address| {
        let (command, client, address) = (command.clone(), Arc::clone(&client), address.to_owned());
        Box::pin(async move {
            let mut notes = Notes::default();
            let target = Target::at(&address);
            let body = command.config.resolved(&address, Moment::Plan, |_, _| unknown());
            match complete(client.block(target), &body) {
                Ok(config) => notes.shown.extend(client.validate(target, &config).await.diagnostics),
                Err(problems) => notes.shown.extend(problems.into_iter().map(|problem| problem.at(Some(&address)))),
            }
            (true, notes)
        })
    })
    .await;
    notes.into(&mut outcome);
    for notes in results.into_values() {
        notes.into(&mut outcome);
    }
    command.close(session, &mut outcome).await;
    outcome
}

async fn prepare(command: &Command, client: &crate::client::Client, notes: &mut Notes) {
    let given = &command.config.provider;
    if given.as_object().is_none_or(serde_json::Map::is_empty) {
        return;
    }
    match complete(client.provider_block(), given) {
        Ok(config) => notes.shown.extend(client.prepare(&config).await.diagnostics),
        Err(problems) => notes.shown.extend(problems),
    }
}
