//! Names of term statuses and parts of speech in files.

use crate::term::{PartOfSpeech, TermStatus};

/// Parses a status as TBX 2, TBX 3 or UTX write it.
pub(crate) fn read_status(text: &str) -> Option<TermStatus> {
    let text = text.trim().to_ascii_lowercase();
    let bare = text.strip_suffix("-admn-sts").unwrap_or(&text);
    match bare.strip_suffix("term").unwrap_or(bare) {
        "preferred" | "approved" => Some(TermStatus::Preferred),
        "admitted" | "provisional" | "non-standard" => Some(TermStatus::Admitted),
        "deprecated" | "notrecommended" | "forbidden" | "rejected" => Some(TermStatus::Deprecated),
        "superseded" | "obsolete" => Some(TermStatus::Superseded),
        _ => None,
    }
}

/// Returns the name of a status.
pub(crate) fn status_name(status: TermStatus) -> &'static str {
    match status {
        TermStatus::Preferred => "preferred",
        TermStatus::Admitted => "admitted",
        TermStatus::Superseded => "superseded",
        TermStatus::Deprecated => "deprecated",
    }
}

/// Returns the message for an entry with more than `most` terms.
pub(crate) fn too_many_terms(most: usize) -> String {
    format!("more than {most} terms: make several concepts of them")
}

/// Parses a part of speech as TBX-Basic or a table writes it. An empty text is `Unknown`.
pub(crate) fn read_part_of_speech(text: &str) -> Option<PartOfSpeech> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Some(PartOfSpeech::Unknown),
        "noun" => Some(PartOfSpeech::Noun),
        "verb" => Some(PartOfSpeech::Verb),
        "adjective" => Some(PartOfSpeech::Adjective),
        "adverb" => Some(PartOfSpeech::Adverb),
        "propernoun" | "proper noun" => Some(PartOfSpeech::ProperNoun),
        "other" => Some(PartOfSpeech::Other),
        _ => None,
    }
}

/// Returns the name of a part of speech, or an empty string for `Unknown`.
pub(crate) fn part_of_speech_name(part_of_speech: PartOfSpeech) -> &'static str {
    match part_of_speech {
        PartOfSpeech::Unknown => "",
        PartOfSpeech::Noun => "noun",
        PartOfSpeech::Verb => "verb",
        PartOfSpeech::Adjective => "adjective",
        PartOfSpeech::Adverb => "adverb",
        PartOfSpeech::ProperNoun => "properNoun",
        PartOfSpeech::Other => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{part_of_speech_name, read_part_of_speech, read_status, status_name};
    use crate::term::{PartOfSpeech, TermStatus};

    #[test]
    fn names_are_read_back() {
        for status in
            [TermStatus::Preferred, TermStatus::Admitted, TermStatus::Superseded, TermStatus::Deprecated]
        {
            let name = status_name(status);
            for text in [name.to_owned(), format!("{name}Term"), format!("{name}Term-admn-sts")] {
                assert_eq!(read_status(&text), Some(status), "{text}");
            }
        }
        for pos in [
            PartOfSpeech::Unknown,
            PartOfSpeech::Noun,
            PartOfSpeech::Verb,
            PartOfSpeech::Adjective,
            PartOfSpeech::Adverb,
            PartOfSpeech::ProperNoun,
            PartOfSpeech::Other,
        ] {
            assert_eq!(read_part_of_speech(part_of_speech_name(pos)), Some(pos));
        }
        assert_eq!(read_status("term"), None);
        assert_eq!(read_part_of_speech("gerund"), None);
    }
}
