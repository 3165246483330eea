//! Reads gettext catalogues.

use std::{collections::BTreeSet, io::Read};

use super::{
    entry::{CatalogueEntry, EntryField, EntryLine, MAX_ENTRY_BYTES},
    strings::{charset, continues, parse_strings, with_utf8_charset},
};
use crate::{
    interchange::{
        bytes::{DecodingReader, LineReader},
        contract::{FileUnit, Languages, ReadUnits},
        error::ReadError,
        problem::FilePosition,
    },
    segment::Segment,
    text::is_arabic_letter,
    unit::{Context, UnitDraft, Variant},
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
        let mut returned = BTreeSet::new();
        let mut lines = Vec::with_capacity(entry.lines.len());
        for (line, string) in &entry.lines {
            let missing = string.filter(|n| !as_it_is && entry.strings.get(n).is_some_and(String::is_empty));
            let replaced = missing.map(|n| {
                let keyword =
                    if entry.plural.is_some() { format!("msgstr[{n}]") } else { "msgstr".to_owned() };
                let source = entry.message(n);
                let same = entry.strings.keys().filter(|form| entry.message(**form) == source).count();
                returned.insert(n).then(|| MissingString {
                    keyword,
                    source: source.to_owned(),
                    shares_source: same > 1,
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
            Ok(drafts) => FileUnit { position: place, drafts, problems: Vec::new() },
            Err((reason, message)) => FileUnit::refused(place, reason, message),
        }
    }

    fn drafts(&self, entry: &CatalogueEntry) -> Result<Vec<UnitDraft>, (&'static str, String)> {
        let turned = self.is_entry_reversed(Some(entry))?;
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
        let mut drafts = Vec::new();
        for (n, translation) in entry.strings.iter().filter(|(_, text)| !text.is_empty()) {
            let message = entry.message(*n);
            let (from, to) =
                if turned { (translation.as_str(), message) } else { (message, translation.as_str()) };
            let source = Variant::new(self.languages.source.clone(), Segment::plain(from));
            let target = Variant::new(self.languages.target.clone(), Segment::plain(to));
            drafts.push(UnitDraft {
                context: Context { id: entry.context.clone(), ..Context::default() },
                properties: entry.properties.clone(),
                notes: entry.notes.clone(),
                ..UnitDraft::new(source, target)
            });
        }
        if drafts.is_empty() {
            return Err(("NO_TARGET", "msgstr is empty".to_owned()));
        }
        Ok(drafts)
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
    use super::{Languages, PoReader, ReadUnits};
    use crate::interchange::{FileUnit, ReadError};

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
