//! No document crashes its reader. A document without known segments is written as it was, and a
//! filled document can be read again.
#![no_main]

use dhakira::{
    interchange::{Answer, Document, DocumentFormat, Languages, SegmentToTranslate, Suggestion, assemble},
    score::{MatchKind, Score},
    segment::Segment,
};
use libfuzzer_sys::fuzz_target;

const FORMATS: [DocumentFormat; 3] = [DocumentFormat::Xliff, DocumentFormat::Po, DocumentFormat::Text];

fn written(document: &Document, answers: &[Answer]) -> Vec<u8> {
    let mut out = Vec::new();
    document.write(answers, Some(Score::ZERO), &mut out).expect("memory");
    out
}

fn answer(segment: &SegmentToTranslate) -> Answer {
    Answer {
        suggestions: vec![Suggestion {
            source: segment.segment.clone(),
            target: Segment {
                text: format!("<&{}", segment.segment.text),
                codes: segment.segment.codes.clone(),
            },
            kind: MatchKind::Exact,
            score: Score::FULL,
            similarity: Score::FULL,
            origin: "\"<".to_owned(),
            plural_forms: vec!["one".to_owned(), "few many".to_owned()],
        }],
        terms: Vec::new(),
        tied: false,
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let format = FORMATS[usize::from(choice) % FORMATS.len()];
    let Ok(document) = Document::read(format, "a", bytes, &Languages::default()) else { return };
    let as_it_was = written(&document, &[]);
    if format == DocumentFormat::Text {
        let made = assemble(as_it_was.as_slice()).expect("our own");
        if let Ok(text) = std::str::from_utf8(bytes)
            && text
                .chars()
                .all(|c| c == '\n' || c == '\t' || !c.is_control() && c < '\u{FFFE}' && c != '\u{FEFF}')
        {
            assert_eq!(made.text, text);
        }
    }
    let answers: Vec<Answer> = document.segments().iter().map(answer).collect();
    let filled = written(&document, &answers);
    let again = Document::read(DocumentFormat::Xliff, "a", filled.as_slice(), &Languages::default());
    let again = again.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&filled)));
    assert!(again.segments().len() <= document.segments().len());
});
