//! The reasons of errors: the comments of the protos are the manual of the API, so they name every reason that the code
//! can give, and no other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::support::source::{files, split_rust};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A method of a service, with its comment on one line.
struct Method {
    name: String,
    request: String,
    comment: String,
}

/// The protos of the API, parsed as far as the tests need it.
#[derive(Default)]
struct Protos {
    methods: Vec<Method>,
    /// The comment of the service of a method, by the name of the method.
    services: BTreeMap<String, String>,
    /// The fields of each message: their types and names.
    messages: BTreeMap<String, Vec<(String, String)>>,
    /// All comments.
    comments: String,
}

impl Protos {
    fn read() -> Self {
        let mut protos = Self::default();
        let mut all = Vec::new();
        files(&folder("proto/dhakira/v1"), &["proto"], &mut all);
        for path in all {
            protos.add(&fs::read_to_string(path).unwrap());
        }
        protos
    }

    fn add(&mut self, text: &str) {
        let (mut comment, mut service) = (String::new(), String::new());
        // The messages that are open, the innermost last. `oneof` and `enum` have no name here.
        let mut open: Vec<Option<String>> = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some(part) = line.strip_prefix("//") {
                comment.push_str(part);
                continue;
            }
            let words: Vec<&str> = line.split([' ', '(', ')', ';']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                ["service", ..] => service = std::mem::take(&mut comment),
                ["rpc", name, request @ ..] => {
                    let request = request.iter().find(|word| **word != "stream").unwrap();
                    self.services.insert((*name).to_owned(), service.clone());
                    self.methods.push(Method {
                        name: (*name).to_owned(),
                        request: (*request).to_owned(),
                        comment: std::mem::take(&mut comment),
                    });
                }
                ["message", name, ..] => {
                    self.messages.entry((*name).to_owned()).or_default();
                    open.push(Some((*name).to_owned()));
                }
                ["oneof" | "enum", ..] => open.push(None),
                [.., field_type, name, "=", _] => {
                    let message = open.iter().rev().find_map(Option::as_ref);
                    if let Some(message) = message {
                        let field = ((*field_type).to_owned(), (*name).to_owned());
                        self.messages.get_mut(message).unwrap().push(field);
                    }
                }
                _ => {}
            }
            if line.starts_with('}') || line.ends_with('}') {
                open.pop();
            }
            comment.clear();
        }
        let all = text.lines().filter_map(|line| line.trim().strip_prefix("//"));
        self.comments.extend(all);
    }

    /// Returns the types and names of all fields that a message can have inside.
    fn fields(&self, message: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        let mut messages = vec![message.to_owned()];
        while let Some(message) = messages.pop() {
            for field in self.messages.get(&message).into_iter().flatten() {
                // What is wrong in a filter is `BAD_FILTER` or `BAD_LOCALE`.
                if found.insert(field.clone()) && field.0 != "Filter" {
                    messages.push(field.0.clone());
                }
            }
        }
        found
    }

    /// Returns the reasons that a method names, with those of the methods that it refers to (`those of Lookup`).
    fn reasons_of(&self, method: &Method) -> BTreeSet<String> {
        let mut found = reasons(&method.comment);
        for mark in ["those of ", "as for "] {
            for (at, _) in method.comment.match_indices(mark) {
                let rest = &method.comment[at + mark.len()..];
                let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                let other = self.methods.iter().find(|other| other.name == name && name != method.name);
                found.extend(other.into_iter().flat_map(|other| self.reasons_of(other)));
            }
        }
        found
    }
}

/// Returns the words in capitals between backticks.
fn reasons(comment: &str) -> BTreeSet<String> {
    let quoted = comment.split('`').skip(1).step_by(2);
    quoted.filter(|word| is_reason(word)).map(str::to_owned).collect()
}

fn is_reason(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (word.contains('_') || word == "STOPPING" || word == "STARTING" || word == "INTERNAL")
        && word.chars().all(allowed)
}

/// Returns the string literals of some folders that look like reasons, without those of tests.
fn literals(folders: &[&str]) -> BTreeSet<String> {
    let source = folder("src");
    let mut paths = Vec::new();
    files(&source, &["rs"], &mut paths);
    let mut found = BTreeSet::new();
    for path in paths {
        let name = path.strip_prefix(&source).unwrap().display().to_string();
        if folders.iter().any(|folder| name.starts_with(folder)) && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = split_rust(text.split("#[cfg(test)]").next().unwrap());
            found.extend(code.strings.into_iter().map(|(_, text)| text).filter(|text| is_reason(text)));
        }
    }
    found
}

