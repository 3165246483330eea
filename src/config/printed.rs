//! The complete configuration file, with comments.

use std::fmt::{Error, Write};

use super::{client_certificates, setting::Setting, sources::EffectiveConfig, table::SECTIONS};

/// The width of the comments.
const WIDTH: usize = 100;

/// Returns the complete file. Each setting has a comment with its meaning, its default, its flag and its variable. What
/// has its default is itself in a comment, so that a later version may bring a better one.
#[must_use]
pub fn printed_file(effective: &EffectiveConfig) -> String {
    let mut file = String::new();
    // Writing to a string does not fail.
    let _ = write_file(&mut file, effective);
    file
}

fn write_file(file: &mut String, effective: &EffectiveConfig) -> Result<(), Error> {
    write_comment(file, INTRODUCTION)?;
    let mut table = "";
    for section in SECTIONS {
        writeln!(file, "\n## {}", section.title)?;
        for setting in section.settings {
            if setting.table != table {
                table = setting.table;
                writeln!(file, "\n[{table}]")?;
            }
            writeln!(file)?;
            write_comment(file, setting.help)?;
            write_setting(file, setting, effective)?;
        }
    }
    client_certificates::write(file, &effective.config.client_certificates)
}

const INTRODUCTION: &str = "The settings of 'dhakira serve'. A line such as '#calls = 1024' shows a default, or an \
    example if the default cannot be written: remove the '#' and change the value to set it. Every setting can also \
    be given by a flag, which counts most, or by an environment variable, which counts more than this file. \
    'dhakira serve --check --config FILE' checks the file, and 'dhakira config print --config FILE' prints it like this \
    one, with the values in force.";

fn write_setting(file: &mut String, setting: &Setting, effective: &EffectiveConfig) -> Result<(), Error> {
    let default = setting.default_shown();
    write!(file, "# Default: {default}. Flag: --{}. Variable: {}.", setting.flag(), setting.variable())?;
    if let Some(origin) = effective.origins.get(&setting.name()) {
        write!(file, " Set by {origin}.")?;
    }
    let value = setting.value_in(&mut effective.config.clone());
    let is_set = effective.origins.contains_key(&setting.name());
    let shown = if is_set { None } else { setting.example.map(str::to_owned) };
    let mark = if is_set { "" } else { "#" };
    writeln!(file, "\n{mark}{} = {}", setting.key, shown.or(value).unwrap_or_default())
}

/// Writes a text as a comment, in lines of [`WIDTH`] characters at most.
fn write_comment(file: &mut String, text: &str) -> Result<(), Error> {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(file, "{line}")?;
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(file, "{line}")
}
