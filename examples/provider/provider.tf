terraform {
  required_providers {
    atlas = {
      source = "atlas-live-migration/atlas"
    }
  }
}

variable "atlas_public_key" {
  type        = string
  description = "The public key of an API key pair with the role Organization Owner."
}

variable "atlas_private_key" {
  type        = string
  sensitive   = true
  description = "The private key of that pair."
}

provider "atlas" {
  public_key  = var.atlas_public_key
  private_key = var.atlas_private_key
}

resource "atlas_live_migration" "orders" {
  source {
    group_id               = "9b43a5b329223c3a1591a678"
    cluster_name           = "exampleClusterA"
    managed_authentication = true
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "exampleClusterB"
  }

  migration_hosts = ["vm001.example.com"]

  lifecycle {
    prevent_destroy = true
  }
}
