use super::{CsvReader, Languages, ReadUnits};
use crate::{
    interchange::{FileUnit, ReadError, bytes::windows_1256},
    locale::Locale,
    unit::ReviewState,
};

fn read(file: &str) -> Result<Vec<FileUnit>, ReadError> {
    let mut reader = CsvReader::new(file.as_bytes(), Languages::default())?;
    std::iter::from_fn(|| reader.next_unit().transpose()).collect()
}

/// Returns the line, source, target and reasons of each unit.
fn summaries(units: &[FileUnit]) -> Vec<(u64, &str, &str, Vec<&str>)> {
    let rows = units.iter().map(|u| {
        let reasons: Vec<&str> = u.problems.iter().map(|p| p.reason).collect();
        match u.drafts.first() {
            Some(d) => {
                (u.position.line, d.source.segment.text.as_str(), d.target.segment.text.as_str(), reasons)
            }
            None => (u.position.line, "", "", reasons),
        }
    });
    rows.collect()
}

#[test]
fn rows_without_a_header_are_pairs() {
    let units = read("نعم,yes\r\n\r\n\"لا، \"\"كلا\"\"\nثم\",no,more,x\n,no\nx,\n").unwrap();
    assert_eq!(
        summaries(&units),
        [
            (1, "نعم", "yes", vec![]),
            (3, "لا، \"كلا\"\nثم", "no", vec!["MORE_COLUMNS"]),
            (5, "", "", vec!["NO_SOURCE"]),
            (6, "", "", vec!["NO_TARGET"]),
        ]
    );
}

#[test]
fn a_header_that_lacks_a_side_is_an_error() {
    let error = read("id,source,translated\n1,نعم,yes\n").err();
    assert!(
        matches!(&error, Some(ReadError::BadTable { line: 1, what }) if what.contains("target")),
        "{error:?}"
    );
    assert_eq!(summaries(&read("sep=;\nsource;target\nنعم;yes\n").unwrap()), [(3, "نعم", "yes", vec![])]);
    assert_eq!(summaries(&read("source\ttranslation\nنعم\tyes\n").unwrap()), [(2, "نعم", "yes", vec![])]);
}

#[test]
fn languages_name_columns_whatever_the_region() {
    // `en-route` is not a tag, and two cells that do not name the sides are a pair.
    let pairs = read("في الطريق,en-route\n").unwrap();
    assert_eq!(summaries(&pairs), [(1, "في الطريق", "en-route", vec![])]);
    assert_eq!(summaries(&read("ملاحظة,note\n").unwrap()), [(1, "ملاحظة", "note", vec![])]);
    // `Arabic,العربية` names one language twice, so it is a pair.
    assert_eq!(summaries(&read("العربية,Arabic\n").unwrap()), [(1, "العربية", "Arabic", vec![])]);
    for header in [
        "ar,en-US",
        "AR_EG,en",
        "client,en-us,ar-EG",
        "source,en-GB",
        "ar-EG,target",
        "Arabic,English",
        "id,english,arabic",
        "الإنجليزية,العربية",
        "source,english",
        "Arabic,en-US",
    ] {
        let units = read(&format!("{header}\n")).unwrap();
        assert_eq!(summaries(&units), [], "{header}");
    }
    let units = read("ar-EG,en-US,ar,en\nلا,no,نعم,yes\n").unwrap();
    assert_eq!(summaries(&units), [(2, "نعم", "yes", vec![])]);
    let names: Vec<_> = units[0].drafts[0].properties.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["ar-EG", "en-US"]);
    let renamed = Languages {
        renamed: vec![("Arabic".to_owned(), Locale::arabic()), ("English".to_owned(), Locale::english())],
        ..Languages::default()
    };
    let mut reader = CsvReader::new("English,Arabic\nyes,نعم\n".as_bytes(), renamed).unwrap();
    assert_eq!(summaries(&[reader.next_unit().unwrap().unwrap()]), [(2, "نعم", "yes", vec![])]);
}

