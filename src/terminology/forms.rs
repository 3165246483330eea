//! The forms of a term's words under which the recognizer finds it.

use rustc_hash::FxHashSet;

use super::{source_words::source_words, spelling::HAMZA_SEATS};
use crate::{
    term::{Concept, PartOfSpeech, Term},
    text::{
        RollingHash,
        arabic::{
            common_words::{is_common_singular, is_common_word, is_defective, is_usually_without_shadda},
            is_function_word,
            plurals::possible_plurals,
        },
        folded, is_mark,
    },
};

/// A term with each word in one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermForm {
    /// The words' folded bases, separated by spaces.
    pub(crate) bases: String,
    /// The words as the term spells them, separated by spaces.
    pub(crate) surfaces: String,
    /// The first word is a broken plural of the term's first word.
    pub(crate) plural: bool,
    /// The spelling has a hamza on alef, so a different hamza in a text contradicts it.
    pub(crate) has_hamza: bool,
    /// The spelling has vowel marks, so other marks in a text contradict it.
    pub(crate) has_marks: bool,
}

/// The most forms of one term. Without a limit, a term of many words would fill the trie.
const MAX_FORMS: usize = 24;

/// One word in one form.
#[derive(Clone)]
struct WordForm {
    base: String,
    surface: String,
    plural: bool,
}

impl WordForm {
    fn new(base: &str, surface: &str, plural: bool) -> Self {
        Self { base: base.to_owned(), surface: surface.to_owned(), plural }
    }
}

/// Returns the terms of a concept in a language.
pub(crate) fn terms_of<'c>(concept: &'c Concept, language: &str) -> impl Iterator<Item = &'c Term> {
    concept.content.terms.iter().filter(move |t| t.locale.language() == language)
}

/// Returns the terms of a concept in a language, each with its forms. A broken plural is left out
/// if the concept has it as a term of its own: for example, كتائب beside كتيبة.
pub(crate) fn forms_of<'c>(concept: &'c Concept, language: &str) -> Vec<(&'c Term, Vec<TermForm>)> {
    let mut all: Vec<(&Term, Vec<TermForm>)> =
        terms_of(concept, language).map(|term| (term, forms(term))).collect();
    let plain = all.iter().flat_map(|(_, forms)| forms).filter(|f| !f.plural).map(|f| f.bases.clone());
    let plain: FxHashSet<String> = plain.collect();
    for (_, forms) in &mut all {
        forms.retain(|form| !form.plural || !plain.contains(&form.bases));
    }
    all
}

/// Returns the forms of a term: every word without its article and, for a noun, an adjective or an
/// unknown word class, also the broken plurals of the first word. A name keeps its article and has no
/// plurals.
fn forms(term: &Term) -> Vec<TermForm> {
    let noun = matches!(
        term.part_of_speech,
        PartOfSpeech::Unknown | PartOfSpeech::Noun | PartOfSpeech::Adjective | PartOfSpeech::Other
    );
    let mut all: Vec<Vec<WordForm>> = vec![Vec::new()];
    for (n, word) in source_words(&term.text).into_iter().enumerate() {
        // Only the first word takes the plural, because it is the head of an Arabic noun phrase.
        let pieces = word_forms(word.text, term.proper_noun, noun && n == 0);
        // The plainest forms come first, so they remain if there are too many.
        let longer = pieces.iter().flat_map(|piece| {
            all.iter().map(move |form| form.iter().chain([piece]).cloned().collect::<Vec<_>>())
        });
        all = longer.take(MAX_FORMS).collect();
    }
    let mut found: Vec<TermForm> = Vec::new();
    for pieces in all.into_iter().filter(|pieces| !pieces.is_empty()) {
        let bases = joined(&pieces, |p| &p.base);
        if !found.iter().any(|f| f.bases == bases) {
            let surfaces = joined(&pieces, |p| &p.surface);
            let has_hamza = surfaces.contains(HAMZA_SEATS);
            let has_marks = surfaces.contains(is_mark);
            let plural = pieces.iter().any(|p| p.plural);
            found.push(TermForm { bases, surfaces, plural, has_hamza, has_marks });
        }
    }
    found
}

