//! The file formats, by name and extension.

/// A format that units are read from and written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFormat {
    /// TMX 1.1 to 1.4b; 1.4, level 2, when written.
    Tmx,
    /// The same; level 1, without inline codes, when written.
    TmxLevel1,
    /// `source TAB target`.
    Tsv,
    /// XLIFF 1.2 or 2.x, also as SDLXLIFF and MQXLIFF; 1.2 when written.
    Xliff,
    /// A table with a header, RFC 4180.
    Csv,
    /// A JSON object a line, which holds everything.
    Jsonl,
    /// A gettext catalogue.
    Po,
}

impl UnitFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let formats = [Self::Tmx, Self::Tsv, Self::Xliff, Self::Csv, Self::Jsonl, Self::Po];
        match ending(name)?.as_str() {
            // A packed file that tells no more holds what is packed most.
            "zip" => Some(Self::Tmx),
            told => formats.into_iter().find(|format| has_ending(format.endings(), told)),
        }
    }

    /// Returns the endings of its files, the usual one first.
    pub(crate) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Tmx | Self::TmxLevel1 => &[".tmx"],
            Self::Tsv => &[".tsv"],
            Self::Xliff => &[".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff"],
            Self::Csv => &[".csv"],
            Self::Jsonl => &[".jsonl", ".ndjson"],
            Self::Po => &[".po", ".pot"],
        }
    }
}

/// Says whether a file's ending, as [`ending`] returns it, is among those of a format.
pub(crate) fn has_ending(endings: &[&str], told: &str) -> bool {
    endings.iter().any(|known| known.strip_prefix('.') == Some(told))
}

/// Returns a file's ending in lower case, that of a packed one without `.gz` or `.zip`.
pub(crate) fn ending(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip"));
    let inner = bare.and_then(|bare| bare.rsplit_once('.')).map(|(_, ending)| ending);
    inner.or_else(|| name.rsplit_once('.').map(|(_, ending)| ending)).map(str::to_owned)
}

/// A format of concepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConceptFormat {
    /// TBX version 2 (`martif`) or 3 (`tbx`); version 3, TBX-Basic DCA, when written.
    Tbx,
    /// Comma-separated, quoted after RFC 4180.
    Csv,
    /// `source TAB target TAB note`, or with a header row; OmegaT's glossaries and UTX.
    Tsv,
}

impl ConceptFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        match ending(name)?.as_str() {
            "tbx" => Some(Self::Tbx),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" | "utx" | "txt" => Some(Self::Tsv),
            _ => None,
        }
    }
}
