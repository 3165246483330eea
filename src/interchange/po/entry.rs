//! An entry of a catalogue while its lines are parsed.

use std::collections::BTreeMap;

use super::plurals::PluralForm;
use crate::unit::Property;

/// A line as written, with the number of the translation (`msgstr[n]`) that it belongs to.
pub(crate) type EntryLine = (String, Option<usize>);

/// Maximum bytes of an entry.
pub(crate) const MAX_ENTRY_BYTES: usize = 4 << 20;

/// The flag of a translation that is not confirmed.
const FUZZY: &str = "fuzzy";

/// A message with its translations and comments.
#[derive(Default)]
pub(crate) struct CatalogueEntry {
    pub(crate) line: u64,
    pub(crate) obsolete: bool,
    pub(crate) context: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) plural: Option<String>,
    /// Translations by the number of the plural form; `msgstr` without a number is 0.
    pub(crate) strings: BTreeMap<usize, String>,
    pub(crate) notes: Vec<String>,
    pub(crate) properties: Vec<Property>,
    /// The bytes of its lines, and of what its notes take beside their texts.
    pub(crate) bytes: usize,
    /// Its lines, if the reader was asked to return them.
    pub(crate) lines: Vec<EntryLine>,
}

/// The string of an entry to which the following lines belong.
#[derive(Clone, Copy)]
pub(crate) enum EntryField {
    Context,
    Id,
    Plural,
    String(usize),
    /// Ignored: a former message (`#|`), or the name of a domain.
    Ignored,
}

impl CatalogueEntry {
    pub(crate) fn field(&mut self, field: EntryField) -> Option<&mut String> {
        match field {
            EntryField::Context => Some(self.context.get_or_insert_default()),
            EntryField::Id => Some(self.id.get_or_insert_default()),
            EntryField::Plural => Some(self.plural.get_or_insert_default()),
            EntryField::String(n) => Some(self.strings.entry(n).or_default()),
            EntryField::Ignored => None,
        }
    }

    pub(crate) fn has(&self, field: EntryField) -> bool {
        match field {
            EntryField::Context => self.context.is_some(),
            EntryField::Id => self.id.is_some(),
            EntryField::Plural => self.plural.is_some(),
            EntryField::String(n) => self.strings.contains_key(&n),
            EntryField::Ignored => false,
        }
    }

    /// Returns the source text of a form: `msgid` for the singular form, `msgid_plural` for all others.
    /// A message without a plural has only `msgid`. `forms` are the meanings of its forms.
    pub(crate) fn message(&self, form: usize, forms: &[PluralForm]) -> &str {
        let singular = forms.get(form).is_some_and(|form| form.singular);
        match &self.plural {
            Some(plural) if !singular => plural,
            _ => self.id.as_deref().unwrap_or_default(),
        }
    }

    /// Returns the number of forms that the entry has, or would have if those before its last one were
    /// not missing.
    pub(crate) fn form_count(&self) -> usize {
        self.strings.last_key_value().map_or(0, |(last, _)| last + 1)
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.bytes > MAX_ENTRY_BYTES
    }

    pub(crate) fn is_header(&self) -> bool {
        self.id.as_deref() == Some("") && self.context.is_none()
    }

    pub(crate) fn is_fuzzy(&self) -> bool {
        let flags = self.properties.iter().filter(|p| p.name == "po:flag");
        flags.flat_map(|p| p.value.split([',', ' ', '\t', '\n'])).any(|flag| flag == FUZZY)
    }

    pub(crate) fn comment(&mut self, line: &str) {
        let property =
            COMMENT_PROPERTIES.iter().find_map(|(name, mark)| Some((name, line.strip_prefix(mark)?)));
        if let Some((name, value)) = property {
            let value = value.trim();
            // All comments of one kind become one property with several lines.
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
                self.bytes += size_of::<String>();
            }
        }
    }
}

/// The comments that become properties, because a unit has no field for them: the name of the
/// property and the prefix of the comment.
pub(crate) const COMMENT_PROPERTIES: [(&str, &str); 3] =
    [("po:extracted-comment", "#."), ("po:reference", "#:"), ("po:flag", "#,")];