/// Joins one part of each piece with spaces.
fn joined(pieces: &[WordForm], part: fn(&WordForm) -> &str) -> String {
    pieces.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Returns the forms of one word.
fn word_forms(word: &str, proper: bool, plurals: bool) -> Vec<WordForm> {
    let base = folded(word);
    let whole = WordForm::new(&base, word, false);
    if proper {
        return vec![whole];
    }
    // Readings of running words drop the article, too, so the bare form matches with and without it. But a function
    // word is another word than the noun with the article: بعد is not البعد.
    let bare = without_article(word)
        .zip(base.strip_prefix("ال"))
        .filter(|(_, bare)| !is_function_word(RollingHash::of(bare)))
        .map(|(surface, base)| WordForm::new(base, &surface, false));
    let whole_or_bare = bare.as_ref().unwrap_or(&whole).clone();
    let mut found = match bare {
        Some(bare) if may_be_radical(&base) || is_word(RollingHash::of(&base)) => vec![whole, bare],
        Some(bare) => vec![bare],
        None => vec![whole],
    };
    // باقٍ is a form of باقي, but بان, *that*, is not one of باني.
    let is_function = |form: &WordForm| is_function_word(RollingHash::of(&form.base));
    found.extend(other_singular(&whole_or_bare).filter(|form| !is_function(form)));
    if plurals {
        // The plural of قاضٍ is that of القاضي.
        let singular = found.iter().find(|form| is_defective(&form.base)).unwrap_or(&whole_or_bare);
        let plurals = plural_forms(&singular.surface);
        found.extend(plurals);
    }
    found
}

/// Returns the form of a noun that has other letters with the article or without it: القاضي and قاضٍ, المرأة and
/// امرأة.
fn other_singular(noun: &WordForm) -> Option<WordForm> {
    let WordForm { base, surface, .. } = noun;
    if is_defective(base) {
        let surface = surface.trim_end_matches(is_mark);
        return Some(WordForm::new(base.strip_suffix('ي')?, surface.strip_suffix('ي')?, false));
    }
    let longer = format!("{base}ي");
    if is_defective(&longer) {
        return Some(WordForm::new(&longer, &format!("{}ي", surface.trim_end_matches(is_mark)), false));
    }
    // Only these two nouns lose their alef after the article.
    match base.as_str() {
        "امراه" => Some(WordForm::new("مراه", "مرأة", false)),
        "امرء" => Some(WordForm::new("مرء", "مرء", false)),
        _ => None,
    }
}

/// Returns the forms of the broken plurals of a noun, without those that are other words. For example, كتاب is a book and
/// not the plural of كاتب. A plural that follows only from a pattern is left out if it is any common word:
/// دخول is not the plural of دخل.
fn plural_forms(noun: &str) -> Vec<WordForm> {
    let bare: String = noun.chars().filter(|c| !is_mark(*c)).collect();
    // The patterns are those of nouns without a doubled letter inside: مركِّز does not have the plural of مركز.
    // Neither has تجلٍّ, whose last letter is dropped, the plural of three letters.
    let doubled = has_inner_shadda(noun) || noun.contains('\u{064D}');
    if doubled && is_usually_without_shadda(noun) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for plural in possible_plurals(&bare) {
        let base = folded(&plural.spelled);
        let after_and = base.strip_prefix('و').is_some_and(|rest| is_function_word(RollingHash::of(rest)));
        let guessed = !plural.is_listed && (doubled || after_and || is_word(RollingHash::of(&base)));
        if guessed || is_common_singular(&plural.spelled) {
            continue;
        }
        found.push(WordForm::new(&base, &plural.spelled, true));
        // مقاهٍ without the article, المقاهي with it.
        if let Some(short) = plural.spelled.strip_suffix('ي')
            && !is_common_singular(short)
            && matches!(base.chars().collect::<Vec<_>>().as_slice(), [_, _, 'ا', _, 'ي'])
        {
            found.push(WordForm::new(short, short, true));
        }
    }
    found
}

/// Returns whether a folded word, given by its hash, is a common word or a function word.
fn is_word(word: RollingHash) -> bool {
    is_common_word(word) || is_function_word(word)
}

/// Returns whether a letter other than the last one and the one before ة has a shadda.
fn has_inner_shadda(noun: &str) -> bool {
    let stem = noun.trim_end_matches(is_mark);
    let stem = stem.strip_suffix('ة').map_or(stem, |stem| stem.trim_end_matches(is_mark));
    stem.contains('\u{0651}')
}

/// Removes the article, if at least three letters remain, with the shadda that it causes: التّابع.
fn without_article(word: &str) -> Option<String> {
    let bare = word.strip_prefix("ال")?;
    let letters = bare.chars().filter(|c| !is_mark(*c)).count();
    let first = bare.chars().next().filter(|_| letters >= 3)?;
    let rest = bare.strip_prefix(first)?;
    let marks = rest.find(|c| !is_mark(c)).unwrap_or(rest.len());
    let (marks, rest) = rest.split_at_checked(marks)?;
    Some(format!("{first}{}{rest}", marks.replace('\u{0651}', "")))
}

/// Returns whether ال may belong to the word itself, as in التزام.
fn may_be_radical(base: &str) -> bool {
    let mut letters = base.chars().skip(2);
    base == "الله" || letters.next() == Some('ت') && letters.nth(1) == Some('ا')
}

#[cfg(test)]
mod tests {
    use super::forms;
    use crate::{
        locale::Locale,
        term::{PartOfSpeech, Term},
    };

    fn bases(text: &str, proper_noun: bool) -> Vec<String> {
        let term =
            Term { part_of_speech: PartOfSpeech::Noun, proper_noun, ..Term::new(text, Locale::arabic()) };
        forms(&term).into_iter().map(|f| f.bases).collect()
    }

    #[test]
    fn forms_have_no_article_and_include_broken_plurals() {
        let forms = bases("كتيبة المعارضة", false);
        assert_eq!(forms, ["كتيبه معارضه", "كتاءب معارضه"]);
        assert_eq!(bases("القدس", true), ["القدس"]);
        assert_eq!(bases("التزام", false).first_chunk(), Some(&["التزام".to_owned(), "تزام".to_owned()]));
        assert_eq!(bases("البعد", false), ["البعد"]);
        assert!(bases(&"التزام ".repeat(10), false).len() <= super::MAX_FORMS);
    }

    #[test]
    fn nouns_have_forms_with_other_letters() {
        for (term, form) in [
            ("قاض", "قاضي"),
            ("قاضي", "قاض"),
            ("قاضٍ", "قضاه"),
            ("محامي", "محام"),
            ("مقهى", "مقاه"),
            ("مقهى", "مقاهي"),
            ("امرأة", "مراه"),
            ("ضغط", "ضغوط"),
            ("عامل", "عوامل"),
            ("جثة", "جثث"),
        ] {
            let forms = bases(term, false);
            assert!(forms.iter().any(|f| f == form), "{term}: {forms:?} lacks {form}");
        }
    }

    #[test]
    fn plurals_that_are_other_words_are_left_out() {
        for (term, other) in [
            ("كاتب", "كتاب"),
            ("دخل", "دخول"),
            ("ظالم", "ظلمه"),
            ("منطق", "مناطق"),
            ("مركِّز", "مراكز"),
            ("مسحة", "مساحه"),
        ] {
            assert!(!bases(term, false).iter().any(|f| f == other), "{term} has {other}");
        }
    }

    #[test]
    fn the_shadda_after_the_article_is_not_one_of_the_word() {
        let term =
            Term { part_of_speech: PartOfSpeech::Noun, ..Term::new("التّابع", Locale::arabic()) };
        assert_eq!(forms(&term).first().map(|f| f.surfaces.clone()).as_deref(), Some("تابع"));
    }
}
