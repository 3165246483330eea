//! Words around a term whose choice depends on the term: `held the meeting`, but `concluded the agreement`.

use std::ops::Range;

use crate::text::{
    Word,
    english::{Inflection, is_function_word, lemmas, normalize_word},
};

/// Verbs that mean little by themselves, so that another noun needs another verb.
const LIGHT_VERBS: [&str; 30] = [
    "hold", "give", "make", "take", "pay", "do", "throw", "commit", "conduct", "draw", "run", "set", "break",
    "catch", "keep", "play", "pose", "strike", "cast", "wage", "lay", "put", "bring", "turn", "carry",
    "lift", "raise", "deliver", "drop", "call",
];

/// Verbs of events. Their subject cannot be something that is not an event.
const EVENT_VERBS: [&str; 6] = ["occur", "happen", "erupt", "fall", "break", "take"];

/// Nouns that have `on` where others have `in`: on the island.
const ON_NOUNS: [&str; 44] = [
    "island",
    "page",
    "floor",
    "street",
    "internet",
    "network",
    "team",
    "board",
    "committee",
    "train",
    "bus",
    "plane",
    "ship",
    "boat",
    "farm",
    "beach",
    "coast",
    "border",
    "road",
    "platform",
    "website",
    "site",
    "channel",
    "list",
    "menu",
    "screen",
    "table",
    "desk",
    "wall",
    "roof",
    "map",
    "phone",
    "computer",
    "horse",
    "bicycle",
    "motorcycle",
    "flight",
    "trip",
    "journey",
    "mission",
    "planet",
    "server",
    "front",
    "line",
];

/// Prepositions, at which the search for a verb ends, because the term is not its object.
const PREPOSITIONS: [&str; 22] = [
    "of", "for", "in", "to", "on", "with", "at", "from", "by", "under", "against", "between", "without",
    "into", "onto", "about", "over", "through", "during", "before", "after", "than",
];

const FORMS_OF_BE: [&str; 8] = ["is", "are", "was", "were", "be", "been", "being", "get"];

/// How far from the term the words are looked at.
const REACH: usize = 4;

/// The words around a term that is exchanged.
#[derive(Clone, Debug)]
pub(crate) struct EnglishContext<'c> {
    /// The translation.
    pub(crate) text: &'c str,
    /// Its words.
    pub(crate) words: &'c [Word<'c>],
    /// The bytes of the old term, with its possessive.
    pub(crate) place: Range<usize>,
    /// The heads of the old and the new term.
    pub(crate) heads: (&'c str, &'c str),
    /// Both are persons.
    pub(crate) are_persons: bool,
    /// «على» is before the term in the source.
    pub(crate) is_after_ala: bool,
}

impl EnglishContext<'_> {
    /// Returns whether a preposition or a verb beside the term may have to change with it.
    pub(crate) fn depends_on_term(&self) -> bool {
        let before = self.words_before();
        let mut verbs = before.iter().take_while(|word| !PREPOSITIONS.contains(&word.as_str()));
        let is_object = verbs.any(|word| is_form_of(word, &LIGHT_VERBS));
        let preposition = before.iter().find(|word| PREPOSITIONS.contains(&word.as_str()));
        let has_other_preposition = match preposition.map(String::as_str) {
            Some("at") => !self.are_persons,
            Some("on") => !self.is_after_ala,
            Some("in" | "into" | "onto") => {
                let (old, new) = (normalize_word(self.heads.0), normalize_word(self.heads.1));
                [old, new].iter().any(|head| ON_NOUNS.contains(&head.as_str()))
            }
            _ => false,
        };
        has_other_preposition || !self.are_persons && (is_object || self.is_subject_of_light_verb())
    }

    /// Returns the words before the term, the nearest first, up to a punctuation mark.
    fn words_before(&self) -> Vec<String> {
        let mut next_start = self.place.start;
        let before = self.words.iter().rev().filter(|word| word.end <= self.place.start);
        let joined = before.take_while(|word| {
            let is_joined = self.is_joined(word.end, next_start);
            next_start = word.start;
            is_joined
        });
        joined.take(REACH).map(|word| normalize_word(word.text)).collect()
    }

    /// Returns the words after the term, up to a punctuation mark.
    fn words_after(&self) -> Vec<String> {
        let mut last_end = self.place.end;
        let after = self.words.iter().filter(|word| word.start >= self.place.end);
        let joined = after.take_while(|word| {
            let is_joined = self.is_joined(last_end, word.start);
            last_end = word.end;
            is_joined
        });
        joined.take(2 * REACH).map(|word| normalize_word(word.text)).collect()
    }

    /// Returns whether only white space, a hyphen or a quotation mark is between two places.
    fn is_joined(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from..to).unwrap_or_default();
        between.chars().all(|c| c.is_whitespace() || matches!(c, '-' | '"' | '\'' | '“' | '”'))
    }

    /// Returns whether the term is the subject of an event, or of a light verb in the passive: was held.
    fn is_subject_of_light_verb(&self) -> bool {
        let after = self.words_after();
        after.iter().enumerate().any(|(n, word)| {
            let is_passive = n > 0
                && after.iter().take(n).rev().take(3).any(|before| FORMS_OF_BE.contains(&before.as_str()));
            let rest = after.get(n + 1).map_or("", String::as_str);
            let is_event = match word.as_str() {
                _ if is_form_of(word, &["take"]) => rest == "place",
                _ if is_form_of(word, &["break"]) => rest == "out",
                _ => is_form_of(word, &EVENT_VERBS),
            };
            is_passive && is_form_of(word, &LIGHT_VERBS) || is_event
        })
    }
}

/// Returns whether a word may be a form of one of some verbs.
fn is_form_of(word: &str, verbs: &[&str]) -> bool {
    lemmas(word).iter().any(|lemma| verbs.contains(&lemma.base.as_str()))
}

/// Adverbs of time and place, which may follow a noun that they do not belong to.
const ADVERBS: [&str; 9] =
    ["yesterday", "today", "tomorrow", "tonight", "soon", "abroad", "again", "early", "late"];

/// Nouns in -ly.
const NOUNS_IN_LY: [&str; 8] =
    ["family", "assembly", "supply", "reply", "ally", "monopoly", "anomaly", "rally"];

/// Returns whether a word after a noun may be a noun that the first one describes: contract terms.
pub(crate) fn may_be_described(word: &str) -> bool {
    let word = normalize_word(word);
    let is_adverb = word.ends_with("ly") && !NOUNS_IN_LY.contains(&word.as_str());
    let is_past = lemmas(&word).iter().any(|l| l.inflection == Inflection::Past);
    !is_function_word(&word) && !is_adverb && !is_past && !ADVERBS.contains(&word.as_str())
}
