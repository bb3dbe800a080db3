# One apply that starts a migration, waits until it is ready, and cuts it over. Stop writes to the source before you run it.

terraform {
  required_version = ">= 1.14.1" # 1.13 accepts actions and runs none

  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

variable "source_password" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null
}

resource "atlas_live_migration" "orders" {
  source {
    group_id     = "9b43a5b329223c3a1591a678"
    cluster_name = "orders"
    username     = "migration"
    password_wo  = var.source_password
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"]

  # The milestones stay in the configuration: they allow the cutover, and a later apply resumes them after an interruption.
  wait_for_ready = true
  cutover        = true

  lifecycle {
    prevent_destroy = true
  }
}

action "atlas_live_migration_wait" "orders" {
  config {
    group_id = atlas_live_migration.orders.group_id
    id       = atlas_live_migration.orders.id
  }
}

action "atlas_live_migration_cutover" "orders" {
  config {
    group_id = atlas_live_migration.orders.group_id
    id       = atlas_live_migration.orders.id
  }
}

# A resource of its own, so that the ID of the migration is in the state before the actions run.
resource "terraform_data" "orders" {
  triggers_replace = atlas_live_migration.orders.id

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.atlas_live_migration_wait.orders, action.atlas_live_migration_cutover.orders]
    }
  }
}
