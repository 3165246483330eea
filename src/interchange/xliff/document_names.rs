//! The names of the documents of a file, which are a part of external ids.

use rustc_hash::FxHashMap;

use crate::{limits::ID_BYTES, text::RollingHash};

/// The character between the parts of a document's name. No system allows it in the names of files everywhere.
const SEPARATOR: char = '|';

/// The most bytes of a file's name in an id. Of a longer one its end is used.
const MAX_FILE_NAME_BYTES: usize = ID_BYTES / 4;

/// Names the documents of one file: by the name of the file, `original`, and the position among the documents with
/// this `original`.
///
/// All of them are needed. For example, many tools write the same `original` into every file, or number the units of
/// each `<file>` from 1. So unit 1 of `messages` is `menu.xlf|messages#1` in one file and `help.xlf|messages#1` in
/// another one, and that of the second `<file original="messages">` is `menu.xlf|messages|2#1`.
#[derive(Debug, Default)]
pub(super) struct DocumentNames {
    file_name: String,
    /// How many documents there were, by the hash of `original`.
    counts: FxHashMap<u64, u32>,
}

impl DocumentNames {
    /// Starts a file. `path` is its path or name, or empty. Its folders are not a part of ids, because they differ from
    /// one machine to the next.
    pub(super) fn new(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let packed = [".gz", ".zip"].into_iter().find_map(|ending| name.strip_suffix(ending));
        let name = packed.unwrap_or(name);
        // `-` is standard input.
        let name = if name == "-" { "" } else { ending_of(name, MAX_FILE_NAME_BYTES) };
        Self { file_name: name.replace(SEPARATOR, "_"), counts: FxHashMap::default() }
    }

    /// Returns the name of the next document, or an empty name if it has no `original`.
    pub(super) fn next(&mut self, original: &str) -> DocumentName {
        if original.is_empty() {
            return DocumentName::default();
        }
        // An export of Dhakira has the whole names of its documents.
        if original.contains(SEPARATOR) {
            let original = original.strip_prefix(SEPARATOR).unwrap_or(original).to_owned();
            return DocumentName { before: String::new(), original, after: String::new() };
        }
        let count = self.counts.entry(RollingHash::of(original).mixed()).or_default();
        *count = count.saturating_add(1);
        let before = match self.file_name.as_str() {
            "" => String::new(),
            name => format!("{name}{SEPARATOR}"),
        };
        let after = if *count > 1 { format!("{SEPARATOR}{count}") } else { String::new() };
        DocumentName { before, original: original.to_owned(), after }
    }
}

/// The name of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DocumentName {
    /// The name of its file with the separator, or empty.
    before: String,
    original: String,
    /// The separator with its position, or empty for the first one.
    after: String,
}

impl DocumentName {
    /// Returns the external id of a unit with these ids in the document. It is empty if the document has no name,
    /// because then the ids of different files could be the same, and if the unit has no id.
    pub(super) fn external_id(&self, ids: &str) -> String {
        if self.original.is_empty() || ids.is_empty() {
            return String::new();
        }
        let Self { before, original, after } = self;
        // A long path is shortened at its start, because documents differ in the end of their paths.
        let room = ID_BYTES.saturating_sub(before.len() + after.len() + ids.len() + 1);
        format!("{before}{}{after}#{ids}", ending_of(original, room))
    }
}

/// Returns at most this many bytes of the end of a text.
fn ending_of(text: &str, most: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(most))..).unwrap_or_default()
}

/// Returns the `original` of a document for an export, from which a reader makes the same name. `is_repeated` is true
/// if a document with this name was written before.
pub(super) fn exported_original(name: &str, is_repeated: bool) -> String {
    if is_repeated && !name.contains(SEPARATOR) { format!("{SEPARATOR}{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{DocumentNames, ID_BYTES, exported_original};

    /// Returns the external ids of unit 7 in documents with these values of `original`.
    fn ids(path: &str, originals: &[&str]) -> Vec<String> {
        let mut names = DocumentNames::new(path);
        originals.iter().map(|original| names.next(original).external_id("7")).collect()
    }

    #[test]
    fn the_file_the_document_and_its_position_name_a_unit() {
        assert_eq!(
            ids("/a/b/menu.xlf", &["x", "y", "x", "", "x"]),
            ["menu.xlf|x#7", "menu.xlf|y#7", "menu.xlf|x|2#7", "", "menu.xlf|x|3#7"]
        );
        assert_eq!(ids("C:\\a\\menu.xlf.gz", &["C:\\x"]), ["menu.xlf|C:\\x#7"]);
        assert_eq!(ids("-", &["x", "x"]), ["x#7", "x|2#7"]);
        assert_eq!(ids("", &["x"]), ["x#7"]);
        assert_eq!(ids("a|b.xlf", &["x"]), ["a_b.xlf|x#7"]);
    }

    #[test]
    fn an_exported_name_is_read_as_it_was_whatever_the_export_is_called() {
        for name in ["menu.xlf|x", "menu.xlf|x|2", "x|2"] {
            for is_repeated in [false, true] {
                let original = exported_original(name, is_repeated);
                assert_eq!(
                    ids("out.xlf", &[&original, &original]),
                    [format!("{name}#7"), format!("{name}#7")]
                );
            }
        }
        let (first, second) = (exported_original("x", false), exported_original("x", true));
        assert_eq!(ids("", &[&first, &second]), ["x#7", "x#7"]);
    }

    #[test]
    fn an_id_is_never_too_long() {
        let long = "خبر".repeat(200);
        let id = ids(&long, &[&long]).remove(0);
        assert!(id.len() <= ID_BYTES && id.contains('|') && id.ends_with("خبر#7"), "{id}");
    }
}
