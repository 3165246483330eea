//! A set of SRX rules, compiled and applied to a text.

use std::ops::Range;

use super::{
    pattern::{self, Fuel, Pattern, Walk, matches_whole},
    syntax::BadPattern,
};
use crate::text::segmentation::{
    options::Newlines,
    paragraphs::{paragraphs, trimmed},
};

/// Rules as a file has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxDocument {
    /// All language maps that fit a language give it their rules; without, only the first.
    pub cascade: bool,
    /// The sets of rules, in the order of the file.
    pub rules: Vec<SrxLanguageRules>,
    /// Which languages have which rules, in the order of the file.
    pub maps: Vec<SrxLanguageMap>,
}

/// A named set of rules: `<languagerule>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxLanguageRules {
    /// The name that maps refer to.
    pub name: String,
    /// The rules, the first first.
    pub rules: Vec<SrxRule>,
}

/// A rule: `<rule>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxRule {
    /// True: the text breaks where the rule fits. False: it does not.
    pub breaks: bool,
    /// What stands before the place; empty: anything.
    pub before: String,
    /// What stands after the place; empty: anything.
    pub after: String,
}

/// Which languages have which rules: `<languagemap>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SrxLanguageMap {
    /// What the whole of a BCP 47 tag must match, whatever its case.
    pub pattern: String,
    /// The name of the rules.
    pub name: String,
}

/// Why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrxError {
    /// A pattern has something that only backtracking could match.
    #[error("rule {rule}: {construct} is not supported: write the rule without it")]
    Unsupported {
        /// Which rule, and which side of it.
        rule: String,
        /// What is not supported.
        construct: String,
    },
    /// A pattern is no regular expression.
    #[error("rule {rule}: no regular expression: {what}")]
    BadPattern {
        /// Which rule, and which side of it.
        rule: String,
        /// What is wrong.
        what: String,
    },
    /// A pattern is too large.
    #[error("rule {rule}: too large when compiled: repeat less")]
    TooLarge {
        /// Which rule, and which side of it.
        rule: String,
    },
    /// A map names rules that are not there.
    #[error("the language map '{pattern}' names the rules '{name}', which the file does not have")]
    NoSuchRules {
        /// The map's pattern.
        pattern: String,
        /// The rules that it names.
        name: String,
    },
    /// No map fits the language.
    #[error("the file has no rules for '{0}': add a language map, or choose another language")]
    NoRules(String),
    /// The rules take too many steps on this text.
    #[error("rule {rule}: takes too long on this text: make its repetitions bounded")]
    TooSlow {
        /// The rule that used up what is left.
        rule: String,
    },
}

impl SrxError {
    /// Returns the stable reason.
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

/// Steps of the matcher that a byte of text may cost, over all rules.
const STEPS_A_BYTE: u64 = 512;
/// Steps that any text may cost.
const STEPS_AT_LEAST: u64 = 1_000_000;

/// The rules of one language, compiled.
#[derive(Debug)]
pub struct SrxRules {
    rules: Vec<CompiledRule>,
}

#[derive(Debug)]
struct CompiledRule {
    /// How an error names it.
    name: String,
    breaks: bool,
    before: Option<Pattern>,
    after: Option<Pattern>,
}

impl SrxRules {
    /// Compiles what a file has for a language, given as BCP 47 tag.
    ///
    /// # Errors
    ///
    /// No map fits, a map names rules that are not there, or a pattern of the
    /// language cannot be used; patterns of other languages do not matter.
    pub fn new(document: &SrxDocument, language: &str) -> Result<Self, SrxError> {
        let mut rules = Vec::new();
        let mut mapped = false;
        for map in &document.maps {
            let place = || format!("of the language map '{}'", map.pattern);
            if !matches_whole(&map.pattern, language).map_err(|bad| error(bad, &place()))? {
                continue;
            }
            mapped = true;
            let found = document.rules.iter().find(|r| r.name == map.name).ok_or_else(|| {
                SrxError::NoSuchRules { pattern: map.pattern.clone(), name: map.name.clone() }
            })?;
            for (number, rule) in (1..).zip(&found.rules) {
                rules.push(CompiledRule::new(rule, &format!("{number} of '{}'", found.name))?);
            }
            if !document.cascade {
                break;
            }
        }
        if mapped { Ok(Self { rules }) } else { Err(SrxError::NoRules(language.to_owned())) }
    }

