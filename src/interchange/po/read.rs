//! Reads gettext catalogues.

use std::{collections::BTreeSet, io::Read, rc::Rc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    entry::{CatalogueEntry, EntryField, EntryLine, MAX_ENTRY_BYTES},
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
    unit::{Context, Property, UnitDraft, Variant},
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
    message: &'e str,
    text: &'e str,
    role: Option<PluralRole>,
}

/// A line as written. A line of a missing translation has `Some`, with the keyword and the source
/// text in the first line of that translation.
pub(crate) type CatalogueLine = (String, Option<Option<(String, String)>>);

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
            let (obsolete, line) = match trimmed.strip_prefix("#~") {
                Some(rest) => (true, rest.trim_start()),
                None => (false, trimmed),
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
                field = Some(match self.keyword(keyword)? {
                    _ if former => EntryField::Ignored,
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
            let text = parse_strings(strings).map_err(|what| self.bad(what))?;
            bare = text.is_none();
            let Some(field) = field else {
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
        let mut returned = BTreeSet::new();
        let mut lines = Vec::with_capacity(entry.lines.len());
        for (line, string) in &entry.lines {
            let missing = string.filter(|n| !as_it_is && entry.strings.get(n).is_some_and(String::is_empty));
            let replaced = missing.map(|n| {
                let keyword =
                    if entry.plural.is_some() { format!("msgstr[{n}]") } else { "msgstr".to_owned() };
                returned.insert(n).then(|| (keyword, entry.message(n, &forms).to_owned()))
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
        if entry.is_fuzzy() {
            return Err(("NOT_CONFIRMED", "the translation is marked fuzzy".to_owned()));
        }
        let id = entry.id.as_deref().unwrap_or_default();
        if id.is_empty() {
            return Err(("NO_SOURCE", "msgid is empty".to_owned()));
        }
        let translations = self.translations(entry, reversed)?;
        if translations.is_empty() {
            return Err(("NO_TARGET", "msgstr is empty".to_owned()));
        }
        let drafts = translations.into_iter().map(|translation| {
            let EntryTranslation { message, text, role } = translation;
            let (from, to) = if reversed { (text, message) } else { (message, text) };
            let source = Variant::new(self.languages.source.clone(), Segment::plain(from));
            let target = Variant::new(self.languages.target.clone(), Segment::plain(to));
            let mut properties = entry.properties.clone();
            properties.extend(role.as_ref().and_then(|role| role.to_property(entry.context.as_deref())));
            if self.is_in_both(entry, message, text, role.is_some()) {
                let (name, value) = (PLAIN.to_owned(), "yes".to_owned());
                properties.push(Property { name, value, locale: String::new() });
            }
            UnitDraft {
                context: Context { id: entry.context.clone(), ..Context::default() },
                properties,
                notes: entry.notes.clone(),
                ..UnitDraft::new(source, target)
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
        reversed: bool,
    ) -> Result<Vec<EntryTranslation<'e>>, (&'static str, String)> {
        let Some(forms) = self.forms(entry, reversed) else {
            let language = self.translation_language(reversed);
            let example = formula_of(&language).map_or("nplurals=2; plural=(n != 1);", |(written, _)| written);
            let message = format!(
                "the header has no Plural-Forms for {} forms, so their meaning is not known: add a line like 'Plural-Forms: {example}'",
                entry.form_count()
            );
            return Err(("NO_PLURAL_FORMS", message));
        };
        let mut translations: Vec<EntryTranslation<'e>> = Vec::new();
        for (number, text) in entry.strings.iter().filter(|(_, text)| !text.is_empty()) {
            let message = entry.message(*number, &forms);
            let categories = forms.get(*number).map(|form| form.categories.as_slice()).unwrap_or_default();
            match translations.iter_mut().find(|known| known.message == message && known.text == *text) {
                Some(known) => known.role.iter_mut().for_each(|role| role.categories.extend(categories)),
                None => {
                    let role = entry.plural.as_ref().map(|plural| PluralRole {
                        categories: categories.to_vec(),
                        id: entry.id.clone().unwrap_or_default(),
                        plural: plural.clone(),
                    });
                    translations.push(EntryTranslation { message, text, role });
                }
            }
        }
        Ok(translations)
    }

    /// Records a pair of texts, and returns true if the file has it both with and without plural forms.
    fn is_in_both(&mut self, entry: &CatalogueEntry, message: &str, text: &str, plural: bool) -> bool {
        let pair = message_key(entry.context.as_deref(), &format!("{message}\u{4}{text}"));
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
mod tests {
    use super::{Languages, PluralRole, PoReader, ReadUnits};
    use crate::interchange::{FileUnit, ReadError, po::plurals::category_names};

    fn read(file: &[u8]) -> Result<Vec<FileUnit>, ReadError> {
        let mut reader = PoReader::new(file, Languages::default())?;
        std::iter::from_fn(|| reader.next_unit().transpose()).collect()
    }

    fn texts(unit: &FileUnit) -> Vec<(&str, &str)> {
        unit.drafts.iter().map(|d| (d.source.segment.text.as_str(), d.target.segment.text.as_str())).collect()
    }

    const HEADER: &str =
        "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Language: ar_EG\\n\"\n\n";

    #[test]
    fn messages_are_units_and_the_header_reverses_them() {
        let file = format!(
            "{HEADER}# note\n#. for the button\n#: a.c:1\n#, c-format\n#| msgid \"Yess\"\nmsgctxt \"menu\"\nmsgid \"\"\n\"Yes, \\\"%s\\\"\\n\"\n\"more\"\nmsgstr \"نعم\"\n#, fuzzy\nmsgid \"No\"\nmsgstr \"لا\"\n\nmsgid \"Maybe\"\nmsgstr \"\"\n#~ msgid \"Old\"\n#~ msgstr \"قديم\"\n"
        );
        let units = read(file.as_bytes()).unwrap();
        assert_eq!(texts(&units[0]), [("نعم", "Yes, \"%s\"\nmore")]);
        let draft = &units[0].drafts[0];
        assert_eq!(
            (draft.context.id.as_deref(), draft.notes.as_slice()),
            (Some("menu"), &["note".to_owned()][..])
        );
        let properties: Vec<_> =
            draft.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
        assert_eq!(
            properties,
            [("po:extracted-comment", "for the button"), ("po:reference", "a.c:1"), ("po:flag", "c-format")]
        );
        let reasons: Vec<_> =
            units.iter().map(|u| (u.position.line, u.problems.first().map(|p| p.reason))).collect();
        assert_eq!(
            reasons,
            [(6, None), (16, Some("NOT_CONFIRMED")), (20, Some("NO_TARGET")), (22, Some("OBSOLETE"))]
        );
    }

    #[test]
    fn plural_forms_are_units() {
        let file = format!(
            "{HEADER}msgid \"one file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"لا ملفات\"\nmsgstr[1] \"ملف واحد\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"ملفات\"\nmsgstr[4] \"ملفا\"\nmsgstr[5] \"\"\n"
        );
        assert_eq!(
            texts(&read(file.as_bytes()).unwrap()[0]),
            [
                ("لا ملفات", "%d files"),
                ("ملف واحد", "one file"),
                ("ملفان", "%d files"),
                ("ملفات", "%d files"),
                ("ملفا", "%d files")
            ]
        );
        let english = "msgid \"ملف\"\nmsgid_plural \"ملفات\"\nmsgstr[0] \"file\"\nmsgstr[1] \"files\"\n";
        assert_eq!(texts(&read(english.as_bytes()).unwrap()[0]), [("ملف", "file"), ("ملفات", "files")]);
    }

    /// Returns a catalogue of one message, whose forms are named after the counts that they are for.
    fn six_forms(plural_forms: &str, forms: [&str; 6]) -> String {
        let mut file = format!("{HEADER}msgid \"a day\"\nmsgid_plural \"%d days\"\n")
            .replace("\n\n", &format!("\n\"Plural-Forms: {plural_forms}\\n\"\n\n"));
        for (number, form) in forms.iter().enumerate() {
            file.push_str(&format!("msgstr[{number}] \"{form}\"\n"));
        }
        file
    }

    const STANDARD: &str =
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;";

    #[test]
    fn the_formula_decides_which_form_is_the_singular() {
        let drupal =
            "nplurals=6; plural=((n==1)?(0):((n==0)?(1):((n==2)?(2):((((n%100)>=3)&&((n%100)<=10))?(3):((((n%100)>=11)&&((n%100)<=99))?(4):5)))));";
        let reversed = "nplurals=6; plural=n==0 ? 5 : n==1 ? 4 : n==2 ? 3 : n%100>=3 && n%100<=10 ? 2 : n%100>=11 ? 1 : 0;";
        let expected = [
            ("عدم", "%d days", "zero"),
            ("يوم", "a day", "one"),
            ("يومان", "%d days", "two"),
            ("أيام", "%d days", "few"),
            ("يوما", "%d days", "many"),
            ("يوم ما", "%d days", "other"),
        ];
        for (formula, order) in
            [(STANDARD, [0, 1, 2, 3, 4, 5]), (drupal, [1, 0, 2, 3, 4, 5]), (reversed, [5, 4, 3, 2, 1, 0])]
        {
            let file = six_forms(formula, order.map(|n| expected[n].0));
            let unit = &read(file.as_bytes()).unwrap()[0];
            assert_eq!(unit.problems, []);
            let mut found: Vec<_> = unit
                .drafts
                .iter()
                .map(|d| {
                    let role = d.properties.iter().find_map(PluralRole::of_property).unwrap();
                    let names = category_names(&role.categories);
                    (d.source.segment.text.as_str(), d.target.segment.text.as_str(), names)
                })
                .collect();
            found.sort_by_key(|(_, _, names)| expected.iter().position(|(.., known)| known == names));
            let expected = expected.map(|(from, to, names)| (from, to, names.to_owned()));
            assert_eq!(found, expected, "{formula}");
        }
    }

    #[test]
    fn forms_with_one_text_are_one_unit() {
        let file = six_forms(STANDARD, ["أيام", "يوم", "يومان", "أيام", "أيام", "أيام"]);
        let unit = &read(file.as_bytes()).unwrap()[0];
        assert_eq!(texts(unit), [("أيام", "%d days"), ("يوم", "a day"), ("يومان", "%d days")]);
        let role = unit.drafts[0].properties.iter().find_map(PluralRole::of_property).unwrap();
        assert_eq!(category_names(&role.categories), "zero few many other");
    }

    #[test]
    fn a_formula_that_cannot_be_used_is_reported_once() {
        let forms = ["عدم", "يوم", "يومان", "أيام", "يوما", "يوم ما"];
        for formula in ["nplurals=2; plural=n != 1;", "nplurals=6; plural=x;"] {
            let file = six_forms(formula, forms) + "\nmsgid \"b\"\nmsgid_plural \"bs\"\nmsgstr[5] \"ب\"\n";
            let units = read(file.as_bytes()).unwrap();
            // The forms are those of Arabic, so the second one is the singular.
            assert_eq!(texts(&units[0])[1], ("يوم", "a day"), "{formula}");
            let reasons: Vec<Vec<_>> =
                units.iter().map(|u| u.problems.iter().map(|p| (p.reason, p.refused)).collect()).collect();
            assert_eq!(reasons, [vec![("BAD_PLURAL_FORMS", false)], vec![]], "{formula}");
        }
        // Four forms in Arabic need a formula.
        let file = format!("{HEADER}msgid \"b\"\nmsgid_plural \"bs\"\nmsgstr[3] \"ب\"\n");
        let problem = &read(file.as_bytes()).unwrap()[0].problems[0];
        assert_eq!((problem.reason, problem.refused), ("NO_PLURAL_FORMS", true));
        assert!(problem.message.contains("nplurals=6;"), "{}", problem.message);
    }

    #[test]
    fn a_header_without_a_language_leaves_it_to_the_script() {
        let units = read(
            "msgid \"yes\"\nmsgstr \"نعم\"\n\nmsgid \"لا\"\nmsgstr \"no\"\n\nmsgid \"1\"\nmsgstr \"2\"\n"
                .as_bytes(),
        )
        .unwrap();
        assert_eq!((texts(&units[0]), texts(&units[1])), (vec![("نعم", "yes")], vec![("لا", "no")]));
        assert_eq!(units[2].problems[0].reason, "NO_LANGUAGE");
    }

    #[test]
    fn bytes_as_numbers_and_former_messages_are_read() {
        let file = format!(
            "{HEADER}#: a.c:1\n#: b.c:2\nmsgid \"\\x79es\\041\"\nmsgstr \"\\331\\206\"\n#~| msgid \"older\"\n#~ msgid \"old\"\n#~ msgstr \"قديم\"\n"
        );
        let units = read(file.as_bytes()).unwrap();
        assert_eq!(texts(&units[0]), [("ن", "yes!")]);
        assert_eq!(units[0].drafts[0].properties[0].value, "a.c:1\nb.c:2");
        assert_eq!(units[1].problems[0].reason, "OBSOLETE");
    }

    #[test]
    fn the_header_names_the_character_set() {
        let mut file = b"msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=windows-1256\\n\"\n\"Language: ar\\n\"\n\nmsgid \"yes\"\nmsgstr \"".to_vec();
        file.extend([0xE4, 0xDA, 0xE3]);
        file.extend(b"\"\n");
        assert_eq!(texts(&read(&file).unwrap()[0]), [("نعم", "yes")]);
        let french = HEADER.replace("ar_EG", "fr") + "msgid \"yes\"\nmsgstr \"oui\"\n";
        assert_eq!(read(french.as_bytes()).unwrap()[0].problems[0].reason, "OTHER_LANGUAGES");
    }

    #[test]
    fn many_comments_take_no_longer_than_they_are() {
        let references = "#:\n".repeat(1 << 20);
        let file = format!("{HEADER}{references}msgid \"yes\"\nmsgstr \"نعم\"\n");
        let units = read(file.as_bytes()).unwrap();
        assert_eq!(units[0].drafts[0].properties[0].value.len(), (1 << 20) - 1);
    }

    #[test]
    fn an_entry_that_is_too_large_is_refused_and_reading_continues() {
        let line = format!("\"{}\"\n", "x".repeat(1 << 19));
        let message = |lines: usize| format!("msgid \"\"\n{}msgstr \"ن\"\n\n", line.repeat(lines));
        let units = read(format!("{HEADER}{}{}{}", message(7), message(8), message(1)).as_bytes()).unwrap();
        let outcomes: Vec<_> =
            units.iter().map(|u| (u.drafts.len(), u.problems.first().map(|p| p.reason))).collect();
        assert_eq!(outcomes, [(1, None), (0, Some("UNIT_TOO_LARGE")), (1, None)]);
    }

    #[test]
    fn flags_are_split_as_gettext_splits_them() {
        for (flags, fuzzy) in
            [("c-format fuzzy", true), (",, fuzzy", true), ("fuzzy,c-format", true), ("no-fuzzy", false)]
        {
            let units = read(format!("{HEADER}#, {flags}\nmsgid \"a\"\nmsgstr \"ا\"\n").as_bytes()).unwrap();
            assert_eq!(units[0].drafts.is_empty(), fuzzy, "{flags}");
        }
    }

    #[test]
    fn what_gettext_reads_is_read() {
        let file = format!(
            "{HEADER}# of it\ndomain \"x\"\ndomain\n\"y\"\nmsgid \"a\" \"b\"\nmsgstr\n\n\"ن\"\ndomain \"z\"\n\
             # C:\\\nmsgid \"c\\\nd\\\\\" \\\n\"e\"\nmsgstr\"ل\"\n\
             #~ #: old.c\n#~ # C:\\\n#~ msgid \"f\"\n#~ msgstr \"ف\"\n#~ #: old.c\n#~ msgid \"g\"\n#~ msgstr \"ق\"\n\
             #| msgid \"h\\\n\"\nmsgid \"i\\\r\nj\"\r\nmsgstr \"ي\"\n"
        );
        let units = read(file.as_bytes()).unwrap();
        let all: Vec<_> = units.iter().flat_map(texts).collect();
        assert_eq!(all, [("ن", "ab"), ("ل", "cd\\e"), ("ي", "ij")]);
        assert_eq!(units[0].drafts[0].notes, [""; 0]);
        let refused: Vec<_> = units.iter().filter_map(|u| u.problems.first()).map(|p| p.reason).collect();
        assert_eq!(refused, ["OBSOLETE", "OBSOLETE"]);
        let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
        let mut lines = String::new();
        while let Some(entry) = reader.next_entry_lines().unwrap() {
            lines.extend(entry.into_iter().map(|(line, _)| line));
        }
        assert_eq!(lines, file);
    }

    #[test]
    fn an_invalid_catalogue_is_an_error_with_its_line() {
        for (file, line) in [
            ("hello\n", 1),
            ("msgid \"a\"\n", 1),
            ("msgid \"a\"\nmsgstr \"b\n", 2),
            ("msgid \"a\"\nmsgstr \"b\" c\n", 2),
            ("msgid \"a\"\nmsgstr x \"b\"\n", 2),
            ("msgid \"a\"\nmsgstr\n", 2),
            ("msgid\n\nmsgstr \"b\"\n", 3),
            ("msgid \"a\"\ndomain \"x\"\nmsgstr \"b\"\n", 2),
            ("msgid \"a\\\n", 1),
            ("msgid \"a\\\n\nmsgstr \"b\"\n", 2),
            ("msgid \"a\\q\"\n", 1),
            ("\n\"a\"\n", 2),
            ("msgstr \"a\"\n", 1),
            ("msgid \"a\"\n# late\nmsgstr \"b\"\n", 2),
            ("msgid \"a\"\nmsgstr[x] \"b\"\n", 2),
            ("msgid \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", 2),
            ("msgid \"a\"\nmsgstr \"c\"\nmsgstr \"d\"\n", 3),
            ("msgid \"\\xd8\"\nmsgstr \"d\"\n", 1),
        ] {
            let error = read(file.as_bytes()).err();
            assert!(
                matches!(error, Some(ReadError::BadPo { line: l, .. }) if l == line),
                "{file}: {error:?}"
            );
        }
        assert!(read(b"").unwrap().is_empty());
    }

    #[test]
    fn empty_lines_take_no_memory() {
        let empty = "\n".repeat(1 << 18);
        let file = format!("{HEADER}{empty}msgid \"yes\"\nmsgstr \"نعم\"\n{empty}");
        let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
        assert_eq!(texts(&reader.next_unit().unwrap().unwrap()), [("نعم", "yes")]);
        assert!(reader.next_unit().unwrap().is_none());
        assert_eq!(reader.trailing.capacity(), 0);
        // If lines are returned, empty ones count towards the size of the entry.
        let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
        assert!(matches!(reader.next_entry_lines(), Err(ReadError::BadPo { .. })));
    }
}
