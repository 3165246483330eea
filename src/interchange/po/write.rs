//! Writes gettext catalogues.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, Write},
};

use icu_plurals::PluralCategory;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    changed_message::{ChangedMessage, MessageTexts},
    entry::{COMMENT_PROPERTIES, FLAG_PROPERTY, FUZZY, has_fuzzy, without_fuzzy},
    plural_role::{PLAIN, PluralRole},
    plurals::formula_of,
    quoted,
    strings::message_key,
};
use crate::{
    interchange::contract::{MemoryHead, WriteLosses, WriteUnits},
    locale::Locale,
    unit::{Origin, Property, Provenance, ReviewState, UnitDraft, Variant},
};

/// Maximum number of messages whose plural forms are not complete yet. If there are more, the first
/// one is written without the forms that are missing.
const MAX_OPEN_MESSAGES: usize = 10_000;

/// Maximum number of fuzzy entries that wait for the end of the file. If there are more, the first one is written.
const MAX_FUZZY_ENTRIES: usize = 10_000;

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
    /// Fuzzy entries, which are written after all others. A message may have several translations, and if one of them
    /// is confirmed, it is that of the message.
    fuzzy_entries: VecDeque<FuzzyEntry>,
}

/// A fuzzy entry that is not written yet.
enum FuzzyEntry {
    Plain(Box<(UnitDraft, Option<ChangedMessage>)>),
    Plural(PluralMessage),
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

    /// Returns true if nobody has confirmed one of its forms. An entry has one flag for all of them.
    fn is_unconfirmed(&self) -> bool {
        self.forms.iter().any(|(_, unit)| is_unconfirmed(unit))
    }

    fn texts(&self, context: Option<String>) -> MessageTexts {
        MessageTexts { context, id: self.id.clone(), plural: Some(self.plural.clone()) }
    }

