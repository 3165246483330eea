//! Tests of writing catalogues.

use proptest::prelude::*;

use crate::{
    interchange::{Languages, MemoryHead, UnitFormat, UnitReader, UnitWriter, WriteLosses},
    locale::Locale,
    unit::{Origin, ReviewState, UnitDraft},
};

fn english_to_arabic() -> Languages {
    Languages { source: Locale::english(), target: Locale::arabic(), ..Languages::default() }
}

fn read(file: &[u8]) -> Vec<UnitDraft> {
    let mut reader = UnitReader::new(UnitFormat::Po, file, &english_to_arabic()).unwrap();
    let units = std::iter::from_fn(|| reader.next_unit().unwrap());
    units.flat_map(|unit| unit.drafts).collect()
}

/// Returns the units of a file as a memory has them after an import: units with the same texts are one
/// unit, with the properties of both.
fn imported(file: &[u8]) -> Vec<UnitDraft> {
    let mut units: Vec<UnitDraft> = Vec::new();
    for unit in read(file) {
        match units.iter_mut().find(|known| known.source == unit.source && known.target == unit.target) {
            Some(known) => {
                known.properties.retain(|p| unit.properties.iter().all(|new| new.name != p.name));
                known.properties.extend(unit.properties);
            }
            None => units.push(unit),
        }
    }
    units
}

fn write(units: &[UnitDraft]) -> (String, WriteLosses) {
    let head = MemoryHead { source: Locale::english(), target: Locale::arabic() };
    let mut bytes = Vec::new();
    let mut writer = UnitWriter::new(UnitFormat::Po, &mut bytes, &head).unwrap();
    units.iter().for_each(|unit| writer.write_unit(unit).unwrap());
    let losses = writer.finish().unwrap();
    (String::from_utf8(bytes).unwrap(), losses)
}

const HEADER: &str = "msgid \"\"\nmsgstr \"\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Language: ar\\n\"\n\"Plural-Forms: nplurals=6; plural=n==1 ? 0 : n==0 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;\\n\"\n";

/// The entries of a written catalogue, without its header.
fn entries(file: &str) -> Vec<&str> {
    file.split("\n\n").skip(1).map(str::trim).collect()
}

#[test]
fn a_message_with_plural_forms_is_one_message_again() {
    let file = format!(
        "{HEADER}\n# note\n#, c-format\nmsgctxt \"c\"\nmsgid \"%d file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"ملف\"\nmsgstr[1] \"لا ملفات\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"%d ملفات\"\nmsgstr[4] \"%d ملفا\"\nmsgstr[5] \"%d ملف\"\n"
    );
    let (written, losses) = write(&read(file.as_bytes()));
    // The order is that of the header's formula: 0, 1, 2, …
    let expected = "# note\n#, c-format\nmsgctxt \"c\"\nmsgid \"%d file\"\nmsgid_plural \"%d files\"\nmsgstr[0] \"لا ملفات\"\nmsgstr[1] \"ملف\"\nmsgstr[2] \"ملفان\"\nmsgstr[3] \"%d ملفات\"\nmsgstr[4] \"%d ملفا\"\nmsgstr[5] \"%d ملف\"";
    assert_eq!(entries(&written), [expected]);
    assert!(written.contains("\"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 :"), "{written}");
    assert_eq!(losses, WriteLosses::default());
}

/// A unit that is in a memory once may be the translation of several messages of its file.
#[test]
fn a_unit_of_several_messages_is_written_in_each() {
    let plural = |id: &str, form: &str| {
        let forms = (0..6).map(|n| format!("msgstr[{n}] \"{form}\"\n")).collect::<String>();
        format!("msgid \"{id}\"\nmsgid_plural \"days\"\n{forms}\n")
    };
    let plain = "msgid \"days\"\nmsgstr \"أيام\"\n\n";
    for file in [plural("day", "أيام") + plain, plain.to_owned() + &plural("day", "أيام")] {
        let file = format!("{HEADER}\n{file}{}", plural("one day", "أيام"));
        let units = imported(file.as_bytes());
        assert_eq!(units.len(), 3, "{units:?}");
        let (written, _) = write(&units);
        let mut found = entries(&written);
        found.sort_unstable();
        let (first, second) = (plural("day", "أيام"), plural("one day", "أيام"));
        assert_eq!(found, [first.trim(), plain.trim(), second.trim()], "{written}");
    }
}

#[test]
fn forms_that_are_missing_are_empty_and_others_are_messages_of_their_own() {
    let file =
        format!("{HEADER}\nmsgid \"day\"\nmsgid_plural \"days\"\nmsgstr[0] \"يوم\"\nmsgstr[3] \"أيام\"\n");
    let mut units = read(file.as_bytes());
    let mut second = units[1].clone();
    second.target.segment.text = "أيّام".to_owned();
    units.push(second);
    let (written, losses) = write(&units);
    assert_eq!(
        entries(&written),
        [
            "msgid \"days\"\nmsgstr \"أيّام\"",
            "msgid \"day\"\nmsgid_plural \"days\"\nmsgstr[0] \"\"\nmsgstr[1] \"يوم\"\nmsgstr[2] \"\"\nmsgstr[3] \"أيام\"\nmsgstr[4] \"\"\nmsgstr[5] \"\"",
        ]
    );
    assert_eq!(losses.partial, 1);
}

