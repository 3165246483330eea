//! `dhakira fold`: one line in, one line out.

use clap::{Args, ValueEnum};

use super::{
    exit::{CliError, Exit},
    input::{Source, TextInput, next_line},
    output::Output,
};
use crate::text::{folded, same};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Invisible differences removed.
    Same,
    /// Orthographic differences removed too.
    Folded,
}

#[derive(Debug, Args)]
pub(super) struct Fold {
    /// How far to fold
    #[arg(long, default_value = "folded")]
    level: Level,
    #[command(flatten)]
    input: TextInput,
}

impl Fold {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let fold = |text: &str| match self.level {
            Level::Same => same(text),
            Level::Folded => folded(text),
        };
        let mut out = Output::new();
        let mut exit = Exit::Done;
        match self.input.source()? {
            Source::Text(text) => out.line(fold(&text))?,
            Source::Stream(mut stream) => {
                while let Some(line) = next_line(&mut *stream)? {
                    match line {
                        Ok(text) => out.line(fold(&text))?,
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
