terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

variable "migration_id" {
  type        = string
  description = "The ID of the live migration, from the output of the configuration that manages it."
}

# This configuration deploys the application. Its plan fails until the migration is complete.
data "atlas_live_migration" "orders" {
  group_id = "e01c9427f054fe80745f3f6c" # the Atlas project
  id       = var.migration_id

  lifecycle {
    postcondition {
      condition     = self.status == "COMPLETE"
      error_message = "Live migration ${self.id} is not complete yet: ${self.status}."
    }
  }
}
