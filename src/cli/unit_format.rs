//! The formats of memories as arguments.

use clap::ValueEnum;

use crate::rpc::proto::FileFormat;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum UnitFormat {
    /// TMX: 1.1 to 1.4b in, 1.4 out, which holds everything
    Tmx,
    /// `source TAB target`, a pair a line
    Tsv,
    /// XLIFF: 1.2 or 2.x, SDLXLIFF and MQXLIFF in, 1.2 out
    Xliff,
    /// A gettext catalogue
    Po,
    /// A table with a header
    Csv,
    /// A JSON object a line, which holds everything
    Jsonl,
}

impl UnitFormat {
    pub(super) fn on_wire(self) -> FileFormat {
        match self {
            Self::Tmx => FileFormat::Tmx,
            Self::Tsv => FileFormat::Tsv,
            Self::Xliff => FileFormat::Xliff,
            Self::Po => FileFormat::Po,
            Self::Csv => FileFormat::Csv,
            Self::Jsonl => FileFormat::Jsonl,
        }
    }
}
