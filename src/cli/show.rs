//! Responses as text for people: in columns, with differences marked, and with every text isolated, so that
//! right-to-left and left-to-right text do not reorder each other.

use super::{
    exit::CliError,
    json::{text_and_locale, without_prefix},
    output::{StdoutWriter, isolate, isolate_by_first_letter, table_lines},
};
use crate::rpc::proto;

/// Prints the matches and terms of a segment.
pub(super) fn print_lookup(
    out: &mut StdoutWriter,
    text: &str,
    answer: &proto::LookupResponse,
) -> Result<(), CliError> {
    for found in &answer.matches {
        let unit = found.unit.clone().unwrap_or_default();
        let (source, source_locale) = text_and_locale(unit.source.as_ref());
        let (target, target_locale) = text_and_locale(unit.target.as_ref());
        let kind = in_words(found.kind().as_str_name(), "MATCH_KIND_");
        let marked = mark_differences(source, text, &found.diff, out.colour);
        out.line(format!("{:>6.2}  {kind:<18}  {}", found.score, isolate(&marked, source_locale)))?;
        out.line(format!("{:28}{}", "", isolate(target, target_locale)))?;
        let mut remarks = vec![format!("{} {}", unit.memory, unit.id)];
        if found.kind() == proto::MatchKind::Fuzzy {
            remarks.push(format!("usefulness {:.2}", found.usefulness));
        }
        remarks.extend(
            found
                .penalties
                .iter()
                .map(|p| format!("{} -{}", in_words(p.reason().as_str_name(), "PENALTY_REASON_"), p.points)),
        );
        remarks.extend(found.folds_used().map(|fold| in_words(fold.as_str_name(), "FOLD_")));
        remarks.extend(found.flags().map(|flag| in_words(flag.as_str_name(), "FLAG_")));
        if let Some(repair) = &found.repair {
            remarks.push(format!("{:.2} as: {}", repair.score, isolate(&repair.target, target_locale)));
        }
        if found.duplicates > 0 {
            remarks.push(format!("{} more the same", found.duplicates));
        }
        out.line(format!("{:28}{}", "", dim(&remarks.join(", "), out.colour)))?;
    }
    if answer.matches.is_empty() {
        out.line("no match")?;
    }
    print_terms(out, &answer.terms)?;
    if answer.truncated {
        eprintln!("the deadline was exceeded: these are the best matches found until then");
    }
    Ok(())
}

/// Returns the name of a value of an enum in words. For example, `PENALTY_REASON_CODES_DIFFER` is `codes differ`.
fn in_words(name: &str, prefix: &str) -> String {
    without_prefix(name, prefix).to_lowercase().replace('_', " ")
}

/// Prints recognised terms.
pub(super) fn print_terms(out: &mut StdoutWriter, terms: &[proto::RecognizedTerm]) -> Result<(), CliError> {
    let rows: Vec<Vec<String>> = terms.iter().map(term_row).collect();
    for line in table_lines(&rows) {
        out.line(line)?;
    }
    Ok(())
}

/// Returns the cells of a recognised term: its words in the text, the term, and its translations.
fn term_row(term: &proto::RecognizedTerm) -> Vec<String> {
    let targets: Vec<String> = term.targets.iter().map(translation).collect();
    let locale = term.targets.first().map_or("", |target| target.locale.as_str());
    vec![
        "  term".to_owned(),
        // The response does not contain the locale of the source.
        isolate_by_first_letter(&term.surface),
        isolate_by_first_letter(&term.source),
        isolate(&targets.join(", "), locale),
    ]
}

/// Returns a translation, marked with `not:` if it is deprecated or superseded.
pub(super) fn translation(target: &proto::TermTarget) -> String {
    if may_be_used(target) { target.text.clone() } else { format!("not: {}", target.text) }
}

/// Returns whether a translation may be used: it is neither deprecated nor superseded.
pub(super) fn may_be_used(target: &proto::TermTarget) -> bool {
    !matches!(target.status(), proto::TermStatus::Deprecated | proto::TermStatus::Superseded)
}

/// Returns the stored source with its differences from the query marked: `[-only stored-]{+only in the query+}`,
/// or in colour.
fn mark_differences(stored: &str, asked: &str, diff: &[proto::DiffSpan], colour: bool) -> String {
    if diff.is_empty() {
        return stored.to_owned();
    }
    diff.iter()
        .map(|span| {
            let old = code_points(stored, span.stored_start, span.stored_end);
            let new = code_points(asked, span.asked_start, span.asked_end);
            if span.operation() == proto::DiffOperation::Equal {
                return old;
            }
            let (old_style, new_style) = if colour {
                (("\u{1b}[31;9m", "\u{1b}[0m"), ("\u{1b}[32m", "\u{1b}[0m"))
            } else {
                (("[-", "-]"), ("{+", "+}"))
            };
            enclosed(&old, old_style) + &enclosed(&new, new_style)
        })
        .collect()
}

/// Returns the code points `from..to` of a text.
fn code_points(text: &str, from: u32, to: u32) -> String {
    text.chars().skip(from as usize).take((to - from) as usize).collect()
}

/// Returns a text between two marks. An empty text gets none.
fn enclosed(text: &str, (open, close): (&str, &str)) -> String {
    if text.is_empty() { String::new() } else { format!("{open}{text}{close}") }
}

fn dim(text: &str, colour: bool) -> String {
    if colour { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::term_row;
    use crate::rpc::proto;

    #[test]
    fn terms_are_isolated_by_their_own_language() {
        let target =
            proto::TermTarget { text: "آتش‌بس".into(), locale: "fa".into(), ..Default::default() };
        let term = proto::RecognizedTerm {
            surface: "ceasefire".into(),
            source: "ceasefire".into(),
            targets: vec![target],
            ..Default::default()
        };
        let row = term_row(&term);
        assert_eq!(row[1], "\u{2068}ceasefire\u{2069}");
        assert_eq!(row[3], "\u{2067}آتش‌بس\u{2069}");
    }
}
