//! The segments of a document that need a translation, and the answers for them.

use crate::{
    score::{MatchKind, Score},
    segment::Segment,
};

/// A segment of a document that has no translation yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentToTranslate {
    /// Its text and inline codes.
    pub segment: Segment,
    /// True if the document has the reverse direction of the memory, so that it must be looked up in reverse.
    pub reverse: bool,
    /// The id of its unit in the document, or empty.
    pub unit: String,
    /// The plural form that it is, if the document says so.
    pub form: Option<PluralFormToTranslate>,
}

/// A plural form of a message whose translation is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluralFormToTranslate {
    /// The CLDR categories of the counts that it is for, such as `few many`.
    pub categories: String,
    /// The only count that it is for, if it is a single one. Such a form may leave the number out.
    pub only_count: Option<u64>,
}

impl PluralFormToTranslate {
    /// Returns true if a unit with these forms, each as categories, is the translation of this form: it is for all of its
    /// counts.
    #[must_use]
    pub fn is_among(&self, forms: &[String]) -> bool {
        let has = |form: &String, category| form.split(' ').any(|own| own == category);
        !self.categories.is_empty()
            && forms.iter().any(|form| self.categories.split(' ').all(|category| has(form, category)))
    }
}

/// A match of a memory for a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The stored segment that is similar to the segment.
    pub source: Segment,
    /// Its translation, with the segment's codes where they could be carried over.
    pub target: Segment,
    /// Its kind.
    pub kind: MatchKind,
    /// Its score.
    pub score: Score,
    /// The similarity of the texts, before penalties.
    pub similarity: Score,
    /// The unit that it comes from, as `memory/id`.
    pub origin: String,
    /// The plural forms of messages that the unit is, each as CLDR categories.
    pub plural_forms: Vec<String>,
}

impl Suggestion {
    /// Returns true for a score of 100%, where nothing differs.
    pub(crate) fn is_exact(&self) -> bool {
        self.score >= Score::FULL
    }

    /// Returns true if it is the plural form that is asked for, with the same source, and the form is for a single count.
    /// Such a form may leave its number out, like `ملفان` for `%d files`.
    #[must_use]
    pub fn is_form_of_one_count(&self, asked: &SegmentToTranslate) -> bool {
        let form = asked.form.as_ref().filter(|form| form.only_count.is_some());
        form.is_some_and(|form| form.is_among(&self.plural_forms)) && self.source.is_same(&asked.segment)
    }
}

/// A term of a segment and its translations, the one to use first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TermNote {
    /// The term.
    pub term: String,
    /// Its translations that may be used.
    pub translations: Vec<String>,
    /// Its translations that must not be used.
    pub forbidden: Vec<String>,
}

/// The answer for one segment, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Matches.
    pub suggestions: Vec<Suggestion>,
    /// True if several different translations are the best, so that none is put into the target.
    pub tied: bool,
    /// Terms.
    pub terms: Vec<TermNote>,
}

/// What became of the target of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillResult {
    /// The best match was put in.
    Filled,
    /// No match is good enough, or no target was to be filled.
    NoMatch,
    /// The best match is good enough, but was not put in.
    NotFilled(NotFilled),
}

/// Why a match that is good enough was not put into the target. It is still offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotFilled {
    /// Several different translations are the best.
    SeveralTranslations,
    /// The inline codes of the translation are not those of the segment.
    OtherCodes,
    /// The translation is longer, or shorter, than the document allows.
    OutsideLengthLimit,
    /// The document limits the length in a unit that only its program can measure, for example in pixels.
    UnknownLength,
    /// A part of the segment is protected and must not be translated.
    ProtectedText,
    /// The segment is one of several plural forms with the same source, and the translation is not known to be that form.
    UnknownPluralForm,
    /// The translation takes other arguments than the message, which the format of the message does not allow.
    OtherArguments,
    /// The target is marked as not done, but is not a copy of the source, so it is somebody's work.
    HasTarget,
    /// The target is divided into other segments than the source.
    OtherMarks,
    /// The match is not exact, and other segments of the same target are translated. They have one state.
    TranslatedBeside,
}

impl NotFilled {
    /// Returns its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeveralTranslations => "several_translations",
            Self::OtherCodes => "other_codes",
            Self::OutsideLengthLimit => "outside_length_limit",
            Self::UnknownLength => "unknown_length",
            Self::ProtectedText => "protected_text",
            Self::UnknownPluralForm => "unknown_plural_form",
            Self::OtherArguments => "other_arguments",
            Self::HasTarget => "has_target",
            Self::OtherMarks => "other_marks",
            Self::TranslatedBeside => "translated_beside",
        }
    }

    /// Returns the reason in words, as a part of a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::SeveralTranslations => "several different translations are the best",
            Self::OtherCodes => "the inline codes differ",
            Self::OutsideLengthLimit => "outside the length limit",
            Self::UnknownLength => "the length limit is not in characters or bytes",
            Self::ProtectedText => "a part of the text is protected",
            Self::UnknownPluralForm => "the plural form of the translation is unknown",
            Self::OtherArguments => "the arguments differ",
            Self::HasTarget => "there is a target that somebody wrote",
            Self::OtherMarks => "the target is divided into other segments",
            Self::TranslatedBeside => "not exact beside a translated segment",
        }
    }
}

/// Counts of what a document contains besides the segments to translate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Segments that have a translation.
    pub translated: u64,
    /// Segments that are not to be translated.
    pub not_translatable: u64,
    /// Units in other languages than the memory's.
    pub other_languages: u64,
    /// Segments with an unknown entity, with more than 4 MiB, or without an id that is unique in their unit.
    pub unreadable: u64,
}
