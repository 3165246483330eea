//! What is found of a term in a text, and what is not: one line for each kind of word.

use proptest::prelude::*;

use super::{RecognizeOptions, Recognizer};
use crate::{
    locale::Locale,
    name::Name,
    term::{Concept, ConceptDraft, PartOfSpeech, Term},
    unit::{Sequence, Stamp},
};

/// Returns the texts of the terms found, with one glossary term to each concept.
fn found_of(language: &str, terms: &[Term], text: &str) -> Vec<(String, String)> {
    let mut made = Recognizer::default();
    for (n, term) in (1..).zip(terms) {
        let content = ConceptDraft { terms: vec![term.clone()], ..ConceptDraft::default() };
        let glossary = Name::parse("g").unwrap_or_else(|e| panic!("{e}"));
        made.add(&Concept { sequence: Sequence(n), glossary, content, stamp: Stamp::default() }, language);
    }
    made.publish(|_, _| true);
    let found = made.recognize(text, RecognizeOptions::default(), |_, _| true).unwrap();
    found.into_iter().map(|f| (f.term.to_string(), text[f.words].to_owned())).collect()
}

fn is_found(term: &str, text: &str) -> bool {
    !found_of("ar", &[Term::new(term, Locale::arabic())], text).is_empty()
}

#[test]
fn a_common_word_is_not_split_into_clitics_and_a_term() {
    for (term, text) in [
        ("طاقة", "فقد بطاقة الهوية"),
        ("كرة", "فكرة جديدة"),
        ("جنة", "شكلت لجنة للتحقيق وباللجان"),
        ("لبن", "عاد لبنان"),
        ("بحر", "أصدرت البحرين بيانا"),
        ("صف", "وصف الحادث كما وصفناه ووصفها"),
        ("أميرة", "أجهزة كاميرات المراقبة"),
        ("مهرج", "مهرجان"),
        ("أم", "أماكن وأمكن والأمين"),
        ("أجر", "التحقيق الذي أجراه المكتب"),
        ("ظالم", "تظهر الألوان لظلمتها خفية"),
        ("لسان", "هذه السنة"),
        ("تام", "التأمين الصحي"),
        ("محكمة", "المحاكمات"),
        ("مجموع", "مجموعات"),
        ("كره", "كرة القدم"),
        ("قوة", "رجل قوي"),
        ("البعد", "بعد ذلك"),
        ("شكّل", "بشكل كبير"),
        ("مركِّز", "مراكز ومركز"),
        ("عَلَم", "طلب العِلْم"),
        ("شرطة", "قبل شرطه وجاءت الفكرة"),
    ] {
        assert!(!is_found(term, text), "{term} is found in {text}");
    }
    for (term, text) in [
        ("طاقة", "بالطاقة وبطاقتها المتجددة"),
        ("كرة", "فالكرة"),
        ("جنة", "للجنة وجنتهم"),
        ("صف", "الصف"),
        ("دم", "والدم"),
        ("دم فاسد", "بدم فاسد"),
        ("دين", "الدولة والدين"),
        ("شكّل", "شكّل لجنة"),
        ("مدرسة", "مدرسه"),
        ("وصف", "ووصفه"),
        ("نص", "كتب نصًا"),
        ("من", "ومن هنا"),
    ] {
        assert!(is_found(term, text), "{term} is not found in {text}");
    }
}

#[test]
fn nouns_are_found_in_their_inflections() {
    for (term, text) in [
        ("جهة", "اجتمعت الجهات المعنية"),
        ("مواجهة", "مواجهات عنيفة"),
        ("قاض", "حكم القاضي"),
        ("قاضي", "قاضٍ وقضاة"),
        ("محامي", "المحامون ومحامين"),
        ("مقهى", "مقاه كثيرة"),
        ("موظف", "موظفي الشركة"),
        ("مسؤول", "أحد مسؤولي الحكومة"),
        ("مستخدم", "مستخدمي النظام"),
        ("سماء", "خلق السماوات"),
        ("جزء", "من جزأين"),
        ("مبدأ", "مبادئهم ومبدئه"),
        ("منشأة", "المنشآت"),
        ("امرأة", "حقوق المرأة"),
        ("دين", "سداد الديون"),
        ("ماء", "شبكة المياه"),
        ("شيء", "هذه الأشياء"),
    ] {
        assert!(is_found(term, text), "{term} is not found in {text}");
    }
}

