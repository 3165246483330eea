//! A message of a catalogue as its lines have it.

use std::collections::BTreeMap;

use crate::unit::Property;

/// A line as it is, with the number of the string that it belongs to.
pub(crate) type KeptLine = (String, Option<usize>);

/// The flag of a translation that nobody confirmed.
const FUZZY: &str = "fuzzy";

/// A message with its translations.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) line: u64,
    pub(crate) obsolete: bool,
    pub(crate) context: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) plural: Option<String>,
    /// Translations by their number; the one without is 0.
    pub(crate) strings: BTreeMap<usize, String>,
    pub(crate) notes: Vec<String>,
    pub(crate) properties: Vec<Property>,
    pub(crate) bytes: usize,
    /// Its lines, where they are asked for.
    pub(crate) lines: Vec<KeptLine>,
}

/// Which of an entry's strings the lines to come go on with.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    Context,
    Id,
    Plural,
    String(usize),
    /// The message as it was before, or the name of a domain.
    PassedOver,
}

impl Entry {
    pub(crate) fn field(&mut self, field: Field) -> Option<&mut String> {
        match field {
            Field::Context => Some(self.context.get_or_insert_default()),
            Field::Id => Some(self.id.get_or_insert_default()),
            Field::Plural => Some(self.plural.get_or_insert_default()),
            Field::String(n) => Some(self.strings.entry(n).or_default()),
            Field::PassedOver => None,
        }
    }

    pub(crate) fn has(&self, field: Field) -> bool {
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
    pub(crate) fn message(&self, string: usize) -> &str {
        let of_one = if self.strings.len() == 6 { 1 } else { 0 };
        let id = self.id.as_deref().unwrap_or_default();
        match &self.plural {
            Some(plural) if string != of_one || self.strings.len() == 1 => plural,
            _ => id,
        }
    }

    pub(crate) fn is_header(&self) -> bool {
        self.id.as_deref() == Some("") && self.context.is_none()
    }

    pub(crate) fn is_fuzzy(&self) -> bool {
        let flags = self.properties.iter().filter(|p| p.name == "po:flag");
        flags.flat_map(|p| p.value.split([',', ' ', '\t', '\n'])).any(|flag| flag == FUZZY)
    }

    pub(crate) fn comment(&mut self, line: &str) {
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

/// Properties that hold what PO has and a unit has no field for, and what marks their comments.
pub(crate) const COMMENTS: [(&str, &str); 3] =
    [("po:extracted-comment", "#."), ("po:reference", "#:"), ("po:flag", "#,")];
