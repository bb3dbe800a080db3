//! Generates the messages and services of `proto/` without a protoc on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protos = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    println!("cargo::rerun-if-changed={protos}");
    let descriptors = protox::compile(["tfplugin5.proto", "go_plugin.proto"], [protos])?;
    tonic_prost_build::configure().build_server(false).build_transport(false).bytes(".").compile_fds(descriptors)?;
    Ok(())
}