    /// Cuts a text into segments, as [`crate::text::segmentation::segmenter::segment`] does. Each paragraph is
    /// looked at for itself: with hard newlines each line is one.
    ///
    /// # Errors
    ///
    /// [`SrxError::TooSlow`]: the rules take too many steps on this text.
    pub fn segment(&self, text: &str, newlines: Newlines) -> Result<Vec<Range<usize>>, SrxError> {
        let mut found = Vec::new();
        let mut walk = Walk::default();
        let mut fuel = Fuel(STEPS_AT_LEAST + STEPS_A_BYTE * text.len() as u64);
        for paragraph in paragraphs(text, newlines) {
            let inside = text.get(paragraph.clone()).unwrap_or_default();
            let mut start = 0;
            for at in inside.char_indices().map(|(at, _)| at).skip(1) {
                if self.breaks(inside, at, &mut walk, &mut fuel)? {
                    found.extend(trimmed(text, paragraph.start + start..paragraph.start + at));
                    start = at;
                }
            }
            found.extend(trimmed(text, paragraph.start + start..paragraph.end));
        }
        Ok(found)
    }

    /// Decides a place: only where a rule breaks, the rules before it are asked.
    fn breaks(&self, text: &str, at: usize, walk: &mut Walk, fuel: &mut Fuel) -> Result<bool, SrxError> {
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
        let compiled = |pattern: &str, side: &str| {
            if pattern.is_empty() {
                return Ok(None);
            }
            let compiled = Pattern::new(pattern);
            compiled.map(Some).map_err(|bad| error(bad, &format!("{name}, {side} '{pattern}'")))
        };
        Ok(Self {
            name: name.to_owned(),
            breaks: rule.breaks,
            before: compiled(&rule.before, "beforebreak")?,
            after: compiled(&rule.after, "afterbreak")?,
        })
    }

    fn fits(&self, text: &str, at: usize, walk: &mut Walk, fuel: &mut Fuel) -> Result<bool, SrxError> {
        let mut fits = || {
            if let Some(after) = &self.after
                && !after.starts_at(text, at, walk, fuel)?
            {
                return Ok(false);
            }
            self.before.as_ref().map_or(Ok(true), |before| before.ends_at(text, at, walk, fuel))
        };
        fits().map_err(|_: pattern::Spent| SrxError::TooSlow { rule: self.name.clone() })
    }
}

fn error(bad: BadPattern, rule: &str) -> SrxError {
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

    fn document(cascade: bool) -> SrxDocument {
        let rules = |name: &str, rules: Vec<SrxRule>| SrxLanguageRules { name: name.into(), rules };
        let map = |pattern: &str, name: &str| SrxLanguageMap { pattern: pattern.into(), name: name.into() };
        SrxDocument {
            cascade,
            rules: vec![
                rules("Arabic", vec![rule(false, r"\bد\.", r"\s"), rule(true, "؛", "")]),
                rules("Any", vec![rule(true, r"[.؟]+", r"\s")]),
            ],
            maps: vec![map("AR.*", "Arabic"), map(".*", "Any")],
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
        let ours = |cascade, language| segments(&document(cascade), language, text, Newlines::Hard);
        assert_eq!(ours(true, "ar-EG"), ["وصل د. سمير.", "ثم مضى؛", "وعاد؟", "نعم"]);
        assert_eq!(ours(false, "ar"), ["وصل د. سمير. ثم مضى؛", "وعاد؟ نعم"]);
        assert_eq!(ours(true, "en"), ["وصل د.", "سمير.", "ثم مضى؛ وعاد؟", "نعم"]);
    }

    #[test]
    fn newlines_are_hard_or_soft() {
        let text = "أولا\nثانيا. ثالثا\n\nرابعا";
        let ours = |newlines| segments(&document(true), "ar", text, newlines);
        assert_eq!(ours(Newlines::Hard), ["أولا", "ثانيا.", "ثالثا", "رابعا"]);
        assert_eq!(ours(Newlines::Soft), ["أولا\nثانيا.", "ثالثا", "رابعا"]);
    }

    #[test]
    fn errors_name_the_rule() {
        let mut bad = document(true);
        bad.rules[1].rules.push(rule(false, "(?<=a)b", ""));
        let error = SrxRules::new(&bad, "ar").unwrap_err();
        assert_eq!(error.reason(), "SRX_UNSUPPORTED");
        let told = error.to_string();
        assert!(told.contains("rule 2 of 'Any', beforebreak") && told.contains("(?<="), "{told}");
        let mut none = document(true);
        none.maps.pop();
        assert_eq!(SrxRules::new(&none, "en").unwrap_err(), SrxError::NoRules("en".into()));
        none.maps[0].name = "Other".into();
        assert_eq!(SrxRules::new(&none, "ar").unwrap_err().reason(), "SRX_NO_SUCH_RULES");
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
