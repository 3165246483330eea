//! The checks of units, concepts and requests. They apply to all input: gRPC, files and samples.

use rustc_hash::FxHashSet;

use crate::{
    engine::state::PreparedUnit,
    fault::Violation,
    limits::Limits,
    locale::Locale,
    matching::FoldedSegment,
    segment::Segment,
    term::ConceptDraft,
    text::folded,
    unit::{Context, Property, UnitDraft, Variant},
};

/// Checks values against the limits. A violation names the field, the reason and the remedy.
#[derive(Clone, Copy, Debug)]
pub struct Checker<'l> {
    limits: &'l Limits,
}

type CheckResult = Result<(), Violation>;

impl<'l> Checker<'l> {
    /// Returns a checker for these limits.
    #[must_use]
    pub fn new(limits: &'l Limits) -> Self {
        Self { limits }
    }

    /// Checks a segment to be stored or looked up, and folds it. Fields: `text`, `codes[n]…`.
    ///
    /// # Errors
    /// `TEXT_EMPTY`, `TEXT_TOO_LONG`, `TEXT_FOLDS_TO_NOTHING`, `BAD_INLINE_CODE`.
    pub fn segment(self, segment: Segment) -> Result<FoldedSegment, Violation> {
        let folded = self.folded(&segment)?;
        Ok(FoldedSegment::from_parts(segment, folded))
    }

    /// Checks the segments of one batch of lookups, and folds them.
    ///
    /// # Errors
    /// `NO_QUERIES`, `TOO_MANY_QUERIES`, and those of [`Checker::segment`] in `queries[n]…`.
    pub fn queries(
        self,
        queries: Vec<(Segment, Context)>,
    ) -> Result<Vec<(FoldedSegment, Context)>, Violation> {
        self.count("queries", queries.len(), "NO_QUERIES", "TOO_MANY_QUERIES")?;
        let mut checked = Vec::with_capacity(queries.len());
        for (n, (segment, context)) in queries.into_iter().enumerate() {
            let segment = self.segment(segment).map_err(|v| v.inside(&format!("queries[{n}]")))?;
            checked.push((segment, context));
        }
        Ok(checked)
    }

    /// Checks a segment and returns its folded text.
    fn folded(self, segment: &Segment) -> Result<String, Violation> {
        self.text("text", &segment.text, self.limits.segment_chars)?;
        let folded = folded(&segment.text);
        if folded.is_empty() {
            return Err(folds_to_nothing("text"));
        }
        self.codes(segment)?;
        Ok(folded)
    }

    fn codes(self, segment: &Segment) -> CheckResult {
        let chars = segment.text.chars().count();
        if segment.codes.len() > self.limits.codes {
            return Err(Violation::new(
                "codes",
                "BAD_INLINE_CODE",
                format!("{} codes in one segment: {} at most", segment.codes.len(), self.limits.codes),
            ));
        }
        let mut before = 0;
        for (n, code) in segment.codes.iter().enumerate() {
            if code.position as usize > chars {
                let message = format!("{} lies past the text's {chars} code points", code.position);
                return Err(bad_code(n, "position", message));
            }
            if code.position < before {
                let message =
                    format!("{} comes after {before}: list codes in ascending position", code.position);
                return Err(bad_code(n, "position", message));
            }
            before = code.position;
            for (field, value, most) in [
                ("id", &code.id, self.limits.id_bytes),
                ("pair", &code.pair, self.limits.id_bytes),
                ("raw", &code.raw, self.limits.code_bytes),
            ] {
                if value.len() > most {
                    return Err(bad_code(n, field, format!("{} bytes: {most} at most", value.len())));
                }
            }
        }
        Ok(())
    }

    /// Checks that a text is not empty and has at most `most` code points.
    ///
    /// # Errors
    /// `TEXT_EMPTY`, `TEXT_TOO_LONG`.
    pub fn text(self, field: &str, text: &str, most: usize) -> CheckResult {
        let remedy = "cut it into segments (SegmentationService.Segment)";
        self.not_empty(field, text)?;
        self.at_most_chars(field, text, most, remedy)
    }

    fn not_empty(self, field: &str, text: &str) -> CheckResult {
        if text.is_empty() {
            return Err(Violation::new(field, "TEXT_EMPTY", "the text is empty: give at least one letter"));
        }
        Ok(())
    }

    /// Checks that a text has at most `most` code points.
    ///
    /// # Errors
    /// `TEXT_TOO_LONG`.
    pub fn length(self, field: &str, text: &str, most: usize) -> CheckResult {
        self.at_most_chars(field, text, most, "shorten it")
    }

    fn at_most_chars(self, field: &str, text: &str, most: usize, remedy: &str) -> CheckResult {
        let chars = text.chars().count();
        if chars > most {
            return Err(Violation::new(
                field,
                "TEXT_TOO_LONG",
                format!("the text has {chars} code points, the limit is {most}: {remedy}"),
            ));
        }
        Ok(())
    }

