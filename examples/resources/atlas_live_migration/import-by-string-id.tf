import {
  to = atlas_live_migration.orders
  id = "e01c9427f054fe80745f3f6c/6f5902d6e1c1b0a5d4b3c2a1"
}