#[test]
fn a_table_the_wrong_way_round_is_turned_by_its_script() {
    let turned = vec!["COLUMNS_TURNED"];
    for file in ["yes,نعم\n123,456\nno,لا\n", "source,target\nyes,نعم\n123,456\nno,لا\n"] {
        let units = read(file).unwrap();
        let texts: Vec<_> =
            summaries(&units).into_iter().map(|(_, from, to, reasons)| (from, to, reasons)).collect();
        assert_eq!(texts, [("نعم", "yes", turned.clone()), ("456", "123", vec![]), ("لا", "no", vec![])]);
    }
    // One Arabic letter on its side is enough for the columns to be right.
    let units = read("DNA,الحمض\nنعم,yes\n").unwrap();
    assert_eq!(summaries(&units), [(1, "DNA", "الحمض", vec![]), (2, "نعم", "yes", vec![])]);
    assert_eq!(summaries(&read("DNA,RNA\n").unwrap()), [(1, "DNA", "RNA", vec![])]);
    // If the header names the languages, one of the two must be wrong.
    let error = read("ar,en\nyes,نعم\n").err();
    assert_eq!(error.map(|e| e.reason()), Some("COLUMNS_TURNED"));
    let named = read("source,target,source_locale,target_locale\nyes,نعم,en,ar\n").unwrap();
    assert_eq!(summaries(&named), [(2, "yes", "نعم", vec![])]);
}

#[test]
fn a_long_table_must_not_change_its_direction() {
    let many = "yes,نعم\n".repeat(10_000);
    assert_eq!(read(&many).unwrap().len(), 10_000);
    let file = format!("{many}no,لا\n");
    let units = read(&file).unwrap();
    assert_eq!(summaries(&units[10_000..]), [(10_001, "لا", "no", vec![])]);
    let error = read(&format!("{many}لا,no\n")).err();
    assert!(matches!(error, Some(ReadError::BadTable { line: 10_001, .. })), "{error:?}");
}

#[test]
fn arabic_of_windows_is_read_with_a_remark() {
    let bytes = windows_1256("source;target\nنعم، سيدي;yes, sir\nلا;no\n");
    let mut reader = CsvReader::new(bytes.as_slice(), Languages::default()).unwrap();
    let units: Vec<_> = std::iter::from_fn(|| reader.next_unit().unwrap()).collect();
    assert_eq!(
        summaries(&units),
        [(2, "نعم، سيدي", "yes, sir", vec!["ENCODING_DETECTED"]), (3, "لا", "no", vec![])]
    );
}

#[test]
fn fuzzy_translations_are_unreviewed() {
    // As Weblate and translate-toolkit write it.
    let file = "\"location\",\"source\",\"target\",\"id\",\"fuzzy\",\"context\"\n\"\",\"نعم\",\"yes\",\"\",\"True\",\"\"\n\"\",\"لا\",\"no\",\"\",\"\",\"ctx\"\n";
    let units = read(file).unwrap();
    let reviews: Vec<_> = units.iter().map(|u| u.drafts[0].provenance.review).collect();
    assert_eq!(reviews, [ReviewState::Unreviewed, ReviewState::Confirmed]);
    assert!(units.iter().all(|u| u.drafts[0].properties.is_empty() && u.problems.is_empty()), "{units:?}");
    for (cell, review, problems) in [
        ("unreviewed", ReviewState::Unreviewed, 0),
        ("FALSE", ReviewState::Confirmed, 0),
        ("perhaps", ReviewState::Unreviewed, 1),
    ] {
        let units = read(&format!("source,target,review_state\nنعم,yes,{cell}\n")).unwrap();
        assert_eq!((units[0].drafts[0].provenance.review, units[0].problems.len()), (review, problems));
    }
}

#[test]
fn one_known_name_makes_a_header() {
    for (header, named, missing) in [
        ("source,French", "source", "target"),
        ("French,en-US", "en-US", "source"),
        ("id,french,english", "id", "source"),
        ("source,source", "source", "target"),
    ] {
        let error = read(&format!("{header}\nنعم,yes\n")).err().map(|e| e.to_string()).unwrap_or_default();
        let expected = format!("line 1: the header names '{named}' and has no column for the {missing}: ");
        assert!(error.starts_with(&expected), "{error}");
    }
    // A first row without a known name is a pair.
    assert_eq!(summaries(&read("العربية,French\n").unwrap()), [(1, "العربية", "French", vec![])]);
    assert_eq!(summaries(&read("source,target\nid,source\n").unwrap()), [(2, "id", "source", vec![])]);
}

#[test]
fn columns_are_known_by_name_and_others_are_properties() {
    let units = read(
        "Target;AR;client;usage_count;created_at;origin;target_locale\nyes;نعم;acme;many;2026-01-31T12:00:00.250Z;human;en-GB\n",
    )
    .unwrap();
    let draft = &units[0].drafts[0];
    assert_eq!((draft.source.segment.text.as_str(), draft.target.locale.as_str()), ("نعم", "en-GB"));
    assert_eq!((draft.properties[0].name.as_str(), draft.properties[0].value.as_str()), ("client", "acme"));
    assert_eq!(draft.provenance.created_at.map(|t| t.0 % 1_000), Some(250));
    assert_eq!(units[0].problems[0].reason, "BAD_NUMBER");
}
