//! The summary of every diagnostic of this provider. Messages are made from this table, and `cargo xtask docs --check` holds the
//! headings of the troubleshooting guide against it.

use std::fmt::Display;

macro_rules! texts {
    ($($name:ident($($value:ident),*) = $template:literal;)*) => {
        /// Every text; `{name}` stands for a value.
        pub const ALL: &[&str] = &[$($template),*];

        $(pub(crate) fn $name($($value: impl Display),*) -> String {
            format!($template)
        })*
    };
}

texts! {
    action_cuts_over(id) = "This action cuts over live migration {id}";
    action_cuts_over_new() = "This apply cuts over the live migration that it starts";
    cant_read_available_projects(cause) = "Can't read available projects: {cause}";
    no_available_projects() = "No project is available for migration";
    cutover_is_not_set(id) = "cutover is not set: live migration {id}";
    imported_and_not_cut_over(id) = "Import and cutover in one apply: live migration {id}";
    not_in_this_state(id) = "Live migration is not in this state: {id}";
    malformed_migration_id() = "Malformed live migration ID";
    malformed_organization_id() = "Malformed organization ID";
    unknown_until() = "Unknown value of until";
    another_live_migration_is_running() = "Another live migration is running";
    api_version_v1_0_takes_a_key_pair_only() = "API version v1.0 takes a key pair only";
    api_version_will_be_retired(operation) = "Atlas will retire an API version that this provider uses: {operation}";
    argument_cant_be_changed(id) = "Argument can't be changed: live migration {id}";
    atlas_credentials_are_incomplete() = "Atlas credentials are incomplete";
    atlas_credentials_are_missing() = "Atlas credentials are missing";
    atlas_credentials_are_wrapped_in_quotes() = "Atlas credentials are wrapped in quotes";
    atlas_credentials_of_another_kind() = "Atlas credentials of another kind";
    base_url_cant_be_used() = "Base URL can't be used";
    base_url_is_not_that_of_atlas_for_government() = "Base URL is not that of Atlas for Government";
    cant_be_replaced(id) = "Live migration can't be replaced: {id}";
    cant_import(cause) = "Can't import live migration: {cause}";
    cant_read(cause) = "Can't read live migration: {cause}";
    cant_run_validation(cause) = "Can't run validation: {cause}";
    cant_start(cause) = "Can't start live migration: {cause}";
    cant_wait(cause) = "Can't wait for live migration: {cause}";
    change_does_not_restart(id) = "This change does not restart live migration {id}";
    check_imported_arguments(id) = "Check the arguments of imported live migration {id}";
    collection_is_sharded_twice() = "Collection is sharded twice";
    cutover_cant_be_undone(id) = "Requested cutover can't be undone: {id}";
    cutover_may_have_been_requested(id) = "Cutover may have been requested: {id}";
    cutover_not_requested(cause) = "Cutover was not requested: {cause}";
    destination_has_one_already(id) = "Destination has a live migration already: {id}";
    drop_enabled_cant_be_set(id) = "drop_enabled can't be set: live migration {id}";
    drop_enabled_requires_a_known_destination() = "drop_enabled requires a known destination";
    ended(id) = "Live migration has ended: {id}";
    exactly_one_migration_host_is_needed() = "Exactly one migration host is needed";
    expired(id) = "Live migration expired: {id}";
    expires_in(time, id) = "Live migration expires in {time}: {id}";
    failed(id) = "Live migration failed: {id}";
    failed_during_cutover(id) = "Live migration failed during cutover: {id}";
    ignore_changes_hides_import(id) = "ignore_changes hides an import: live migration {id}";
    imported_migration_is_in_another_project() = "Imported migration is in another project";
    imported_migration_runs_on_another_migration_host() = "Imported migration runs on another migration host";
    interrupted_before_the_live_migration_was_started() = "Interrupted before the live migration was started";
    interrupted_while_waiting(id) = "Interrupted while waiting for live migration {id}";
    keeps_running(id) = "Live migration keeps running in Atlas: {id}";
    malformed_duration() = "Malformed duration";
    malformed_import_id() = "Malformed import ID";
    malformed_poll_interval() = "Malformed poll interval";
    malformed_project_id() = "Malformed project ID";
    managed_authentication_takes_no_user_or_password() = "Managed authentication takes no user or password";
    may_have_been_started(cause) = "Live migration may have been started: {cause}";
    may_have_failed_during_cutover(id) = "Live migration may have failed during cutover: {id}";
    migration_host_is_no_host_name() = "Migration host is no host name";
    migration_host_is_null() = "Migration host is null";
    missing_source_password() = "Missing source password";
    more_than_one_kind_of_atlas_credentials() = "More than one kind of Atlas credentials";
    next_apply_would_erase(cluster, group_id) = "The next apply would erase {cluster} in {group_id}";
    other_status(status, id) = "Live migration is {status}: {id}";
    password_ends_with_a_line_break() = "Password ends with a line break";
    password_given_twice() = "Password given twice";
    password_is_empty() = "Password is empty";
    password_version_without_a_write_only_password() = "Password version without a write-only password";
    password_without_a_user() = "Password without a user";
    private_link_id_without_a_private_link() = "Private link ID without a private link";
    private_link_without_an_id() = "Private link without an ID";
    private_state_not_read() = "Private state of a live migration can't be read";
    private_state_not_written() = "Private state of a live migration can't be written";
    project_differs_from_that_of_the_destination() = "Project differs from that of the destination";
    provider_configuration_is_not_known_yet() = "Provider configuration is not known yet";
    provider_is_not_configured() = "Provider is not configured";
    restart_erases(verb, cluster, group_id) = "A restart {verb} {cluster} in {group_id}";
    set_drop_enabled_to_false(id) = "Set drop_enabled = false: live migration {id}";
    shard_key_element_has_not_exactly_one_field() = "Shard key element has not exactly one field";
    shard_key_field_is_null() = "Shard key field is null";
    shard_key_has_a_field_twice() = "Shard key has a field twice";
    shard_key_has_too_many_fields() = "Shard key has too many fields";
    shard_key_has_two_hashed_fields() = "Shard key has two hashed fields";
    shard_key_is_empty() = "Shard key is empty";
    sharding_requires_api_version_v2() = "Sharding requires API version v2";
    shared_migration_host(host) = "More than one live migration on migration host {host}";
    started_and_cuts_over(id) = "Live migration started; next apply CUTS OVER: {id}";
    started_and_waits(id) = "Live migration started; next apply waits: {id}";
    state_has_no_id_of_a_live_migration() = "State has no ID of a live migration";
    this_apply_cuts_over(verb, id) = "This apply {verb} live migration {id}";
    this_apply_erases(verb, cluster, group_id) = "This apply {verb} {cluster} in {group_id}";
    this_apply_waits(milestone, id) = "This apply waits until {milestone}: {id}";
    timed_out(id) = "Timed out waiting for live migration {id}";
    timed_out_waiting_for_the_validation() = "Timed out waiting for the validation";
    two_live_migrations_into_one_destination() = "Two live migrations into one destination";
    unknown_api_version() = "Unknown API version";
    unknown_destination(id) = "Unknown destination of live migration {id}";
    unknown_hostname_schema_type() = "Unknown hostname schema type";
    unknown_kind_of_shard_key_field() = "Unknown kind of shard key field";
    unknown_to_atlas(id) = "Live migration is unknown to Atlas: {id}";
    validation_failed(cause) = "Validation failed: {cause}";
    value_contains_a_control_character() = "Value contains a control character";
    value_has_white_space_around_it() = "Value has white space around it";
    value_is_empty() = "Value is empty";
    write_only_password_needs_terraform_1_11() = "Write-only password needs Terraform 1.11";
}

