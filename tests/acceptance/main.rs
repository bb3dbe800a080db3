//! Real Terraform against the built provider and the simulator.
