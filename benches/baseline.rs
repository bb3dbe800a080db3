//! The baseline of the startup benchmark: a process that only prints a handshake line.

#![allow(clippy::print_stdout, reason = "printing is its purpose")]

fn main() {
    println!("1|5|unix|/none|grpc|");
}
