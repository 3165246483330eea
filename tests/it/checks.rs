//! Term checks: over the wire, and on generated pairs that contain terms of the starter glossary,
//! some of them with a deliberate fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use dhakira::{
    caller::Caller,
    engine::{CheckRequest, ConceptImportTarget, Engine, NewCollection},
    interchange::ConceptFormat,
    rpc::proto::{self, TermStatus, TermVerdict as WireVerdict},
    term::{ConceptDraft, PartOfSpeech, Term},
    terminology::TermVerdict,
};

use crate::support::{TestServer, engine_at, name, refusal, root};

/// A generator of pseudo-random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}

fn starter(engine: &Engine) -> Vec<ConceptDraft> {
    let bytes = fs::read(root().join("glossary/news.ar-en.csv")).unwrap();
    let g = name("g");
    let create = Some(NewCollection::arabic_to_english(g.clone()));
    let target = ConceptImportTarget { create, ..ConceptImportTarget::new(g.clone()) };
    let report =
        engine.import_concepts(&Caller::anonymous(), target, ConceptFormat::Csv, bytes.as_slice()).unwrap();
    assert_eq!(report.problem_count, 0);
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let page = dhakira::engine::PageRequest { size: 1_000, token };
        let page = engine.concepts(&Caller::anonymous(), &g, &page).unwrap();
        all.extend(page.items.iter().map(|c| c.content.clone()));
        token = page.next_token;
        if token.is_empty() {
            return all;
        }
    }
}

fn terms_in<'c>(concept: &'c ConceptDraft, language: &str) -> Vec<&'c Term> {
    concept.terms.iter().filter(|t| t.locale.language() == language).collect()
}

