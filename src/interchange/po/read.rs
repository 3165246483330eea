//! Reads gettext catalogues.

use std::{collections::BTreeSet, io::Read, rc::Rc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    changed_message::{ChangedMessage, MessageTexts},
    entry::{CatalogueEntry, EntryField, EntryLine, MAX_ENTRY_BYTES, source_of_form},
    plural_role::{PLAIN, PluralRole},
    plurals::{PluralForm, PluralForms, formula_of},
    strings::{charset, continues, message_key, parse_strings, with_utf8_charset},
};
use crate::{
    interchange::{
        bytes::{DecodingReader, LineReader},
        contract::{FileUnit, Languages, ReadUnits},
        error::ReadError,
        problem::{FilePosition, Problem},
    },
    locale::Locale,
    segment::Segment,
    text::is_arabic_letter,
    unit::{Context, Property, Provenance, ReviewState, UnitDraft, Variant},
};

/// Maximum bytes of a line.
const MAX_LINE_BYTES: u64 = 1 << 20;

const NO_STRING: &str = "a keyword without a string after it: write \"\" for an empty one";

pub(crate) struct PoReader<R: Read> {
    lines: LineReader<R>,
    languages: Languages,
    number: u64,
    /// A line that was read but belongs to the next entry.
    pending_line: Option<String>,
    /// The language of the translations, if a header that names it has been read.
    language: Option<String>,
    /// The first entry of [`Self::next_entry_lines`] that may be translated. If the header names no
    /// language, the script of this entry decides the direction of the file.
    first: Option<CatalogueEntry>,
    /// Lines after the last entry.
    trailing: Vec<EntryLine>,
    /// The `Plural-Forms` of the header.
    plural_forms: PluralForms,
    /// The meanings of the forms of messages, by the number of forms and the direction, because
    /// working them out takes thousands of evaluations. `None` if the forms have no meaning.
    meanings: FxHashMap<(usize, bool), Option<Rc<[PluralForm]>>>,
    /// True after the remark on a formula that cannot be used.
    formula_reported: bool,
    /// Hashes of the translations of messages without plural forms, and of those with plural forms. A
    /// translation in both is one unit, which must be written as both messages again.
    plain_pairs: FxHashSet<(u64, usize)>,
    plural_pairs: FxHashSet<(u64, usize)>,
}

/// The text that a translation translates, the translation, and what it is in a message with plural
/// forms.
struct EntryTranslation<'e> {
    source: &'e str,
    text: &'e str,
    role: Option<PluralRole>,
}

/// A line as written. A line of a missing translation has `Some`, with the translation in its first line.
pub(crate) type CatalogueLine = (String, Option<Option<MissingString>>);

/// A missing translation of a message.
pub(crate) struct MissingString {
    /// The keyword that it begins with.
    pub(crate) keyword: String,
    /// The source text.
    pub(crate) source: String,
    /// True if another plural form of the message has the same source text.
    pub(crate) shares_source: bool,
    /// The meaning of the plural form, if it is known.
    pub(crate) form: Option<PluralForm>,
}

/// Returns true if a line is a comment, also one of an obsolete entry (`#~ # …`). A former message
/// (`#| …`) is not a comment.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("#~").map_or(line, str::trim_start);
    line.starts_with('#') && !line.starts_with("#|")
}

/// Returns true if a text has a letter of the Arabic script.
fn has_arabic(text: &str) -> bool {
    text.chars().any(is_arabic_letter)
}

fn line_too_long(line: u64) -> ReadError {
    let what = format!("a line of more than {MAX_LINE_BYTES} bytes: is this a PO file?");
    ReadError::BadPo { line, what }
}

