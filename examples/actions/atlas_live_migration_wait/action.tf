action "atlas_live_migration_wait" "orders" {
  config {
    group_id = atlas_live_migration.orders.group_id
    id       = atlas_live_migration.orders.id
    until    = "ready" # the default; or "complete"
    timeout  = "24h"
  }
}