/// The causes that the summary of a failed request names.
pub mod cause {
    use std::fmt::Display;

    texts! {
        access_denied(status) = "Atlas denied access ({status})";
        address_not_allowed(status) = "IP address not allowed ({status})";
        api_version_not_supported(status) = "API version not supported ({status})";
        argument_refused(status) = "Atlas refused an argument ({status})";
        argument_unknown() = "an argument is unknown";
        atlas_error(status) = "Atlas returned an error ({status})";
        certificate_for_another_host() = "certificate is for another host";
        certificate_not_trusted() = "certificate not trusted";
        cluster_not_found(status) = "cluster not found ({status})";
        connection_lost() = "connection lost";
        connection_refused() = "connection refused";
        connection_timed_out() = "connection timed out";
        credentials_malformed() = "malformed credentials";
        credentials_refused(status) = "Atlas refused the credentials ({status})";
        digest_not_supported() = "unsupported digest challenge";
        host_name_not_resolved() = "host name not resolved";
        http_client_not_set_up() = "HTTP client can't be set up";
        interrupted() = "interrupted";
        migration_not_found(status) = "live migration not found ({status})";
        needs_api_version_v2() = "it needs API version v2";
        network_error() = "network error";
        no_response(after) = "no response within {after}";
        not_announced() = "not announced by the plan";
        not_atlas(status) = "server may not be Atlas ({status})";
        not_json(status) = "response is not JSON ({status})";
        not_ready(status) = "not ready for cutover ({status})";
        organization_not_found(status) = "organization not found ({status})";
        project_not_found(status) = "project not found ({status})";
        proxy_requires_a_password() = "proxy requires a password";
        proxy_unusable() = "proxy can't be used";
        redirect(status) = "response is a redirect ({status})";
        request_invalid() = "invalid request";
        request_refused(status) = "Atlas refused the request ({status})";
        resource_not_found(status) = "resource not found ({status})";
        response_unreadable(status) = "response can't be read ({status})";
        service_account_refused(status) = "Atlas refused the service account ({status})";
        timed_out() = "timed out";
        tls_handshake_failed() = "TLS handshake failed";
        token_unreadable(status) = "token can't be read ({status})";
        too_many_requests(status) = "too many requests ({status})";
        validation_not_found(status) = "validation not found ({status})";
        variable_unusable(variable) = "{variable} can't be used";
    }
}

