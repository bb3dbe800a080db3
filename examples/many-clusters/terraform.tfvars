source_project_id = "9b43a5b329223c3a1591a678"
atlas_project_id  = "e01c9427f054fe80745f3f6c"

current_wave = 1

migrations = {
  customers = {
    source_cluster      = "customers"
    destination_cluster = "customers-atlas"
    migration_host      = "vm001.example.com"
    wave                = 1
    ca_certificate_path = "/etc/mongodb/ca.pem"
    wait_for_ready      = true
  }

  orders = {
    source_cluster      = "orders"
    destination_cluster = "orders-atlas"
    migration_host      = "vm001.example.com"
    wave                = 2
    ca_certificate_path = "/etc/mongodb/ca.pem"
  }
}
