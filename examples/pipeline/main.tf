# Several clusters, each migrated by one resource. The keys of var.migrations are addresses in the state: choose names that stay, and
# rename one only together with a `moved` block. To add a migration, add an entry; to set a milestone, change one word.

terraform {
  required_version = ">= 1.11" # write-only attributes

  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment of the pipeline: MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY.
provider "atlas" {}

resource "atlas_live_migration" "this" {
  for_each = var.migrations

  source {
    group_id            = var.source_project_id
    cluster_name        = each.value.source_cluster
    username            = each.value.username
    password_wo         = lookup(var.source_passwords, each.key, null)
    ca_certificate_path = each.value.ca_certificate_path
  }

  destination {
    group_id             = var.atlas_project_id
    cluster_name         = each.value.destination_cluster
    hostname_schema_type = "VPC_PEERING"
  }

  migration_hosts = [each.value.migration_host]

  wait_for_ready = each.value.wait_for_ready
  cutover        = each.value.cutover

  timeouts {
    update = "4h" # shorter than the time limit of a pipeline job; the next run resumes
  }

  lifecycle {
    prevent_destroy = true
  }
}
