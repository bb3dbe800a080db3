# The migration into the cluster of cluster.tf, and the connection string that applications get after the cutover.

terraform {
  required_version = ">= 1.11"

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
    group_id     = local.destination.project_id
    cluster_name = local.destination.cluster_name
  }

  migration_hosts = ["vm001.example.com"]

  lifecycle {
    prevent_destroy = true
  }

  # The migration host must be on the access list before the migration starts.
  depends_on = [local.destination]
}

# Null until the migration is complete, so that nothing writes to the destination before.
output "connection_string" {
  value = atlas_live_migration.orders.status == "COMPLETE" ? local.destination.connection_string : null
}
