//! `dhakira segment`: splits the whole input, or each line of it, into segments.

use std::{fmt::Display, path::PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{
    exit::{CliError, Exit},
    input::{InputSource, TextInput, next_line, open},
    json,
    output::StdoutWriter,
};
use crate::{
    interchange::read_srx,
    locale::Locale,
    text::{
        BuiltInRules, Newlines, OffsetConverter, OffsetUnit, SegmentationOptions, SrxError, SrxRules,
        count_words, segment,
    },
};

/// Which newlines end a segment.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NewlineMode {
    /// Every newline.
    Hard,
    /// Only newlines before an empty line; for text that is wrapped.
    Soft,
}

#[derive(Debug, Args)]
pub(super) struct SegmentArgs {
    /// Print one JSON object per segment: {"text","start","end","words"}, offsets in code points
    #[arg(long)]
    json: bool,
    /// Language of the text; Arabic script has its own rules, other languages are split by UAX 29
    #[arg(long, default_value = "ar", value_name = "LOCALE", value_parser = Locale::parse)]
    locale: Locale,
    /// SRX 2.0 file whose rules replace the built-in ones
    #[arg(long, value_name = "FILE")]
    srx: Option<PathBuf>,
    /// Which newlines end a segment
    #[arg(long, default_value = "hard")]
    newlines: NewlineMode,
    /// Treat each line as a separate text; --json then prints one object per line: {"segments"}
    #[arg(long)]
    lines: bool,
    /// Also end segments at ؛ and ;
    #[arg(long)]
    break_at_semicolon: bool,
    /// Also end segments at :
    #[arg(long)]
    break_at_colon: bool,
    /// Continue a segment in the next line if its line ends with ،
    #[arg(long, conflicts_with = "newlines")]
    join_lines_after_comma: bool,
    #[command(flatten)]
    input: TextInput,
}

/// The rules that split the text.
enum Segmenter {
    BuiltIn(SegmentationOptions),
    Srx(SrxRules, Newlines),
}

impl Segmenter {
    fn segment(&self, text: &str) -> Result<Vec<std::ops::Range<usize>>, SrxError> {
        match self {
            Self::BuiltIn(options) => Ok(segment(text, options)),
            Self::Srx(rules, newlines) => rules.segment(text, *newlines),
        }
    }
}

impl SegmentArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let cutter = self.segmenter()?;
        let mut out = StdoutWriter::new();
        let mut exit = Exit::Done;
        if self.lines
            && let InputSource::Stream(mut stream) = self.input.source()?
        {
            while let Some(line) = next_line(&mut *stream)? {
                match line {
                    Ok(line) => drop(self.print_segments(&cutter, &line, &mut out)?),
                    Err(_) => {
                        out.json(&json::not_utf8_error())?;
                        exit = Exit::Problems;
                    }
                }
            }
        } else if self.print_segments(&cutter, &self.input.read_all()?, &mut out)? == 0 {
            exit = Exit::Nothing;
        }
        out.flush()?;
        Ok(exit)
    }

    fn segmenter(&self) -> Result<Segmenter, CliError> {
        let newlines = match self.newlines {
            NewlineMode::Soft => Newlines::Soft,
            NewlineMode::Hard if self.join_lines_after_comma => Newlines::AfterComma,
            NewlineMode::Hard => Newlines::Hard,
        };
        let Some(path) = &self.srx else {
            return Ok(Segmenter::BuiltIn(SegmentationOptions {
                rules: BuiltInRules::for_language(self.locale.as_str()),
                newlines,
                break_at_semicolon: self.break_at_semicolon,
                break_at_colon: self.break_at_colon,
            }));
        };
        let file = path.display().to_string();
        let document = read_srx(open(path)?).map_err(|e| srx_error(&file, e.reason(), &e))?;
        let rules =
            SrxRules::new(&document, self.locale.as_str()).map_err(|e| srx_error(&file, e.reason(), &e))?;
        Ok(Segmenter::Srx(rules, newlines))
    }

    /// Prints the segments of a text and returns their number.
    fn print_segments(
        &self,
        cutter: &Segmenter,
        text: &str,
        out: &mut StdoutWriter,
    ) -> Result<usize, CliError> {
        let segments =
            cutter.segment(text).map_err(|e| CliError::Message(format!("{e} [{}]", e.reason())))?;
        let mut offsets = OffsetConverter::new(text, OffsetUnit::CodePoint);
        let mut values = Vec::new();
        for range in &segments {
            let piece = text.get(range.clone()).unwrap_or_default();
            if self.json {
                let (start, end) = (offsets.convert(range.start), offsets.convert(range.end));
                values.push(json!({"text": piece, "start": start, "end": end, "words": count_words(piece)}));
            } else {
                // A segment can contain newlines, but is printed on one line.
                out.line(piece.split(['\n', '\r']).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" "))?;
            }
        }
        match (self.json, self.lines) {
            (true, true) => out.json(&json!({"segments": values}))?,
            (true, false) => values.iter().try_for_each(|segment| out.json(segment))?,
            // An empty line separates the segments of one line of input from those of the next.
            (false, true) => out.line("")?,
            (false, false) => {}
        }
        Ok(segments.len())
    }
}

/// Makes the error for an SRX file that cannot be used.
fn srx_error(file: &str, reason: &str, message: impl Display) -> CliError {
    CliError::Message(format!("{file}: {message} [{reason}]"))
}
