//! Real Terraform.
