//! Decodes bytes in any supported encoding to UTF-8 and counts lines. Decoding is strict: invalid
//! bytes are an error.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, BufRead, Read},
    ops::Range,
    rc::Rc,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::interchange::error::ReadError;

/// Bytes read at once. The encoding is detected in the first chunk.
const CHUNK_BYTES: usize = 64 << 10;

/// Converts offsets in the decoded text to lines. Shared between a [`DecodingReader`] and its consumer.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineTracker(Rc<RefCell<LineState>>);

#[derive(Debug, Default)]
struct LineState {
    /// True if a consumer converts offsets; only then `pending_newlines` is filled.
    tracking: bool,
    /// Offsets of newlines after the last offset that was converted.
    pending_newlines: VecDeque<u64>,
    /// Newlines before the last offset that was converted.
    passed: u64,
    /// Newlines in the decoded text so far.
    newlines: u64,
    /// Bytes of decoded text so far.
    decoded: u64,
    /// Offset of the tag, comment or piece of text that is being read.
    piece_start: u64,
}

impl LineTracker {
    /// Returns the line, from 1, of an offset in the decoded text. Offsets must not decrease.
    pub(crate) fn line_of(&self, offset: u64) -> u64 {
        let mut state = self.0.borrow_mut();
        while state.pending_newlines.front().is_some_and(|newline| *newline < offset) {
            state.pending_newlines.pop_front();
            state.passed += 1;
        }
        state.passed + 1
    }

    /// Records that everything before an offset has been read.
    pub(crate) fn mark_read_to(&self, offset: u64) {
        self.0.borrow_mut().piece_start = offset;
    }

    /// Records decoded text. Returns the bytes since the last [`Self::mark_read_to`], or 0 if no consumer
    /// converts offsets.
    fn record_decoded(&self, text: &[u8]) -> u64 {
        let mut state = self.0.borrow_mut();
        let from = state.decoded;
        // Most of a huge text has no newlines, and the search for one is faster than the loop.
        let lines = if text.contains(&b'\n') { text } else { &[] };
        let newlines = lines.iter().zip(from..).filter(|(b, _)| **b == b'\n').map(|(_, at)| at);
        if state.tracking {
            let before = state.pending_newlines.len();
            state.pending_newlines.extend(newlines);
            state.newlines += (state.pending_newlines.len() - before) as u64;
        } else {
            state.newlines += newlines.count() as u64;
        }
        state.decoded += text.len() as u64;
        if state.tracking { state.decoded - state.piece_start } else { 0 }
    }

    /// Returns the line and offset of the end of the decoded text.
    fn reached(&self) -> (u64, u64) {
        let state = self.0.borrow();
        (state.newlines + 1, state.decoded)
    }
}

/// Maximum bytes of one tag, comment or CDATA section, plus what is read ahead, because the XML reader
/// must keep it in memory whole.
const MAX_PIECE_BYTES: u64 = 16 << 20;

/// A reader that returns UTF-8 and decodes the bytes of another reader.
#[derive(Debug)]
pub(crate) struct DecodingReader<R> {
    inner: R,
    decoder: Decoder,
    encoding: &'static Encoding,
    raw: Vec<u8>,
    raw_at: usize,
    ended: bool,
    /// True after the last call of the decoder.
    finished: bool,
    out: Vec<u8>,
    out_at: usize,
    lines: LineTracker,
}

impl<R: Read> DecodingReader<R> {
    /// Detects the encoding from the byte order mark, from the first bytes of UTF-16 XML, or from the
    /// XML declaration. The default is UTF-8.
    pub(crate) fn new(inner: R) -> Result<Self, ReadError> {
        Self::with_declaration(inner, declared_xml_encoding)
    }

