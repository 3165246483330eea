//! Compiles `proto/` with protox, so that users need no protoc, and saves the descriptors with
//! their comments for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let wire = ["types", "segmentation", "memory", "lookup", "glossary", "interchange", "admin"]
        .map(|file| root.join(format!("dhakira/v1/{file}.proto")));
    let descriptors = protox::compile(&wire, [&root])?;
    fs::write(out.join("dhakira.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;

    let records = protox::compile([root.join("dhakira/store/v1/records.proto")], [&root])?;
    tonic_prost_build::configure().build_client(false).build_server(false).compile_fds(records)?;

    // In a folder of its own, because the records that it imports would be written again, empty.
    let log_out = out.join("log");
    fs::create_dir_all(&log_out)?;
    let log = protox::compile([root.join("dhakira/log/v1/log.proto")], [&root])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_server(false)
        .extern_path(".dhakira.store.v1", "crate::store::records")
        .out_dir(log_out)
        .compile_fds(log)?;
    Ok(())
}
