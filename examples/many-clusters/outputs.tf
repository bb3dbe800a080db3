# Only IDs: an output of a value that keeps changing, such as the lag, would make every plan of a running migration a change.
output "migration_ids" {
  value       = { for name, migration in atlas_live_migration.this : name => migration.id }
  description = "The ID of each live migration, for an import into another state."
}
