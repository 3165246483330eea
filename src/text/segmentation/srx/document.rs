//! Compiles the SRX rules of a language and applies them to a text.

use std::ops::Range;

use super::{
    pattern::{Fuel, NfaScratch, OutOfFuel, SrxPattern, matches_whole},
    syntax::BadPattern,
};
use crate::text::{
    interrupt::Interrupt,
    segmentation::{
        options::Newlines,
        paragraphs::{paragraphs, trim_segment},
    },
};

/// The contents of an SRX file, not yet compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxDocument {
    /// If true, a language gets the rules of all maps that match it, otherwise only those of the first.
    pub cascade: bool,
    /// The sets of rules, in the order of the file.
    pub rules: Vec<SrxLanguageRules>,
    /// The maps from languages to sets of rules, in the order of the file.
    pub maps: Vec<SrxLanguageMap>,
}

/// A named set of rules: `<languagerule>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxLanguageRules {
    /// The name that maps refer to.
    pub name: String,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<SrxRule>,
}

/// A rule: `<rule>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxRule {
    /// If true, the text breaks where the rule fits. If false, the rule is an exception: it does not break.
    pub breaks: bool,
    /// The pattern that must match text ending at the position; an empty pattern always matches.
    pub before: String,
    /// The pattern that must match text starting at the position; an empty pattern always matches.
    pub after: String,
}

/// Assigns a set of rules to languages: `<languagemap>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxLanguageMap {
    /// The pattern that must match a whole BCP 47 tag, ignoring case.
    pub pattern: String,
    /// The name of the set of rules.
    pub name: String,
}

/// The reason why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrxError {
    /// A pattern has a construct that needs backtracking, or that is not implemented.
    #[error("rule {rule}: {construct} is not supported: write the rule without it")]
    Unsupported {
        /// The rule and which side of it.
        rule: String,
        /// The construct that is not supported.
        construct: String,
    },
    /// A pattern is not a valid regular expression.
    #[error("rule {rule}: not a valid regular expression: {what}")]
    BadPattern {
        /// The rule and which side of it.
        rule: String,
        /// The problem that the parser found.
        what: String,
    },
    /// A pattern is too large when compiled, or the rules up to it are.
    #[error("rule {rule}: too large when compiled, alone or with those before it: use fewer repetitions")]
    TooLarge {
        /// The rule and which side of it.
        rule: String,
    },
    /// A language map names a set of rules that the file does not have.
    #[error("the language map '{pattern}' names the rules '{name}', which the file does not have")]
    NoSuchRules {
        /// The pattern of the map.
        pattern: String,
        /// The missing set of rules.
        name: String,
    },
    /// No language map matches the language.
    #[error("the file has no rules for '{0}': add a language map, or choose another language")]
    NoRules(String),
    /// The rules take too many steps on this text.
    #[error("rule {rule}: takes too long on this text: limit its repetitions")]
    TooSlow {
        /// The rule that was being matched when the steps ran out.
        rule: String,
    },
}

impl SrxError {
    /// Returns the stable reason code for API clients, for example `SRX_TOO_SLOW`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "SRX_UNSUPPORTED",
            Self::BadPattern { .. } => "SRX_BAD_PATTERN",
            Self::TooLarge { .. } => "SRX_TOO_LARGE",
            Self::NoSuchRules { .. } => "SRX_NO_SUCH_RULES",
            Self::NoRules(_) => "SRX_NO_RULES",
            Self::TooSlow { .. } => "SRX_TOO_SLOW",
        }
    }
}

/// The number of matching steps allowed for each byte of text, over all rules.
const STEPS_PER_BYTE: u64 = 512;
/// The number of matching steps allowed for any text in addition, so that short texts have enough.
const BASE_STEPS: u64 = 1_000_000;

/// The bytes that the compiled rules of one language may take, because a file of 4 MiB can have tens of
/// thousands of rules with patterns of up to 1 MiB each. The rules of known files take less than 8 MiB.
const MAX_RULES_BYTES: usize = 64 << 20;

/// The rules of one language, compiled.
#[derive(Debug)]
pub struct SrxRules {
    rules: Vec<CompiledRule>,
}

#[derive(Debug)]
struct CompiledRule {
    /// The name of the rule in errors, for example `2 of 'Any'`.
    name: String,
    breaks: bool,
    before: Option<SrxPattern>,
    after: Option<SrxPattern>,
}

