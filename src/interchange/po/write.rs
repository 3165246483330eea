//! Writes gettext catalogues.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use icu_plurals::PluralCategory;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    entry::COMMENT_PROPERTIES,
    plural_role::{PLAIN, PluralRole},
    plurals::formula_of,
    quoted,
    strings::message_key,
};
use crate::{
    interchange::contract::{MemoryHead, WriteLosses, WriteUnits},
    locale::Locale,
    unit::{Property, Provenance, UnitDraft, Variant},
};

/// Maximum number of messages whose plural forms are not complete yet. If there are more, the first
/// one is written without the forms that are missing.
const MAX_OPEN_MESSAGES: usize = 10_000;

pub(crate) struct PoWriter<W: Write> {
    out: W,
    head: MemoryHead,
    losses: WriteLosses,
    /// The keys of messages that were written, because a catalogue must have each only once.
    written_messages: FxHashSet<(u64, usize)>,
    number: u64,
    /// The number of messages with plural forms that were begun.
    begun_messages: u64,
    /// The categories of the plural forms in the order of the header's formula. It is empty if no formula is
    /// known for the language. Then each form is written as a message of its own.
    categories: Vec<PluralCategory>,
    /// Messages whose plural forms are not complete yet, in the order of their first units.
    open_messages: BTreeMap<u64, PluralMessage>,
    /// Their numbers, by the keys of their contexts, `msgid` and `msgid_plural`.
    open_numbers: FxHashMap<(u64, usize), u64>,
}

/// A message with plural forms while its units come in.
struct PluralMessage {
    key: (u64, usize),
    id: String,
    plural: String,
    /// The units with the categories of the forms that they are.
    forms: Vec<(Vec<PluralCategory>, UnitDraft)>,
}

impl PluralMessage {
    fn has(&self, category: PluralCategory) -> bool {
        self.forms.iter().any(|(categories, _)| categories.contains(&category))
    }
}

impl<W: Write> PoWriter<W> {
    pub(crate) fn new(mut out: W, head: &MemoryHead) -> io::Result<Self> {
        let language = head.target.as_str().replace('-', "_");
        let (formula, categories) = formula_of(&head.target).unzip();
        let plural_forms =
            formula.map(|formula| format!("\"Plural-Forms: {formula}\\n\"\n")).unwrap_or_default();
        write!(
            out,
            "msgid \"\"\nmsgstr \"\"\n\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\
             \"Content-Transfer-Encoding: 8bit\\n\"\n\"Language: {language}\\n\"\n{plural_forms}\
             \"X-Source-Language: {}\\n\"\n\"X-Generator: Dhakira {}\\n\"\n",
            head.source,
            env!("CARGO_PKG_VERSION")
        )?;
        Ok(Self {
            out,
            head: head.clone(),
            losses: WriteLosses::default(),
            written_messages: FxHashSet::default(),
            number: 0,
            begun_messages: 0,
            categories: categories.unwrap_or_default(),
            open_messages: BTreeMap::new(),
            open_numbers: FxHashMap::default(),
        })
    }

    fn string(&mut self, keyword: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{keyword} {}", quoted(text))
    }

    /// Writes the notes and comments of a unit. Returns true if everything is written but the properties
    /// that `is_written_elsewhere`.
    fn comments(
        &mut self,
        unit: &UnitDraft,
        is_written_elsewhere: impl Fn(&Property) -> bool,
    ) -> io::Result<bool> {
        let mut whole = true;
        for note in &unit.notes {
            if fits_comment(note) {
                writeln!(self.out, "# {note}")?;
            } else {
                whole = false;
                note.lines().try_for_each(|line| writeln!(self.out, "# {line}"))?;
            }
        }
        for property in unit.properties.iter().filter(|property| !is_written_elsewhere(property)) {
            let comment = COMMENT_PROPERTIES.iter().find(|(name, _)| *name == property.name);
            match comment.filter(|_| property.locale.is_empty()) {
                Some((name, mark)) if property.value.split('\n').all(fits_comment) => {
                    // The reader joins several comments of one kind into one property.
                    whole &= unit.properties.iter().filter(|p| p.name == *name).count() == 1;
                    property.value.split('\n').try_for_each(|line| writeln!(self.out, "{mark} {line}"))?;
                }
                _ => whole = false,
            }
        }
        Ok(whole)
    }

