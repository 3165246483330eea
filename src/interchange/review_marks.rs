//! What files say about the review of a translation, in the words of the tools that wrote them.
//!
//! `docs/formats.md` has a table of these words. A word that is not known never makes a translation confirmed.

use crate::unit::{Origin, Provenance, ReviewState};

/// How far a translation is reviewed. If a file has several marks, the strictest counts, which is the last here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Progress {
    /// The file does not say it, so the translation counts as confirmed.
    #[default]
    Unknown,
    /// A person confirmed it.
    Confirmed,
    /// Nobody has confirmed it.
    Unreviewed,
    /// The segment is still to be translated, so that the target is not a translation.
    NotDone,
    /// A person rejected it.
    Rejected,
}

/// The marks of a translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReviewMarks {
    pub(crate) progress: Progress,
    /// True if it comes from machine translation.
    machine: bool,
    /// True if an aligner paired it.
    aligned: bool,
}

impl From<Progress> for ReviewMarks {
    fn from(progress: Progress) -> Self {
        Self { progress, ..Self::default() }
    }
}

impl ReviewMarks {
    /// Returns them with another progress.
    pub(crate) fn with_progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// Combines two marks of one translation.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            progress: self.progress.max(other.progress),
            machine: self.machine || other.machine,
            aligned: self.aligned || other.aligned,
        }
    }

    /// Reads a `state` of XLIFF, of any version. The values of version 2 have the prefix `x-` in a file of version 1.
    pub(crate) fn of_xliff_state(state: &str) -> Self {
        let word = state.strip_prefix("x-").unwrap_or(state);
        Self::from(match word {
            "" | "translated" => Progress::Unknown,
            "final" | "signed-off" | "reviewed" => Progress::Confirmed,
            "new" | "needs-translation" | "needs-l10n" | "initial" => Progress::NotDone,
            _ if word.starts_with("reject") => Progress::Rejected,
            _ => Progress::Unreviewed,
        })
    }

    /// Reads a `state-qualifier` of XLIFF 1.2, or a `subState` of 2.x without its prefix, beside the state.
    pub(crate) fn of_xliff_qualifier(qualifier: &str, state: &str) -> Self {
        let has_word = |words: &[&str]| qualifier.split('-').any(|word| words.contains(&word));
        let progress = if has_word(&["rejected"]) {
            Progress::Rejected
        } else if has_word(&["fuzzy", "suggestion"]) && state.is_empty() {
            // A suggestion of a tool. With the state `translated` somebody has worked on it since.
            Progress::Unreviewed
        } else {
            Progress::Unknown
        };
        Self { progress, machine: has_word(&["mt", "nmt", "machine"]), aligned: false }
    }

    /// Reads the attribute `approved` of XLIFF 1.2. `no` is the default of the format, so it means nothing.
    pub(crate) fn of_approved(approved: &str) -> Self {
        Self::from(if approved == "yes" { Progress::Confirmed } else { Progress::Unknown })
    }

    /// Reads the confirmation level and the origin of a segment as Trados Studio writes them. `without_level` is the
    /// meaning of no level, which a document and a memory have for different reasons.
    pub(crate) fn of_trados(level: &str, origin: &str, without_level: Progress) -> Self {
        let (level, origin) = (level.trim().to_ascii_lowercase(), origin.trim().to_ascii_lowercase());
        let progress = match level.as_str() {
            "translated" | "approvedtranslation" | "approvedsignoff" => Progress::Confirmed,
            "rejectedtranslation" | "rejectedsignoff" => Progress::Rejected,
            "" | "unspecified" if origin == "not-translated" => Progress::NotDone,
            "" | "unspecified" => without_level,
            _ => Progress::Unreviewed,
        };
        let machine = matches!(origin.as_str(), "mt" | "nmt" | "amt") || origin.contains("machine");
        Self { progress, machine, aligned: false }
    }

    /// Reads the `mq:status` of memoQ.
    pub(crate) fn of_memoq_status(status: &str) -> Self {
        let status = status.to_ascii_lowercase();
        let has = |word: &str| status.contains(word);
        let progress = if status.is_empty() {
            Progress::Unknown
        } else if has("reject") {
            Progress::Rejected
        } else if has("confirmed") || has("proofread") {
            Progress::Confirmed
        } else if status == "notstarted" {
            Progress::NotDone
        } else {
            Progress::Unreviewed
        };
        Self { progress, machine: has("machine"), aligned: false }
    }

    /// Reads `m:confirmed` and `m:trans-origin` of Phrase (Memsource), which writes `null` for none.
    pub(crate) fn of_phrase(confirmed: &str, origin: &str) -> Self {
        let progress = match confirmed {
            "" => Progress::Unknown,
            "1" | "true" => Progress::Confirmed,
            _ => Progress::Unreviewed,
        };
        Self { progress, machine: origin.eq_ignore_ascii_case("mt"), aligned: false }
    }

    /// Reads a column `status` or `state` of a table, in any case and with any signs between the words. A word that is not
    /// known says nothing, because such a column may have another meaning.
    pub(crate) fn of_status_cell(cell: &str) -> Self {
        let words: Vec<String> = cell.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
        let progress = match words.as_slice() {
            ["rejected", ..] => Progress::Rejected,
            [
                "fuzzy" | "draft" | "unreviewed" | "unapproved" | "unconfirmed" | "unverified"
                | "untranslated" | "suggested" | "pretranslated",
            ]
            | [
                "needs" | "need" | "to" | "in" | "for" | "awaiting" | "pending",
                "review" | "reviewing" | "work" | "editing" | "edit" | "translation" | "approval"
                | "proofreading" | "adaptation",
            ]
            | ["not", "reviewed" | "approved" | "confirmed" | "translated" | "verified"]
            | ["needs", "review", _]
            | ["machine", ..]
            | ["mt"] => Progress::Unreviewed,
            _ => Progress::Unknown,
        };
        Self { progress, machine: matches!(words.first(), Some(&("machine" | "mt"))), aligned: false }
    }

    /// Reads the name of the author or last editor of a translation, which may be a machine or an aligner.
    pub(crate) fn of_author(author: &str) -> Self {
        let lower = author.to_ascii_lowercase();
        let machine = author.split(|c: char| !c.is_alphanumeric()).any(|word| MACHINE_WORDS.contains(&word))
            || MACHINE_NAMES.iter().any(|name| lower.contains(name));
        Self { machine, aligned: lower == "align!", progress: Progress::Unknown }
    }

    /// Returns the origin that they mean. What a person confirmed counts as human.
    pub(crate) fn origin(self) -> Origin {
        match self {
            Self { progress: Progress::Confirmed, .. } => Origin::Human,
            Self { machine: true, .. } => Origin::Machine,
            Self { aligned: true, .. } => Origin::Aligned,
            Self { .. } => Origin::Unknown,
        }
    }

    /// Returns the review state that they mean.
    pub(crate) fn review(self) -> ReviewState {
        if self.progress < Progress::Unreviewed { ReviewState::Confirmed } else { ReviewState::Unreviewed }
    }

    /// Returns the provenance of a translation of which nothing else is known.
    pub(crate) fn provenance(self) -> Provenance {
        Provenance { origin: self.origin(), review: self.review(), ..Provenance::default() }
    }
}

