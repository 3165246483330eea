//! Messages of the server in the words of the command line.

/// Returns a message with the path of a field at its beginning in plain words, because the reader knows the options of a
/// command and not the messages of the protocol. For example, `units[0].source.segment.text: it is empty` becomes
/// `unit 1 source segment text: it is empty`.
pub(super) fn in_plain_words(message: &str) -> String {
    match message.split_once(": ") {
        Some((path, rest)) if is_field_path(path) => format!("{}: {rest}", plain_path(path)),
        _ => message.to_owned(),
    }
}

/// Returns true if a text is the path of a field: names in snake case, joined by dots, some with an index.
fn is_field_path(text: &str) -> bool {
    text.split('.').all(|part| {
        let (name, index) = part.split_once('[').unwrap_or((part, "0]"));
        let is_index = index.strip_suffix(']').is_some_and(|n| n.parse::<usize>().is_ok());
        is_index
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    })
}

/// Returns one item of a list by the name of the list: `units` has a unit, `memories` has a memory.
fn singular(list: &str) -> String {
    match list.strip_suffix("ies") {
        Some(start) => format!("{start}y"),
        None => list.strip_suffix('s').unwrap_or(list).to_owned(),
    }
}

fn plain_path(path: &str) -> String {
    // All options of a command are in one message, and the file is in another one.
    let parts = path.split('.').filter(|part| !matches!(*part, "options" | "header"));
    let words: Vec<String> = parts
        .map(|part| match part.split_once('[') {
            Some((list, index)) => {
                let name = singular(list).replace('_', " ");
                let number = index.trim_end_matches(']').parse::<usize>().unwrap_or_default() + 1;
                format!("{name} {number}")
            }
            None => part.replace('_', " "),
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::in_plain_words;

    #[test]
    fn paths_of_fields_are_words() {
        for (message, plain) in [
            ("units[0].source.segment.text: it is empty", "unit 1 source segment text: it is empty"),
            ("options.threshold: give 0 to 100", "threshold: give 0 to 100"),
            ("renamed_locales[2].to: 'x' is bad", "renamed locale 3 to: 'x' is bad"),
            ("source_locale: write ar", "source locale: write ar"),
            ("memory: write a name", "memory: write a name"),
            ("line 7: it is bad", "line 7: it is bad"),
            ("No a_b: c", "No a_b: c"),
            ("a[x].b: c", "a[x].b: c"),
            ("no path at all", "no path at all"),
        ] {
            assert_eq!(in_plain_words(message), plain);
        }
    }
}