    /// Writes the context of a message and its `msgid`. Returns false if another message has both, so that
    /// this one gets a context of its own.
    fn message_id(&mut self, context: Option<&str>, id: &str) -> io::Result<bool> {
        let is_new = self.written_messages.insert(message_key(context, id));
        let mut context = context.map(str::to_owned);
        if !is_new {
            context = Some(format!("{}#{}", context.unwrap_or_default(), self.number));
            self.written_messages.insert(message_key(context.as_deref(), id));
        }
        if let Some(context) = &context {
            self.string("msgctxt", context)?;
        }
        self.string("msgid", id)?;
        Ok(is_new)
    }

    /// Writes a unit as a message without plural forms. Returns true if nothing is lost.
    fn plain_message(
        &mut self,
        unit: &UnitDraft,
        is_written_elsewhere: impl Fn(&Property) -> bool,
    ) -> io::Result<bool> {
        writeln!(self.out)?;
        let mut whole = self.comments(unit, is_written_elsewhere)?;
        whole &= self.message_id(unit.context.id.as_deref(), &unit.source.segment.text)?;
        self.string("msgstr", &unit.target.segment.text)?;
        Ok(whole)
    }

    /// Returns what a unit is in messages with plural forms that can be written: its source is one of the
    /// message's texts, and it has categories of the header's formula. For example, this is not so if the
    /// memory has the languages of the imported catalogue in reverse.
    fn roles(&self, unit: &UnitDraft) -> Vec<PluralRole> {
        let source = &unit.source.segment.text;
        let roles = unit.properties.iter().filter_map(PluralRole::of_property);
        let written = roles.filter(|role| {
            (role.id == *source || role.plural == *source)
                && role.categories.iter().all(|category| self.categories.contains(category))
        });
        written.collect()
    }

    /// Adds a unit to a message with plural forms, and writes the message if it is complete. Returns false
    /// if another unit is the same form.
    fn add_form(&mut self, role: PluralRole, unit: &UnitDraft) -> io::Result<bool> {
        let PluralRole { categories, id, plural } = role;
        let key = message_key(unit.context.id.as_deref(), &format!("{id}\u{4}{plural}"));
        let number = *self.open_numbers.entry(key).or_insert_with(|| {
            self.begun_messages += 1;
            self.begun_messages
        });
        let message = self.open_messages.entry(number).or_insert_with(|| PluralMessage {
            key,
            id,
            plural,
            forms: Vec::new(),
        });
        if categories.iter().any(|category| message.has(*category)) {
            return Ok(false);
        }
        message.forms.push((categories, unit.clone()));
        if self.categories.iter().all(|category| message.has(*category)) {
            self.close_message(number)?;
        } else if self.open_messages.len() > MAX_OPEN_MESSAGES
            && let Some((first, _)) = self.open_messages.first_key_value()
        {
            self.close_message(*first)?;
        }
        Ok(true)
    }

    /// Writes a message with the plural forms that have come in.
    fn close_message(&mut self, number: u64) -> io::Result<()> {
        let Some(message) = self.open_messages.remove(&number) else { return Ok(()) };
        self.open_numbers.remove(&message.key);
        // A unit that belongs to several messages may have the comments of another one.
        let of_others = |unit: &UnitDraft| unit.properties.iter().filter(|p| is_plural_property(p)).count();
        let Some((_, first)) = message.forms.iter().min_by_key(|(_, unit)| of_others(unit)) else {
            return Ok(());
        };
        writeln!(self.out)?;
        let comments = self.comments(first, is_plural_property)?;
        let is_new = self.message_id(first.context.id.as_deref(), &message.id)?;
        self.string("msgid_plural", &message.plural)?;
        for (form, category) in self.categories.clone().into_iter().enumerate() {
            let unit = message.forms.iter().find(|(categories, _)| categories.contains(&category));
            let text = unit.map_or("", |(_, unit)| unit.target.segment.text.as_str());
            self.string(&format!("msgstr[{form}]"), text)?;
        }
        for (_, unit) in &message.forms {
            let whole = comments && is_new && has_same_comments(first, unit) && self.fits(unit);
            self.losses.partial += u64::from(!whole);
        }
        Ok(())
    }

