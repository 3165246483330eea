//! `dhakira glossary …`.

mod check;
mod command;
mod files;
mod list;
mod recognize;
mod suggest;

pub(super) use command::GlossaryCommand;
