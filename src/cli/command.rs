//! The command line: subcommands and exit codes.

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use super::{
    compact, config,
    exit::{CliError, Exit},
    export, fold, glossary, import, lint, lookup, memory, pretranslate, score, segment, serve, token, verify,
};

/// A translation memory and glossary for Arabic.
#[derive(Debug, Parser)]
#[command(name = "dhakira", version, about, long_about = None, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done or found, 1 nothing found, 2 error, 3 done with problems.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::ServeArgs),
    /// Import files into a memory
    Import(import::ImportArgs),
    /// Export a memory to a file: .tmx .xlf .po .csv .tsv .jsonl
    Export(export::ExportArgs),
    /// Add matches and terms to an XLIFF file, a PO file or a text
    Pretranslate(pretranslate::PretranslateArgs),
    /// Make the translated document from a pretranslated text or PO file (local, needs no server)
    Assemble(pretranslate::AssembleArgs),
    /// Look up segments: find matches and terms
    Lookup(lookup::LookupArgs),
    /// Explain the score of a stored segment as a match for another one (local, needs no server)
    Score(score::ScoreArgs),
    /// Split text into segments (local, needs no server)
    Segment(segment::SegmentArgs),
    /// Fold text as matching does (local, needs no server)
    Fold(fold::FoldArgs),
    /// Find defects in text that spoil matching (local, needs no server)
    Lint(lint::LintArgs),
    /// Manage memories
    #[command(subcommand)]
    Memory(memory::MemoryCommand),
    /// Manage and use glossaries
    #[command(subcommand)]
    Glossary(glossary::GlossaryCommand),
    /// Manage tokens, by which callers get in and have roles
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Look at the settings of the server
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Read the whole store and say what is damaged and what is whole
    Verify(verify::VerifyArgs),
    /// Rewrite the store without what was replaced and removed, so that its file shrinks
    Compact(compact::CompactArgs),
}

/// Runs the command that the arguments name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Error } else { Exit::Done };
            // If this fails, there is no place left to report it.
            let _ = error.print();
            return code.into();
        }
    };
    let done = match cli.command {
        Command::Serve(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Pretranslate(command) => command.run(),
        Command::Assemble(command) => command.run(),
        Command::Lookup(command) => command.run(),
        Command::Score(command) => command.run(),
        Command::Segment(command) => command.run(),
        Command::Fold(command) => command.run(),
        Command::Lint(command) => command.run(),
        Command::Memory(command) => command.run(),
        Command::Glossary(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Compact(command) => command.run(),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(CliError::BrokenPipe) => Exit::Done.into(),
        Err(error) => {
            eprintln!("error: {error}");
            Exit::Error.into()
        }
    }
}