    /// Returns true if a PO file has a place for everything in a unit, its notes and properties aside.
    fn fits(&self, unit: &UnitDraft) -> bool {
        fits_string(&unit.source, &self.head.source)
            && fits_string(&unit.target, &self.head.target)
            && unit.external_id.is_empty()
            && unit.provenance == Provenance::default()
            && unit.context.previous.is_none()
            && unit.context.following.is_none()
    }
}

/// Returns true if a property only has the messages with plural forms that the unit belongs to.
fn is_plural_property(property: &Property) -> bool {
    property.name == PLAIN || PluralRole::of_property(property).is_some()
}

/// Returns true if two units have the same notes, and the same properties that become comments.
fn has_same_comments(first: &UnitDraft, unit: &UnitDraft) -> bool {
    let properties = |unit: &UnitDraft| {
        let mut all: Vec<Property> =
            unit.properties.iter().filter(|p| !is_plural_property(p)).cloned().collect();
        all.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
        all
    };
    first.notes == unit.notes && properties(first) == properties(unit)
}

/// Returns true if a text is unchanged when it is written as a comment and read again.
fn fits_comment(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\n', '\r']) && text.trim() == text
}

/// Returns true if a PO file has a place for everything in a side of a unit.
fn fits_string(side: &Variant, locale: &Locale) -> bool {
    side.locale == *locale && side.segment.codes.is_empty() && !side.has_metadata()
}

