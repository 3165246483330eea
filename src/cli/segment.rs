//! `dhakira segment`: the whole input is one text, or each line is.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    exit::{CliError, Exit},
    input::{Source, TextInput, next_line, open},
    json,
    output::Output,
};
use crate::{
    interchange::read_srx,
    locale::Locale,
    text::{
        BuiltIn, Newlines, OffsetUnit, Offsets, SegmentationOptions, SrxError, SrxRules, count_words, segment,
    },
};

/// Which newlines end a segment.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NewlineMode {
    /// Every newline.
    Hard,
    /// Only those of empty lines: for text that was wrapped.
    Soft,
}

#[derive(Debug, Args)]
pub(super) struct Segment {
    /// One JSON object a segment: {"text","start","end","words"}, offsets in code points
    #[arg(long)]
    json: bool,
    /// The text's language: Arabic script has rules of its own, others are cut by UAX 29
    #[arg(long, default_value = "ar", value_name = "LOCALE", value_parser = Locale::parse)]
    locale: Locale,
    /// Cut by the rules of an SRX 2.0 file in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    srx: Option<PathBuf>,
    /// Which newlines end a segment
    #[arg(long, default_value = "hard")]
    newlines: NewlineMode,
    /// Each line is a text of its own; with --json one object a line: {"segments"}
    #[arg(long)]
    lines: bool,
    /// End a segment at ؛ and ; too
    #[arg(long)]
    break_at_semicolon: bool,
    /// End a segment at : too
    #[arg(long)]
    break_at_colon: bool,
    /// A line that ends in ، goes on in the next line
    #[arg(long, conflicts_with = "newlines")]
    join_lines_after_comma: bool,
    #[command(flatten)]
    input: TextInput,
}

/// What cuts the text.
enum Cutter {
    BuiltIn(SegmentationOptions),
    Srx(SrxRules, Newlines),
}

impl Cutter {
    fn cut(&self, text: &str) -> Result<Vec<std::ops::Range<usize>>, SrxError> {
        match self {
            Self::BuiltIn(options) => Ok(segment(text, options)),
            Self::Srx(rules, newlines) => rules.segment(text, *newlines),
        }
    }
}

impl Segment {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let cutter = self.cutter()?;
        let mut out = Output::new();
        let mut exit = Exit::Done;
        if self.lines
            && let Source::Stream(mut stream) = self.input.source()?
        {
            while let Some(line) = next_line(&mut *stream)? {
                match line {
                    Ok(line) => drop(self.tell(&cutter, &line, &mut out)?),
                    Err(_) => {
                        out.json(&json::not_utf8())?;
                        exit = Exit::Problems;
                    }
                }
            }
        } else if self.tell(&cutter, &self.input.whole()?, &mut out)? == 0 {
            exit = Exit::Nothing;
        }
        out.flush()?;
        Ok(exit)
    }

    fn cutter(&self) -> Result<Cutter, CliError> {
        let newlines = match self.newlines {
            NewlineMode::Soft => Newlines::Soft,
            NewlineMode::Hard if self.join_lines_after_comma => Newlines::AfterComma,
            NewlineMode::Hard => Newlines::Hard,
        };
        let Some(path) = &self.srx else {
            return Ok(Cutter::BuiltIn(SegmentationOptions {
                rules: BuiltIn::for_language(self.locale.as_str()),
                newlines,
                break_at_semicolon: self.break_at_semicolon,
                break_at_colon: self.break_at_colon,
            }));
        };
        let file = path.display().to_string();
        let told = |reason: &str, what: &str| CliError::Said(format!("{file}: {what} [{reason}]"));
        let document = read_srx(open(path)?).map_err(|e| told(e.reason(), &e.to_string()))?;
        let rules =
            SrxRules::new(&document, self.locale.as_str()).map_err(|e| told(e.reason(), &e.to_string()))?;
        Ok(Cutter::Srx(rules, newlines))
    }

    /// Tells the segments of a text; returns how many they are.
    fn tell(&self, cutter: &Cutter, text: &str, out: &mut Output) -> Result<usize, CliError> {
        let segments = cutter.cut(text).map_err(|e| CliError::Said(format!("{e} [{}]", e.reason())))?;
        let mut offsets = Offsets::new(text, OffsetUnit::CodePoint);
        let mut told = Vec::new();
        for range in &segments {
            let piece = text.get(range.clone()).unwrap_or_default();
            if self.json {
                let (start, end) = (offsets.of(range.start), offsets.of(range.end));
                told.push(json!({"text": piece, "start": start, "end": end, "words": count_words(piece)}));
            } else {
                // A joined segment holds newlines: one line a segment all the same.
                out.line(piece.split(['\n', '\r']).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" "))?;
            }
        }
        match (self.json, self.lines) {
            (true, true) => out.json(&json!({"segments": told}))?,
            (true, false) => told.iter().try_for_each(|segment| out.json(segment))?,
            // An empty line parts the segments of one line from those of the next.
            (false, true) => out.line("")?,
            (false, false) => {}
        }
        Ok(segments.len())
    }
}
