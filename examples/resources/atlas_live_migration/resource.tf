terraform {
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
  default     = null # needed only by the apply that starts the migration
  description = "The password of the user on the source cluster."
}

resource "atlas_live_migration" "orders" {
  source {
    group_id            = "9b43a5b329223c3a1591a678" # the Cloud Manager project
    cluster_name        = "orders"
    username            = "migration"
    password_wo         = var.source_password   # sent when the migration starts; stored nowhere
    ca_certificate_path = "/etc/mongodb/ca.pem" # on the migration host
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c" # the Atlas project
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"] # exactly one
  drop_enabled    = false                 # true erases every collection of the destination

  # Milestones. Set them to true, one after the other, and apply.
  wait_for_ready = false
  cutover        = false

  timeouts {
    create = "30m" # the validation
    update = "24h" # the milestones
  }

  lifecycle {
    prevent_destroy = true # refuses destroy, -replace and the replacement of a tainted migration
  }
}
