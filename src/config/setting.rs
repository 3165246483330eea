//! One setting: its names, what it means, and where its value is kept.

use super::{
    value::{Given, Numbers, Value},
    values::Config,
};

/// One setting, a row of the table.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The table of the file that it is in; empty if none.
    pub(super) table: &'static str,
    /// Its key in that table.
    pub(super) key: &'static str,
    /// What it means, as whole sentences.
    pub(super) help: &'static str,
    /// Where its value is kept.
    pub(super) place: fn(&mut Config) -> &mut dyn Value,
    /// The name of the value in the help, for example `DIR`; empty for a switch.
    pub(super) placeholder: &'static str,
    /// The default in words, if it is absent or depends on the machine.
    pub(super) default_in_words: Option<&'static str>,
    /// The value that the printed file shows in a comment, if the default cannot be shown.
    pub(super) example: Option<&'static str>,
    /// Of numbers: how they are written.
    pub(super) numbers: Numbers,
}

/// The most that a setting with a number may be, unless its row says something else.
const MAX_NUMBER: u64 = 1_000_000;

impl Setting {
    /// Makes a row. Numbers are from 1 to 1,000,000, unless [`Self::between`] follows.
    pub(super) const fn new(
        key: &'static str,
        placeholder: &'static str,
        place: fn(&mut Config) -> &mut dyn Value,
        help: &'static str,
    ) -> Self {
        Self {
            table: "",
            key,
            help,
            place,
            placeholder,
            default_in_words: None,
            example: None,
            numbers: Numbers { range: 1..=MAX_NUMBER, scale: 1 },
        }
    }

    /// Puts the setting into a table of the file.
    pub(super) const fn in_table(mut self, table: &'static str) -> Self {
        self.table = table;
        self
    }

    /// Sets how many units of the value one unit of the setting is.
    pub(super) const fn times(mut self, scale: u64) -> Self {
        self.numbers.scale = scale;
        self
    }

    /// Sets which numbers are valid.
    pub(super) const fn between(mut self, least: u64, most: u64) -> Self {
        self.numbers.range = least..=most;
        self
    }

    /// Sets the words for a default that is absent or depends on the machine, and the value of the printed file.
    pub(super) const fn without_fixed_default(
        mut self,
        in_words: &'static str,
        example: &'static str,
    ) -> Self {
        self.default_in_words = Some(in_words);
        self.example = Some(example);
        self
    }

    /// Returns the key with its table, for example `penalties.unreviewed`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.table.is_empty() { self.key.to_owned() } else { format!("{}.{}", self.table, self.key) }
    }

    /// Returns the name of the flag, without the two hyphens.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name().replace(['.', '_'], "-")
    }

    /// Returns the name of the environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("DHAKIRA_{}", self.name().replace('.', "_").to_uppercase())
    }

    /// Returns the name of the value in the help; empty for a switch.
    #[must_use]
    pub fn placeholder(&self) -> &'static str {
        self.placeholder
    }

    /// Returns what the setting means, as whole sentences.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// Returns whether the setting is true or false, so that its flag needs no value.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.placeholder.is_empty()
    }

    /// Returns the default, as the help and the printed file show it.
    #[must_use]
    pub fn default_shown(&self) -> String {
        let value = || self.value_in(&mut Config::default()).unwrap_or_else(|| "none".to_owned());
        self.default_in_words.map_or_else(value, str::to_owned)
    }

    /// Returns the present value as the file writes it, or `None` if it is absent.
    pub(super) fn value_in(&self, config: &mut Config) -> Option<String> {
        (self.place)(config).written(&self.numbers)
    }

    /// Puts a value in its place.
    ///
    /// # Errors
    /// What is wrong with the value, and which ones are valid.
    pub(super) fn set(&self, config: &mut Config, given: &Given<'_>) -> Result<(), String> {
        (self.place)(config).set(given, &self.numbers)
    }
}
