//! Property tests that pretranslation leaves no generated document worse.

use proptest::prelude::*;

use super::{
    answer::{Answer, FillResult, TermNote},
    assemble,
    document::{Document, DocumentFormat},
    nothing_worse::{document, stored, without_additions, write, xliff},
};
use crate::{
    interchange::{contract::Languages, format::UnitFormat, unit_files::UnitReader},
    score::{MatchKind, Score},
    unit::{ReviewState, UnitDraft},
};

/// Units of generated files: XML with `{}` in place of a number that makes the ids distinct.
const V1_UNITS: [&str; 12] = [
    "<trans-unit id='{}'><source>نعم {}</source></trans-unit>",
    "<trans-unit id='{}'>\n  <source> نعم {} </source>\n  <target state='new'/>\n</trans-unit>",
    "<trans-unit id='{}' maxwidth='6' size-unit='char'><source>لا {}</source><note>n</note></trans-unit>",
    "<trans-unit id='{}' translate='no'><source>لا {}</source></trans-unit>",
    "<trans-unit id='{}'><source>لا {}</source><target>no</target></trans-unit>",
    "<trans-unit id='{}'><source>لا {}</source><target state='new'>half</target></trans-unit>",
    "<trans-unit id='{}'><source><g id='1'>نعم</g> {}<x id='2'/></source></trans-unit>",
    "<trans-unit id='{}'><source>قل <mrk mtype='protected'>نعم {}</mrk></source></trans-unit>",
    "<trans-unit id='{}'><source>أ {}. ب {}.</source><seg-source><mrk mtype='seg' mid='1'>أ {}.</mrk> <mrk mtype='seg' mid='2'>ب {}.</mrk></seg-source></trans-unit>",
    "<trans-unit id='{}'><source>أ {}. ب.</source><seg-source><mrk mtype='seg' mid='1'>أ {}.</mrk> <mrk mtype='seg' mid='2'>ب.</mrk></seg-source><target><mrk mtype='seg' mid='1'/><mrk mtype='seg' mid='3'/></target></trans-unit>",
    "<trans-unit id='{}'><source>نعم {}</source><target><mrk mid='0' mtype='seg'/></target></trans-unit>",
    "<group restype='x-gettext-plurals'><trans-unit id='{}'><source>كتب {}</source></trans-unit><trans-unit id='{}b'><source>كتب {}</source></trans-unit></group>",
];

const V2_UNITS: [&str; 8] = [
    "<unit id='{}'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}'>\n<segment id='s'>\n<source>نعم {} </source>\n</segment>\n<ignorable><source> </source></ignorable><segment id='t'><source>لا {}</source><target/></segment></unit>",
    "<unit id='{}' translate='no'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}' slr:sizeRestriction='6'><segment id='s'><source>نعم {}</source></segment></unit>",
    "<unit id='{}'><segment id='s' state='final'><source>نعم {}</source><target>yes</target></segment></unit>",
    "<unit id='{}'><segment id='s' state='initial'><source>نعم {}</source><target>half</target></segment></unit>",
    "<unit id='{}'><segment id='s'><source><pc id='1'>نعم</pc> {}<ph id='2'/></source></segment></unit>",
    "<unit id='{}'><segment id='s'><source>قل <mrk id='m' translate='no'>نعم {}</mrk></source></segment></unit>",
];

const PO_ENTRIES: [&str; 5] = [
    "msgid \"yes {}\"\nmsgstr \"\"\n",
    "#, c-format\nmsgid \"\"\n\"yes {}\\n\"\nmsgstr \"\"\n",
    "msgid \"no {}\"\nmsgstr \"لا\"\n",
    "#, fuzzy\nmsgid \"so {}\"\nmsgstr \"هكذا\"\n",
    "msgid \"file {}\"\nmsgid_plural \"files {}\"\nmsgstr[0] \"\"\nmsgstr[1] \"\"\nmsgstr[2] \"\"\nmsgstr[3] \"\"\nmsgstr[4] \"\"\nmsgstr[5] \"\"\n",
];

/// Makes the parts of a file with distinct numbers.
fn numbered(templates: &[&str], chosen: &[usize]) -> Vec<String> {
    let chosen = chosen.iter().enumerate();
    chosen.map(|(n, at)| templates[at % templates.len()].replace("{}", &n.to_string())).collect()
}

