//! Tests of reading catalogues.

use super::{Languages, PluralRole, PoReader, ReadUnits};
use crate::{
    interchange::{FileUnit, ReadError, po::category_names},
    locale::Locale,
    unit::ReviewState,
};

fn read(file: &[u8]) -> Result<Vec<FileUnit>, ReadError> {
    let mut reader = PoReader::new(file, Languages::default())?;
    std::iter::from_fn(|| reader.next_unit().transpose()).collect()
}

fn texts(unit: &FileUnit) -> Vec<(&str, &str)> {
    unit.drafts.iter().map(|d| (d.source.segment.text.as_str(), d.target.segment.text.as_str())).collect()
}

const HEADER: &str =
    "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Language: ar_EG\\n\"\n\n";

#[test]
fn messages_are_units_and_the_header_reverses_them() {
    let file = format!(
        "{HEADER}# note\n#. for the button\n#: a.c:1\n#, c-format\n#| msgid \"Yess\"\nmsgctxt \"menu\"\nmsgid \"\"\n\"Yes, \\\"%s\\\"\\n\"\n\"more\"\nmsgstr \"نعم\"\n#, fuzzy\nmsgid \"No\"\nmsgstr \"لا\"\n\nmsgid \"Maybe\"\nmsgstr \"\"\n#~ msgid \"Old\"\n#~ msgstr \"قديم\"\n"
    );
    let units = read(file.as_bytes()).unwrap();
    assert_eq!(texts(&units[0]), [("نعم", "Yes, \"%s\"\nmore")]);
    let draft = &units[0].drafts[0];
    assert_eq!(
        (draft.context.id.as_deref(), draft.notes.as_slice()),
        (Some("menu"), &["note".to_owned()][..])
    );
    let properties: Vec<_> = draft.properties.iter().map(|p| (p.name.as_str(), p.value.as_str())).collect();
    assert_eq!(
        properties,
        [("po:extracted-comment", "for the button"), ("po:reference", "a.c:1"), ("po:flag", "c-format")]
    );
    let reasons: Vec<_> =
        units.iter().map(|u| (u.position.line, u.problems.first().map(|p| p.reason))).collect();
    assert_eq!(reasons, [(6, None), (16, None), (20, Some("NO_TARGET")), (22, Some("OBSOLETE"))]);
    assert_eq!(draft.provenance.review, ReviewState::Confirmed);
}

/// Returns source, context, review state, and the properties of the units of entries in the memory's direction.
fn facts(entries: &str) -> Vec<(String, Option<String>, ReviewState, Vec<String>)> {
    let languages = Languages { source: Locale::english(), target: Locale::arabic(), ..Languages::default() };
    let file = HEADER.to_owned() + entries;
    let mut reader = PoReader::new(file.as_bytes(), languages).unwrap();
    let units = std::iter::from_fn(|| reader.next_unit().unwrap());
    let drafts = units.flat_map(|unit| {
        assert_eq!(unit.problems, [], "{entries}");
        unit.drafts
    });
    drafts
        .map(|draft| {
            let properties = draft.properties.iter().filter(|p| !p.name.starts_with("po:plural:"));
            let values = properties.map(|p| p.value.clone()).collect();
            (draft.source.segment.text, draft.context.id, draft.provenance.review, values)
        })
        .collect()
}

#[test]
fn a_fuzzy_translation_is_a_unit_that_nobody_has_confirmed() {
    let fact = |source: &str, context: Option<&str>, properties: &[&str]| {
        let properties = properties.iter().map(|value| (*value).to_owned()).collect();
        (source.to_owned(), context.map(str::to_owned), ReviewState::Unreviewed, properties)
    };
    let entry = |lines: &str| format!("{lines}\nmsgstr \"أ\"\n");
    // The flag is the review state, so it does not become a property.
    for flags in ["#, fuzzy", "#,fuzzy", "#, fuzzy, fuzzy"] {
        assert_eq!(facts(&entry(&format!("{flags}\nmsgid \"a\""))), [fact("a", None, &[])]);
    }
    for flags in ["#, fuzzy, c-format", "#, c-format fuzzy", "#, fuzzy\n#, c-format"] {
        assert_eq!(facts(&entry(&format!("{flags}\nmsgid \"a\""))), [fact("a", None, &["c-format"])]);
    }
    // The translation is that of the former message.
    let changed = "#| msgid \"b\"\nmsgid \"a\"";
    assert_eq!(facts(&entry(&format!("#, fuzzy\n{changed}"))), [fact("b", None, &[changed])]);
    let lines = "#| msgctxt \"d\"\n#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"";
    assert_eq!(facts(&entry(&format!("#, fuzzy\n{lines}"))), [fact("b", Some("d"), &[lines])]);
    let of_context = "#| msgid \"b\"\nmsgctxt \"c\"\nmsgid \"a\"";
    assert_eq!(facts(&entry(&format!("#, fuzzy\n{of_context}")))[0].1.as_deref(), Some("c"));
    // A string of several lines, and the same message.
    let long = "#, fuzzy\n#| msgid \"\"\n#| \"b\\n\"\n#| \"c\"\nmsgid \"a\"";
    assert_eq!(facts(&entry(long))[0].0, "b\nc");
    assert_eq!(facts(&entry("#, fuzzy\n#| msgid \"a\"\nmsgid \"a\"")), [fact("a", None, &[])]);
    // Only a fuzzy translation is that of the former message.
    assert_eq!(facts(&entry(changed))[0], ("a".to_owned(), None, ReviewState::Confirmed, vec![]));
}

