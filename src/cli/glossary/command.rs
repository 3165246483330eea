//! The subcommands of `dhakira glossary`.

use clap::Subcommand;

use super::{check, files, list, recognize, suggest};
use crate::cli::{
    client::block_on,
    exit::{CliError, Exit},
    revert::RevertArgs,
};

#[derive(Debug, Subcommand)]
pub(crate) enum GlossaryCommand {
    /// List the glossaries
    List(list::GlossaryListArgs),
    /// Import files of terms: .tbx .csv .tsv .tab .txt .utx
    Import(files::GlossaryImportArgs),
    /// Export a glossary to a file: .tbx .csv .tsv
    Export(files::GlossaryExportArgs),
    /// Revert an import
    Revert(RevertArgs),
    /// Check whether translations keep the terms
    Check(check::CheckArgs),
    /// Suggest terms from a memory, as a table to review
    Suggest(suggest::SuggestArgs),
    /// Find the terms in text
    Recognize(recognize::RecognizeArgs),
}

impl GlossaryCommand {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::List(c) => block_on(c.run()),
            Self::Import(c) => block_on(c.run()),
            Self::Export(c) => block_on(c.run()),
            Self::Revert(c) => block_on(c.run_for_glossary()),
            Self::Check(c) => c.run(),
            Self::Suggest(c) => block_on(c.run()),
            Self::Recognize(c) => {
                let source = c.input.source()?;
                block_on(c.run(source))
            }
        }
    }
}
