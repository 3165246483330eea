//! `dhakira fold`: one line of output for each line of input.

use clap::{Args, ValueEnum};

use super::{
    exit::{CliError, Exit},
    input::{InputSource, TextInput, next_line},
    output::StdoutWriter,
};
use crate::text::{folded, same};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FoldLevel {
    /// Remove invisible differences.
    Same,
    /// Also remove orthographic differences.
    Folded,
}

impl FoldLevel {
    fn fold(self, text: &str) -> String {
        match self {
            Self::Same => same(text),
            Self::Folded => folded(text),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct FoldArgs {
    /// Level of folding
    #[arg(long, default_value = "folded")]
    level: FoldLevel,
    #[command(flatten)]
    input: TextInput,
}

impl FoldArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut out = StdoutWriter::new();
        let mut exit = Exit::Done;
        match self.input.source()? {
            InputSource::Text(text) => out.line(self.level.fold(&text))?,
            InputSource::Stream(mut stream) => {
                while let Some(line) = next_line(&mut *stream)? {
                    match line {
                        Ok(text) => out.line(self.level.fold(&text))?,
                        Err(_) => {
                            out.line(r#"{"error":{"field":"text","reason":"NOT_UTF8"}}"#)?;
                            exit = Exit::Problems;
                        }
                    }
                }
            }
        }
        out.flush()?;
        Ok(exit)
    }
}
