//! `dhakira glossary import` and `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    cli::{
        client::Connection,
        download::download,
        exit::{CliError, Exit},
        input::expand_patterns,
        output::StdoutWriter,
        upload::{ReportPrinter, upload},
    },
    rpc::proto,
};

#[derive(Debug, Args)]
pub(crate) struct GlossaryImportArgs {
    /// Glossary to import into
    #[arg(long, value_name = "NAME")]
    glossary: String,
    /// Create the glossary if it does not exist
    #[arg(long)]
    create: bool,
    /// Language of the source terms, if the glossary is created
    #[arg(long, default_value = "ar", value_name = "LOCALE")]
    source_locale: String,
    /// Language of the target terms, if the glossary is created
    #[arg(long, default_value = "en", value_name = "LOCALE")]
    target_locale: String,
    /// Let a concept of the files update the one that has its id, even if they have no term in common
    #[arg(long)]
    update_by_id: bool,
    /// Store nothing, and report what would be stored
    #[arg(long)]
    dry_run: bool,
    /// Format of the files [default: by their extensions]
    #[arg(long)]
    format: Option<GlossaryFormatArg>,
    /// Print the report on each file as one JSON object
    #[arg(long)]
    json: bool,
    /// Encoding of .csv, .tsv, .utx, .tab and .txt files, such as windows-1256 [default: UTF-8, or
    /// detected]
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    encoding: String,
    /// Files: .tbx .csv .tsv .utx .tab .txt, also compressed as .gz or .zip; patterns such as 'g/*.tbx'
    /// are expanded; - reads standard input and needs --format
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl GlossaryImportArgs {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let header = proto::ImportHeader {
            glossary: self.glossary.clone(),
            format: self.format.map_or(proto::FileFormat::Unspecified, GlossaryFormatArg::to_wire).into(),
            create: self.create,
            source_locale: self.source_locale,
            target_locale: self.target_locale,
            dry_run: self.dry_run,
            update_by_id: self.update_by_id,
            encoding: self.encoding,
            ..Default::default()
        };
        let mut out = StdoutWriter::new();
        let mut reports =
            ReportPrinter { out: &mut out, json: self.json, destination: ("glossary", &self.glossary) };
        let mut exit = Exit::Done;
        for path in &expand_patterns(&self.files)? {
            let report = upload(&client, path, header.clone()).await?;
            exit = exit.combine(reports.print(path, &report)?);
        }
        Ok(exit)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GlossaryFormatArg {
    /// TBX: writes version 3, TBX-Basic in style DCA; keeps everything
    Tbx,
    /// Comma-separated table with a header
    Csv,
    /// Tab-separated table with a header
    Tsv,
}

impl GlossaryFormatArg {
    fn to_wire(self) -> proto::FileFormat {
        match self {
            Self::Tbx => proto::FileFormat::Tbx,
            Self::Csv => proto::FileFormat::Csv,
            Self::Tsv => proto::FileFormat::Tsv,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct GlossaryExportArgs {
    /// Glossary to export
    #[arg(long, value_name = "NAME")]
    glossary: String,
    /// Format of the file [default: by the extension of --output, else TBX]
    #[arg(long)]
    format: Option<GlossaryFormatArg>,
    /// File to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl GlossaryExportArgs {
    pub(super) async fn run(self) -> Result<Exit, CliError> {
        let client = self.connection.open().await?;
        let extension = self.output.as_ref().and_then(|path| path.extension()?.to_str()).unwrap_or_default();
        let format = match (self.format, extension) {
            (Some(format), _) => format.to_wire(),
            (None, "csv") => proto::FileFormat::Csv,
            (None, "tsv" | "tab" | "txt") => proto::FileFormat::Tsv,
            (None, _) => proto::FileFormat::Tbx,
        };
        let request =
            proto::ExportRequest { glossary: self.glossary, format: format.into(), ..Default::default() };
        download(&client, request, self.output, "concepts").await
    }
}