#[test]
fn plural_forms_of_a_changed_message_are_those_of_the_former_one() {
    let message = |former: &str, plural: &str, strings: &str| {
        let sources = facts(&format!("#, fuzzy\n{former}msgid \"a\"\n{plural}{strings}"));
        sources.into_iter().map(|(source, ..)| source).collect::<Vec<_>>().join(" ")
    };
    let strings: String = (0..6).map(|n| format!("msgstr[{n}] \"أ{n}\"\n")).collect();
    let (former, plural) = ("#| msgid \"b\"\n#| msgid_plural \"bs\"\n", "msgid_plural \"as\"\n");
    assert_eq!(message(former, plural, &strings), "bs b bs bs bs bs");
    assert_eq!(message("", plural, &strings), "as a as as as as");
    // A message that has got a plural, and one that has lost it.
    assert_eq!(message("#| msgid \"b\"\n", plural, &strings), "b b b b b b");
    assert_eq!(message(former, "", "msgstr \"أ\"\n"), "b");
}

#[test]
fn plural_forms_are_units() {
    let file = format!(
        "{HEADER}msgid \"one file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"لا ملفات\"\nmsgstr[1] \"ملف واحد\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"ملفات\"\nmsgstr[4] \"ملفا\"\nmsgstr[5] \"\"\n"
    );
    assert_eq!(
        texts(&read(file.as_bytes()).unwrap()[0]),
        [
            ("لا ملفات", "%d files"),
            ("ملف واحد", "one file"),
            ("ملفان", "%d files"),
            ("ملفات", "%d files"),
            ("ملفا", "%d files")
        ]
    );
    let english = "msgid \"ملف\"\nmsgid_plural \"ملفات\"\nmsgstr[0] \"file\"\nmsgstr[1] \"files\"\n";
    assert_eq!(texts(&read(english.as_bytes()).unwrap()[0]), [("ملف", "file"), ("ملفات", "files")]);
}

/// Returns a catalogue of one message, whose forms are named after the counts that they are for.
fn six_forms(plural_forms: &str, forms: [&str; 6]) -> String {
    let mut file = format!("{HEADER}msgid \"a day\"\nmsgid_plural \"%d days\"\n")
        .replace("\n\n", &format!("\n\"Plural-Forms: {plural_forms}\\n\"\n\n"));
    for (number, form) in forms.iter().enumerate() {
        file.push_str(&format!("msgstr[{number}] \"{form}\"\n"));
    }
    file
}

const STANDARD: &str =
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;";

#[test]
fn the_formula_decides_which_form_is_the_singular() {
    let drupal = "nplurals=6; plural=((n==1)?(0):((n==0)?(1):((n==2)?(2):((((n%100)>=3)&&((n%100)<=10))?(3):((((n%100)>=11)&&((n%100)<=99))?(4):5)))));";
    let reversed =
        "nplurals=6; plural=n==0 ? 5 : n==1 ? 4 : n==2 ? 3 : n%100>=3 && n%100<=10 ? 2 : n%100>=11 ? 1 : 0;";
    let expected = [
        ("عدم", "%d days", "zero"),
        ("يوم", "a day", "one"),
        ("يومان", "%d days", "two"),
        ("أيام", "%d days", "few"),
        ("يوما", "%d days", "many"),
        ("يوم ما", "%d days", "other"),
    ];
    for (formula, order) in
        [(STANDARD, [0, 1, 2, 3, 4, 5]), (drupal, [1, 0, 2, 3, 4, 5]), (reversed, [5, 4, 3, 2, 1, 0])]
    {
        let file = six_forms(formula, order.map(|n| expected[n].0));
        let unit = &read(file.as_bytes()).unwrap()[0];
        assert_eq!(unit.problems, []);
        let mut found: Vec<_> = unit
            .drafts
            .iter()
            .map(|d| {
                let role = d.properties.iter().find_map(PluralRole::of_property).unwrap();
                let names = category_names(&role.categories);
                (d.source.segment.text.as_str(), d.target.segment.text.as_str(), names)
            })
            .collect();
        found.sort_by_key(|(_, _, names)| expected.iter().position(|(.., known)| known == names));
        let expected = expected.map(|(from, to, names)| (from, to, names.to_owned()));
        assert_eq!(found, expected, "{formula}");
    }
}

