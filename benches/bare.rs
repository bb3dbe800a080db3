//! The least that a process can be: it prints one line, as a plugin does. `make bench` measures the provider against it.

#![allow(clippy::print_stdout, reason = "that is all it is for")]

fn main() {
    println!("1|5|unix|/none|grpc|");
}