/// Returns the English terms of a concept, each as its words.
fn english_terms(concept: &ConceptDraft) -> BTreeSet<Vec<String>> {
    terms_in(concept, "en").iter().map(|t| words(&t.text)).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Returns an Arabic term as it may be written after a preposition: with the article, with a suffix
/// or plain.
fn arabic(term: &Term, dice: &mut Dice) -> String {
    let text = term.text.as_str();
    let single = !text.contains(' ');
    if term.proper_noun || term.part_of_speech == PartOfSpeech::Verb || !single || text.starts_with("ال") {
        return text.to_owned();
    }
    let stem = text.strip_suffix('ة').map_or_else(|| text.to_owned(), |stem| format!("{stem}ت"));
    match dice.roll(4) {
        0 => format!("ال{text}"),
        1 => format!("{stem}هم"),
        2 => format!("{stem}ها"),
        _ => text.to_owned(),
    }
}

const IRREGULAR: [(&str, &str); 8] = [
    ("gunman", "gunmen"),
    ("man", "men"),
    ("crisis", "crises"),
    ("person", "people"),
    ("spokesman", "spokesmen"),
    ("policeman", "policemen"),
    ("child", "children"),
    ("casualty", "casualties"),
];

fn plural(word: &str) -> String {
    if let Some((_, plural)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return (*plural).to_owned();
    }
    let vowel_before = word.chars().rev().nth(1).is_some_and(|c| "aeiou".contains(c));
    match word {
        w if w.ends_with('y') && !vowel_before => format!("{}ies", &w[..w.len() - 1]),
        w if ["s", "x", "z", "ch", "sh"].iter().any(|end| w.ends_with(end)) => format!("{w}es"),
        w => format!("{w}s"),
    }
}

/// Returns an English term as a translator may write it, for example in the plural.
fn english(term: &Term, dice: &mut Dice) -> String {
    let text = term.text.clone();
    let (before, last) = text.rsplit_once(' ').map_or(("", text.as_str()), |(b, l)| (b, l));
    match (term.part_of_speech, dice.roll(6)) {
        (PartOfSpeech::Noun, 0) if !last.ends_with('s') => {
            format!("{}{}", &text[..text.len() - last.len()], plural(last))
        }
        (PartOfSpeech::Noun | PartOfSpeech::ProperNoun, 1) if !last.ends_with('s') => format!("{text}'s"),
        (PartOfSpeech::Noun, 2) => text.to_uppercase(),
        (PartOfSpeech::Noun, 3) => text.replace(' ', "-"),
        (PartOfSpeech::Verb, 0) if before.is_empty() && text.ends_with('e') => format!("{text}d"),
        (PartOfSpeech::Verb, 1) if before.is_empty() => plural(&text),
        (PartOfSpeech::Verb, 2) if before.is_empty() && text.ends_with('e') => {
            format!("{}ing", &text[..text.len() - 1])
        }
        _ => text,
    }
}

/// Returns a term with its last word replaced by another word that looks like it.
fn similar_word(term: &str, dice: &mut Dice) -> String {
    let (before, last) = term.rsplit_once(' ').map_or((String::new(), term), |(b, l)| (format!("{b} "), l));
    let last = last.to_lowercase();
    let other = match dice.roll(6) {
        0 => format!("{last}ology"),
        1 => format!("re{last}"),
        2 => format!("{last}er"),
        3 => format!("{last}ly"),
        4 => format!("un{last}ing"),
        _ => format!("{last}ish"),
    };
    format!("{before}{other}")
}

/// Sentences with two terms each. The English ones contain words that look like forms of terms.
/// For example, "for a" must not be taken for "fora", "are a" for "area", or "new" for "news".
const FRAMES: [(&str, &str); 10] = [
    (
        "كانوا هناك فسألوا طويلا عن {0} وسمعوا عن {1}.",
        "They are a little early for a talk on {0}; they used to hear of {1}.",
    ),
    (
        "هل في هذه الغرفة الجديدة ما يذكرك بـ{0} أو {1}؟",
        "In a new ward that smells of AIDS, is there any trace of {0} or {1}?",
    ),
    (
        "مشى وحيدا في ريح باردة يفكر مثلا في {0} ثم {1}.",
        "United with the wind, alone and even cared for, he thinks of {0}, then of {1}.",
    ),
    (
        "كتبت لي جدتي مرة عن {0} ومرة عن {1}.",
        "My grandmother once wrote to me at a medium good pace about {0} and once about {1}, as set out.",
    ),
    (
        "لا أحد هنا يسأل عن {0}، ولا عن {1}.",
        "Not able to feed us, nobody asks about {0}, or about the {1} of us all.",
    ),
    (
        "كتب زميلي مقالا طويلا عن {0} وعن {1} أيضا.",
        "My colleague wrote a long article about {0} and about {1} too.",
    ),
    ("لم أكن أعرف شيئا عن {0} قبل {1} تلك.", "I knew nothing about {0} before that {1}."),
    ("سألني الطالب عن {0} ثم عن {1} بهدوء.", "The student asked me quietly about {0}, then about {1}."),
    ("في هذا الكتاب فصل عن {0}، وآخر عن {1}.", "In this book there is a chapter on {0}, and another on {1}."),
    ("قرأنا كثيرا عن {0} (وعن {1}).", "We read a lot about {0} (and {1})."),
];

/// Measures precision and recall on pairs whose faults are known.
#[test]
fn faults_put_into_pairs_are_found_and_little_else() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    let concepts = starter(&engine);
    let of_frames: BTreeSet<String> = FRAMES.iter().flat_map(|(_, e)| words(e)).collect();
    let usable: Vec<&ConceptDraft> = concepts
        .iter()
        .filter(|c| english_terms(c).iter().flatten().all(|word| !of_frames.contains(word)))
        .collect();
    assert!(usable.len() > 500, "{}", usable.len());
    let mut dice = Dice(20_261_125);
    let (mut put_in, mut found, mut right) = (0, 0, 0);
    let mut wrong = Vec::new();
    for _ in 0..500 {
        let two = loop {
            let (a, b) = (dice.pick(&usable), dice.pick(&usable));
            // The two concepts may share words, but not a term.
            if a.id != b.id && english_terms(a).is_disjoint(&english_terms(b)) {
                break [a, b];
            }
        };
        let (mut source, mut target) = {
            let (s, t) = FRAMES[dice.roll(FRAMES.len())];
            (s.to_owned(), t.to_owned())
        };
        let mut gold: BTreeMap<&str, TermVerdict> = BTreeMap::new();
        for (n, concept) in two.into_iter().enumerate() {
            let (sources, targets) = (terms_in(concept, "ar"), terms_in(concept, "en"));
            let main = targets[0];
            let deprecated = targets.iter().find(|t| t.status == dhakira::term::TermStatus::Deprecated);
            let written = match (dice.roll(8), deprecated) {
                (0, _) => {
                    gold.insert(&concept.id, TermVerdict::Missing);
                    "something".to_owned()
                }
                (1, _) => {
                    gold.insert(&concept.id, TermVerdict::Missing);
                    similar_word(&main.text, &mut dice)
                }
                (2 | 3, Some(bad)) => {
                    gold.insert(&concept.id, TermVerdict::Deprecated);
                    english(bad, &mut dice)
                }
                _ => english(main, &mut dice),
            };
            let slot = format!("{{{n}}}");
            source = source.replace(&slot, &arabic(sources[0], &mut dice));
            target = target.replace(&slot, &written);
        }
        let request =
            CheckRequest { source: source.clone(), target: target.clone(), glossaries: vec![name("g")] };
        let checked = engine.check_terms(&Caller::anonymous(), &request).unwrap();
        let faults: BTreeMap<&str, TermVerdict> = checked
            .iter()
            .filter(|t| t.verdict != TermVerdict::Kept)
            .map(|t| (t.concept_id.as_str(), t.verdict))
            .collect();
        put_in += gold.len();
        found += faults.len();
        right += faults.iter().filter(|(id, verdict)| gold.get(*id) == Some(verdict)).count();
        if faults != gold {
            wrong.push(format!("{source}\n  {target}\n  put in {gold:?}, found {faults:?}"));
        }
    }
    let (precision, recall) = (percent(right, found), percent(right, put_in));
    println!(
        "{put_in} faults, {found} found: precision {precision:.1}, recall {recall:.1}\n{}",
        wrong.join("\n")
    );
    assert!(put_in > 200, "{put_in}");
    assert!(
        precision >= 97.0 && recall >= 95.0,
        "precision {precision:.1}, recall {recall:.1}\n{}",
        wrong.join("\n")
    );
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// A concept: its id, its Arabic term and its English terms.
type TestConcept<'t> = (&'t str, &'t str, &'t [(&'t str, TermStatus)]);

fn wire_concept((id, arabic, english): &TestConcept<'_>) -> proto::Concept {
    proto::Concept {
        id: (*id).into(),
        terms: std::iter::once(wire_term(arabic, "ar", TermStatus::Preferred))
            .chain(english.iter().map(|(text, status)| wire_term(text, "en", *status)))
            .collect(),
        ..Default::default()
    }
}

fn wire_term(text: &str, locale: &str, status: TermStatus) -> proto::Term {
    proto::Term { text: text.into(), locale: locale.into(), status: status.into(), ..Default::default() }
}

async fn server_with(concepts: &[TestConcept<'_>]) -> TestServer {
    let server = TestServer::start().await;
    server.create_glossary("g").await;
    let concepts = concepts.iter().map(wire_concept).collect();
    let request = proto::PutConceptsRequest { glossary: "g".into(), concepts };
    server.glossaries().put_concepts(request).await.unwrap();
    server
}

fn pair(source: &str, target: &str) -> proto::CheckTermsRequest {
    proto::CheckTermsRequest {
        source: source.into(),
        target: target.into(),
        glossaries: vec!["g".into()],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_pair_is_checked_with_places_on_both_sides() {
    let server = server_with(&[
        ("c1", "كتيبة", &[("brigade", TermStatus::Deprecated), ("battalion", TermStatus::Preferred)]),
        ("c2", "حصار", &[("siege", TermStatus::Preferred)]),
        ("c3", "هدنة", &[("truce", TermStatus::Preferred)]),
    ])
    .await;
    let check = async |request| server.glossaries().check_terms(request).await;
    let checked = check(pair("👍 الكتيبة والحصار، ثم حصار بعد الهدنة", "é the brigades' sieges")).await;
    let answer = checked.unwrap().into_inner();
    assert_eq!((answer.kept, answer.missing, answer.deprecated), (1, 1, 1));
    let [brigade, siege, truce] = answer.terms.as_slice() else { panic!("{answer:?}") };
    assert_eq!((brigade.verdict(), brigade.preferred.as_str()), (WireVerdict::Deprecated, "battalion"));
    let place = brigade.uses[0].place.as_ref().unwrap();
    assert_eq!((place.start, place.end, place.surface.as_str()), (6, 14, "brigades"));
    assert_eq!((brigade.places[0].start, brigade.places[0].surface.as_str()), (2, "الكتيبة"));
    assert_eq!(siege.verdict(), WireVerdict::Kept);
    let places: Vec<_> = siege.places.iter().map(|p| p.surface.as_str()).collect();
    assert_eq!(places, ["والحصار", "حصار"]);
    assert_eq!(
        (truce.verdict(), truce.uses.len(), truce.concept_id.as_str()),
        (WireVerdict::Missing, 0, "c3")
    );

    assert_eq!(check(pair("حصار", "")).await.unwrap().into_inner().missing, 1);
    assert_eq!(refusal(check(pair("", "x")).await).1, "TEXT_EMPTY");
    let none = proto::CheckTermsRequest { glossaries: vec![], ..pair("حصار", "x") };
    assert_eq!(refusal(check(none).await).1, "NO_GLOSSARIES");
    let twice =
        proto::CheckTermsRequest { glossaries: vec!["g".into(), "g".into()], ..pair("حصار", "x") };
    assert_eq!(
        refusal(check(twice).await),
        (tonic::Code::InvalidArgument, "GLOSSARY_TWICE".into(), "glossaries[1]".into())
    );
    let unknown = proto::CheckTermsRequest { glossaries: vec!["h".into()], ..pair("حصار", "x") };
    assert_eq!(refusal(check(unknown).await).1, "UNKNOWN_GLOSSARY");
}

fn too_many_terms(field: &str) -> (tonic::Code, String, String) {
    (tonic::Code::InvalidArgument, "TOO_MANY_TERMS_FOUND".to_owned(), field.to_owned())
}

#[tokio::test]
async fn more_terms_than_an_answer_holds_are_refused_by_name() {
    let long: Vec<String> = (0..499).map(|n| format!("{n}{}", "x".repeat(490))).collect();
    let terms: Vec<_> = long.iter().map(|t| (t.as_str(), TermStatus::Admitted)).collect();
    let server = server_with(&[("c1", "حصار", &terms)]).await;
    let few = proto::RecognizeTermsRequest {
        text: "حصار ".repeat(8),
        glossaries: vec!["g".into()],
        ..Default::default()
    };
    let many = proto::RecognizeTermsRequest { text: "حصار ".repeat(9), ..few.clone() };
    assert_eq!(server.glossaries().recognize_terms(few).await.unwrap().into_inner().terms.len(), 8);
    assert_eq!(
        refusal(server.glossaries().recognize_terms(many.clone()).await),
        too_many_terms("glossaries")
    );
    let check = server.glossaries().check_terms(pair(&many.text, "x")).await;
    assert_eq!(refusal(check), too_many_terms("glossaries"));
    let options = proto::LookupOptions { glossaries: vec!["g".into()], ..Default::default() };
    let lookup = proto::LookupRequest { text: many.text, options: Some(options), ..Default::default() };
    assert_eq!(refusal(server.lookups().lookup(lookup).await), too_many_terms("options.glossaries"));
}

#[tokio::test]
async fn a_stream_of_pairs_is_answered_in_order_and_outlives_a_bad_one() {
    let server = server_with(&[("c2", "حصار", &[("siege", TermStatus::Preferred)])]).await;
    let requests = [pair("حصار", "siege"), pair("", "x"), pair("حصار", "x")]
        .map(|request| proto::CheckTermsStreamRequest { request: Some(request) });
    let stream = server.glossaries().check_terms_stream(tokio_stream::iter(requests)).await;
    let mut answers = stream.unwrap().into_inner();
    let mut got = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        got.push(match answer.result.unwrap() {
            proto::check_terms_stream_response::Result::Response(r) => format!("{} {}", r.kept, r.missing),
            proto::check_terms_stream_response::Result::Error(e) => e.reason,
        });
    }
    assert_eq!(got, ["1 0", "TEXT_EMPTY", "0 1"]);
}

#[tokio::test]
async fn terms_are_suggested_out_of_a_memory() {
    let server = server_with(&[("c2", "حصار", &[("siege", TermStatus::Preferred)])]).await;
    server.create("m").await;
    let units = (1..=4)
        .flat_map(|n| {
            [
                (format!("وصل الوفد إلى الهدنة {n}"), format!("The delegation reached truce {n}")),
                (
                    format!("انتهى الحصار والوفد غادر {n}"),
                    format!("The siege ended, the delegation left {n}"),
                ),
                (format!("هذه جملة أخرى رقم {n}"), format!("Another sentence, number {n}")),
                (format!("الهدنة بلا حصار في {n}"), format!("The truce without siege in {n}")),
            ]
        })
        .map(|(source, target)| crate::support::draft(&source, &target))
        .collect();
    server.put("m", units).await;
    let suggest = async |request| server.glossaries().suggest_terms(request).await;
    let request = proto::SuggestTermsRequest { memory: "m".into(), ..Default::default() };
    let all = suggest(request.clone()).await.unwrap().into_inner();
    let pairs: Vec<_> = all.terms.iter().map(|t| (t.source.as_str(), t.target.as_str(), t.score)).collect();
    assert_eq!(all.units_read, 16);
    for pair in [("الوفد", "delegation", 100.0), ("الهدنة", "truce", 100.0), ("حصار", "siege", 100.0)]
    {
        assert!(pairs.contains(&pair), "{pairs:?}");
    }
    let example = &all.terms[0].examples[0];
    assert!(!example.unit_id.is_empty() && !example.source.is_empty() && !example.target.is_empty());
    let known = proto::SuggestTermsRequest { known_glossaries: vec!["g".into()], ..request.clone() };
    let unknown = suggest(known).await.unwrap().into_inner().terms;
    assert_eq!(unknown.len(), all.terms.len() - 1);
    assert!(unknown.iter().all(|t| t.source != "حصار"));
    for (bad, reason) in [
        (proto::SuggestTermsRequest { limit: Some(0), ..request.clone() }, "BAD_LIMIT"),
        (proto::SuggestTermsRequest { least_together: Some(1), ..request.clone() }, "BAD_COUNT"),
        (proto::SuggestTermsRequest { least_score: Some(101.0), ..request.clone() }, "BAD_SCORE"),
        (proto::SuggestTermsRequest { memory: "n".into(), ..request.clone() }, "UNKNOWN_MEMORY"),
    ] {
        assert_eq!(refusal(suggest(bad).await).1, reason);
    }
}
