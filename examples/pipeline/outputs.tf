# Ids only: an output that follows a moving value, such as the lag, would make every plan of a running migration a change.
output "migration_ids" {
  value       = { for name, migration in atlas_live_migration.this : name => migration.id }
  description = "The id of each live migration, for an import into another state."
}
