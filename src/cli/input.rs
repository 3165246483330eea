//! The input of commands: arguments, standard input and files.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use clap::Args;

use super::exit::CliError;

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|e| CliError::read_failed(path.display(), e))
}

/// Expands patterns such as `m/*.tmx` that the shell has not expanded. Other names and `-` are returned as they
/// are, and so is a name that looks like a pattern if the file exists.
///
/// # Errors
/// A pattern is invalid or matches no file, or a directory cannot be read.
pub(super) fn expand_patterns(files: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let name = file.display().to_string();
        if name == "-" || file.exists() || !name.contains(['*', '?', '[']) {
            all.push(file.clone());
            continue;
        }
        let found = glob::glob(&name)
            .map_err(|e| CliError::read_failed(&name, format_args!("invalid pattern: {e}")))?;
        let before = all.len();
        for path in found {
            all.push(path.map_err(|e| CliError::read_failed(&name, e))?);
        }
        if all.len() == before {
            return Err(CliError::read_failed(&name, "no file matches the pattern"));
        }
    }
    Ok(all)
}

/// A text from the arguments, from standard input (`-`) or from a file.
#[derive(Debug, Args)]
pub(super) struct TextInput {
    /// Text, or - for standard input
    #[arg(value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    text: Vec<String>,
    /// Read the text from a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The input that the arguments choose.
pub(super) enum InputSource {
    /// The text itself.
    Text(String),
    /// A stream: standard input or a file.
    Stream(Box<dyn BufRead + Send>),
}

impl TextInput {
    /// Opens the input. Several arguments are joined with spaces to one text.
    pub(super) fn source(&self) -> Result<InputSource, CliError> {
        if let Some(path) = &self.file {
            return Ok(InputSource::Stream(Box::new(BufReader::new(open(path)?))));
        }
        match self.text.as_slice() {
            [dash] if dash == "-" => Ok(InputSource::Stream(Box::new(BufReader::new(io::stdin())))),
            words => Ok(InputSource::Text(words.join(" "))),
        }
    }

    /// Reads the whole input as one text. The error for input that is not UTF-8 names the line.
    pub(super) fn read_all(&self) -> Result<String, CliError> {
        match self.source()? {
            InputSource::Text(text) => Ok(text),
            InputSource::Stream(mut stream) => {
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
                    CliError::Message(format!("line {line}: the input is not UTF-8 [NOT_UTF8]"))
                })
            }
        }
    }
}

/// The error for a line that is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotUtf8;

/// Reads the next line, and returns it without its LF, or `None` at the end. Only LF ends a line; a CR belongs to
/// the text. The last line needs no LF.
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
        let expected =
            [Ok("a\r".to_owned()), Ok(String::new()), Err(NotUtf8), Ok("b\u{b}\u{2028}c".to_owned())];
        assert_eq!(lines, expected);
    }
}
