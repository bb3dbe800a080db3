variable "source_project_id" {
  type        = string
  description = "The Cloud Manager project of the sources."
}

variable "atlas_project_id" {
  type        = string
  description = "The Atlas project of the destinations."
}

variable "current_wave" {
  type        = number
  description = "The wave that runs. Earlier ones stay in the configuration until they are retired, so never lower it."
}

variable "migrations" {
  type = map(object({
    source_cluster      = string
    destination_cluster = string
    migration_host      = string
    wave                = number
    username            = optional(string, "migration")
    ssl                 = optional(bool, true)
    ca_certificate_path = optional(string)
    wait_for_ready      = optional(bool, false)
    cutover             = optional(bool, false)
  }))
  description = "The migrations, each with its own name as the key."

  validation {
    condition = length(distinct([for m in var.migrations : "${m.wave} ${m.migration_host}"])) == length(var.migrations)

    error_message = "A migration host runs one live migration at a time: give each migration of a wave its own migration host."
  }
}

variable "source_passwords" {
  type        = map(string)
  sensitive   = true
  ephemeral   = true
  default     = {}
  description = "The password of each source user, by the name of the migration. Needed only by the apply that starts a migration."
}
