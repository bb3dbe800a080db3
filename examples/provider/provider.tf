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

resource "atlas_live_migration" "orders" {
  source {
    group_id               = "9b43a5b329223c3a1591a678" # the Cloud Manager project
    cluster_name           = "orders"
    managed_authentication = true
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c" # the Atlas project
    cluster_name = "orders-atlas"
  }

  migration_hosts = ["vm001.example.com"]

  lifecycle {
    prevent_destroy = true
  }
}
