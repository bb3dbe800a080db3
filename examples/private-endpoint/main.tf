# The migration host reaches the destination through a private endpoint, which exists and is available in Atlas already.

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
    group_id            = "9b43a5b329223c3a1591a678"
    cluster_name        = "orders"
    username            = "migration"
    password_wo         = var.source_password
    ca_certificate_path = "/etc/mongodb/ca.pem"
  }

  destination {
    group_id             = "e01c9427f054fe80745f3f6c"
    cluster_name         = "orders-atlas"
    hostname_schema_type = "PRIVATE_LINK"
    private_link_id      = "vpce-0123456789abcdef0"
  }

  migration_hosts = ["vm001.example.com"]

  lifecycle {
    prevent_destroy = true
  }
}