    /// Checks a text to be segmented or folded.
    ///
    /// # Errors
    /// `TEXT_EMPTY` unless `may_be_empty`, `TEXT_TOO_LONG`.
    pub fn document(self, text: &str, may_be_empty: bool) -> CheckResult {
        if text.is_empty() && !may_be_empty {
            return Err(Violation::new("text", "TEXT_EMPTY", "the text is empty: give at least one letter"));
        }
        if text.len() > self.limits.text_bytes {
            return Err(Violation::new(
                "text",
                "TEXT_TOO_LONG",
                format!(
                    "the text has {} bytes, the limit is {}: send it in parts",
                    text.len(),
                    self.limits.text_bytes
                ),
            ));
        }
        Ok(())
    }

    /// Checks a unit against its memory's languages, and prepares it for the writer.
    ///
    /// # Errors
    /// Those of [`Checker::segment`], `WRONG_LANGUAGE`, `BAD_PROPERTY`, `UNIT_TOO_LARGE`.
    pub(crate) fn unit(
        self,
        unit: UnitDraft,
        source: &Locale,
        target: &Locale,
    ) -> Result<PreparedUnit, Violation> {
        let folded_source = self.variant(&unit.source, source).map_err(|v| v.inside("source"))?;
        let folded_target = self.variant(&unit.target, target).map_err(|v| v.inside("target"))?;
        for (field, text) in
            [("context.previous", &unit.context.previous), ("context.following", &unit.context.following)]
        {
            if let Some(text) = text {
                self.length(field, text, self.limits.segment_chars)?;
            }
        }
        self.id("context.id", unit.context.id.as_deref().unwrap_or_default())?;
        self.id("external_id", &unit.external_id)?;
        self.id("provenance.created_by", &unit.provenance.created_by)?;
        self.id("provenance.changed_by", &unit.provenance.changed_by)?;
        self.id("provenance.tool", &unit.provenance.tool)?;
        self.properties(&unit.properties, &unit.notes)?;
        let (bytes, most) = (unit.byte_len(), self.limits.unit_bytes);
        if bytes > most {
            let message = format!(
                "texts, codes, properties and notes have {bytes} bytes together: {most} at most; keep long texts elsewhere"
            );
            return Err(Violation::new("", "UNIT_TOO_LARGE", message));
        }
        Ok(PreparedUnit::from_folded(unit, folded_source, folded_target))
    }

    /// Checks one side of a unit. Returns its folded text.
    fn variant(self, variant: &Variant, language: &Locale) -> Result<String, Violation> {
        if !variant.locale.has_same_language(language) {
            return Err(Violation::new(
                "locale",
                "WRONG_LANGUAGE",
                format!(
                    "'{}' is not the language of this side of the memory, which is '{language}'",
                    variant.locale
                ),
            ));
        }
        let folded = self.folded(&variant.segment).map_err(|v| v.inside("segment"))?;
        self.properties(&variant.properties, &variant.notes)?;
        Ok(folded)
    }

    fn id(self, field: &str, id: &str) -> CheckResult {
        let most = self.limits.id_bytes;
        if id.len() > most {
            return Err(bad_property(field, format!("{} bytes: {most} at most", id.len())));
        }
        Ok(())
    }

    /// Checks the number and the sizes of properties and notes.
    ///
    /// # Errors
    /// `BAD_PROPERTY`.
    pub fn properties(self, properties: &[Property], notes: &[String]) -> CheckResult {
        let Limits { properties: most, value_bytes, id_bytes, .. } = *self.limits;
        for (field, count) in [("properties", properties.len()), ("notes", notes.len())] {
            if count > most {
                return Err(bad_property(field, format!("{count} given: {most} at most")));
            }
        }
        for (n, property) in properties.iter().enumerate() {
            if property.name.is_empty() || property.name.len() > id_bytes {
                let message = format!("a name has 1 to {id_bytes} bytes");
                return Err(bad_property(format!("properties[{n}].name"), message));
            }
            if property.value.len() > value_bytes {
                let message = format!("{} bytes: {value_bytes} at most", property.value.len());
                return Err(bad_property(format!("properties[{n}].value"), message));
            }
        }
        match notes.iter().position(|n| n.len() > value_bytes) {
            Some(n) => Err(bad_property(format!("notes[{n}]"), format!("{value_bytes} bytes at most"))),
            None => Ok(()),
        }
    }

