//! The file formats, by name and extension.

/// A file format of translation units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFormat {
    /// TMX: 1.1 to 1.4b is read; 1.4, level 2, is written.
    Tmx,
    /// TMX, written at level 1, without inline codes. Reading is the same as for [`Self::Tmx`].
    TmxLevel1,
    /// One `source TAB target` pair per line.
    Tsv,
    /// XLIFF: 1.2 and 2.x, SDLXLIFF and MQXLIFF are read; 1.2 is written.
    Xliff,
    /// Comma-separated values, RFC 4180. A header is always written, but optional when read.
    Csv,
    /// One JSON object per line, which holds everything that a unit holds.
    Jsonl,
    /// A gettext catalogue.
    Po,
}

impl UnitFormat {
    /// Returns the format that a file's extension names, or `None` for an unknown extension.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        let formats = [Self::Tmx, Self::Tsv, Self::Xliff, Self::Csv, Self::Jsonl, Self::Po];
        match ending(name)?.as_str() {
            // A name like `memory.zip` does not show the format inside. TMX is the most common.
            "zip" => Some(Self::Tmx),
            extension => formats.into_iter().find(|format| has_ending(format.endings(), extension)),
        }
    }

    /// Returns the extensions of its files, with the dot, the usual one first.
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

/// Returns true if `extensions`, which have dots, include `extension`, which has none, as
/// [`ending`] returns it.
pub(crate) fn has_ending(extensions: &[&str], extension: &str) -> bool {
    extensions.iter().any(|known| known.strip_prefix('.') == Some(extension))
}

/// Returns a file's extension in lower case, without the dot. For a packed file it is the one
/// before `.gz` or `.zip`: `News.TMX.gz` has the extension `tmx`.
pub(crate) fn ending(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip"));
    let inner = bare.and_then(|bare| bare.rsplit_once('.')).map(|(_, extension)| extension);
    inner.or_else(|| name.rsplit_once('.').map(|(_, extension)| extension)).map(str::to_owned)
}

/// A file format of concepts, that is, of glossaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConceptFormat {
    /// TBX: version 2 (`martif`) and 3 (`tbx`) are read; version 3, TBX-Basic in style DCA, is written.
    Tbx,
    /// Comma-separated values, quoted as RFC 4180 describes.
    Csv,
    /// `source TAB target TAB note`, or other columns under a header. OmegaT's glossaries and UTX
    /// are such tables.
    Tsv,
}

impl ConceptFormat {
    /// Returns the extensions of its files, with the dot, the usual one first.
    pub(crate) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Tbx => &[".tbx"],
            Self::Csv => &[".csv"],
            Self::Tsv => &[".tsv", ".tab", ".utx", ".txt"],
        }
    }

    /// Returns the format that a file's extension names, or `None` for an unknown extension.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        let extension = ending(name)?;
        [Self::Tbx, Self::Csv, Self::Tsv].into_iter().find(|format| has_ending(format.endings(), &extension))
    }
}