    /// Returns the message to which it has changed, if its forms are still those of the former one.
    fn change(&self) -> Option<ChangedMessage> {
        let mut unconfirmed = self.forms.iter().filter(|(_, unit)| is_unconfirmed(unit));
        unconfirmed.find_map(|(_, unit)| {
            let former = self.texts(unit.context.id.clone());
            let mut changes = unit.properties.iter().filter_map(ChangedMessage::of_property);
            changes.find(|changed| changed.former == former && changed.current.plural.is_some())
        })
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
            fuzzy_entries: VecDeque::new(),
        })
    }

    fn string(&mut self, keyword: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{keyword} {}", quoted(text))
    }

    /// Writes the notes and comments of a unit, and the flag of an entry that is fuzzy. Returns true if everything is
    /// written but the properties that `is_written_elsewhere`.
    fn comments(
        &mut self,
        unit: &UnitDraft,
        is_fuzzy: bool,
        is_written_elsewhere: impl Fn(&Property) -> bool,
    ) -> io::Result<bool> {
        let mut whole = true;
        let mut flag = is_fuzzy.then_some(FUZZY);
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
                    let mut value = property.value.clone();
                    if *name == FLAG_PROPERTY {
                        // The review state of the unit decides.
                        whole &= !has_fuzzy(&value);
                        value = without_fuzzy(&value);
                        value = flag.take().map_or(value.clone(), |flag| format!("{flag}, {value}"));
                    }
                    let mut lines = value.split('\n').filter(|line| !line.is_empty());
                    lines.try_for_each(|line| writeln!(self.out, "{mark} {line}"))?;
                }
                _ => whole = false,
            }
        }
        flag.into_iter().try_for_each(|flag| writeln!(self.out, "#, {flag}"))?;
        Ok(whole)
    }

    /// Writes the former message of an entry that has changed.
    fn former_message(&mut self, former: &MessageTexts) -> io::Result<()> {
        former.lines("#| ", quoted).iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }

    /// Writes the context of a message and its `msgid`. Returns false if another message has both, so that
    /// this one gets a context of its own.
    fn message_id(&mut self, context: Option<&str>, id: &str) -> io::Result<bool> {
        let is_new = self.written_messages.insert(message_key(context, id));
        let mut context = context.map(str::to_owned);
        if !is_new {
            let start = context.unwrap_or_default();
            let mut numbered = (self.number..).map(|number| format!("{start}#{number}"));
            context = numbered.find(|own| self.written_messages.insert(message_key(Some(own), id)));
        }
        if let Some(context) = &context {
            self.string("msgctxt", context)?;
        }
        self.string("msgid", id)?;
        Ok(is_new)
    }

    /// Returns a change, unless the catalogue has the current message already, so that the entry is that of the former
    /// one.
    fn writable_change(&self, changed: Option<ChangedMessage>) -> Option<ChangedMessage> {
        changed.filter(|changed| {
            let key = message_key(changed.current.context.as_deref(), &changed.current.id);
            !self.written_messages.contains(&key)
        })
    }

    /// Writes a unit as a message without plural forms. Returns true if nothing is lost.
    fn plain_message(
        &mut self,
        unit: &UnitDraft,
        changed: Option<ChangedMessage>,
        is_written_elsewhere: impl Fn(&Property) -> bool,
    ) -> io::Result<bool> {
        writeln!(self.out)?;
        let has_change = changed.is_some();
        let changed = self.writable_change(changed);
        let mut whole = changed.is_some() == has_change;
        whole &= self.comments(unit, is_unconfirmed(unit), |property| {
            is_written_elsewhere(property)
                || changed.is_some() && ChangedMessage::of_property(property).is_some()
        })?;
        let own = unit.source.segment.text.as_str();
        let (context, id) = match &changed {
            Some(ChangedMessage { former, current }) => {
                self.former_message(former)?;
                (current.context.as_deref(), current.id.as_str())
            }
            None => (unit.context.id.as_deref(), own),
        };
        whole &= self.message_id(context, id)?;
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

    /// Writes a message with the plural forms that have come in, or lets it wait if it is fuzzy.
    fn close_message(&mut self, number: u64) -> io::Result<()> {
        let Some(message) = self.open_messages.remove(&number) else { return Ok(()) };
        self.open_numbers.remove(&message.key);
        if message.is_unconfirmed() {
            return self.defer(FuzzyEntry::Plural(message));
        }
        self.plural_message(&message)
    }

    fn plural_message(&mut self, message: &PluralMessage) -> io::Result<()> {
        // A unit that belongs to several messages may have the comments of another one.
        let of_others = |unit: &UnitDraft| unit.properties.iter().filter(|p| is_plural_property(p)).count();
        let Some((_, first)) = message.forms.iter().min_by_key(|(_, unit)| of_others(unit)) else {
            return Ok(());
        };
        writeln!(self.out)?;
        let (is_fuzzy, changed) = (message.is_unconfirmed(), message.change());
        let (changed, has_change) = (self.writable_change(changed.clone()), changed.is_some());
        let comments = self.comments(first, is_fuzzy, |property| {
            is_plural_property(property)
                || changed.is_some() && ChangedMessage::of_property(property).is_some()
        })?;
        let own = message.texts(first.context.id.clone());
        let texts = match &changed {
            Some(ChangedMessage { former, current }) => {
                self.former_message(former)?;
                current
            }
            None => &own,
        };
        let is_new = self.message_id(texts.context.as_deref(), &texts.id)?;
        self.string("msgid_plural", texts.plural.as_deref().unwrap_or_default())?;
        for (form, category) in self.categories.clone().into_iter().enumerate() {
            let unit = message.forms.iter().find(|(categories, _)| categories.contains(&category));
            let text = unit.map_or("", |(_, unit)| unit.target.segment.text.as_str());
            self.string(&format!("msgstr[{form}]"), text)?;
        }
        for (_, unit) in &message.forms {
            let whole = comments
                && is_new
                && changed.is_some() == has_change
                && has_same_comments(first, unit)
                && is_unconfirmed(unit) == is_fuzzy
                && self.fits(unit);
            self.losses.partial += u64::from(!whole);
        }
        Ok(())
    }

    /// Lets a fuzzy entry wait for the end of the file.
    fn defer(&mut self, entry: FuzzyEntry) -> io::Result<()> {
        self.fuzzy_entries.push_back(entry);
        if self.fuzzy_entries.len() > MAX_FUZZY_ENTRIES { self.fuzzy_entry() } else { Ok(()) }
    }

    /// Writes the first fuzzy entry that waits.
    fn fuzzy_entry(&mut self) -> io::Result<()> {
        match self.fuzzy_entries.pop_front() {
            Some(FuzzyEntry::Plural(message)) => self.plural_message(&message)?,
            Some(FuzzyEntry::Plain(entry)) => {
                let (unit, changed) = *entry;
                let whole = self.plain_message(&unit, changed, |property| property.name == PLAIN)?;
                self.losses.partial += u64::from(!(whole && self.fits(&unit)));
            }
            None => {}
        }
        Ok(())
    }

    /// Returns true if a PO file has a place for everything in a unit, its notes and properties aside.
    fn fits(&self, unit: &UnitDraft) -> bool {
        fits_string(&unit.source, &self.head.source)
            && fits_string(&unit.target, &self.head.target)
            && unit.external_id.is_empty()
            && unit.provenance == Provenance { review: unit.provenance.review, ..Provenance::default() }
            && unit.context.previous.is_none()
            && unit.context.following.is_none()
    }
}

/// Returns true if nobody has confirmed a translation, so that its entry is fuzzy.
fn is_unconfirmed(unit: &UnitDraft) -> bool {
    unit.provenance.review == ReviewState::Unreviewed || unit.provenance.origin == Origin::Machine
}

/// Returns the messages without plural forms whose former text is the source of a unit.
fn changes_of(unit: &UnitDraft) -> impl Iterator<Item = ChangedMessage> {
    let changes = unit.properties.iter().filter_map(ChangedMessage::of_property);
    changes.filter(|ChangedMessage { former, current }| {
        former.plural.is_none()
            && current.plural.is_none()
            && former.id == unit.source.segment.text
            && former.context == unit.context.id
    })
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
        if in_message {
            if is_plain {
                self.plain_message(unit, None, is_plural_property)?;
            }
        } else if is_unconfirmed(unit) {
            let mut changes: Vec<_> = changes_of(unit).map(Some).collect();
            if changes.is_empty() {
                changes.push(None);
            }
            for changed in changes {
                self.defer(FuzzyEntry::Plain(Box::new((unit.clone(), changed))))?;
            }
        } else {
            let whole = self.plain_message(unit, None, |property| property.name == PLAIN)? && self.fits(unit);
            self.losses.partial += u64::from(!whole);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        while let Some((first, _)) = self.open_messages.first_key_value() {
            self.close_message(*first)?;
        }
        while !self.fuzzy_entries.is_empty() {
            self.fuzzy_entry()?;
        }
        self.out.flush()?;
        Ok(self.losses)
    }
}

#[cfg(test)]
mod tests;