impl SrxRules {
    /// Compiles the rules of a file for a language, given as a BCP 47 tag.
    ///
    /// # Errors
    ///
    /// Returns an error if no map matches the language, if a matching map names rules that the file
    /// does not have, or if a pattern of the language cannot be compiled. Rules of other languages
    /// are not compiled, so their patterns cause no error.
    pub fn new(document: &SrxDocument, language: &str) -> Result<Self, SrxError> {
        let mut rules = Vec::new();
        let mut mapped = false;
        let mut bytes = 0;
        for map in &document.maps {
            let matches = matches_whole(&map.pattern, language)
                .map_err(|bad| to_srx_error(bad, &format!("of the language map '{}'", map.pattern)))?;
            if !matches {
                continue;
            }
            mapped = true;
            let found = document.rules.iter().find(|r| r.name == map.name).ok_or_else(|| {
                SrxError::NoSuchRules { pattern: map.pattern.clone(), name: map.name.clone() }
            })?;
            for (number, rule) in (1..).zip(&found.rules) {
                let name = format!("{number} of '{}'", found.name);
                let rule = CompiledRule::new(rule, &name)?;
                bytes += rule.bytes();
                if bytes > MAX_RULES_BYTES {
                    return Err(SrxError::TooLarge { rule: name });
                }
                rules.push(rule);
            }
            if !document.cascade {
                break;
            }
        }
        if mapped { Ok(Self { rules }) } else { Err(SrxError::NoRules(language.to_owned())) }
    }

    /// Splits a text into segments and returns their byte ranges, as
    /// [`crate::text::segmentation::segmenter::segment`] does. A pattern sees only the paragraph of its
    /// position; with hard newlines each line is a paragraph.
    ///
    /// # Errors
    ///
    /// Returns [`SrxError::TooSlow`] if the rules take too many steps on this text.
    pub fn segment(&self, text: &str, newlines: Newlines) -> Result<Vec<Range<usize>>, SrxError> {
        self.segment_until(text, newlines, Interrupt::never()).map(Option::unwrap_or_default)
    }

    /// Splits a text like [`Self::segment`]. Returns `None` if it is interrupted.
    ///
    /// # Errors
    ///
    /// Returns [`SrxError::TooSlow`] if the rules take too many steps on this text.
    pub fn segment_until(
        &self,
        text: &str,
        newlines: Newlines,
        mut interrupt: Interrupt<'_>,
    ) -> Result<Option<Vec<Range<usize>>>, SrxError> {
        let mut found = Vec::new();
        let mut walk = NfaScratch::default();
        let mut fuel = Fuel(BASE_STEPS + STEPS_PER_BYTE * text.len() as u64);
        for paragraph in paragraphs(text, newlines) {
            let inside = text.get(paragraph.clone()).unwrap_or_default();
            let mut start = 0;
            for at in inside.char_indices().map(|(at, _)| at).skip(1) {
                let fuel_before = fuel.0;
                if self.breaks(inside, at, &mut walk, &mut fuel)? {
                    found.extend(trim_segment(text, paragraph.start + start..paragraph.start + at));
                    start = at;
                }
                if interrupt.count(1 + fuel_before - fuel.0).is_none() {
                    return Ok(None);
                }
            }
            found.extend(trim_segment(text, paragraph.start + start..paragraph.end));
        }
        Ok(Some(found))
    }