/// The longest summary, in characters.
pub(crate) const MAX: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: &[(&str, &str)] = &[
        ("{after}", "30 s"),
        ("{cluster}", "orders-atlas"),
        ("{group_id}", "e01c9427f054fe80745f3f6c"),
        ("{host}", "vm001.example.com"),
        ("{id}", "6296fb4c7c7aa997cf94e9a8"),
        ("{milestone}", "ready for cutover"),
        ("{operation}", "validation"),
        ("{status}", "COMPLETE"),
        ("{time}", "23 h 59 min"),
        ("{variable}", "SSL_CERT_FILE"),
        ("{verb}", "may cut over"),
    ];

    fn filled(template: &str) -> String {
        let text = VALUES.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value));
        assert!(!text.contains('{'), "no value for {text}");
        text
    }

    #[test]
    fn summaries_fit_a_line_with_realistic_values() {
        for summary in ALL {
            // A refusal proves that nothing was started, and the reason of a failed validation is shortened.
            let fits = |cause: &&&str| !summary.contains("may have been") || !cause.starts_with("Atlas refused");
            let causes = cause::ALL.iter().filter(fits).map(|cause| filled(&cause.replace("{status}", "503")));
            for cause in causes {
                let text = filled(&summary.replace("{cause}", &cause));
                assert!(text.chars().count() <= MAX, "{text:?} has {} characters", text.chars().count());
            }
        }
    }

    #[test]
    fn id_is_the_last_word() {
        for summary in ALL.iter().filter(|summary| summary.contains("{id}")) {
            assert!(summary.ends_with("{id}"), "{summary}");
        }
    }
}