#[test]
fn signs_and_scripts_part_words() {
    for (term, text, words) in [
        ("كوفيد-19", "مرض بكوفيد-19 ثم", "بكوفيد-19"),
        ("TCP/IP", "بروتوكول TCP/IP", "TCP/IP"),
        ("ص.ب.", "راسل ص.ب. 12", "ص.ب."),
        ("و/أو", "هذا و/أو ذاك", "و/أو"),
        ("تسوية/مصالحة", "تسوية/مصالحة", "تسوية/مصالحة"),
        ("بنك (مصرف)", "بنك (مصرف) جديد", "بنك (مصرف)"),
        ("C++", "لغة C++", "C++"),
        ("C++", "فيتامين C مفيد", ""),
        ("C", "لغة C++ أو C#", ""),
        (".NET", "إطار .NET", ".NET"),
        (".NET", "شبكة NET", ""),
        ("%", "زاد بنسبة 5 % تقريبا", "%"),
        ("كوفيد-19", "كوفيد 19", ""),
        ("كوفيد 19", "كوفيد-19", ""),
        ("القدس العربي", "لـrsquo;القدس العربيrsquo; ان", "القدس العربي"),
        ("شركة", "أعلنت الشركةSony", "الشركة"),
        ("Sony", "أعلنت الشركةSony", "Sony"),
    ] {
        let found = found_of("ar", &[Term::new(term, Locale::arabic())], text);
        let expected = if words.is_empty() { Vec::new() } else { vec![(term.to_owned(), words.to_owned())] };
        assert_eq!(found, expected, "{term} in {text}");
    }
}

#[test]
fn english_terms_are_found_in_their_forms_and_case() {
    fn english(text: &str) -> Term {
        Term::new(text, Locale::english())
    }
    for (term, text, words) in [
        ("incubation period", "two Incubation Periods", "Incubation Periods"),
        ("quarantine", "they were quarantined", "quarantined"),
        ("WHO", "those who fled", ""),
        ("WHO", "the WHO said", "WHO"),
        ("IT", "It was late", ""),
        ("testing", "they tested it", ""),
        ("C++", "vitamin C", ""),
        ("C++", "in C++ code", "C++"),
        ("C", "in C# code", ""),
        ("state", "two states", "states"),
    ] {
        let found = found_of("en", &[english(term)], text);
        let expected = if words.is_empty() { Vec::new() } else { vec![(term.to_owned(), words.to_owned())] };
        assert_eq!(found, expected, "{term} in {text}");
    }
    let noun = Term { part_of_speech: PartOfSpeech::Noun, ..english("state") };
    assert_eq!(found_of("en", &[noun], "he stated"), []);
}

proptest! {
    /// A term is found in a text that is the term, whatever signs are in it.
    #[test]
    fn a_term_is_found_in_its_own_text(term in "[ء-غف-يA-Za-z0-9]{1,4}([ -/:-@\\[-`{-~]{0,3}[ء-غف-يA-Za-z0-9]{1,4}){0,3}[ -/:-@.…]{0,2}") {
        let made = found_of("ar", &[Term::new(term.as_str(), Locale::arabic())], &term);
        prop_assert_eq!(made.len(), 1, "{:?}", made);
    }

    #[test]
    fn a_term_with_marks_is_found_in_its_own_text(
        words in prop::collection::vec(
            (any::<bool>(), prop::sample::select(vec!["تامّ", "همّ", "شِفرة", "تَّاريخ", "شكّل"]), "([بتسشرلنهومكقع][ًَِّْ]{0,2}){0,4}"),
            1..4,
        ),
    ) {
        let word = |(has_article, known, other): &(bool, &str, String)| {
            let word = if other.is_empty() { known } else { other.as_str() };
            if *has_article { format!("ال{word}") } else { word.to_owned() }
        };
        let term = words.iter().map(word).collect::<Vec<_>>().join(" ");
        let made = found_of("ar", &[Term::new(term.as_str(), Locale::arabic())], &term);
        prop_assert_eq!(made.len(), 1, "{}: {:?}", term, made);
    }
}
