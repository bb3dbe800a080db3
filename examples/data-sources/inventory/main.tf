# The inventory for many migrations, made once: what can be migrated, from which project, over which migration host, in which wave.
#
#   terraform apply
#   terraform output -json inventory > ../../many-clusters/inventory.auto.tfvars.json
#
# The entries are written to a file that you review and commit, so that the migrations don't depend on a list that changes while
# they run.

terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

variable "org_id" {
  type        = string
  description = "The Atlas organization of the destinations."
}

variable "source_project_id" {
  type        = string
  description = "The Cloud Manager project of the sources."
}

variable "migrations_per_wave" {
  type        = number
  default     = 1
  description = "How many migrations run at the same time. Each needs a migration host of its own."

  validation {
    condition     = var.migrations_per_wave >= 1
    error_message = "A wave has at least one migration."
  }
}

data "atlas_live_migration_available_projects" "linked" {
  org_id = var.org_id

  lifecycle {
    postcondition {
      condition = anytrue([
        for project in self.projects : project.project_id == var.source_project_id && length(project.migration_hosts) > 0
      ])
      error_message = "Project ${var.source_project_id} is not available with a migration host: link its Cloud Manager organization, and provision a migration host."
    }
  }
}

locals {
  project = one([
    for project in data.atlas_live_migration_available_projects.linked.projects : project
    if project.project_id == var.source_project_id
  ])

  # One for each migration of a wave.
  hosts = slice(
    sort(local.project.migration_hosts), 0, min(var.migrations_per_wave, length(local.project.migration_hosts))
  )

  deployments = { for d in local.project.deployments : d.name => d }

  # The smallest first: the first wave is the rehearsal of the others. A size that Atlas does not return counts as the largest.
  by_size = [
    for key in sort([
      for d in local.project.deployments : format("%020d %s", d.db_size_bytes == null ? 999999999999999999 : d.db_size_bytes, d.name)
    ]) : substr(key, 21, -1)
  ]
}

# What Cloud Manager reports, to compare with what you expect.
output "available" {
  value = {
    project         = local.project.name
    migration_hosts = local.project.migration_hosts

    clusters = {
      for name, d in local.deployments : name => {
        version       = d.mongodb_version
        compatibility = d.feature_compatibility_version
        sharded       = d.sharded
        tls           = d.tls_enabled
        size_gb       = d.db_size_bytes == null ? null : ceil(d.db_size_bytes / pow(1024, 3))
        oplog_gb      = d.oplog_size_mb == null ? null : ceil(d.oplog_size_mb / 1024)
      }
    }
  }
}

# The values of examples/many-clusters.
output "inventory" {
  value = {
    source_project_id = var.source_project_id

    migrations = {
      for index, name in local.by_size : name => {
        source_cluster      = name
        destination_cluster = "${name}-atlas"
        migration_host      = local.hosts[index % length(local.hosts)]
        wave                = 1 + floor(index / length(local.hosts))
        ssl                 = local.deployments[name].tls_enabled
      }
    }
  }
}

check "versions" {
  assert {
    condition     = alltrue([for d in local.project.deployments : try(tonumber(split(".", d.feature_compatibility_version)[0]) >= 6, false)])
    error_message = "A push live migration needs MongoDB 6.0 or newer: ${join(", ", [for d in local.project.deployments : "${d.name} ${coalesce(d.mongodb_version, "(unknown)")}"])}."
  }
}
