//! The settings of `dhakira serve`: from a TOML file, from the environment, and from flags.
//!
//! [`SECTIONS`] is the one table of all settings. A row has the key, where its value is kept, and what it means; the
//! flag, the environment variable, the commented file that `dhakira config print` writes and the default that
//! these show all follow from it. For example, the key `idle_seconds` is also `--idle-seconds` and
//! `DHAKIRA_IDLE_SECONDS`, and the key `unreviewed` of the table `[penalties]` is also `--penalties-unreviewed`
//! and `DHAKIRA_PENALTIES_UNREVIEWED`.
//!
//! To add a setting, add a field to [`crate::server::Settings`] (or to [`Config`], if the server does not need it)
//! and a row to `table.rs`. A type that no setting has had yet needs its `Value` in `value.rs`. The owners of
//! client certificates are tables of their own (`client_certificates.rs`), because there may be any number of them.

mod client_certificates;
mod config_file;
mod environment;
mod nearest;
mod printed;
mod quoted;
mod setting;
mod sources;
mod table;
mod value;
mod values;

pub use client_certificates::OwnerTable;
pub use config_file::ConfigError;
pub use environment::{CONFIG_VARIABLE, misspelled_variables};
pub use printed::printed_file;
pub use setting::Setting;
pub use sources::{ConfigFile, EffectiveConfig, Sources};
pub use table::{SECTIONS, Section, settings};
pub use values::{Config, LogFormat};
