//! The `dhakira` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    dhakira::cli::run(std::env::args_os())
}