    /// Returns whether the text breaks at a byte offset. The exceptions in front of a breaking rule
    /// are tried only if that rule fits, because elsewhere the text does not break anyway.
    fn breaks(
        &self,
        text: &str,
        at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, SrxError> {
        for (n, rule) in self.rules.iter().enumerate().filter(|(_, r)| r.breaks) {
            if !rule.fits(text, at, walk, fuel)? {
                continue;
            }
            for exception in self.rules.iter().take(n).filter(|r| !r.breaks) {
                if exception.fits(text, at, walk, fuel)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

impl CompiledRule {
    fn new(rule: &SrxRule, name: &str) -> Result<Self, SrxError> {
        Ok(Self {
            name: name.to_owned(),
            breaks: rule.breaks,
            before: compile_side(&rule.before, name, "beforebreak")?,
            after: compile_side(&rule.after, name, "afterbreak")?,
        })
    }

    /// Returns the bytes that the compiled patterns take.
    fn bytes(&self) -> usize {
        [&self.before, &self.after].into_iter().flatten().map(SrxPattern::bytes).sum()
    }

    /// Returns whether both patterns match at a byte offset.
    fn fits(&self, text: &str, at: usize, walk: &mut NfaScratch, fuel: &mut Fuel) -> Result<bool, SrxError> {
        self.both_sides_match(text, at, walk, fuel)
            .map_err(|OutOfFuel| SrxError::TooSlow { rule: self.name.clone() })
    }

    fn both_sides_match(
        &self,
        text: &str,
        at: usize,
        walk: &mut NfaScratch,
        fuel: &mut Fuel,
    ) -> Result<bool, OutOfFuel> {
        if let Some(after) = &self.after
            && !after.matches_starting_at(text, at, walk, fuel)?
        {
            return Ok(false);
        }
        self.before.as_ref().map_or(Ok(true), |before| before.matches_ending_at(text, at, walk, fuel))
    }
}

/// Compiles one pattern of a rule; an empty pattern is `None`.
fn compile_side(pattern: &str, rule: &str, side: &str) -> Result<Option<SrxPattern>, SrxError> {
    if pattern.is_empty() {
        return Ok(None);
    }
    SrxPattern::new(pattern)
        .map(Some)
        .map_err(|bad| to_srx_error(bad, &format!("{rule}, {side} '{pattern}'")))
}

fn to_srx_error(bad: BadPattern, rule: &str) -> SrxError {
    let rule = rule.to_owned();
    match bad {
        BadPattern::Unsupported(construct) => SrxError::Unsupported { rule, construct },
        BadPattern::Malformed(what) => SrxError::BadPattern { rule, what },
        BadPattern::TooLarge => SrxError::TooLarge { rule },
    }
}

#[cfg(test)]
mod tests {
    use super::{Newlines, SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};

    fn rule(breaks: bool, before: &str, after: &str) -> SrxRule {
        SrxRule { breaks, before: before.into(), after: after.into() }
    }

    fn language_rules(name: &str, rules: Vec<SrxRule>) -> SrxLanguageRules {
        SrxLanguageRules { name: name.into(), rules }
    }

    fn language_map(pattern: &str, name: &str) -> SrxLanguageMap {
        SrxLanguageMap { pattern: pattern.into(), name: name.into() }
    }

    fn document(cascade: bool) -> SrxDocument {
        SrxDocument {
            cascade,
            rules: vec![
                language_rules("Arabic", vec![rule(false, r"\bد\.", r"\s"), rule(true, "؛", "")]),
                language_rules("Any", vec![rule(true, r"[.؟]+", r"\s")]),
            ],
            maps: vec![language_map("AR.*", "Arabic"), language_map(".*", "Any")],
        }
    }

    fn segments<'t>(
        document: &SrxDocument,
        language: &str,
        text: &'t str,
        newlines: Newlines,
    ) -> Vec<&'t str> {
        let rules = SrxRules::new(document, language).unwrap();
        rules.segment(text, newlines).unwrap().into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let text = "وصل د. سمير. ثم مضى؛ وعاد؟ نعم";
        let cascading = document(true);
        assert_eq!(
            segments(&cascading, "ar-EG", text, Newlines::Hard),
            ["وصل د. سمير.", "ثم مضى؛", "وعاد؟", "نعم"]
        );
        assert_eq!(
            segments(&document(false), "ar", text, Newlines::Hard),
            ["وصل د. سمير. ثم مضى؛", "وعاد؟ نعم"]
        );
        assert_eq!(
            segments(&cascading, "en", text, Newlines::Hard),
            ["وصل د.", "سمير.", "ثم مضى؛ وعاد؟", "نعم"]
        );
    }

    #[test]
    fn newlines_are_hard_or_soft() {
        let text = "أولا\nثانيا. ثالثا\n\nرابعا";
        let document = document(true);
        assert_eq!(segments(&document, "ar", text, Newlines::Hard), ["أولا", "ثانيا.", "ثالثا", "رابعا"]);
        assert_eq!(segments(&document, "ar", text, Newlines::Soft), ["أولا\nثانيا.", "ثالثا", "رابعا"]);
    }

    #[test]
    fn errors_name_the_rule() {
        let mut bad = document(true);
        bad.rules[1].rules.push(rule(false, "(?<=a)b", ""));
        let error = SrxRules::new(&bad, "ar").unwrap_err();
        assert_eq!(error.reason(), "SRX_UNSUPPORTED");
        let message = error.to_string();
        assert!(message.contains("rule 2 of 'Any', beforebreak") && message.contains("(?<="), "{message}");
        let mut none = document(true);
        none.maps.pop();
        assert_eq!(SrxRules::new(&none, "en").unwrap_err(), SrxError::NoRules("en".into()));
        none.maps[0].name = "Other".into();
        assert_eq!(SrxRules::new(&none, "ar").unwrap_err().reason(), "SRX_NO_SUCH_RULES");
    }

    #[test]
    fn the_rules_together_have_a_limit() {
        let mut many = document(true);
        // Each pattern takes some hundred KB in both directions.
        many.rules[0].rules = vec![rule(true, r"\w{8}", ""); 30];
        assert!(SrxRules::new(&many, "ar").is_ok());
        many.rules[0].rules = vec![rule(true, r"\w{8}", ""); 300];
        assert_eq!(SrxRules::new(&many, "ar").unwrap_err().reason(), "SRX_TOO_LARGE");
    }

    #[test]
    fn a_bad_regex_does_not_hang() {
        let mut slow = document(true);
        slow.rules[0].rules = vec![rule(true, r"(\w+\s?)*ب+\s*", r"(.*)*ض")];
        let rules = SrxRules::new(&slow, "ar").unwrap();
        let text = "ب ".repeat(50_000);
        let error = rules.segment(&text, Newlines::Hard).unwrap_err();
        assert_eq!(error, SrxError::TooSlow { rule: "1 of 'Arabic'".into() });
    }
}
