//! Reading the configuration file.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    client_certificates::TABLES, nearest::nearest, setting::Setting, table::settings, value::Given,
    values::Config,
};

/// Why settings are refused: one line for each problem, with the key and where it was given.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub(super) Vec<String>);

/// A value of the file.
pub(super) struct FileValue<'a> {
    file: &'a str,
    pub(super) setting: &'static Setting,
    pub(super) line: usize,
    value: &'a DeValue<'a>,
}

impl FileValue<'_> {
    /// Puts the value in its place.
    pub(super) fn set(&self, config: &mut Config) -> Result<(), String> {
        let set = self.setting.set(config, &Given::Typed(self.value));
        set.map_err(|problem| {
            format!("{}, line {}: {}: {problem}", self.file, self.line, self.setting.name())
        })
    }
}

/// Parses a file as TOML.
///
/// # Errors
/// The text is not well-formed TOML. The error has the position.
pub(super) fn parse<'t>(name: &str, text: &'t str) -> Result<Spanned<DeTable<'t>>, ConfigError> {
    DeTable::parse(text)
        .map_err(|error| ConfigError(vec![format!("{name}: {}", error.to_string().trim_end())]))
}

/// Finds the setting of each value in a file. `name` and `text` are those of the file.
///
/// # Errors
/// Each key that is not a setting, with its line and the nearest setting.
pub(super) fn values<'a>(
    name: &'a str,
    text: &str,
    content: &'a DeTable<'a>,
) -> Result<Vec<FileValue<'a>>, ConfigError> {
    let mut reader = Reader { file: name, text, values: Vec::new(), problems: Vec::new() };
    reader.read_table("", content);
    if reader.problems.is_empty() { Ok(reader.values) } else { Err(ConfigError(reader.problems)) }
}

struct Reader<'t, 'a> {
    file: &'a str,
    text: &'t str,
    values: Vec<FileValue<'a>>,
    problems: Vec<String>,
}

impl<'a> Reader<'_, 'a> {
    fn read_table(&mut self, table: &str, content: &'a DeTable<'a>) {
        for (key, value) in content {
            let name = if table.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{table}.{}", key.get_ref())
            };
            let line = 1 + self.text.bytes().take(key.span().start).filter(|byte| *byte == b'\n').count();
            let known = settings().find(|setting| setting.name() == name);
            match (known, value.get_ref()) {
                // These are read by themselves.
                (None, DeValue::Array(_)) if name == TABLES => {}
                (Some(setting), value) => {
                    self.values.push(FileValue { file: self.file, setting, line, value });
                }
                (None, DeValue::Table(inner)) if !inner.is_empty() => self.read_table(&name, inner),
                (None, DeValue::Table(_)) if settings().any(|setting| setting.table == name) => {}
                (None, _) if settings().any(|setting| setting.table == name) => {
                    self.report(
                        line,
                        &format!("'{name}' is a table: write [{name}] in a line above its keys"),
                    );
                }
                (None, _) => self.report(line, &unknown(&name)),
            }
        }
    }

    fn report(&mut self, line: usize, problem: &str) {
        self.problems.push(format!("{}, line {line}: {problem}", self.file));
    }
}

/// Returns the problem of a key that is not a setting.
fn unknown(name: &str) -> String {
    let nearest = nearest(name, settings().map(Setting::name)).unwrap_or_default();
    let place = match nearest.rsplit_once('.') {
        None if name.contains('.') => ", which must be above the first table",
        Some((table, key)) if name == key => {
            return format!(
                "'{name}' is not a setting; the nearest is '{nearest}': write it below [{table}]"
            );
        }
        _ => "",
    };
    format!("'{name}' is not a setting; the nearest is '{nearest}'{place} ('dhakira config print' lists all)")
}
