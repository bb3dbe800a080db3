# GROUP_ID/MIGRATION_ID (or GROUP_ID-MIGRATION_ID): the Atlas project of the destination, and the live migration.
terraform import atlas_live_migration.orders e01c9427f054fe80745f3f6c/6f5902d6e1c1b0a5d4b3c2a1
