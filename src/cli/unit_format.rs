//! The file formats of units, as values of `--format`.

use clap::ValueEnum;

use crate::rpc::proto::FileFormat;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum UnitFormatArg {
    /// TMX: reads 1.1 to 1.4b, writes 1.4; keeps everything
    Tmx,
    /// `source TAB target`, one pair per line
    Tsv,
    /// XLIFF: reads 1.2, 2.x, SDLXLIFF and MQXLIFF, writes 1.2
    Xliff,
    /// PO: gettext catalogue
    Po,
    /// Table with a header
    Csv,
    /// One JSON object per line; keeps everything
    Jsonl,
}

impl UnitFormatArg {
    pub(super) fn to_wire(self) -> FileFormat {
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
