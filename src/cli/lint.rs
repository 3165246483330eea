//! `dhakira lint`: finds defects that spoil matching, line by line.

use clap::Args;
use serde_json::json;

use super::{
    exit::{CliError, Exit},
    input::{InputSource, TextInput, next_line},
    json,
    output::{StdoutWriter, isolate},
};
use crate::{
    rpc::{lint_findings, proto},
    text::OffsetUnit,
};

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no defects, 2 error, 3 defects found.")]
pub(super) struct LintArgs {
    /// Print one JSON object per line: {"text","findings":[{"kind","start","end","surface","reason","suggestion"}]},
    /// offsets in code points
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: TextInput,
}

impl LintArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut out = StdoutWriter::new();
        let mut exit = Exit::Done;
        match self.input.source()? {
            InputSource::Text(text) => self.lint_line(1, &text, &mut out, &mut exit)?,
            InputSource::Stream(mut stream) => {
                let mut number = 0;
                while let Some(line) = next_line(&mut *stream)? {
                    number += 1;
                    match line {
                        Ok(text) => self.lint_line(number, &text, &mut out, &mut exit)?,
                        Err(_) if self.json => {
                            out.json(&json::not_utf8_error())?;
                            exit = Exit::Problems;
                        }
                        Err(_) => {
                            out.line(format_args!("{number}:1 NOT_UTF8 the line is not UTF-8: convert it"))?;
                            exit = Exit::Problems;
                        }
                    }
                }
            }
        }
        out.flush()?;
        Ok(exit)
    }

    fn lint_line(
        &self,
        number: u64,
        text: &str,
        out: &mut StdoutWriter,
        exit: &mut Exit,
    ) -> Result<(), CliError> {
        let findings = lint_findings(text, OffsetUnit::CodePoint);
        if !findings.is_empty() {
            *exit = Exit::Problems;
        }
        if self.json {
            let findings: Vec<_> = findings.iter().map(finding_to_json).collect();
            return out.json(&json!({"text": text, "findings": findings}));
        }
        for finding in &findings {
            let kind = json::without_prefix(finding.kind().as_str_name(), "LINT_KIND_");
            let place = format!("{number}:{}", finding.start + 1);
            let change = match finding.suggestion.as_deref() {
                Some("") => format!(" {} -> remove", visible_text(&finding.surface)),
                Some(better) => format!(" {} -> {}", visible_text(&finding.surface), visible_text(better)),
                None => format!(" {}", visible_text(&finding.surface)),
            };
            out.line(format_args!("{place} {kind}{change}: {}", finding.reason))?;
        }
        Ok(())
    }
}

fn finding_to_json(finding: &proto::LintFinding) -> serde_json::Value {
    json!({
        "kind": json::without_prefix(finding.kind().as_str_name(), "LINT_KIND_"),
        "start": finding.start,
        "end": finding.end,
        "surface": finding.surface,
        "reason": finding.reason,
        "suggestion": finding.suggestion,
    })
}

/// Returns a text isolated. A text with invisible characters and without letters or digits is returned as its code
/// points, for example `U+202B`.
fn visible_text(text: &str) -> String {
    if text.contains(is_invisible) && !text.contains(|c: char| c.is_alphanumeric()) {
        return text.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ");
    }
    isolate(text, "ar")
}

fn is_invisible(c: char) -> bool {
    c.is_control() || c.is_whitespace() || unicode_width::UnicodeWidthChar::width(c) == Some(0)
}