impl<W: Write> WriteUnits for PoWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.number += 1;
        let mut in_message = false;
        for role in self.roles(unit) {
            in_message |= self.add_form(role, unit)?;
        }
        let is_plain = unit.properties.iter().any(|property| property.name == PLAIN);
        if !in_message {
            let whole = self.plain_message(unit, |property| property.name == PLAIN)? && self.fits(unit);
            self.losses.partial += u64::from(!whole);
        } else if is_plain {
            self.plain_message(unit, is_plural_property)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        while let Some((first, _)) = self.open_messages.first_key_value() {
            self.close_message(*first)?;
        }
        self.out.flush()?;
        Ok(self.losses)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{
        interchange::{Languages, MemoryHead, UnitFormat, UnitReader, UnitWriter, WriteLosses},
        locale::Locale,
        unit::UnitDraft,
    };

    fn english_to_arabic() -> Languages {
        Languages { source: Locale::english(), target: Locale::arabic(), ..Languages::default() }
    }

    fn read(file: &[u8]) -> Vec<UnitDraft> {
        let mut reader = UnitReader::new(UnitFormat::Po, file, &english_to_arabic()).unwrap();
        let units = std::iter::from_fn(|| reader.next_unit().unwrap());
        units.flat_map(|unit| unit.drafts).collect()
    }

    /// Returns the units of a file as a memory has them after an import: units with the same texts are one
    /// unit, with the properties of both.
    fn imported(file: &[u8]) -> Vec<UnitDraft> {
        let mut units: Vec<UnitDraft> = Vec::new();
        for unit in read(file) {
            match units.iter_mut().find(|known| known.source == unit.source && known.target == unit.target) {
                Some(known) => {
                    known.properties.retain(|p| unit.properties.iter().all(|new| new.name != p.name));
                    known.properties.extend(unit.properties);
                }
                None => units.push(unit),
            }
        }
        units
    }

    fn write(units: &[UnitDraft]) -> (String, WriteLosses) {
        let head = MemoryHead { source: Locale::english(), target: Locale::arabic() };
        let mut bytes = Vec::new();
        let mut writer = UnitWriter::new(UnitFormat::Po, &mut bytes, &head).unwrap();
        units.iter().for_each(|unit| writer.write_unit(unit).unwrap());
        let losses = writer.finish().unwrap();
        (String::from_utf8(bytes).unwrap(), losses)
    }

    const HEADER: &str = "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Language: ar\\n\"\n\"Plural-Forms: nplurals=6; plural=n==1 ? 0 : n==0 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;\\n\"\n";

    /// The entries of a written catalogue, without its header.
    fn entries(file: &str) -> Vec<&str> {
        file.split("\n\n").skip(1).map(str::trim).collect()
    }

    #[test]
    fn a_message_with_plural_forms_is_one_message_again() {
        let file = format!(
            "{HEADER}\n# note\n#, c-format\nmsgctxt \"c\"\nmsgid \"%d file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"ملف\"\nmsgstr[1] \"لا ملفات\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"%d ملفات\"\nmsgstr[4] \"%d ملفا\"\nmsgstr[5] \"%d ملف\"\n"
        );
        let (written, losses) = write(&read(file.as_bytes()));
        // The order is that of the header's formula: 0, 1, 2, …
        let expected = "# note\n#, c-format\nmsgctxt \"c\"\nmsgid \"%d file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"لا ملفات\"\nmsgstr[1] \"ملف\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"%d ملفات\"\nmsgstr[4] \"%d ملفا\"\nmsgstr[5] \"%d ملف\"";
        assert_eq!(entries(&written), [expected]);
        assert!(written.contains("\"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 :"), "{written}");
        assert_eq!(losses, WriteLosses::default());
    }

    /// A unit that is in a memory once may be the translation of several messages of its file.
    #[test]
    fn a_unit_of_several_messages_is_written_in_each() {
        let plural = |id: &str, form: &str| {
            let forms = (0..6).map(|n| format!("msgstr[{n}] \"{form}\"\n")).collect::<String>();
            format!("msgid \"{id}\"\nmsgid_plural \"days\"\n{forms}\n")
        };
        let plain = "msgid \"days\"\nmsgstr \"أيام\"\n\n";
        for file in [plural("day", "أيام") + plain, plain.to_owned() + &plural("day", "أيام")] {
            let file = format!("{HEADER}\n{file}{}", plural("one day", "أيام"));
            let units = imported(file.as_bytes());
            assert_eq!(units.len(), 3, "{units:?}");
            let (written, _) = write(&units);
            let mut found = entries(&written);
            found.sort_unstable();
            let (first, second) = (plural("day", "أيام"), plural("one day", "أيام"));
            assert_eq!(found, [first.trim(), plain.trim(), second.trim()], "{written}");
        }
    }

    #[test]
    fn forms_that_are_missing_are_empty_and_others_are_messages_of_their_own() {
        let file = format!(
            "{HEADER}\nmsgid \"day\"\nmsgid_plural \"days\"\nmsgstr[0] \"يوم\"\nmsgstr[3] \"أيام\"\n"
        );
        let mut units = read(file.as_bytes());
        let mut second = units[1].clone();
        second.target.segment.text = "أيّام".to_owned();
        units.push(second);
        let (written, losses) = write(&units);
        assert_eq!(
            entries(&written),
            [
                "msgid \"days\"\nmsgstr \"أيّام\"",
                "msgid \"day\"\nmsgid_plural \"days\"\nmsgstr[0] \"\"\nmsgstr[1] \"يوم\"\nmsgstr[2] \"\"\nmsgstr[3] \"أيام\"\nmsgstr[4] \"\"\nmsgstr[5] \"\"",
            ]
        );
        assert_eq!(losses.partial, 1);
    }

    proptest! {
        /// Whatever the texts are, and whichever forms are missing: reading a catalogue, writing it and
        /// reading it again gives the same units.
        #[test]
        fn written_messages_are_read_as_the_same_units(
            messages in prop::collection::btree_map("[a-c]", ("[a-e]", prop::collection::vec("[اب]?", 6), any::<bool>()), 0..5),
        ) {
            let mut file = HEADER.to_owned();
            for (id, (plural, forms, has_plural)) in &messages {
                file.push_str(&format!("\nmsgid \"{id}\"\n"));
                if *has_plural {
                    file.push_str(&format!("msgid_plural \"{plural}\"\n"));
                    forms.iter().enumerate().for_each(|(n, form)| file.push_str(&format!("msgstr[{n}] \"{form}\"\n")));
                } else {
                    file.push_str(&format!("msgstr \"{}\"\n", forms[0]));
                }
            }
            let sorted = |units: &[UnitDraft]| {
                let facts = units.iter().map(|unit| {
                    let properties = unit.properties.iter().filter(|p| p.name.starts_with("po:plural:"));
                    let mut properties: Vec<_> = properties.map(|p| (p.name.clone(), p.value.clone())).collect();
                    properties.sort();
                    (unit.source.segment.text.clone(), unit.target.segment.text.clone(), properties)
                });
                let mut facts: Vec<_> = facts.collect();
                facts.sort();
                facts
            };
            let units = imported(file.as_bytes());
            let (written, losses) = write(&units);
            prop_assert_eq!(losses, WriteLosses::default());
            prop_assert_eq!(sorted(&imported(written.as_bytes())), sorted(&units), "{}", written);
        }
    }
}
