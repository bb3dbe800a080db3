terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

data "atlas_live_migration_available_projects" "linked" {
  org_id = "32b6e34b3d91647abb20e7b8" # the Atlas organization
}

output "clusters" {
  value = [for project in data.atlas_live_migration_available_projects.linked.projects : {
    project_id      = project.project_id
    name            = project.name
    migration_hosts = project.migration_hosts
    clusters        = [for deployment in project.deployments : deployment.name]
  }]
}
