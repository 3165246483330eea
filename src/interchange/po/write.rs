//! Units to a gettext catalogue.

use std::io::{self, Write};

use rustc_hash::FxHashSet;

use super::{entry::COMMENTS, quoted};
use crate::{
    interchange::contract::{MemoryHead, WriteLosses, WriteUnits},
    locale::Locale,
    text::Hashed,
    unit::{Provenance, UnitDraft, Variant},
};

pub(crate) struct PoWriter<W: Write> {
    out: W,
    head: MemoryHead,
    losses: WriteLosses,
    /// Messages that were written: a catalogue has each once.
    written: FxHashSet<(u64, usize)>,
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
        Ok(Self { out, head, losses, written, number: 0 })
    }

    fn string(&mut self, keyword: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{keyword} {}", quoted(text))
    }
}

/// Says whether a comment holds a text as it is.
fn fits_comment(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\n', '\r']) && text.trim() == text
}

impl<W: Write> WriteUnits for PoWriter<W> {
    fn unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.number += 1;
        let side_is_whole = |s: &Variant, locale: &Locale| {
            s.locale == *locale && s.segment.codes.is_empty() && !s.has_metadata()
        };
        let mut whole = side_is_whole(&unit.source, &self.head.source)
            && side_is_whole(&unit.target, &self.head.target)
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
            let comment = COMMENTS.iter().find(|(name, _)| *name == property.name);
            match comment.filter(|_| property.locale.is_empty()) {
                Some((name, mark)) if property.value.split('\n').all(fits_comment) => {
                    // Several of a kind are read as one.
                    whole &= unit.properties.iter().filter(|p| p.name == *name).count() == 1;
                    property.value.split('\n').try_for_each(|line| writeln!(self.out, "{mark} {line}"))?;
                }
                _ => whole = false,
            }
        }
        let source = &unit.source.segment.text;
        let mut context = unit.context.id.clone();
        let key = |context: &Option<String>| {
            let text = format!("{}\u{4}{source}", context.as_deref().unwrap_or_default());
            (Hashed::of(&text).mixed(), text.len())
        };
        if !self.written.insert(key(&context)) {
            // Another translation of the same message.
            whole = false;
            context = Some(format!("{}#{}", context.unwrap_or_default(), self.number));
            self.written.insert(key(&context));
        }
        if let Some(context) = &context {
            self.string("msgctxt", context)?;
        }
        self.string("msgid", source)?;
        self.string("msgstr", &unit.target.segment.text)?;
        self.losses.partly += u64::from(!whole);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.out.flush()?;
        Ok(self.losses)
    }
}