#[test]
fn what_nobody_has_confirmed_is_fuzzy_and_the_last() {
    let file = format!(
        "{HEADER}\n#. b\n#, fuzzy, c-format\nmsgid \"Open\"\nmsgstr \"افتح\"\n\n#, fuzzy\n#| msgctxt \"m\"\n#| msgid \"Save\"\nmsgctxt \"m\"\nmsgid \"Save all\"\nmsgstr \"احفظ\"\n\nmsgid \"Open\"\nmsgctxt \"c\"\nmsgstr \"فتح\"\n"
    );
    let units = read(file.as_bytes());
    let (written, losses) = write(&units);
    let first = "msgctxt \"c\"\nmsgid \"Open\"\nmsgstr \"فتح\"";
    let open = "#. b\n#, fuzzy, c-format\nmsgid \"Open\"\nmsgstr \"افتح\"";
    let save =
        "#, fuzzy\n#| msgctxt \"m\"\n#| msgid \"Save\"\nmsgctxt \"m\"\nmsgid \"Save all\"\nmsgstr \"احفظ\"";
    assert_eq!(entries(&written), [first, open, save]);
    assert_eq!(losses, WriteLosses::default());
    // A confirmed translation is that of the message, and a translation that was confirmed since that of its source.
    let mut confirmed = units.clone();
    confirmed.iter_mut().for_each(|unit| unit.provenance.review = ReviewState::Confirmed);
    confirmed[0].source.segment.text = "Save all".to_owned();
    confirmed[0].context.id = Some("m".to_owned());
    let (written, _) = write(&[units[1].clone(), confirmed[0].clone()]);
    let message =
        open.replace("Open", "Save all").replace("fuzzy, ", "").replace("msgid", "msgctxt \"m\"\nmsgid");
    assert_eq!(
        entries(&written),
        [message.as_str(), "#, fuzzy\nmsgctxt \"m\"\nmsgid \"Save\"\nmsgstr \"احفظ\""]
    );
    assert_eq!(entries(&write(&confirmed[1..2]).0), ["msgctxt \"m\"\nmsgid \"Save\"\nmsgstr \"احفظ\""]);
    // Machine translation is not confirmed, and a flag is not written twice.
    let mut machine = confirmed[2].clone();
    machine.provenance.origin = Origin::Machine;
    assert_eq!(entries(&write(&[machine]).0), [format!("#, fuzzy\n{first}")]);
    let (written, losses) = write(&[confirmed[0].clone()]);
    assert_eq!((written.contains("fuzzy"), losses.partial), (false, 0));
}

#[test]
fn a_message_with_plural_forms_is_fuzzy_as_a_whole() {
    let strings: String = (0..6).map(|n| format!("msgstr[{n}] \"أ{n}\"\n")).collect();
    let entry = format!(
        "#, fuzzy\n#| msgid \"day\"\n#| msgid_plural \"days\"\nmsgid \"a day\"\nmsgid_plural \"%d days\"\n{strings}"
    );
    let standard =
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;";
    let header = HEADER.split("\"Plural").next().unwrap();
    let file = format!("{header}\"Plural-Forms: {standard}\\n\"\n\n{entry}");
    let mut units = read(file.as_bytes());
    assert_eq!(units[0].source.segment.text, "days");
    let (written, losses) = write(&units);
    assert_eq!((entries(&written), losses), (vec![entry.trim()], WriteLosses::default()));
    // One form is confirmed, but the entry has one flag for all.
    units[3].provenance.review = ReviewState::Confirmed;
    let (written, losses) = write(&units);
    assert_eq!((entries(&written), losses.partial), (vec![entry.trim()], 1));
    units.iter_mut().for_each(|unit| unit.provenance.review = ReviewState::Confirmed);
    assert!(entries(&write(&units).0)[0].starts_with("msgid \"day\"\nmsgid_plural \"days\""));
}

proptest! {
    /// Whatever the texts are, and whichever forms are missing: reading a catalogue, writing it and
    /// reading it again gives the same units.
    #[test]
    fn written_messages_are_read_as_the_same_units(
        messages in prop::collection::btree_map("[a-c]", ("[a-e]", prop::collection::vec("[اب]?", 6), any::<bool>()), 0..5),
        is_fuzzy in any::<bool>(),
    ) {
        let mut file = HEADER.to_owned();
        let flag = if is_fuzzy { "#, fuzzy\n" } else { "" };
        for (id, (plural, forms, has_plural)) in &messages {
            file.push_str(&format!("\n{flag}msgid \"{id}\"\n"));
            if *has_plural {
                file.push_str(&format!("msgid_plural \"{plural}\"\n"));
                forms.iter().enumerate().for_each(|(n, form)| file.push_str(&format!("msgstr[{n}] \"{form}\"\n")));
            } else {
                file.push_str(&format!("msgstr \"{}\"\n", forms[0]));
            }
        }
        let sorted = |units: &[UnitDraft]| {
            let facts = units.iter().map(|unit| {
                let properties = unit.properties.iter().filter(|p| p.name.starts_with("po:plural:"));
                let mut properties: Vec<_> = properties.map(|p| (p.name.clone(), p.value.clone())).collect();
                properties.sort();
                let (source, target) = (unit.source.segment.text.clone(), unit.target.segment.text.clone());
                    (source, target, unit.provenance.review == ReviewState::Unreviewed, properties)
            });
            let mut facts: Vec<_> = facts.collect();
            facts.sort();
            facts
        };
        let units = imported(file.as_bytes());
        let (written, losses) = write(&units);
        prop_assert_eq!(losses, WriteLosses::default());
        prop_assert_eq!(sorted(&imported(written.as_bytes())), sorted(&units), "{}", written);
    }
}