    /// Like [`Self::new`], but `declared` finds the name of the encoding in the first bytes, instead of
    /// an XML declaration.
    pub(crate) fn with_declaration(
        mut inner: R,
        declared: fn(&[u8]) -> Option<String>,
    ) -> Result<Self, ReadError> {
        let mut raw = vec![0; CHUNK_BYTES];
        let mut filled = 0;
        while filled < raw.len() {
            match inner.read(raw.get_mut(filled..).unwrap_or_default())? {
                0 => break,
                n => filled += n,
            }
        }
        raw.truncate(filled);
        let ended = filled < CHUNK_BYTES;
        let encoding = encoding_of(&raw, declared)?;
        Ok(Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            encoding,
            raw,
            raw_at: 0,
            ended,
            finished: false,
            out: Vec::new(),
            out_at: 0,
            lines: LineTracker::default(),
        })
    }

    /// Returns the lines of the decoded text, and starts to record them.
    pub(crate) fn line_tracker(&self) -> LineTracker {
        self.lines.0.borrow_mut().tracking = true;
        self.lines.clone()
    }

    /// Decodes until there is output or the input ends.
    fn fill(&mut self) -> io::Result<()> {
        while self.out_at == self.out.len() && !self.finished {
            if self.raw_at == self.raw.len() && !self.ended {
                self.raw.resize(CHUNK_BYTES, 0);
                let n = self.inner.read(&mut self.raw)?;
                self.raw.truncate(n);
                self.raw_at = 0;
                self.ended = n == 0;
            }
            let source = self.raw.get(self.raw_at..).unwrap_or_default();
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(source.len())
                .unwrap_or(4 * CHUNK_BYTES);
            self.out.resize(room, 0);
            self.out_at = 0;
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(source, &mut self.out, self.ended);
            self.out.truncate(written);
            self.raw_at += read;
            if self.lines.record_decoded(&self.out) > MAX_PIECE_BYTES {
                let (line, _) = self.lines.reached();
                let what = "a tag, comment or CDATA section of more than 16 MiB reaches this line: split it";
                return Err(io::Error::other(format!("line {line}: {what}")));
            }
            match result {
                DecoderResult::Malformed(..) => {
                    let (line, offset) = self.lines.reached();
                    return Err(io::Error::other(Malformed { line, offset, encoding: self.encoding.name() }));
                }
                DecoderResult::InputEmpty if self.ended => self.finished = true,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for DecodingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let n = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}

/// The buffer holds whole characters, unless its user consumes a part of one.
impl<R: Read> BufRead for DecodingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.out_at == self.out.len() {
            self.fill()?;
        }
        Ok(self.out.get(self.out_at..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.out_at = self.out.len().min(self.out_at + bytes);
    }
}

/// Reads a decoded text line by line, with a maximum length of a line.
pub(crate) struct LineReader<R: Read> {
    text: DecodingReader<R>,
    longest: u64,
    lines_read: u64,
}

impl<R: Read> LineReader<R> {
    pub(crate) fn new(text: DecodingReader<R>, longest: u64) -> Self {
        Self { text, longest, lines_read: 0 }
    }

    /// Returns the number of lines read so far, which is the number of the last line.
    pub(crate) fn line_number(&self) -> u64 {
        self.lines_read
    }

    /// Returns the next line with its line end, or `None` at the end. If a line is too long, fails with
    /// what `too_long` returns for its number.
    pub(crate) fn next_line(
        &mut self,
        too_long: impl Fn(u64) -> ReadError,
    ) -> Result<Option<String>, ReadError> {
        let mut line = String::new();
        let length = self.text.by_ref().take(self.longest).read_line(&mut line).map_err(|e| from_io(&e))?;
        if length == 0 {
            return Ok(None);
        }
        self.lines_read += 1;
        if length as u64 == self.longest { Err(too_long(self.lines_read)) } else { Ok(Some(line)) }
    }
}

/// Carried inside an `io::Error`; [`from_io`] extracts it.
#[derive(Debug, thiserror::Error)]
#[error("bytes that are not {encoding}")]
struct Malformed {
    line: u64,
    offset: u64,
    encoding: &'static str,
}

/// Converts an error of reading decoded text to a [`ReadError`].
pub(crate) fn from_io(error: &io::Error) -> ReadError {
    match error.get_ref().and_then(|e| e.downcast_ref::<Malformed>()) {
        Some(m) => ReadError::NotEncoded { line: m.line, offset: m.offset, encoding: m.encoding },
        None => ReadError::Io(error.to_string()),
    }
}

fn encoding_of(start: &[u8], declared: fn(&[u8]) -> Option<String>) -> Result<&'static Encoding, ReadError> {
    if let Some((encoding, _)) = Encoding::for_bom(start) {
        return Ok(encoding);
    }
    match start {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = declared(start) else { return Ok(UTF_8) };
    let encoding =
        Encoding::for_label(label.as_bytes()).ok_or_else(|| ReadError::UnknownEncoding(label.clone()))?;
    // A declaration that was found in single bytes cannot be in UTF-16, even if it declares that.
    Ok(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// Returns the name of the encoding in an XML declaration.
fn declared_xml_encoding(start: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(start.get(..start.len().min(256)).unwrap_or_default()).into_owned();
    head.get(xml_encoding_range(&head)?).map(str::to_owned)
}

/// Returns the byte range of the name of the encoding in an XML declaration.
pub(crate) fn xml_encoding_range(text: &str) -> Option<Range<usize>> {
    let (declaration, _) = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value.get(1..)?.split_once(quote)?;
    let before_declaration = text.len() - text.trim_start().len() + "<?xml".len();
    let start = before_declaration + declaration.len() - value.len() + 1;
    Some(start..start + label.len())
}

/// Encodes text as UTF-16 for tests of the readers.
#[cfg(test)]
pub(crate) fn utf16(text: &str, little: bool, bom: bool) -> Vec<u8> {
    let mark = if bom { "\u{feff}" } else { "" };
    let units = format!("{mark}{text}");
    units.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{CHUNK_BYTES, DecodingReader, ReadError, from_io, utf16};

    fn decoded(bytes: &[u8]) -> Result<String, ReadError> {
        let mut text = String::new();
        let mut reader = DecodingReader::new(bytes)?;
        reader.read_to_string(&mut text).map_err(|e| from_io(&e))?;
        Ok(text)
    }

    #[test]
    fn encodings_are_found() {
        let text = "<?xml version='1.0'?><seg>نعم é</seg>\n";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(text, true, true),
            utf16(text, false, true),
            utf16(text, true, false),
            utf16(text, false, false),
        ] {
            assert_eq!(decoded(&bytes).ok().as_deref(), Some(text));
        }
        let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe9</a>";
        assert!(decoded(latin).is_ok_and(|t| t.ends_with("<a>é</a>")));
        assert_eq!(decoded(b"").ok().as_deref(), Some(""));
    }

    #[test]
    fn long_texts_come_whole() {
        let text = "نعم و لا\n".repeat(40_000);
        assert!(decoded(text.as_bytes()).is_ok_and(|t| t == text));
        assert!(decoded(&utf16(&text, true, true)).is_ok_and(|t| t == text));
    }

    #[test]
    fn reading_past_the_end_gives_nothing_more() {
        for size in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let bytes = vec![b'a'; size];
            let mut reader = DecodingReader::new(bytes.as_slice()).unwrap_or_else(|e| panic!("{e}"));
            let mut text = String::new();
            assert_eq!(reader.read_to_string(&mut text).ok(), Some(size));
            assert_eq!(reader.read(&mut [0; 8]).ok(), Some(0));
            assert_eq!(reader.read(&mut [0; 8]).ok(), Some(0));
        }
    }

    #[test]
    fn broken_bytes_are_reported_with_their_line() {
        let error = decoded(b"one\ntwo\n\xff\n").err();
        assert!(
            matches!(error, Some(ReadError::NotEncoded { line: 3, offset: 8, encoding: "UTF-8" })),
            "{error:?}"
        );
        let unknown = decoded(b"<?xml version='1.0' encoding='klingon'?><a/>").err();
        assert!(matches!(unknown, Some(ReadError::UnknownEncoding(label)) if label == "klingon"));
    }
}
