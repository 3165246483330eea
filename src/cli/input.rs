//! Where a command's text comes from.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use clap::Args;

use super::exit::CliError;

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|e| CliError::File { file: path.display().to_string(), cause: e.to_string() })
}

/// Files as arguments: names, patterns such as `m/*.tmx` where a shell has not looked them
/// up, and `-`.
pub(super) fn expanded(files: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let name = file.display().to_string();
        let failed = |cause: String| CliError::File { file: name.clone(), cause };
        if name == "-" || file.exists() || !name.contains(['*', '?', '[']) {
            all.push(file.clone());
            continue;
        }
        let found = glob::glob(&name).map_err(|e| failed(format!("not a pattern: {e}")))?;
        let before = all.len();
        for path in found {
            all.push(path.map_err(|e| failed(e.to_string()))?);
        }
        if all.len() == before {
            return Err(failed("no file is so named".to_owned()));
        }
    }
    Ok(all)
}

/// Text as arguments, from standard input (`-`) or from a file.
#[derive(Debug, Args)]
pub(super) struct TextInput {
    /// The text, or - for standard input
    #[arg(value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    text: Vec<String>,
    /// Read from a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What the arguments name.
pub(super) enum Source {
    /// The text itself.
    Text(String),
    /// A stream: standard input or a file.
    Stream(Box<dyn BufRead + Send>),
}

impl TextInput {
    pub(super) fn source(&self) -> Result<Source, CliError> {
        if let Some(path) = &self.file {
            return Ok(Source::Stream(Box::new(BufReader::new(open(path)?))));
        }
        match self.text.as_slice() {
            [dash] if dash == "-" => Ok(Source::Stream(Box::new(BufReader::new(io::stdin())))),
            words => Ok(Source::Text(words.join(" "))),
        }
    }

    /// Reads everything as one text.
    pub(super) fn whole(&self) -> Result<String, CliError> {
        match self.source()? {
            Source::Text(text) => Ok(text),
            Source::Stream(mut stream) => {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes)?;
                String::from_utf8(bytes).map_err(|e| {
                    let line = e
                        .as_bytes()
                        .iter()
                        .take(e.utf8_error().valid_up_to())
                        .filter(|b| **b == b'\n')
                        .count()
                        + 1;
                    CliError::Said(format!("line {line}: the input is not UTF-8 [NOT_UTF8]"))
                })
            }
        }
    }
}

/// Why a line is bad before anybody looks at what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

/// Reads the next line without its LF; a last line may lack it. Only LF ends
/// a line: a CR belongs to the text.
pub(super) fn next_line(stream: &mut dyn BufRead) -> io::Result<Option<Result<String, NotUtf8>>> {
    let mut bytes = Vec::new();
    if stream.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8(bytes).map_err(|_| NotUtf8)))
}

#[cfg(test)]
mod tests {
    use super::{NotUtf8, next_line};

    #[test]
    fn lines_end_at_lf_only() {
        let mut stream: &[u8] = b"a\r\n\n\xff\nb\x0b\xe2\x80\xa8c";
        let mut lines = Vec::new();
        while let Ok(Some(line)) = next_line(&mut stream) {
            lines.push(line);
        }
        let good = |s: &str| Ok(s.to_owned());
        assert_eq!(lines, [good("a\r"), good(""), Err(NotUtf8), good("b\u{b}\u{2028}c")]);
    }
}
