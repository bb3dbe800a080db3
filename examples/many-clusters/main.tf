# Several clusters, one resource with for_each. The keys of var.migrations are addresses in the state: choose names that stay, and
# rename one only together with a `moved` block. To start a wave, raise current_wave. To set a milestone, change one word.

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

resource "atlas_live_migration" "this" {
  for_each = { for name, migration in var.migrations : name => migration if migration.wave <= var.current_wave }

  source {
    group_id            = var.source_project_id
    cluster_name        = each.value.source_cluster
    username            = each.value.username
    password_wo         = lookup(var.source_passwords, each.key, null)
    ssl                 = each.value.ssl
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
