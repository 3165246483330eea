//! `dhakira glossary recognize`.

use std::io::BufRead;

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        client::{Client, Code, Connection, Status},
        exit::{CliError, Exit},
        input::{InputSource, NotUtf8, TextInput, next_line},
        json,
        output::{StdoutWriter, isolate},
        show,
    },
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct RecognizeArgs {
    /// Glossary to search; can be given several times, in order of priority
    #[arg(long, required = true, value_name = "NAME")]
    glossary: Vec<String>,
    /// Also find terms inside longer ones
    #[arg(long)]
    all: bool,
    /// Also find terms in which a word has one typing error
    #[arg(long)]
    fuzzy: bool,
    /// Print the text with its terms marked: `[term = translation]`
    #[arg(long, conflicts_with_all = ["json", "all"])]
    mark: bool,
    /// Print one JSON object per text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) input: TextInput,
    #[command(flatten)]
    connection: Connection,
}

impl RecognizeArgs {
    pub(super) async fn run(self, source: InputSource) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let mut out = StdoutWriter::new();
        let (mut found, mut bad) = (false, false);
        match source {
            InputSource::Text(text) => {
                let terms = self.recognize_terms(&client, &text).await?;
                found = !terms.is_empty();
                self.print(&mut out, &text, &terms)?;
            }
            InputSource::Stream(mut stream) => {
                while let Some(line) = self.next_text(&mut *stream)? {
                    let Ok(text) = line else {
                        bad = true;
                        out.json(&json::not_utf8_error())?;
                        continue;
                    };
                    if self.mark && text.trim().is_empty() {
                        out.line(text)?;
                        continue;
                    }
                    match self.recognize_terms(&client, &text).await {
                        Ok(terms) => {
                            found |= !terms.is_empty();
                            self.print_line(&mut out, &text, &terms)?;
                        }
                        Err(status)
                            if status.code() == Code::InvalidArgument
                                && status.message().starts_with("text") =>
                        {
                            let refused = CliError::from(status);
                            let CliError::Refused { message, reason } = refused else { return Err(refused) };
                            bad = true;
                            out.json(&json::error_to_json("text", &reason.unwrap_or_default(), &message))?;
                        }
                        Err(status) => return Err(status.into()),
                    }
                }
            }
        }
        out.flush()?;
        Ok(match (bad, found) {
            (true, _) => Exit::Problems,
            (false, true) => Exit::Done,
            (false, false) => Exit::Nothing,
        })
    }

    fn next_text(&self, stream: &mut dyn BufRead) -> Result<Option<Result<String, NotUtf8>>, CliError> {
        Ok(next_line(stream)?)
    }

    async fn recognize_terms(
        &self,
        client: &Client,
        text: &str,
    ) -> Result<Vec<proto::RecognizedTerm>, Status> {
        let request = proto::RecognizeTermsRequest {
            text: text.to_owned(),
            glossaries: self.glossary.clone(),
            nested: self.all,
            fuzzy: self.fuzzy,
            offset_unit: proto::OffsetUnit::CodePoint.into(),
        };
        Ok(client.glossaries().recognize_terms(request).await?.into_inner().terms)
    }

    fn print(
        &self,
        out: &mut StdoutWriter,
        text: &str,
        terms: &[proto::RecognizedTerm],
    ) -> Result<(), CliError> {
        if self.json || self.mark { self.print_line(out, text, terms) } else { show::print_terms(out, terms) }
    }

    fn print_line(
        &self,
        out: &mut StdoutWriter,
        text: &str,
        terms: &[proto::RecognizedTerm],
    ) -> Result<(), CliError> {
        if self.mark {
            return out.line(mark_terms(text, terms));
        }
        if self.json {
            return out.json(&json!({"terms": terms.iter().map(json::term_to_json).collect::<Vec<_>>()}));
        }
        out.line(terms.iter().map(term_and_target).collect::<Vec<_>>().join("; "))
    }
}

/// Returns `term = translation`, with the first translation. It has `not:` before it if none may be used.
fn term_and_target(term: &proto::RecognizedTerm) -> String {
    format!("{} = {}", term.source, term.targets.first().map(show::translation).unwrap_or_default())
}

/// Returns the text with its terms marked, each with its translations in the order of the glossaries. A term that
/// overlaps an earlier one is not marked.
fn mark_terms(text: &str, terms: &[proto::RecognizedTerm]) -> String {
    let mut by_start: Vec<&proto::RecognizedTerm> = terms.iter().collect();
    by_start.sort_by_key(|t| t.start);
    let mut letters = text.chars();
    let mut at = 0;
    let mut out = String::with_capacity(2 * text.len());
    for same in by_start.chunk_by(|a, b| (a.start, a.end) == (b.start, b.end)) {
        let Some(first) = same.first().filter(|first| first.start >= at) else { continue };
        out.extend(letters.by_ref().take((first.start - at) as usize));
        let firsts: Vec<&proto::TermTarget> = same.iter().filter_map(|t| t.targets.first()).collect();
        // A translation that must not be used is shown only where no other one is.
        let any_usable = firsts.iter().any(|target| show::may_be_used(target));
        let targets: Vec<String> = firsts
            .into_iter()
            .filter(|target| !any_usable || show::may_be_used(target))
            .map(show::translation)
            .collect();
        let locale = same.iter().find_map(|t| t.targets.first()).map_or("", |t| t.locale.as_str());
        out.push_str(&format!("[{} = {}]", first.surface, isolate(&targets.join(" | "), locale)));
        letters.by_ref().take((first.end - first.start) as usize).for_each(drop);
        at = first.end;
    }
    out.extend(letters);
    out
}

#[cfg(test)]
mod tests {
    use super::{mark_terms, term_and_target};
    use crate::rpc::proto;

    fn term(start: u32, end: u32, surface: &str, target: &str) -> proto::RecognizedTerm {
        let target = proto::TermTarget { text: target.into(), locale: "en".into(), ..Default::default() };
        proto::RecognizedTerm {
            start,
            end,
            surface: surface.into(),
            targets: vec![target],
            ..Default::default()
        }
    }

    #[test]
    fn terms_are_marked_where_they_stand() {
        let terms =
            [term(8, 11, "عقد", "contract"), term(8, 11, "عقد", "decade"), term(0, 4, "حصار", "siege")];
        assert_eq!(
            mark_terms("حصار في عقد.", &terms),
            "[حصار = \u{2066}siege\u{2069}] في [عقد = \u{2066}contract | decade\u{2069}]."
        );
    }

    #[test]
    fn a_translation_that_must_not_be_used_is_never_shown_as_a_good_one() {
        let mut bad = term(0, 4, "حصار", "blockade");
        bad.targets[0].status = proto::TermStatus::Superseded.into();
        assert_eq!(term_and_target(&bad), " = not: blockade");
        let terms = [bad.clone(), term(0, 4, "حصار", "siege")];
        assert_eq!(mark_terms("حصار", &terms), "[حصار = \u{2066}siege\u{2069}]");
        assert_eq!(mark_terms("حصار", &[bad]), "[حصار = \u{2066}not: blockade\u{2069}]");
    }
}
