# The destination, created by the official provider. Its documentation has every argument.

terraform {
  required_providers {
    mongodbatlas = {
      source  = "mongodb/mongodbatlas"
      version = "~> 2.0"
    }
  }
}

# The same service account and the same variables as for the provider atlas.
provider "mongodbatlas" {}

variable "atlas_project_id" {
  type        = string
  description = "The Atlas project of the destination."
}

variable "migration_host_address" {
  type        = string
  description = "The public address from which the migration host reaches Atlas."
}

resource "mongodbatlas_advanced_cluster" "orders" {
  project_id             = var.atlas_project_id
  name                   = "orders-atlas"
  cluster_type           = "REPLICASET"
  mongo_db_major_version = "7.0" # that of the source

  replication_specs = [{
    region_configs = [{
      provider_name = "AWS"
      region_name   = "EU_CENTRAL_1"
      priority      = 7

      electable_specs = {
        instance_size = "M50" # two tiers above what the source needs, while the migration runs
        node_count    = 3
        disk_size_gb  = 500
      }
    }]
  }]
}

resource "mongodbatlas_project_ip_access_list" "migration_host" {
  project_id = var.atlas_project_id
  ip_address = var.migration_host_address
  comment    = "migration host of orders"
}

locals {
  destination = {
    project_id        = mongodbatlas_advanced_cluster.orders.project_id
    cluster_name      = mongodbatlas_advanced_cluster.orders.name
    connection_string = mongodbatlas_advanced_cluster.orders.connection_strings.standard_srv
    access_list       = [mongodbatlas_project_ip_access_list.migration_host.id]
  }
}
