//! Generates the messages and services of `proto/` without a protoc on the machine: clients for the library, and servers apart from them
//! for the provider that the tests of the small core are written against.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    println!("cargo::rerun-if-changed={protos}");
    let descriptors = protox::compile(["tfplugin5.proto", "go_plugin.proto"], [protos])?;
    let configure = || tonic_prost_build::configure().build_transport(false).bytes(".");
    configure().build_server(false).compile_fds(descriptors.clone())?;
    let servers = Path::new(&std::env::var("OUT_DIR")?).join("server");
    std::fs::create_dir_all(&servers)?;
    configure().build_client(false).generate_default_stubs(true).out_dir(servers).compile_fds(descriptors)?;
    Ok(())
}
