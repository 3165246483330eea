//! A message of a catalogue as its lines have it.

use std::collections::BTreeMap;

use super::COMMENTS;
use crate::unit::Property;

/// A line as it is, with the number of the string that it belongs to.
pub(super) type KeptLine = (String, Option<usize>);

/// The flag of a translation that nobody confirmed.
const FUZZY: &str = "fuzzy";

/// A message with its translations.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) obsolete: bool,
    pub(super) context: Option<String>,
    pub(super) id: Option<String>,
    pub(super) plural: Option<String>,
    /// Translations by their number; the one without is 0.
    pub(super) strings: BTreeMap<usize, String>,
    pub(super) notes: Vec<String>,
    pub(super) properties: Vec<Property>,
    pub(super) bytes: usize,
    /// Its lines, where they are asked for.
    pub(super) lines: Vec<KeptLine>,
}

/// Which of an entry's strings the lines to come go on with.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Context,
    Id,
    Plural,
    String(usize),
    /// The message as it was before, or the name of a domain.
    PassedOver,
}

impl Entry {
    pub(super) fn field(&mut self, field: Field) -> Option<&mut String> {
        match field {
            Field::Context => Some(self.context.get_or_insert_default()),
            Field::Id => Some(self.id.get_or_insert_default()),
            Field::Plural => Some(self.plural.get_or_insert_default()),
            Field::String(n) => Some(self.strings.entry(n).or_default()),
            Field::PassedOver => None,
        }
    }

    pub(super) fn has(&self, field: Field) -> bool {
        match field {
            Field::Context => self.context.is_some(),
            Field::Id => self.id.is_some(),
            Field::Plural => self.plural.is_some(),
            Field::String(n) => self.strings.contains_key(&n),
            Field::PassedOver => false,
        }
    }

    /// Returns what a translation is of: the form for one is the first; where there are six, as
    /// in Arabic, the second.
    pub(super) fn message(&self, string: usize) -> &str {
        let of_one = if self.strings.len() == 6 { 1 } else { 0 };
        let id = self.id.as_deref().unwrap_or_default();
        match &self.plural {
            Some(plural) if string != of_one || self.strings.len() == 1 => plural,
            _ => id,
        }
    }

    pub(super) fn is_header(&self) -> bool {
        self.id.as_deref() == Some("") && self.context.is_none()
    }

    pub(super) fn is_fuzzy(&self) -> bool {
        let flags = self.properties.iter().filter(|p| p.name == "po:flag");
        flags.flat_map(|p| p.value.split([',', ' ', '\t', '\n'])).any(|flag| flag == FUZZY)
    }

    pub(super) fn comment(&mut self, line: &str) {
        let property = COMMENTS.iter().find_map(|(name, mark)| Some((name, line.strip_prefix(mark)?)));
        if let Some((name, value)) = property {
            let value = value.trim();
            // The lines of a kind belong together.
            match self.properties.iter_mut().find(|p| p.name == *name) {
                Some(before) => {
                    before.value.push('\n');
                    before.value.push_str(value);
                }
                None => {
                    let (name, value) = ((*name).to_owned(), value.to_owned());
                    self.properties.push(Property { name, value, locale: String::new() });
                }
            }
        } else if !line.starts_with("#|") {
            let note = line.trim_start_matches('#').trim();
            if !note.is_empty() {
                self.notes.push(note.to_owned());
            }
        }
    }
}
