//! `dhakira fold`: one line of output for each line of input.

use clap::{Args, ValueEnum};

use super::{
    exit::{CliError, Exit},
    input::{Source, TextInput, next_line},
    output::Output,
};
use crate::text::{folded, same};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Remove invisible differences.
    Same,
    /// Also remove orthographic differences.
    Folded,
}

impl Level {
    fn fold(self, text: &str) -> String {
        match self {
            Self::Same => same(text),
            Self::Folded => folded(text),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Fold {
    /// Level of folding
    #[arg(long, default_value = "folded")]
    level: Level,
    #[command(flatten)]
    input: TextInput,
}

impl Fold {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut out = Output::new();
        let mut exit = Exit::Done;
        match self.input.source()? {
            Source::Text(text) => out.line(self.level.fold(&text))?,
            Source::Stream(mut stream) => {
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
