//! `dhakira config`.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::{
    exit::{CliError, Exit},
    setting_flags::SettingArgs,
};
use crate::config::printed_file;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the complete configuration file of 'dhakira serve': each setting with its meaning, its default, and the
    /// value that the file, the environment and the flags give it
    Print(PrintArgs),
}

#[derive(Debug, Args)]
pub(super) struct PrintArgs {
    #[command(flatten)]
    settings: SettingArgs,
}

impl ConfigCommand {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let Self::Print(arguments) = self;
        let given = arguments.settings.read()?;
        for warning in given.warnings {
            eprintln!("warning: {warning}");
        }
        io::stdout().write_all(printed_file(&given.effective).as_bytes())?;
        Ok(Exit::Done)
    }
}
