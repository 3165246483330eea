//! An entry of a catalogue while its lines are parsed.

use std::collections::BTreeMap;

use super::{
    changed_message::{ChangedMessage, MessageTexts},
    plurals::PluralForm,
};
use crate::unit::Property;

/// A line as written, with the number of the translation (`msgstr[n]`) that it belongs to.
pub(crate) type EntryLine = (String, Option<usize>);

/// Maximum bytes of an entry.
pub(crate) const MAX_ENTRY_BYTES: usize = 4 << 20;

/// The flag of a translation that is not confirmed.
pub(crate) const FUZZY: &str = "fuzzy";

/// A message with its translations and comments.
#[derive(Default)]
pub(crate) struct CatalogueEntry {
    pub(crate) line: u64,
    pub(crate) obsolete: bool,
    pub(crate) context: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) plural: Option<String>,
    /// The message before it changed (`#|`).
    pub(crate) former_context: Option<String>,
    pub(crate) former_id: Option<String>,
    pub(crate) former_plural: Option<String>,
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
    FormerContext,
    FormerId,
    FormerPlural,
    /// Ignored: the name of a domain.
    Ignored,
}

impl CatalogueEntry {
    pub(crate) fn field(&mut self, field: EntryField) -> Option<&mut String> {
        match field {
            EntryField::Context => Some(self.context.get_or_insert_default()),
            EntryField::Id => Some(self.id.get_or_insert_default()),
            EntryField::Plural => Some(self.plural.get_or_insert_default()),
            EntryField::String(n) => Some(self.strings.entry(n).or_default()),
            EntryField::FormerContext => Some(self.former_context.get_or_insert_default()),
            EntryField::FormerId => Some(self.former_id.get_or_insert_default()),
            EntryField::FormerPlural => Some(self.former_plural.get_or_insert_default()),
            EntryField::Ignored => None,
        }
    }

    /// Returns the field of a former message that a keyword begins.
    pub(crate) fn former_field(&self, field: EntryField) -> EntryField {
        let former = match field {
            EntryField::Context => EntryField::FormerContext,
            EntryField::Id => EntryField::FormerId,
            EntryField::Plural => EntryField::FormerPlural,
            _ => EntryField::Ignored,
        };
        // Only the first one counts.
        if self.has(former) { EntryField::Ignored } else { former }
    }

    pub(crate) fn has(&self, field: EntryField) -> bool {
        match field {
            EntryField::Context => self.context.is_some(),
            EntryField::Id => self.id.is_some(),
            EntryField::Plural => self.plural.is_some(),
            EntryField::String(n) => self.strings.contains_key(&n),
            EntryField::FormerContext => self.former_context.is_some(),
            EntryField::FormerId => self.former_id.is_some(),
            EntryField::FormerPlural => self.former_plural.is_some(),
            EntryField::Ignored => false,
        }
    }

    /// Returns the texts of the message as it is now.
    pub(crate) fn current_texts(&self) -> MessageTexts {
        let id = self.id.clone().unwrap_or_default();
        MessageTexts { context: self.context.clone(), id, plural: self.plural.clone() }
    }

    /// Returns the message before and after its change, if the translation is still that of the former one: it is fuzzy,
    /// and the texts differ.
    pub(crate) fn changed_message(&self) -> Option<ChangedMessage> {
        let id = self.former_id.clone().filter(|id| !id.is_empty() && self.is_fuzzy())?;
        // Some tools write the context only if it changed, too.
        let context = self.former_context.clone().or_else(|| self.context.clone());
        let former = MessageTexts { context, id, plural: self.former_plural.clone() };
        let current = self.current_texts();
        (former != current).then_some(ChangedMessage { former, current })
    }

    /// Returns the properties of its units. The flag `fuzzy` is left out, because it is their review state.
    pub(crate) fn unit_properties(&self) -> Vec<Property> {
        let mut properties = self.properties.clone();
        for property in properties.iter_mut().filter(|property| property.name == FLAG_PROPERTY) {
            property.value = without_fuzzy(&property.value);
        }
        properties.retain(|property| {
            property.name != FLAG_PROPERTY || !property.value.is_empty() || !self.is_fuzzy()
        });
        properties
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
        let flags = self.properties.iter().filter(|p| p.name == FLAG_PROPERTY);
        flags.into_iter().any(|p| has_fuzzy(&p.value))
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

/// Returns the source text of a form: `msgid` for the singular form, `msgid_plural` for all others. A message without a
/// plural has only `msgid`. `forms` are the meanings of its forms.
pub(crate) fn source_of_form<'t>(
    id: &'t str,
    plural: Option<&'t str>,
    form: usize,
    forms: &[PluralForm],
) -> &'t str {
    let singular = forms.get(form).is_some_and(|form| form.singular);
    plural.filter(|_| !singular).unwrap_or(id)
}

/// The characters between flags.
const FLAG_SEPARATORS: [char; 3] = [',', ' ', '\t'];

/// Returns true if a value of [`FLAG_PROPERTY`] has the flag of a translation that is not confirmed.
pub(crate) fn has_fuzzy(flags: &str) -> bool {
    flags.lines().flat_map(|line| line.split(FLAG_SEPARATORS)).any(|flag| flag == FUZZY)
}

/// Removes the flag of a translation that is not confirmed. Lines without it stay as they are.
pub(crate) fn without_fuzzy(flags: &str) -> String {
    let lines = flags.split('\n').filter_map(|line| {
        if !has_fuzzy(line) {
            return Some(line.to_owned());
        }
        let others: Vec<&str> =
            line.split(FLAG_SEPARATORS).filter(|flag| !flag.is_empty() && *flag != FUZZY).collect();
        (!others.is_empty()).then(|| others.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The property that has the flags of a message.
pub(crate) const FLAG_PROPERTY: &str = "po:flag";

/// The comments that become properties, because a unit has no field for them: the name of the
/// property and the prefix of the comment.
pub(crate) const COMMENT_PROPERTIES: [(&str, &str); 3] =
    [("po:extracted-comment", "#."), ("po:reference", "#:"), (FLAG_PROPERTY, "#,")];