/// Returns the units of a file, as written.
fn units_of(file: &str) -> Vec<&str> {
    let ends = ["</trans-unit>", "</unit>"];
    let starts = file
        .match_indices(['<'])
        .filter(|(at, _)| ["<trans-unit ", "<unit "].iter().any(|start| file[*at..].starts_with(start)));
    let whole = starts.filter_map(|(at, _)| {
        let end = ends.iter().filter_map(|end| Some(file[at..].find(end)? + end.len())).min()?;
        Some(&file[at..at + end])
    });
    whole.collect()
}

/// Returns the units of a file that an import stores.
fn imported_units(format: UnitFormat, file: &str) -> Vec<UnitDraft> {
    let mut reader = UnitReader::new(format, file.as_bytes(), &Languages::default()).unwrap();
    let mut drafts = Vec::new();
    while let Some(unit) = reader.next_unit().unwrap() {
        assert!(
            unit.drafts.iter().all(|draft| draft.notes.iter().all(|note| note == "n")),
            "our notes are imported"
        );
        drafts.extend(unit.drafts);
    }
    drafts
}

/// Returns the pairs of a file that an import stores as confirmed or as not confirmed.
fn imported(format: UnitFormat, review: ReviewState, file: &str) -> Vec<(String, String)> {
    let units = imported_units(format, file).into_iter().filter(|unit| unit.provenance.review == review);
    units.map(|unit| (unit.source.segment.text, unit.target.segment.text)).collect()
}

/// A generated answer: how good it is, whether it is tied, and whether it has the codes of the segment.
type Kind = (bool, bool, bool);

/// Returns the stored translation of a text: short or long, and another one for each text.
fn translation_of(text: &str) -> String {
    let number: u32 = text.trim().chars().map(u32::from).fold(7, |sum, c| sum * 31 % 9_973 + c);
    format!("T{number}{}", if number.is_multiple_of(3) { " and so on" } else { "" })
}

fn answers_for(document: &Document, kinds: &[Kind]) -> Vec<Answer> {
    let segments = document.segments().iter().zip(kinds.iter().cycle());
    let answers = segments.map(|(asked, (exact, tied, has_codes))| {
        let mut answer = stored(&asked.segment, &translation_of(&asked.segment.text));
        let best = &mut answer.suggestions[0];
        best.target.codes = if *has_codes {
            let codes = asked.segment.codes.iter();
            codes.map(|code| crate::segment::InlineCode { position: 1, ..code.clone() }).collect()
        } else {
            Vec::new()
        };
        if !exact {
            best.score = Score::from_whole(80);
            best.kind = MatchKind::Fuzzy;
            best.source.text.push('!');
        }
        answer.tied = *tied;
        answer.terms =
            vec![TermNote { term: "ن".to_owned(), translations: vec!["n".to_owned()], forbidden: vec![] }];
        answer
    });
    answers.collect()
}

/// Checks a pretranslation of a generated file.
fn check(file: &str, kinds: &[Kind]) {
    let document = xliff(file);
    let answers = answers_for(&document, kinds);
    let (out, results) = write(&document, &answers, Some(Score::from_whole(70)));
    // Units of which nothing was filled stay byte for byte, apart from what is offered.
    let mut texts =
        document.segments().iter().zip(&results).filter(|(_, result)| **result == FillResult::Filled);
    let stripped = without_additions(&out);
    let (before, after) = (units_of(file), units_of(&stripped));
    assert_eq!(before.len(), after.len(), "{out}");
    let id = |unit: &str| unit.split('\'').nth(1).unwrap().to_owned();
    let filled_units: Vec<String> = texts.by_ref().map(|(asked, _)| asked.unit.clone()).collect();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before == after, !filled_units.contains(&id(before)), "{before} -> {after}");
    }
    let outside = |file: &str, units: &[&str]| {
        units.iter().fold(file.to_owned(), |file, unit| file.replacen(unit, "", 1))
    };
    if !filled_units.is_empty() {
        let declared =
            outside(&stripped, &after).replace(" target-language=\"en\"", "").replace(" trgLang=\"en\"", "");
        assert_eq!(declared, outside(file, &before));
    }
    // Each filled target is the stored translation with the ends of its source, and an import reads exactly those that
    // were filled with an exact match. No other target is called translated.
    let mut expected = imported(UnitFormat::Xliff, ReviewState::Confirmed, file);
    let found = imported(UnitFormat::Xliff, ReviewState::Confirmed, &out);
    for (n, (asked, result)) in document.segments().iter().zip(&results).enumerate() {
        let text = &asked.segment.text;
        let translation = translation_of(text);
        let pair = (text.clone(), text.replace(text.trim(), &translation));
        let exact = answers[n].suggestions[0].is_exact();
        if *result == FillResult::Filled && exact && found.contains(&pair) {
            expected.push(pair.clone());
        }
        assert!(*result == FillResult::Filled || !found.contains(&pair), "{pair:?}: {out}");
        assert!(*result == FillResult::Filled || !stripped.contains(&format!("{translation}<")), "{out}");
    }
    let (mut expected, mut found) = (expected, found);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{out}");
    assert!(
        !out.contains("<target></target>")
            && !out.contains("state=\"translated\" state-qualifier=\"exact-match\"></"),
        "{out}"
    );
    // A second run with the same answers changes nothing more for what is still open.
    let again = xliff(&out);
    let open = answers_for(&again, &[(false, true, true)]);
    let offered = write(&again, &open, None).0;
    assert_eq!(write(&xliff(&offered), &open, None).0, offered);
}