/// Words by which tools name machine translation as the author. Only in capitals, because `mt` may be a person. Trados
/// and Wordfast write `MT!`.
const MACHINE_WORDS: [&str; 3] = ["MT", "NMT", "AMT"];

/// Names of machine translation in lower case, with or without further words.
const MACHINE_NAMES: [&str; 12] = [
    "machine translat",
    "machine-translat",
    "machine_translat",
    "machinetranslat",
    "google translat",
    "googletranslat",
    "deepl",
    "microsoft translator",
    "bing translator",
    "amazon translate",
    "systran",
    "modernmt",
];

#[cfg(test)]
mod tests {
    use super::{Progress, ReviewMarks};
    use crate::unit::{Origin, ReviewState};

    #[test]
    fn unknown_words_never_confirm() {
        for word in ["checked", "x-ok", "FINAL", "needs-love", "needs-adaptation"] {
            assert_eq!(ReviewMarks::of_xliff_state(word).progress, Progress::Unreviewed, "{word}");
        }
        assert_eq!(ReviewMarks::of_trados("Sealed", "tm", Progress::Unknown).progress, Progress::Unreviewed);
        assert_eq!(ReviewMarks::of_memoq_status("AssembledFromFragments").progress, Progress::Unreviewed);
    }

    #[test]
    fn machines_are_known_by_name_and_people_are_not_taken_for_them() {
        for machine in ["MT!", "MT", "Google Translate", "machine-translation", "DeepL Pro", "NMT engine"] {
            assert_eq!(ReviewMarks::of_author(machine).origin(), Origin::Machine, "{machine}");
        }
        for person in ["", "mt", "Mthabisi", "ann", "AMTRAK", "bob@mt.example"] {
            assert_eq!(ReviewMarks::of_author(person).origin(), Origin::Unknown, "{person}");
        }
        assert_eq!(ReviewMarks::of_author("ALIGN!").origin(), Origin::Aligned);
    }

    #[test]
    fn the_strictest_mark_counts_and_a_confirmation_makes_it_human() {
        let machine = ReviewMarks::of_xliff_qualifier("leveraged-mt", "translated");
        assert_eq!((machine.origin(), machine.review()), (Origin::Machine, ReviewState::Confirmed));
        let confirmed = machine.and(ReviewMarks::of_approved("yes"));
        assert_eq!((confirmed.origin(), confirmed.review()), (Origin::Human, ReviewState::Confirmed));
        let draft = confirmed.and(ReviewMarks::of_xliff_state("needs-review-translation"));
        assert_eq!((draft.origin(), draft.review()), (Origin::Machine, ReviewState::Unreviewed));
        assert_eq!(draft.and(Progress::Rejected.into()).progress, Progress::Rejected);
    }
}
