# One cluster, from the start to the cutover. The guide "First migration" goes through it.

terraform {
  required_version = ">= 1.11" # write-only arguments and ephemeral variables

  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

# The service account comes from MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET.
provider "atlas" {}

variable "source_password" {
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null
  description = "The password of the user on the source cluster. Needed only by the apply that starts the migration."
}

resource "atlas_live_migration" "orders" {
  source {
    group_id     = "9b43a5b329223c3a1591a678" # the Cloud Manager project
    cluster_name = "orders"
    username     = "migration"
    password_wo  = var.source_password
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c" # the Atlas project
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"]

  wait_for_ready = false
  cutover        = false

  lifecycle {
    prevent_destroy = true
  }
}

output "migration_id" {
  value       = atlas_live_migration.orders.id
  description = "Keep it: the Atlas API has no list of live migrations."
}