#[test]
fn forms_with_one_text_are_one_unit() {
    let file = six_forms(STANDARD, ["أيام", "يوم", "يومان", "أيام", "أيام", "أيام"]);
    let unit = &read(file.as_bytes()).unwrap()[0];
    assert_eq!(texts(unit), [("أيام", "%d days"), ("يوم", "a day"), ("يومان", "%d days")]);
    let role = unit.drafts[0].properties.iter().find_map(PluralRole::of_property).unwrap();
    assert_eq!(category_names(&role.categories), "zero few many other");
}

#[test]
fn a_formula_that_cannot_be_used_is_reported_once() {
    let forms = ["عدم", "يوم", "يومان", "أيام", "يوما", "يوم ما"];
    for formula in ["nplurals=2; plural=n != 1;", "nplurals=6; plural=x;"] {
        let file = six_forms(formula, forms) + "\nmsgid \"b\"\nmsgid_plural \"bs\"\nmsgstr[5] \"ب\"\n";
        let units = read(file.as_bytes()).unwrap();
        // The forms are those of Arabic, so the second one is the singular.
        assert_eq!(texts(&units[0])[1], ("يوم", "a day"), "{formula}");
        let reasons: Vec<Vec<_>> =
            units.iter().map(|u| u.problems.iter().map(|p| (p.reason, p.refused)).collect()).collect();
        assert_eq!(reasons, [vec![("BAD_PLURAL_FORMS", false)], vec![]], "{formula}");
    }
    // Four forms in Arabic need a formula.
    let file = format!("{HEADER}msgid \"b\"\nmsgid_plural \"bs\"\nmsgstr[3] \"ب\"\n");
    let problem = &read(file.as_bytes()).unwrap()[0].problems[0];
    assert_eq!((problem.reason, problem.refused), ("NO_PLURAL_FORMS", true));
    assert!(problem.message.contains("nplurals=6;"), "{}", problem.message);
}

#[test]
fn a_header_without_a_language_leaves_it_to_the_script() {
    let units = read(
        "msgid \"yes\"\nmsgstr \"نعم\"\n\nmsgid \"لا\"\nmsgstr \"no\"\n\nmsgid \"1\"\nmsgstr \"2\"\n"
            .as_bytes(),
    )
    .unwrap();
    assert_eq!((texts(&units[0]), texts(&units[1])), (vec![("نعم", "yes")], vec![("لا", "no")]));
    assert_eq!(units[2].problems[0].reason, "NO_LANGUAGE");
}

#[test]
fn bytes_as_numbers_and_former_messages_are_read() {
    let file = format!(
        "{HEADER}#: a.c:1\n#: b.c:2\nmsgid \"\\x79es\\041\"\nmsgstr \"\\331\\206\"\n#~| msgid \"older\"\n#~ msgid \"old\"\n#~ msgstr \"قديم\"\n"
    );
    let units = read(file.as_bytes()).unwrap();
    assert_eq!(texts(&units[0]), [("ن", "yes!")]);
    assert_eq!(units[0].drafts[0].properties[0].value, "a.c:1\nb.c:2");
    assert_eq!(units[1].problems[0].reason, "OBSOLETE");
}

#[test]
fn the_header_names_the_character_set() {
    let mut file = b"msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=windows-1256\\n\"\n\"Language: ar\\n\"\n\nmsgid \"yes\"\nmsgstr \"".to_vec();
    file.extend([0xE4, 0xDA, 0xE3]);
    file.extend(b"\"\n");
    assert_eq!(texts(&read(&file).unwrap()[0]), [("نعم", "yes")]);
    let french = HEADER.replace("ar_EG", "fr") + "msgid \"yes\"\nmsgstr \"oui\"\n";
    assert_eq!(read(french.as_bytes()).unwrap()[0].problems[0].reason, "OTHER_LANGUAGES");
}

#[test]
fn many_comments_take_no_longer_than_they_are() {
    let references = "#:\n".repeat(1 << 20);
    let file = format!("{HEADER}{references}msgid \"yes\"\nmsgstr \"نعم\"\n");
    let units = read(file.as_bytes()).unwrap();
    assert_eq!(units[0].drafts[0].properties[0].value.len(), (1 << 20) - 1);
}

