action "atlas_live_migration_cutover" "orders" {
  config {
    group_id = atlas_live_migration.orders.group_id
    id       = atlas_live_migration.orders.id
  }
}
