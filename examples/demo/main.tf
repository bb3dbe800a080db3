# One live migration from start to cutover. `make demo` runs a copy of this folder against a simulated Atlas. With real IDs, and the
# credentials of an Atlas project in the environment, the same file starts a real one.

terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

# The URL of Atlas and the credentials come from MONGODB_ATLAS_BASE_URL and the variables of a kind of credentials.
provider "atlas" {}

variable "source_password" {
  type        = string
  sensitive   = true
  description = "Password of the user on the source cluster, who can read all data."
}

resource "atlas_live_migration" "orders" {
  source {
    group_id     = "9b43a5b329223c3a1591a678" # the Cloud Manager project
    cluster_name = "orders"
    username     = "migration"
    password_wo  = var.source_password # sent when the migration starts; stored nowhere
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c" # the Atlas project
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"]

  # Milestones. Set them to true, one after the other, and apply.
  wait_for_ready = false
  cutover        = false

  # Refuses destroy, -replace and the replacement of a tainted migration.
  lifecycle {
    prevent_destroy = true
  }
}

output "migration_id" {
  value = atlas_live_migration.orders.id
}