    /// Checks a concept against its glossary's source language.
    ///
    /// # Errors
    /// `NO_TERMS`, `TOO_MANY_TERMS`, `NO_SOURCE_TERM`, `TEXT_EMPTY`, `TEXT_TOO_LONG`,
    /// `TEXT_FOLDS_TO_NOTHING`, `BAD_PROPERTY`, `CONCEPT_TOO_LARGE`.
    pub fn concept(self, concept: &ConceptDraft, source: &Locale) -> CheckResult {
        self.id("id", &concept.id)?;
        let most = self.limits.terms;
        match concept.terms.len() {
            0 => return Err(Violation::new("terms", "NO_TERMS", "a concept needs at least one term")),
            n if n > most => {
                let message = format!("{n} given: {most} at most in one concept");
                return Err(Violation::new("terms", "TOO_MANY_TERMS", message));
            }
            _ => {}
        }
        for (n, term) in concept.terms.iter().enumerate() {
            let field = format!("terms[{n}].text");
            self.not_empty(&field, &term.text)?;
            let remedy = "a term is a few words: keep whole sentences in a memory";
            self.at_most_chars(&field, &term.text, self.limits.term_chars, remedy)?;
            if folded(&term.text).is_empty() {
                return Err(folds_to_nothing(&field));
            }
            self.length(&format!("terms[{n}].usage_note"), &term.usage_note, self.limits.segment_chars)?;
            self.properties(&term.properties, &term.notes).map_err(|v| v.inside(&format!("terms[{n}]")))?;
        }
        if !concept.terms.iter().any(|t| t.locale.has_same_language(source)) {
            return Err(Violation::new(
                "terms",
                "NO_SOURCE_TERM",
                format!("none of the terms is in '{source}', the glossary's source language"),
            ));
        }
        self.length("definition", &concept.definition, self.limits.segment_chars)?;
        self.id("domain", &concept.domain)?;
        self.id("provenance.created_by", &concept.provenance.created_by)?;
        self.id("provenance.changed_by", &concept.provenance.changed_by)?;
        self.id("provenance.tool", &concept.provenance.tool)?;
        self.properties(&concept.properties, &concept.notes)?;
        let (bytes, most) = (concept.byte_len(), self.limits.concept_bytes);
        if bytes > most {
            let message = format!(
                "texts, properties and notes have {bytes} bytes together, with 128 more for each term, property and note: {most} at most; make several concepts of it, or keep long texts elsewhere"
            );
            return Err(Violation::new("", "CONCEPT_TOO_LARGE", message));
        }
        Ok(())
    }

    /// Checks the number of entries in one call.
    ///
    /// # Errors
    /// The reason `none` for no entries, the reason `many` for too many.
    pub fn count(self, field: &str, count: usize, none: &'static str, many: &'static str) -> CheckResult {
        let most = self.limits.batch;
        match count {
            0 => Err(Violation::new(field, none, "none given: give at least one")),
            n if n > most => {
                Err(Violation::new(field, many, format!("{n} given: {most} at most in one call")))
            }
            _ => Ok(()),
        }
    }

    /// Checks that a new collection's languages differ and its description is short.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `TEXT_TOO_LONG`.
    pub fn collection(self, source: &Locale, target: &Locale, description: &str) -> CheckResult {
        if source.has_same_language(target) {
            return Err(Violation::new(
                "target_locale",
                "SAME_LANGUAGE",
                format!("'{target}' is the language of the source, too: give another target language"),
            ));
        }
        self.length("description", description, self.limits.description_chars)
    }

    /// Returns how many conditions a filter may have.
    #[must_use]
    pub fn max_filter_conditions(self) -> usize {
        self.limits.filter_conditions
    }

    /// Checks the requested number of matches.
    ///
    /// # Errors
    /// `BAD_LIMIT`.
    pub fn limit(self, field: &str, limit: i64) -> Result<usize, Violation> {
        let most = self.limits.matches;
        usize::try_from(limit)
            .ok()
            .filter(|l| (1..=most).contains(l))
            .ok_or_else(|| Violation::new(field, "BAD_LIMIT", format!("{limit} is not between 1 and {most}")))
    }

    /// Checks a page size; 0 is the default of 100.
    ///
    /// # Errors
    /// `BAD_PAGE_SIZE`.
    pub fn page_size(self, size: i32) -> Result<usize, Violation> {
        let most = self.limits.page;
        match usize::try_from(size) {
            Ok(0) => Ok(most.min(100)),
            Ok(size) if size <= most => Ok(size),
            _ => Err(Violation::new(
                "page_size",
                "BAD_PAGE_SIZE",
                format!("{size} is not between 1 and {most} (0 is the default)"),
            )),
        }
    }
}

fn bad_code(code: usize, field: &str, message: String) -> Violation {
    Violation::new(format!("codes[{code}].{field}"), "BAD_INLINE_CODE", message)
}

fn bad_property(field: impl Into<String>, message: String) -> Violation {
    Violation::new(field, "BAD_PROPERTY", message)
}

fn folds_to_nothing(field: &str) -> Violation {
    Violation::new(
        field,
        "TEXT_FOLDS_TO_NOTHING",
        "nothing is left of the text once marks and invisible characters are removed: give at least one letter, digit or sign",
    )
}

/// Returns the position of the first unit whose external id an earlier unit of the list also has.
pub(crate) fn find_repeated_external_id(units: &[UnitDraft]) -> Option<usize> {
    let mut seen = FxHashSet::default();
    units.iter().position(|u| !u.external_id.is_empty() && !seen.insert(u.external_id.as_str()))
}
