# A migration that is watched: a warning in every plan when it needs somebody, and a job that fails until it is complete.

terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

variable "require_complete" {
  type        = bool
  default     = false
  description = "Whether the run fails until the migration is complete."
}

resource "atlas_live_migration" "orders" {
  source {
    group_id               = "9b43a5b329223c3a1591a678"
    cluster_name           = "orders"
    managed_authentication = true
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"]

  lifecycle {
    prevent_destroy = true
  }
}

# A failed check is a warning. The exit code stays 0.
check "orders_runs" {
  assert {
    condition     = !contains(["FAILED", "EXPIRED"], atlas_live_migration.orders.status)
    error_message = "Live migration ${atlas_live_migration.orders.id} is ${atlas_live_migration.orders.status}."
  }
}

# A failed precondition is an error. The exit code is 1.
output "orders_destination" {
  value = "orders-atlas"

  precondition {
    condition     = !var.require_complete || atlas_live_migration.orders.status == "COMPLETE"
    error_message = "Live migration ${atlas_live_migration.orders.id} is not complete yet: ${atlas_live_migration.orders.status}."
  }
}