impl<R: Read> PoReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        let lines = LineReader::new(DecodingReader::with_declaration(bytes, charset)?, MAX_LINE_BYTES);
        Ok(Self {
            lines,
            languages,
            number: 0,
            pending_line: None,
            language: None,
            first: None,
            trailing: Vec::new(),
            plural_forms: PluralForms::default(),
            meanings: FxHashMap::default(),
            formula_reported: false,
            plain_pairs: FxHashSet::default(),
            plural_pairs: FxHashSet::default(),
        })
    }

    fn bad(&self, what: impl Into<String>) -> ReadError {
        ReadError::BadPo { line: self.lines.line_number(), what: what.into() }
    }

    /// Returns the next line, together with the lines in which a backslash continues its string.
    fn next_line(&mut self) -> Result<Option<String>, ReadError> {
        if let Some(line) = self.pending_line.take() {
            return Ok(Some(line));
        }
        let Some(mut line) = self.lines.next_line(line_too_long)? else { return Ok(None) };
        let mut unfinished = continues(&line) && !is_comment(&line);
        while unfinished && let Some(more) = self.lines.next_line(line_too_long)? {
            line.push_str(&more);
            if line.len() > MAX_ENTRY_BYTES {
                return Err(self.too_large());
            }
            unfinished = continues(&more);
        }
        Ok(Some(line))
    }

    fn too_large(&self) -> ReadError {
        self.bad(format!("an entry of more than {MAX_ENTRY_BYTES} bytes: is this a PO file?"))
    }

    /// Reads the next entry, or returns `None` at the end of the file. With `keep`, the entry has
    /// its lines as written, and one that is too large is an error. Otherwise such an entry lacks a
    /// part of its texts.
    fn entry(&mut self, keep: bool) -> Result<Option<CatalogueEntry>, ReadError> {
        let mut entry = CatalogueEntry::default();
        let mut field: Option<EntryField> = None;
        // True after a keyword whose string has not been read yet.
        let mut bare = false;
        while let Some(whole) = self.next_line()? {
            let trimmed = whole.trim();
            let begun = entry.id.is_some() || entry.context.is_some();
            // A former message is marked `#|`, or `#~|` if it is obsolete.
            let (obsolete, line) = match trimmed.strip_prefix("#~") {
                Some(rest) => (true, rest.trim_start()),
                None => {
                    (false, trimmed.strip_prefix('#').filter(|rest| rest.starts_with('|')).unwrap_or(trimmed))
                }
            };
            // An entry also ends where the next one begins, because empty lines may be missing.
            let complete = !entry.strings.is_empty();
            let message = line.strip_prefix('|').map_or(line, str::trim_start);
            let starts = line.starts_with('#')
                || obsolete != entry.obsolete && !line.is_empty()
                || message.starts_with("domain")
                || message.starts_with("msgctxt")
                || message.starts_with("msgid") && !message.starts_with("msgid_plural");
            if bare && !message.is_empty() && !message.starts_with('"') {
                return Err(self.bad(NO_STRING));
            }
            if complete && starts {
                self.pending_line = Some(whole);
                return Ok(Some(entry));
            }
            if keep {
                entry.bytes += whole.len() + size_of::<EntryLine>();
            } else if !line.is_empty() {
                entry.bytes += whole.len();
            }
            if keep && entry.is_too_large() {
                return Err(self.too_large());
            }
            if line.is_empty() {
                entry.lines.extend(keep.then_some((whole, None)));
                continue;
            }
            if entry.line == 0 {
                entry.line = self.lines.line_number();
            }
            if line.starts_with('#') {
                if begun {
                    return Err(self.bad("a comment inside an entry: move it before msgid"));
                }
                if !obsolete && !entry.is_too_large() {
                    entry.comment(line);
                }
                entry.lines.extend(keep.then_some((whole, None)));
                continue;
            }
            entry.obsolete |= obsolete;
            let (line, former) = match line.strip_prefix('|') {
                Some(rest) => (rest.trim_start(), true),
                None => (line, false),
            };
            let mut strings = line;
            if !line.starts_with('"') {
                let keyword = line.split(['"', ' ', '\t', '\\']).next().unwrap_or(line);
                strings = line.get(keyword.len()..).unwrap_or_default();
                // For other tools these are comments, so nothing in them is an error.
                let known = if former {
                    self.keyword(keyword).unwrap_or(EntryField::Ignored)
                } else {
                    self.keyword(keyword)?
                };
                field = Some(match known {
                    field if former => entry.former_field(field),
                    EntryField::Ignored if begun => {
                        return Err(self.bad("'domain' inside an entry: is a msgstr missing before it?"));
                    }
                    EntryField::Ignored => {
                        // Comments before `domain` belong to it and not to the next message.
                        entry.notes.clear();
                        entry.properties.clear();
                        EntryField::Ignored
                    }
                    field if entry.has(field) => {
                        let what = format!("'{keyword}' twice in one entry: is a msgstr missing before it?");
                        return Err(self.bad(what));
                    }
                    EntryField::String(_) if entry.id.is_none() => {
                        return Err(self.bad("msgstr without a msgid before it"));
                    }
                    field => field,
                });
            }
            let text =
                parse_strings(strings).or_else(|what| if former { Ok(None) } else { Err(self.bad(what)) })?;
            bare = text.is_none() && !former;
            let Some(field) = field.or(former.then_some(EntryField::Ignored)) else {
                return Err(self.bad("a string without msgid or msgstr before it"));
            };
            let too_large = entry.is_too_large();
            if let Some(to) = entry.field(field)
                && !too_large
            {
                to.push_str(&text.unwrap_or_default());
            }
            let string = if let EntryField::String(n) = field { Some(n) } else { None };
            entry.lines.extend(keep.then_some((whole, string)));
        }
        if bare {
            return Err(self.bad(NO_STRING));
        }
        let begun = entry.id.is_some() || entry.context.is_some();
        if begun && entry.strings.is_empty() {
            return Err(self.bad("the file ends inside an entry: msgstr is missing"));
        }
        if !begun {
            self.trailing = std::mem::take(&mut entry.lines);
        }
        Ok(begun.then_some(entry))
    }

    /// Reads the lines of the next entry, and at the end the lines after the last one.
    pub(crate) fn next_entry_lines(&mut self) -> Result<Option<Vec<CatalogueLine>>, ReadError> {
        let Some(entry) = self.entry(true)? else {
            let trailing = std::mem::take(&mut self.trailing);
            let lines: Vec<CatalogueLine> = trailing.into_iter().map(|(line, _)| (line, None)).collect();
            return Ok((!lines.is_empty()).then_some(lines));
        };
        let is_header = entry.is_header();
        if is_header {
            self.header(&entry);
        }
        let as_it_is = entry.obsolete || entry.is_fuzzy() || entry.id.as_deref().is_none_or(str::is_empty);
        if !as_it_is && self.first.is_none() {
            let strings = entry.strings.clone();
            self.first = Some(CatalogueEntry { id: entry.id.clone(), strings, ..CatalogueEntry::default() });
        }
        // An unclear direction is reported at the end of the file.
        let reversed = entry.plural.is_some() && self.is_entry_reversed(Some(&entry)).unwrap_or_default();
        let forms = self.forms(&entry, reversed).unwrap_or_else(|| Rc::new([]));
        let id = entry.id.as_deref().unwrap_or_default();
        let mut returned = BTreeSet::new();
        let mut lines = Vec::with_capacity(entry.lines.len());
        for (line, string) in &entry.lines {
            let missing = string.filter(|n| !as_it_is && entry.strings.get(n).is_some_and(String::is_empty));
            let replaced = missing.map(|n| {
                let keyword =
                    if entry.plural.is_some() { format!("msgstr[{n}]") } else { "msgstr".to_owned() };
                let source_of = |form| source_of_form(id, entry.plural.as_deref(), form, &forms);
                let source = source_of(n);
                let same = entry.strings.keys().filter(|form| source_of(**form) == source).count();
                returned.insert(n).then(|| MissingString {
                    keyword,
                    source: source.to_owned(),
                    shares_source: same > 1,
                    form: forms.get(n).cloned(),
                })
            });
            lines.push((if is_header { with_utf8_charset(line) } else { line.clone() }, replaced));
        }
        Ok(Some(lines))
    }

    /// Returns true if the file translates in the opposite direction of the memory, by the entries
    /// read so far.
    pub(crate) fn is_reversed(&self) -> Result<bool, (&'static str, String)> {
        self.is_entry_reversed(self.first.as_ref())
    }

    fn header(&mut self, entry: &CatalogueEntry) {
        let header = entry.strings.get(&0).map(String::as_str).unwrap_or_default();
        let language = header.lines().find_map(|line| line.strip_prefix("Language:"));
        self.language = language.map(|l| l.trim().to_owned());
        let formula = header.lines().find_map(|line| line.strip_prefix("Plural-Forms:"));
        self.plural_forms = PluralForms::parse(formula);
        self.meanings.clear();
    }

    /// Returns the language of the translations.
    fn translation_language(&self, reversed: bool) -> Locale {
        let named = self.language.as_deref().and_then(|name| self.languages.parse_locale(name).ok());
        let own = if reversed { &self.languages.source } else { &self.languages.target };
        named.unwrap_or_else(|| own.clone())
    }

    /// Returns the meanings of the forms of a message: none if it has no plural, `None` if its forms
    /// have no meaning, because there is no formula for so many.
    fn forms(&mut self, entry: &CatalogueEntry, reversed: bool) -> Option<Rc<[PluralForm]>> {
        let count = entry.form_count();
        if entry.plural.is_none() {
            return Some(Rc::new([]));
        }
        if let Some(known) = self.meanings.get(&(count, reversed)) {
            return known.clone();
        }
        let language = self.translation_language(reversed);
        let meanings = self.plural_forms.meanings(count, &language).map(Rc::from);
        self.meanings.entry((count, reversed)).or_insert(meanings).clone()
    }

    /// Returns the remark on a formula that cannot be used for a message, once in a file.
    fn formula_remark(&mut self, entry: &CatalogueEntry, place: &FilePosition) -> Option<Problem> {
        let reason = self.plural_forms.unusable_for(entry.form_count()).filter(|_| entry.plural.is_some())?;
        if std::mem::replace(&mut self.formula_reported, true) {
            return None;
        }
        let message = format!(
            "the header's Plural-Forms cannot be used: {reason}; the forms are read in the order of the language, here and below"
        );
        Some(Problem::remark(place, "BAD_PLURAL_FORMS", message))
    }

    fn keyword(&self, keyword: &str) -> Result<EntryField, ReadError> {
        match keyword {
            "domain" => Ok(EntryField::Ignored),
            "msgctxt" => Ok(EntryField::Context),
            "msgid" => Ok(EntryField::Id),
            "msgid_plural" => Ok(EntryField::Plural),
            "msgstr" => Ok(EntryField::String(0)),
            other => {
                let number = other.strip_prefix("msgstr[").and_then(|n| n.strip_suffix(']'));
                number.and_then(|n| n.parse().ok()).filter(|n| *n < 10).map(EntryField::String).ok_or_else(|| {
                    self.bad(format!(
                        "'{}' is not a keyword of PO: write msgctxt, msgid, msgid_plural, msgstr or a comment",
                        other.chars().take(40).collect::<String>()
                    ))
                })
            }
        }
    }

    fn unit(&mut self, entry: &CatalogueEntry) -> FileUnit {
        self.number += 1;
        let place = FilePosition { line: entry.line, unit: format!("#{}", self.number) };
        if entry.is_too_large() {
            let message = format!("the entry has more than {MAX_ENTRY_BYTES} bytes: make several of it");
            return FileUnit::refused(place, "UNIT_TOO_LARGE", message);
        }
        match self.drafts(entry) {
            Ok(drafts) => {
                let problems = self.formula_remark(entry, &place).into_iter().collect();
                FileUnit { position: place, drafts, problems }
            }
            Err((reason, message)) => FileUnit::refused(place, reason, message),
        }
    }

    fn drafts(&mut self, entry: &CatalogueEntry) -> Result<Vec<UnitDraft>, (&'static str, String)> {
        let reversed = self.is_entry_reversed(Some(entry))?;
        if entry.obsolete {
            return Err(("OBSOLETE", "the entry is marked obsolete (#~)".to_owned()));
        }
        let id = entry.id.as_deref().unwrap_or_default();
        if id.is_empty() {
            return Err(("NO_SOURCE", "msgid is empty".to_owned()));
        }
        let changed = entry.changed_message();
        // The translation of a message that has changed is that of the former one.
        let message =
            changed.as_ref().map_or_else(|| entry.current_texts(), |changed| changed.former.clone());
        let translations = self.translations(entry, &message, reversed)?;
        if translations.is_empty() {
            return Err(("NO_TARGET", "msgstr is empty".to_owned()));
        }
        let review = if entry.is_fuzzy() { ReviewState::Unreviewed } else { ReviewState::Confirmed };
        // A message that got or lost its plural cannot be written with the forms of the other one.
        let of_change = changed.as_ref().filter(|c| c.former.plural.is_some() == c.current.plural.is_some());
        let of_change = of_change.and_then(ChangedMessage::to_property);
        let drafts = translations.into_iter().map(|translation| {
            let EntryTranslation { source, text, role } = translation;
            let (from, to) = if reversed { (text, source) } else { (source, text) };
            let mut properties = entry.unit_properties();
            properties.extend(role.as_ref().and_then(|role| role.to_property(message.context.as_deref())));
            properties.extend(of_change.clone());
            if self.is_in_both(message.context.as_deref(), source, text, role.is_some()) {
                let (name, value) = (PLAIN.to_owned(), "yes".to_owned());
                properties.push(Property { name, value, locale: String::new() });
            }
            UnitDraft {
                context: Context { id: message.context.clone(), ..Context::default() },
                provenance: Provenance { review, ..Provenance::default() },
                properties,
                notes: entry.notes.clone(),
                ..UnitDraft::new(
                    Variant::new(self.languages.source.clone(), Segment::plain(from)),
                    Variant::new(self.languages.target.clone(), Segment::plain(to)),
                )
            }
        });
        Ok(drafts.collect())
    }

    /// Returns the translations of an entry that are not empty. Forms with the same text are one
    /// translation, because they are one unit. For example, many Arabic catalogues have the same text
    /// for 3 and for 100.
    fn translations<'e>(
        &mut self,
        entry: &'e CatalogueEntry,
        message: &'e MessageTexts,
        reversed: bool,
    ) -> Result<Vec<EntryTranslation<'e>>, (&'static str, String)> {
        let Some(forms) = self.forms(entry, reversed) else {
            let language = self.translation_language(reversed);
            let example =
                formula_of(&language).map_or("nplurals=2; plural=(n != 1);", |(written, _)| written);
            let message = format!(
                "the header has no Plural-Forms for {} forms, so their meaning is not known: add a line like 'Plural-Forms: {example}'",
                entry.form_count()
            );
            return Err(("NO_PLURAL_FORMS", message));
        };
        let plural = message.plural.as_deref().filter(|_| entry.plural.is_some());
        let mut translations: Vec<EntryTranslation<'e>> = Vec::new();
        for (number, text) in entry.strings.iter().filter(|(_, text)| !text.is_empty()) {
            let source = source_of_form(&message.id, plural, *number, &forms);
            let categories = forms.get(*number).map(|form| form.categories.as_slice()).unwrap_or_default();
            match translations.iter_mut().find(|known| known.source == source && known.text == *text) {
                Some(known) => known.role.iter_mut().for_each(|role| role.categories.extend(categories)),
                None => {
                    let role = plural.map(|plural| PluralRole {
                        categories: categories.to_vec(),
                        id: message.id.clone(),
                        plural: plural.to_owned(),
                    });
                    translations.push(EntryTranslation { source, text, role });
                }
            }
        }
        Ok(translations)
    }

    /// Records a pair of texts, and returns true if the file has it both with and without plural forms.
    fn is_in_both(&mut self, context: Option<&str>, source: &str, text: &str, plural: bool) -> bool {
        let pair = message_key(context, &format!("{source}\u{4}{text}"));
        let (own, other) = if plural {
            (&mut self.plural_pairs, &self.plain_pairs)
        } else {
            (&mut self.plain_pairs, &self.plural_pairs)
        };
        own.insert(pair);
        other.contains(&pair)
    }

    /// Returns true if the file translates in the opposite direction of the memory. If the header
    /// names no language, the script of `entry` decides, provided that one of the memory's
    /// languages is Arabic.
    fn is_entry_reversed(&self, entry: Option<&CatalogueEntry>) -> Result<bool, (&'static str, String)> {
        let Some(name) = self.language.as_deref().filter(|l| !l.is_empty()) else {
            let (source, target) = (&self.languages.source, &self.languages.target);
            if [source, target].iter().all(|l| l.language() != "ar") {
                return Ok(false);
            }
            let message = entry.and_then(|e| e.id.as_deref()).is_some_and(has_arabic);
            let translation = entry.is_some_and(|e| e.strings.values().any(|text| has_arabic(text)));
            let missing = entry.is_none_or(|e| e.strings.values().all(String::is_empty));
            return match (message, translation) {
                (true, false) => Ok(target.language() == "ar"),
                (false, true) => Ok(source.language() == "ar"),
                (false, false) if missing => Ok(source.language() == "ar"),
                _ => {
                    let what = "the header has no Language and the script is not clear: add a line like 'Language: ar'";
                    Err(("NO_LANGUAGE", what.to_owned()))
                }
            };
        };
        let language = self
            .languages
            .parse_locale(name)
            .map_err(|e| ("BAD_LOCALE", format!("the header's Language: {e}")))?;
        if language.has_same_language(&self.languages.target) {
            Ok(false)
        } else if language.has_same_language(&self.languages.source) {
            Ok(true)
        } else {
            let message = format!(
                "the translations are in {language}, the memory is {} > {}",
                self.languages.source, self.languages.target
            );
            Err(("OTHER_LANGUAGES", message))
        }
    }
}

impl<R: Read> ReadUnits for PoReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        while let Some(entry) = self.entry(false)? {
            if !entry.is_header() || entry.is_too_large() {
                return Ok(Some(self.unit(&entry)));
            }
            self.header(&entry);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
