//! Compiles `proto/` with protox (no protoc on the user's machine) and keeps
//! the descriptors, comments included, for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let wire = ["types", "segmentation", "memory", "lookup", "glossary", "interchange"]
        .map(|file| root.join(format!("dhakira/v1/{file}.proto")));
    let descriptors = protox::compile(&wire, [&root])?;
    fs::write(out.join("dhakira.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;

    let records = protox::compile([root.join("dhakira/store/v1/records.proto")], [&root])?;
    tonic_prost_build::configure().build_client(false).build_server(false).compile_fds(records)?;
    Ok(())
}
