//! What is too large in a file is refused while it is read, and never held in memory whole.
//!
//! Each file is packed: a few kilobytes become hundreds of megabytes. It is read in a process of its own, whose
//! peak of memory is that of the reader.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    process::{Command, Stdio},
};

use dhakira::{
    interchange::{
        ConceptFilePart, ConceptFormat, ConceptReader, Languages, ReadError, UnitFormat, UnitReader,
    },
    limits::Limits,
    locale::Locale,
};
use flate2::{Compression, write::GzEncoder};

/// The variable with the name of the file that the child reads.
const FILE_VARIABLE: &str = "DHAKIRA_HUGE_FILE";

/// The most bytes that a reader may take, many times less than any of the files has.
const MOST_BYTES: u64 = 40 << 20;

/// A part of a file: a text, and how often it is repeated.
type Piece = (&'static str, usize);

/// A format of units or of concepts.
#[derive(Clone, Copy, Debug)]
enum Format {
    Units(UnitFormat),
    Concepts(ConceptFormat),
}

/// A huge file.
struct HugeFile {
    name: &'static str,
    format: Format,
    pieces: Vec<Piece>,
    /// What reading it finds, as [`read`] returns it.
    found: &'static str,
}

const ENTRY: &str =
    "<conceptEntry><langSec xml:lang='ar'><termSec><term>هدنة</term></termSec></langSec></conceptEntry>";
const TU: &str = "<tu><tuv xml:lang='ar'><seg>نعم</seg></tuv><tuv xml:lang='en'><seg>yes</seg></tuv></tu>";
const TRANS_UNIT: &str = "<trans-unit id='1'><source>نعم</source><target>yes</target></trans-unit>";
const MESSAGE: &str = "msgid \"yes\"\nmsgstr \"نعم\"\n\n";

/// So many bytes are too many in every place.
const HUGE: usize = 128 << 20;

/// Returns a file with a huge entry between two others.
fn between(
    name: &'static str,
    format: Format,
    (start, entry, end): (&'static str, &'static str, &'static str),
    (before, repeated, after): (&'static str, Piece, &'static str),
    found: &'static str,
) -> HugeFile {
    let pieces = vec![(start, 1), (entry, 1), (before, 1), repeated, (after, 1), (entry, 1), (end, 1)];
    HugeFile { name, format, pieces, found }
}

fn huge_files() -> Vec<HugeFile> {
    let tbx = |name, content, found| {
        let around = ("<tbx><text><body>", ENTRY, "</body></text></tbx>");
        between(name, Format::Concepts(ConceptFormat::Tbx), around, content, found)
    };
    let terms = |name, format, content, found| {
        between(name, Format::Concepts(format), ("", "هدنة\ttruce\n", ""), content, found)
    };
    let tmx = |name, content, found| {
        let around = ("<tmx version='1.4'><header/><body>", TU, "</body></tmx>");
        between(name, Format::Units(UnitFormat::Tmx), around, content, found)
    };
    let xliff = |name, content, found| {
        let around = (
            "<xliff version='1.2'><file source-language='ar' target-language='en'><body>",
            TRANS_UNIT,
            "</body></file></xliff>",
        );
        between(name, Format::Units(UnitFormat::Xliff), around, content, found)
    };
    let units = |name, format, entry, content, found| {
        between(name, Format::Units(format), ("", entry, ""), content, found)
    };
    let entry = "2 read, ENTRY_TOO_LARGE 1";
    let unit = "2 read, UNIT_TOO_LARGE 1";
    let row = "line 2: a row of more than 2097152 bytes or 1000 columns: is a quotation mark missing?";
    let tag = "line 1: a tag, comment or CDATA section of more than 16 MiB reaches this line: split it";
    vec![
        tbx(
            "a concept of 500,000 terms",
            (
                "<conceptEntry><langSec xml:lang='ar'>",
                ("<termSec><term>هدنة</term></termSec>", 500_000),
                "</langSec></conceptEntry>",
            ),
            entry,
        ),
        tbx(
            "a concept of 100,000 terms in TBX 2",
            (
                "<termEntry><langSet lang='ar'>",
                ("<tig><term>هدنة</term></tig>", 100_000),
                "</langSet></termEntry>",
            ),
            entry,
        ),
        tbx(
            "a term of 100,000 categories in style DCT",
            (
                "<conceptEntry><langSec xml:lang='ar'><termSec><term>هدنة</term>",
                ("<min:partOfSpeech>noun</min:partOfSpeech>", 100_000),
                "</termSec></langSec></conceptEntry>",
            ),
            entry,
        ),
        tbx(
            "a note of a gigabyte",
            ("<conceptEntry><note>", ("n", 8 * HUGE), "</note></conceptEntry>"),
            entry,
        ),
        tbx(
            "many elements with many attributes",
            ("<conceptEntry>", ("<x a='' b='' c='' d='' e='' f='' g=''/>", 100_000), "</conceptEntry>"),
            entry,
        ),
        tbx(
            "as many elements as an entry may have",
            (
                "<conceptEntry><langSec xml:lang='ar'><termSec><term>هدنة</term></termSec></langSec>",
                ("<x/>", 60_000),
                "</conceptEntry>",
            ),
            "3 read",
        ),
        tbx("a huge attribute", ("<conceptEntry id='", ("n", HUGE), "'></conceptEntry>"), tag),
        tbx("a huge comment", ("<!--", ("n", HUGE), "-->"), tag),
        terms("a huge row of terms", ConceptFormat::Tsv, ("", ("n", HUGE), "\ttruce\n"), row),
        terms("a huge cell of terms", ConceptFormat::Csv, ("\"", ("n", HUGE), "\"\ttruce\n"), row),
        between(
            "100,000 variants of a term",
            Format::Concepts(ConceptFormat::Csv),
            ("source,target,source_variants\n", "هدنة,truce,\n", ""),
            ("هدنة,truce,", ("a|", 100_000), "\n"),
            "2 read, TOO_MANY_TERMS 1",
        ),
        tmx("a huge segment", ("<tu><tuv xml:lang='ar'><seg>", ("n", HUGE), "</seg></tuv></tu>"), unit),
        tmx(
            "a segment of many codes",
            ("<tu><tuv xml:lang='ar'><seg>", ("<hi/>", 1_000_000), "</seg></tuv></tu>"),
            unit,
        ),
        tmx("a unit of many properties", ("<tu>", ("<prop/>", 1_000_000), "</tu>"), unit),
        tmx(
            "a unit of many attributes",
            ("<tu>", ("<tuv a='' b='' c='' d='' e='' f='' g=''/>", 1_000_000), "</tu>"),
            unit,
        ),
        tmx("a unit of many notes", ("<tu>", ("<note/>", 1_000_000), "</tu>"), unit),
        xliff("a huge source", ("<trans-unit id='2'><source>", ("n", HUGE), "</source></trans-unit>"), unit),
        xliff(
            "a source of many codes",
            ("<trans-unit id='2'><source>", ("<x/>", 1_000_000), "</source></trans-unit>"),
            unit,
        ),
        units(
            "a huge message",
            UnitFormat::Po,
            MESSAGE,
            ("msgid \"\"\n", ("\"a line of the message\"\n", 1_000_000), "msgstr \"ن\"\n\n"),
            unit,
        ),
        units(
            "a message of many notes",
            UnitFormat::Po,
            MESSAGE,
            ("", ("# n\n", 1_000_000), "msgid \"a\"\nmsgstr \"ن\"\n\n"),
            unit,
        ),
        units(
            "a huge row of units",
            UnitFormat::Tsv,
            "نعم\tyes\n",
            ("", ("n", HUGE), "\tyes\n"),
            "line 2: a row of more than 2097152 bytes or 1000 columns: is a quotation mark missing?",
        ),
        units(
            "a huge line of JSON",
            UnitFormat::Jsonl,
            "{\"source\":\"نعم\",\"target\":\"yes\"}\n",
            ("{\"source\":\"", ("n", HUGE), "\"}\n"),
            "line 2: a line of more than 16777216 bytes: does the file have one unit per line?",
        ),
    ]
}

/// Packs a file. Repeated pieces are packed once, as parts of their own.
fn packed(pieces: &[Piece]) -> Vec<u8> {
    let member = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let mut file = Vec::new();
    for (text, times) in pieces.iter().filter(|(text, _)| !text.is_empty()) {
        let per_block = ((1 << 20) / text.len()).clamp(1, *times);
        file.extend(member(&text.repeat(per_block)).repeat(times / per_block));
        file.extend(member(&text.repeat(times % per_block)));
    }
    file
}

/// Reads a file to its end. Returns the number of units or concepts, and the counts of the reasons.
fn read(format: Format, file: &[u8]) -> Result<(u64, BTreeMap<&'static str, u64>), ReadError> {
    let (mut read, mut reasons) = (0, BTreeMap::new());
    let mut problems = Vec::new();
    match format {
        Format::Units(format) => {
            let mut reader = UnitReader::new(format, file, &Languages::default())?;
            while let Some(unit) = reader.next_unit()? {
                read += unit.drafts.len() as u64;
                problems.extend(unit.problems);
            }
        }
        Format::Concepts(format) => {
            let languages = (&Locale::arabic(), &Locale::english());
            let mut reader = ConceptReader::new(format, file, languages, &Limits::default())?;
            while let Some(part) = reader.next_part()? {
                match part {
                    ConceptFilePart::Entry(entry) => {
                        read += u64::from(entry.draft.is_some());
                        problems.extend(entry.problems);
                    }
                    ConceptFilePart::Remark(problem) => problems.push(problem),
                }
            }
        }
    }
    problems.iter().for_each(|problem| *reasons.entry(problem.reason).or_default() += 1);
    Ok((read, reasons))
}

/// Returns the most bytes that this process has used so far.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
#[ignore = "runs in a process of its own, started by the test below"]
fn the_file_that_the_variable_names_is_read() {
    let name = std::env::var(FILE_VARIABLE).unwrap();
    let file = huge_files().into_iter().find(|file| file.name == name).unwrap();
    let bytes = packed(&file.pieces);
    let before = peak_bytes();
    let found = match read(file.format, &bytes) {
        Ok((read, reasons)) => {
            let reasons: String =
                reasons.iter().map(|(reason, count)| format!(", {reason} {count}")).collect();
            format!("{read} read{reasons}")
        }
        Err(error) => error.to_string(),
    };
    println!("\npeak {}\nfound {found}", peak_bytes() - before);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads the peak of memory from /proc")]
fn what_is_too_large_is_never_in_memory_whole() {
    let start = |file: &HugeFile| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "huge_files::the_file_that_the_variable_names_is_read",
                "--ignored",
                "--nocapture",
            ])
            .env(FILE_VARIABLE, file.name)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        child.unwrap()
    };
    for file in huge_files() {
        let output = start(&file).wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}: {text}", file.name);
        let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).unwrap().to_owned();
        assert_eq!(line("found "), file.found, "{}", file.name);
        let peak: u64 = line("peak ").parse().unwrap();
        assert!(peak < MOST_BYTES, "{}: {} MiB", file.name, peak >> 20);
    }
}