proptest! {
    #[test]
    fn generated_xliff_is_not_worse(
        chosen in prop::collection::vec(0..12_usize, 1..8),
        kinds in prop::collection::vec(any::<Kind>(), 1..8),
        declared in any::<bool>(),
        second in any::<bool>(),
    ) {
        let (templates, head, tail) = match (second, declared) {
            (false, true) => (&V1_UNITS[..], "<xliff version='1.2'><file source-language='ar' target-language='en' original='a'><body>", "</body></file></xliff>"),
            (false, false) => (&V1_UNITS[..], "<xliff version='1.2'><file source-language='ar' original='a'><body>", "</body></file></xliff>"),
            (true, true) => (&V2_UNITS[..], "<xliff version='2.1' srcLang='ar' trgLang='en'><file id='f'>", "</file></xliff>"),
            (true, false) => (&V2_UNITS[..], "<xliff version='2.1' srcLang='ar'><file id='f'>", "</file></xliff>"),
        };
        let units = numbered(templates, &chosen).join("\n");
        check(&format!("{head}\n{units}\n{tail}\n"), &kinds);
    }

    #[test]
    fn generated_catalogues_are_not_worse(
        chosen in prop::collection::vec(0..5_usize, 1..8),
        kinds in prop::collection::vec(any::<Kind>(), 1..8),
    ) {
        let head = "msgid \"\"\nmsgstr \"Language: ar\\n\"\n";
        let entries = numbered(&PO_ENTRIES, &chosen);
        let file = format!("{head}\n{}", entries.join("\n"));
        let catalogue = document(DocumentFormat::Po, &file);
        let answers = answers_for(&catalogue, &kinds);
        let (out, results) = write(&catalogue, &answers, Some(Score::from_whole(70)));
        let made = assemble(out.as_bytes()).unwrap();
        let open = results.iter().filter(|r| **r != FillResult::Filled).count();
        prop_assert_eq!(made.missing, open as u64);
        let entries_of = |file: &str| file.split("\n\n").map(|e| e.trim_end().to_owned()).collect::<Vec<_>>();
        let mut expected = imported(UnitFormat::Po, ReviewState::Confirmed, &file);
        let forms = |entry: &str| if entry.contains("msgid_plural") { 6 } else { usize::from(entry.contains("msgstr \"\"")) };
        let mut number = 0;
        for (before, after) in entries_of(&file).iter().zip(&entries_of(&made.text)).skip(1) {
            let own = number..number + forms(before);
            number = own.end;
            let filled = results[own.clone()].iter().filter(|r| **r == FillResult::Filled).count();
            prop_assert_eq!(before == after, filled == 0, "{} -> {}", before, after);
            let exact = own.clone().all(|n| answers[n].suggestions[0].is_exact());
            if filled > 0 && filled == own.len() && exact {
                for n in own {
                    let text = &catalogue.segments()[n].segment.text;
                    expected.push((text.replace(text.trim(), &translation_of(text)), text.clone()));
                }
            }
            let is_fuzzy = after.contains("fuzzy");
            prop_assert_eq!(is_fuzzy, before.contains("fuzzy") || filled > 0 && (filled < forms(before) || !exact));
        }
        let mut found = imported(UnitFormat::Po, ReviewState::Confirmed, &made.text);
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
        // A translation of a similar message that was filled in is stored as that of the similar one, not of this one.
        for (translation, message) in imported(UnitFormat::Po, ReviewState::Unreviewed, &made.text) {
            let is_plain = !message.starts_with("file");
            let is_filled = translation.trim().starts_with('T');
            prop_assert!(!is_plain || !is_filled || message.trim_end().ends_with('!'), "{}: {}", message, made.text);
        }
    }
}