#[test]
fn an_entry_that_is_too_large_is_refused_and_reading_continues() {
    let line = format!("\"{}\"\n", "x".repeat(1 << 19));
    let message = |lines: usize| format!("msgid \"\"\n{}msgstr \"ن\"\n\n", line.repeat(lines));
    let units = read(format!("{HEADER}{}{}{}", message(7), message(8), message(1)).as_bytes()).unwrap();
    let outcomes: Vec<_> =
        units.iter().map(|u| (u.drafts.len(), u.problems.first().map(|p| p.reason))).collect();
    assert_eq!(outcomes, [(1, None), (0, Some("UNIT_TOO_LARGE")), (1, None)]);
}

#[test]
fn flags_are_split_as_gettext_splits_them() {
    for (flags, fuzzy) in
        [("c-format fuzzy", true), (",, fuzzy", true), ("fuzzy,c-format", true), ("no-fuzzy", false)]
    {
        let units = read(format!("{HEADER}#, {flags}\nmsgid \"a\"\nmsgstr \"ا\"\n").as_bytes()).unwrap();
        let is_unreviewed = units[0].drafts[0].provenance.review == ReviewState::Unreviewed;
        assert_eq!(is_unreviewed, fuzzy, "{flags}");
    }
}

#[test]
fn what_gettext_reads_is_read() {
    let file = format!(
        "{HEADER}# of it\ndomain \"x\"\ndomain\n\"y\"\nmsgid \"a\" \"b\"\nmsgstr\n\n\"ن\"\ndomain \"z\"\n\
         # C:\\\nmsgid \"c\\\nd\\\\\" \\\n\"e\"\nmsgstr\"ل\"\n\
         #~ #: old.c\n#~ # C:\\\n#~ msgid \"f\"\n#~ msgstr \"ف\"\n#~ #: old.c\n#~ msgid \"g\"\n#~ msgstr \"ق\"\n\
         #| msgid \"h\\\n\"\nmsgid \"i\\\r\nj\"\r\nmsgstr \"ي\"\n"
    );
    let units = read(file.as_bytes()).unwrap();
    let all: Vec<_> = units.iter().flat_map(texts).collect();
    assert_eq!(all, [("ن", "ab"), ("ل", "cd\\e"), ("ي", "ij")]);
    assert_eq!(units[0].drafts[0].notes, [""; 0]);
    let refused: Vec<_> = units.iter().filter_map(|u| u.problems.first()).map(|p| p.reason).collect();
    assert_eq!(refused, ["OBSOLETE", "OBSOLETE"]);
    let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
    let mut lines = String::new();
    while let Some(entry) = reader.next_entry_lines().unwrap() {
        lines.extend(entry.into_iter().map(|(line, _)| line));
    }
    assert_eq!(lines, file);
}

#[test]
fn an_invalid_catalogue_is_an_error_with_its_line() {
    for (file, line) in [
        ("hello\n", 1),
        ("msgid \"a\"\n", 1),
        ("msgid \"a\"\nmsgstr \"b\n", 2),
        ("msgid \"a\"\nmsgstr \"b\" c\n", 2),
        ("msgid \"a\"\nmsgstr x \"b\"\n", 2),
        ("msgid \"a\"\nmsgstr\n", 2),
        ("msgid\n\nmsgstr \"b\"\n", 3),
        ("msgid \"a\"\ndomain \"x\"\nmsgstr \"b\"\n", 2),
        ("msgid \"a\\\n", 1),
        ("msgid \"a\\\n\nmsgstr \"b\"\n", 2),
        ("msgid \"a\\q\"\n", 1),
        ("\n\"a\"\n", 2),
        ("msgstr \"a\"\n", 1),
        ("msgid \"a\"\n# late\nmsgstr \"b\"\n", 2),
        ("msgid \"a\"\nmsgstr[x] \"b\"\n", 2),
        ("msgid \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", 2),
        ("msgid \"a\"\nmsgstr \"c\"\nmsgstr \"d\"\n", 3),
        ("msgid \"\\xd8\"\nmsgstr \"d\"\n", 1),
    ] {
        let error = read(file.as_bytes()).err();
        assert!(matches!(error, Some(ReadError::BadPo { line: l, .. }) if l == line), "{file}: {error:?}");
    }
    assert!(read(b"").unwrap().is_empty());
}

#[test]
fn empty_lines_take_no_memory() {
    let empty = "\n".repeat(1 << 18);
    let file = format!("{HEADER}{empty}msgid \"yes\"\nmsgstr \"نعم\"\n{empty}");
    let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
    assert_eq!(texts(&reader.next_unit().unwrap().unwrap()), [("نعم", "yes")]);
    assert!(reader.next_unit().unwrap().is_none());
    assert_eq!(reader.trailing.capacity(), 0);
    // If lines are returned, empty ones count towards the size of the entry.
    let mut reader = PoReader::new(file.as_bytes(), Languages::default()).unwrap();
    assert!(matches!(reader.next_entry_lines(), Err(ReadError::BadPo { .. })));
}
