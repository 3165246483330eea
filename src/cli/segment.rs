//! `dhakira segment`: the whole input is one text.

use clap::Args;
use serde_json::json;

use super::{
    exit::{CliError, Exit},
    input::TextInput,
    output::Output,
};
use crate::text::{OffsetUnit, Offsets, SegmentationOptions, segment};

#[derive(Debug, Args)]
pub(super) struct Segment {
    /// One JSON object a segment: {"text","start","end"}, offsets in code points
    #[arg(long)]
    json: bool,
    /// End a segment at ؛ and ; too
    #[arg(long)]
    break_at_semicolon: bool,
    /// End a segment at : too
    #[arg(long)]
    break_at_colon: bool,
    /// A line that ends in ، goes on in the next line
    #[arg(long)]
    join_lines_after_comma: bool,
    #[command(flatten)]
    input: TextInput,
}

impl Segment {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let text = self.input.whole()?;
        let options = SegmentationOptions {
            join_lines_after_comma: self.join_lines_after_comma,
            break_at_semicolon: self.break_at_semicolon,
            break_at_colon: self.break_at_colon,
        };
        let mut out = Output::new();
        let mut offsets = Offsets::new(&text, OffsetUnit::CodePoint);
        let segments = segment(&text, options);
        for range in &segments {
            let piece = text.get(range.clone()).unwrap_or_default();
            if self.json {
                let (start, end) = (offsets.of(range.start), offsets.of(range.end));
                out.json(&json!({"text": piece, "start": start, "end": end}))?;
            } else {
                // A joined segment holds newlines: one line a segment all the same.
                out.line(piece.split(['\n', '\r']).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" "))?;
            }
        }
        out.flush()?;
        Ok(if segments.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}
