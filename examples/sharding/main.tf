# From a replica set to a sharded cluster. Cloud Manager manages the authentication of the source.

terraform {
  required_providers {
    atlas = {
      source  = "atlas-live-migration/atlas"
      version = "~> 0.1"
    }
  }
}

provider "atlas" {}

resource "atlas_live_migration" "shop" {
  source {
    group_id               = "9b43a5b329223c3a1591a678"
    cluster_name           = "shop"
    managed_authentication = true # then without username and password
  }

  destination {
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "shop-sharded"
  }

  migration_hosts = ["vm003.example.com"]

  sharding {
    create_supporting_indexes = true

    sharding_entries {
      database   = "shop"
      collection = "orders"

      shard_collection {
        key = [{ region = "1" }, { customer = "hashed" }] # in this order
      }
    }

    sharding_entries {
      database   = "shop"
      collection = "customers"

      shard_collection {
        key = [{ _id = "hashed" }]
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