/// The folders whose reasons end a call. Those of files are problems of one unit in a report, except in `error.rs`.
const FOLDERS: [&str; 6] =
    ["fault.rs", "rpc/", "engine/", "service/", "interchange/error.rs", "text/segmentation/srx/"];

/// Words in capitals in these folders that are no reasons of errors: names of values in messages, variables of the build,
/// remarks on units of a file, and the error of a writer that no caller sees, because it ends with its connection.
const OTHER_WORDS: [&str; 8] = [
    "FILE_FORMAT_",
    "OUT_DIR",
    "KEEP_ALL",
    "CONCEPT_ID_TAKEN",
    "EXTERNAL_ID_TAKEN",
    "NOT_WRITABLE",
    "CARGO_PKG_VERSION",
    "NOT_SPECIFIED",
];

#[test]
fn every_reason_of_the_code_is_in_a_comment_of_the_protos() {
    let protos = Protos::read();
    let documented = reasons(&protos.comments);
    let missing: Vec<String> = literals(&FOLDERS)
        .into_iter()
        .filter(|reason| !OTHER_WORDS.contains(&reason.as_str()) && !documented.contains(reason))
        .collect();
    assert_eq!(missing, [""; 0], "add them to the error lists of the methods that can give them");
}

#[test]
fn every_reason_that_a_method_names_is_in_the_code() {
    let protos = Protos::read();
    let known = literals(&[""]);
    for method in &protos.methods {
        let errors = method.comment.split("Errors:").nth(1).unwrap_or_default();
        let unknown: Vec<String> =
            reasons(errors).into_iter().filter(|reason| !known.contains(reason)).collect();
        assert_eq!(unknown, [""; 0], "{} names them, but nothing gives them", method.name);
    }
}

/// The reasons that a field of a request can give, by its type or, for a number or a text, by its name.
const REASONS_OF_FIELDS: [(&str, &[&str]); 21] = [
    ("Provenance", &["BAD_ORIGIN", "BAD_REVIEW_STATE", "BAD_TIME"]),
    ("InlineCode", &["BAD_INLINE_CODE"]),
    ("Filter", &["BAD_FILTER", "BAD_LOCALE"]),
    ("OnSameSource", &["BAD_ON_SAME_SOURCE"]),
    ("Property", &["BAD_PROPERTY"]),
    ("Penalties", &["BAD_PENALTY"]),
    ("Caps", &["BAD_PENALTY"]),
    ("PartOfSpeech", &["BAD_PART_OF_SPEECH"]),
    ("TermStatus", &["BAD_STATUS"]),
    ("FileFormat", &["BAD_FORMAT"]),
    ("OffsetUnit", &["BAD_OFFSET_UNIT"]),
    ("page_size", &["BAD_PAGE_SIZE"]),
    ("page_token", &["BAD_PAGE_TOKEN"]),
    ("source_locale", &["BAD_LOCALE"]),
    ("locale", &["BAD_LOCALE"]),
    ("threshold", &["BAD_THRESHOLD"]),
    ("limit", &["BAD_LIMIT"]),
    ("unit_id", &["BAD_UNIT_ID"]),
    ("encoding", &["BAD_ENCODING"]),
    ("memory", &["BAD_NAME", "UNKNOWN_MEMORY"]),
    ("glossary", &["BAD_NAME", "UNKNOWN_GLOSSARY"]),
];

#[test]
fn a_method_names_the_reasons_that_its_fields_can_give() {
    let protos = Protos::read();
    for method in &protos.methods {
        let named = protos.reasons_of(method);
        let fields = protos.fields(&method.request);
        let expected = REASONS_OF_FIELDS.iter().filter(|(field, _)| {
            fields.iter().any(|(field_type, name)| field_type == field || name == field)
        });
        let missing: Vec<&str> = expected
            .flat_map(|(_, reasons)| reasons.iter().copied())
            .filter(|reason| !named.contains(*reason))
            .collect();
        assert_eq!(missing, [""; 0], "{} can give them", method.name);
    }
}

#[test]
fn every_service_names_what_each_of_its_methods_can_give() {
    let protos = Protos::read();
    for (method, service) in &protos.services {
        for reason in ["STARTING", "STOPPING", "TOO_MANY_REQUESTS", "STORE_DAMAGED"] {
            let refers = service.contains("same errors") || service.contains("MemoryService");
            let has_no_store =
                service.contains("It stores nothing") && ["STARTING", "STORE_DAMAGED"].contains(&reason);
            assert!(refers || has_no_store || service.contains(reason), "the service of {method}: {reason}");
        }
    }
}
