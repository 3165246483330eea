//! Writes gettext catalogues.

use std::io::{self, Write};

use rustc_hash::FxHashSet;

use super::{entry::COMMENT_PROPERTIES, quoted};
use crate::{
    interchange::contract::{MemoryHead, WriteLosses, WriteUnits},
    locale::Locale,
    text::RollingHash,
    unit::{Provenance, UnitDraft, Variant},
};

pub(crate) struct PoWriter<W: Write> {
    out: W,
    head: MemoryHead,
    losses: WriteLosses,
    /// The keys of messages that were written, because a catalogue must have each only once.
    written_messages: FxHashSet<(u64, usize)>,
    number: u64,
}

impl<W: Write> PoWriter<W> {
    pub(crate) fn new(mut out: W, head: &MemoryHead) -> io::Result<Self> {
        let language = head.target.as_str().replace('-', "_");
        write!(
            out,
            "msgid \"\"\nmsgstr \"\"\n\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\
             \"Content-Transfer-Encoding: 8bit\\n\"\n\"Language: {language}\\n\"\n\
             \"X-Source-Language: {}\\n\"\n\"X-Generator: Dhakira {}\\n\"\n",
            head.source,
            env!("CARGO_PKG_VERSION")
        )?;
        let (head, losses, written) = (head.clone(), WriteLosses::default(), FxHashSet::default());
        Ok(Self { out, head, losses, written_messages: written, number: 0 })
    }

    fn string(&mut self, keyword: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{keyword} {}", quoted(text))
    }
}

/// Returns true if a text is unchanged when it is written as a comment and read again.
fn fits_comment(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\n', '\r']) && text.trim() == text
}

/// Returns true if a PO file has a place for everything in a side of a unit.
fn fits_string(side: &Variant, locale: &Locale) -> bool {
    side.locale == *locale && side.segment.codes.is_empty() && !side.has_metadata()
}

/// Returns the key of a message: a hash of its context and source, and their length.
fn message_key(context: Option<&str>, source: &str) -> (u64, usize) {
    let text = format!("{}\u{4}{source}", context.unwrap_or_default());
    (RollingHash::of(&text).mixed(), text.len())
}

impl<W: Write> WriteUnits for PoWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.number += 1;
        let mut whole = fits_string(&unit.source, &self.head.source)
            && fits_string(&unit.target, &self.head.target)
            && unit.external_id.is_empty()
            && unit.provenance == Provenance::default()
            && unit.context.previous.is_none()
            && unit.context.following.is_none();
        writeln!(self.out)?;
        for note in &unit.notes {
            if fits_comment(note) {
                writeln!(self.out, "# {note}")?;
            } else {
                whole = false;
                note.lines().try_for_each(|line| writeln!(self.out, "# {line}"))?;
            }
        }
        for property in &unit.properties {
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
        let source = &unit.source.segment.text;
        let mut context = unit.context.id.clone();
        if !self.written_messages.insert(message_key(context.as_deref(), source)) {
            // Another translation of the same message gets a context of its own.
            whole = false;
            context = Some(format!("{}#{}", context.unwrap_or_default(), self.number));
            self.written_messages.insert(message_key(context.as_deref(), source));
        }
        if let Some(context) = &context {
            self.string("msgctxt", context)?;
        }
        self.string("msgid", source)?;
        self.string("msgstr", &unit.target.segment.text)?;
        self.losses.partial += u64::from(!whole);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.out.flush()?;
        Ok(self.losses)
    }
}
