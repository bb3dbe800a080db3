//! The summary of every diagnostic of this provider. Messages are made from this table, and `cargo xtask docs --check` holds the
//! headings of the troubleshooting guide against it.

use std::fmt::Display;

macro_rules! summaries {
    ($($name:ident($($value:ident),*) = $template:literal;)*) => {
        /// Every summary; `{name}` stands for a value.
        pub const ALL: &[&str] = &[$($template),*];

        $(pub(crate) fn $name($($value: impl Display),*) -> String {
            format!($template)
        })*
    };
}

summaries! {
    action_cuts_over(id) = "This action cuts over live migration {id}";
    action_cuts_over_new() = "This apply cuts over the live migration that it starts";
    available_projects_not_read() = "Projects available for migration could not be read";
    no_available_projects() = "No project is available for migration";
    cutover_is_not_set(id) = "cutover is not set: live migration {id}";
    imported_and_not_cut_over(id) = "Cutover in the apply that imports: live migration {id}";
    not_in_this_state(id) = "Live migration is not in this state: {id}";
    malformed_migration_id() = "Malformed live migration ID";
    malformed_organization_id() = "Malformed organization ID";
    unknown_until() = "Unknown value of until";
    restart_erases(destination) = "A restart erases {destination}";
    another_live_migration_is_running() = "Another live migration is running";
    api_version_v1_0_takes_a_key_pair_only() = "API version v1.0 takes a key pair only";
    apply_will_wait(id, milestone) = "Apply will wait until {id} is {milestone}";
    argument_cant_be_changed(id) = "Argument can't be changed: live migration {id}";
    api_ends(operation) = "Atlas announces the end of an API that this provider uses ({operation})";
    atlas_credentials_are_incomplete() = "Atlas credentials are incomplete";
    atlas_credentials_are_missing() = "Atlas credentials are missing";
    atlas_credentials_are_wrapped_in_quotes() = "Atlas credentials are wrapped in quotes";
    atlas_credentials_of_another_kind() = "Atlas credentials of another kind";
    validation_failed() = "Validation failed";
    base_url_cannot_be_used() = "Base URL cannot be used";
    base_url_is_not_that_of_atlas_for_government() = "Base URL is not that of Atlas for government";
    check_imported_arguments(id) = "Check the arguments of imported live migration {id}";
    collection_is_sharded_twice() = "Collection is sharded twice";
    cutover_may_have_been_requested(id) = "Cutover may have been requested: {id}";
    cutover_not_requested(id) = "Cutover was not requested: {id}";
    destination_has_one_already(id) = "Destination has a live migration already: {id}";
    drop_enabled_cant_be_set(id) = "drop_enabled can't be set: live migration {id}";
    drop_enabled_requires_a_known_destination() = "drop_enabled requires a known destination";
    exactly_one_migration_host_is_needed() = "Exactly one migration host is needed";
    ignore_changes_hides_import(id) = "ignore_changes hides an import: live migration {id}";
    imported_migration_is_in_another_project() = "Imported migration is in another project";
    imported_migration_runs_on_another_migration_host() = "Imported migration runs on another migration host";
    interrupted_before_the_live_migration_was_started() = "Interrupted before the live migration was started";
    interrupted_while_waiting(id) = "Interrupted while waiting for live migration {id}";
    cant_be_replaced(id) = "Live migration can't be replaced: {id}";
    live_migration_cannot_be_described_to_atlas() = "Live migration cannot be described to Atlas";
    live_migration_could_not_be_read() = "Live migration could not be read";
    expired(id) = "Live migration expired: {id}";
    expires_in(time, id) = "Live migration expires in {time}: {id}";
    failed_during_cutover(id) = "Live migration failed during cutover: {id}";
    may_have_failed_during_cutover(id) = "Live migration may have failed during cutover: {id}";
    failed(id) = "Live migration failed: {id}";
    ended(id) = "Live migration has ended: {id}";
    unknown_to_atlas(id) = "Live migration is unknown to Atlas: {id}";
    keeps_running(id) = "Live migration keeps running in Atlas: {id}";
    live_migration_may_have_been_started() = "Live migration may have been started";
    live_migration_to_import_could_not_be_read() = "Live migration to import could not be read";
    live_migration_was_not_started() = "Live migration was not started";
    started_and_waits(id) = "Live migration {id} has started; the next apply waits";
    started_and_cuts_over(id) = "Live migration {id} has started; the next apply waits and CUTS OVER";
    other_status(id, status) = "Live migration {id} is {status}";
    malformed_duration() = "Malformed duration";
    malformed_import_id() = "Malformed import id";
    malformed_poll_interval() = "Malformed poll interval";
    malformed_project_id() = "Malformed project id";
    managed_authentication_takes_no_user_or_password() = "Managed authentication takes no user or password";
    migration_host_is_no_host_name() = "Migration host is no host name";
    migration_host_is_null() = "Migration host is null";
    missing_source_password() = "Missing source password";
    more_than_one_kind_of_atlas_credentials() = "More than one kind of Atlas credentials";
    shared_migration_host(host) = "More than one live migration on migration host {host}";
    password_ends_with_a_line_break() = "Password ends with a line break";
    password_given_twice() = "Password given twice";
    password_is_empty() = "Password is empty";
    password_version_without_a_write_only_password() = "Password version without a write-only password";
    password_without_a_user() = "Password without a user";
    private_link_id_without_a_private_link() = "Private link id without a private link";
    private_link_without_an_id() = "Private link without an id";
    private_state_not_read() = "Private state of a live migration can't be read";
    private_state_not_written() = "Private state of a live migration can't be written";
    project_differs_from_that_of_the_destination() = "Project differs from that of the destination";
    provider_configuration_is_not_known_yet() = "Provider configuration is not known yet";
    provider_is_not_configured() = "Provider is not configured";
    cutover_cant_be_undone(id) = "Requested cutover can't be undone: {id}";
    set_drop_enabled_to_false(id) = "Set drop_enabled = false: live migration {id}";
    shard_key_element_has_not_exactly_one_field() = "Shard key element has not exactly one field";
    shard_key_field_is_null() = "Shard key field is null";
    shard_key_has_a_field_twice() = "Shard key has a field twice";
    shard_key_has_too_many_fields() = "Shard key has too many fields";
    shard_key_has_two_hashed_fields() = "Shard key has two hashed fields";
    shard_key_is_empty() = "Shard key is empty";
    sharding_requires_api_version_v2() = "Sharding requires API version v2";
    state_has_no_id_of_a_live_migration() = "State has no ID of a live migration";
    next_apply_would_erase(destination) = "The next apply would erase {destination}";
    this_apply_cuts_over(verb, id, destination) = "This apply {verb} live migration {id} into {destination}";
    this_apply_erases(verb, destination) = "This apply {verb} {destination}";
    change_does_not_restart(id) = "This change does not restart live migration {id}";
    timed_out(id) = "Timed out waiting for live migration {id}";
    timed_out_waiting_for_the_validation() = "Timed out waiting for the validation";
    two_live_migrations_into_one_destination() = "Two live migrations into one destination";
    unknown_api_version() = "Unknown API version";
    unknown_destination(id) = "Unknown destination of live migration {id}";
    unknown_hostname_schema_type() = "Unknown hostname schema type";
    unknown_kind_of_shard_key_field() = "Unknown kind of shard key field";
    validation_could_not_run() = "Validation could not run";
    value_contains_a_control_character() = "Value contains a control character";
    value_has_white_space_around_it() = "Value has white space around it";
    value_is_empty() = "Value is empty";
    waiting_failed(id) = "Live migration could not be read while waiting: {id}";
    write_only_password_needs_terraform_1_11() = "Write-only password needs Terraform 1.11";
}
