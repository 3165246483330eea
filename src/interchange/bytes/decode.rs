//! Decodes bytes in any supported encoding to UTF-8 and counts lines. Decoding is strict: invalid
//! bytes are an error.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io::{self, BufRead, Read},
    ops::Range,
    rc::Rc,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1256};

use super::unpack::Decompressor;
use crate::{interchange::error::ReadError, text::is_arabic_letter};

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
    /// True as long as bytes that are not UTF-8 may be Arabic of Windows, because all text so far is ASCII.
    may_be_windows: bool,
    /// True if they are.
    is_windows: bool,
}

/// An encoding that the caller names for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextEncoding(&'static Encoding);

impl TextEncoding {
    /// Returns the encoding with a name of the WHATWG's Encoding Standard, such as `windows-1256` or `cp1256`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Encoding::for_label(name.as_bytes()).filter(|encoding| *encoding != REPLACEMENT).map(Self)
    }
}

impl<R: Read> DecodingReader<R> {
    /// Decodes a table, which has no place to name its encoding. If its first bytes that are not UTF-8 are
    /// Arabic words in Windows-1256, the table is read in that encoding.
    pub(crate) fn of_table(inner: R) -> Result<Self, ReadError> {
        let mut reader = Self::with_declaration(inner, |_| None)?;
        reader.may_be_windows = reader.encoding == UTF_8;
        Ok(reader)
    }

    /// Decodes a file in a named encoding. A byte order mark takes precedence, because it is more certain.
    pub(crate) fn in_encoding(inner: R, encoding: TextEncoding) -> Result<Self, ReadError> {
        let mut reader = Self::with_declaration(inner, |_| None)?;
        if Encoding::for_bom(&reader.raw).is_none() {
            reader.decoder = encoding.0.new_decoder_without_bom_handling();
            reader.encoding = encoding.0;
        }
        Ok(reader)
    }

    /// Returns the name of the encoding if it was detected by the words that it gives.
    pub(crate) fn detected_encoding(&self) -> Option<&'static str> {
        self.is_windows.then(|| WINDOWS_1256.name())
    }

    /// Returns true if the whole text has been decoded and read.
    pub(crate) fn is_read(&self) -> bool {
        self.finished && self.out_at == self.out.len()
    }

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
            match inner.read(raw.get_mut(filled..).unwrap_or_default()).map_err(|e| from_io(&e))? {
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
            may_be_windows: false,
            is_windows: false,
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
            self.may_be_windows &= self.out.is_ascii();
            match result {
                DecoderResult::Malformed(bad, after)
                    if self.may_be_windows && self.switch_to_windows(usize::from(bad + after)) => {}
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

    /// Goes on in Windows-1256 with the last `back` bytes if that gives Arabic words. Returns true if it does.
    fn switch_to_windows(&mut self, back: usize) -> bool {
        let Some(start) = self.raw_at.checked_sub(back) else { return false };
        let text = self.raw.get(start..).map(|raw| WINDOWS_1256.decode_without_bom_handling(raw).0);
        if !text.is_some_and(|text| has_arabic_words(&text)) {
            return false;
        }
        self.raw_at = start;
        self.encoding = WINDOWS_1256;
        self.decoder = WINDOWS_1256.new_decoder_without_bom_handling();
        self.may_be_windows = false;
        self.is_windows = true;
        true
    }
}

/// Returns true if a text has Arabic words, and few of its Arabic letters touch Latin ones. Texts in other
/// encodings do not: for example, the German `Mädchen` would be `Mنdchen`, and Russian a mixture of Arabic and
/// accented Latin letters. A few may touch, as in `وWindows`. A text with control characters is refused.
fn has_arabic_words(text: &str) -> bool {
    let (mut letters, mut in_words, mut mixed) = (0_usize, 0_usize, 0_usize);
    let mut before = ' ';
    let mut after = text.chars().skip(1);
    for c in text.chars() {
        let next = after.next().unwrap_or(' ');
        if c.is_control() && !matches!(c, '\t' | '\n' | '\r') {
            return false;
        }
        if is_arabic_letter(c) {
            let is_latin = |c: char| c.is_alphabetic() && !is_arabic_letter(c);
            letters += 1;
            in_words += usize::from(is_arabic_letter(next));
            mixed += usize::from(is_latin(before) || is_latin(next));
        }
        before = c;
    }
    in_words > 0 && mixed * 5 <= letters
}

/// A file whose encoding the caller names, decompressed and in UTF-8. It is opened by the first read, so that
/// its errors are those of reading.
pub struct EncodedFile<'r, R: Read> {
    /// The file until it is opened, and the extensions of its format.
    unopened: Option<(R, &'r [&'r str])>,
    encoding: TextEncoding,
    opened: Option<DecodingReader<Decompressor<R>>>,
}

impl<'r, R: Read> EncodedFile<'r, R> {
    /// Makes a reader of a file. In a zip file the entry with one of the extensions is read.
    pub fn new(file: R, endings: &'r [&'r str], encoding: TextEncoding) -> Self {
        Self { unopened: Some((file, endings)), encoding, opened: None }
    }
}

impl<R: Read> Read for EncodedFile<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((file, endings)) = self.unopened.take() {
            let opened = DecodingReader::in_encoding(Decompressor::new(file, endings)?, self.encoding);
            self.opened = Some(opened.map_err(|e| io::Error::other(e.to_string()))?);
        }
        self.opened.as_mut().map_or(Ok(0), |opened| opened.read(buffer))
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

/// Encodes text as Windows-1256 for tests of the readers.
#[cfg(test)]
pub(crate) fn windows_1256(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = WINDOWS_1256.encode(text);
    assert!(!unmappable, "{text}");
    bytes.into_owned()
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

    use super::{
        CHUNK_BYTES, DecodingReader, EncodedFile, ReadError, TextEncoding, from_io, utf16, windows_1256,
    };

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

    fn table(bytes: &[u8]) -> Result<(String, Option<&'static str>), ReadError> {
        let mut text = String::new();
        let mut reader = DecodingReader::of_table(bytes)?;
        reader.read_to_string(&mut text).map_err(|e| from_io(&e))?;
        Ok((text, reader.detected_encoding()))
    }

    #[test]
    fn arabic_of_windows_is_recognized_by_its_words() {
        let ascii = "id,text\n".repeat(2 * CHUNK_BYTES / 8);
        for text in ["نعم، سيدي;yes\n", "نعم\n", "برنامج وWindows على الحاسوب\n"]
        {
            for text in [text.to_owned(), format!("{ascii}{text}")] {
                let (read, encoding) = table(&windows_1256(&text)).unwrap();
                assert_eq!((read, encoding), (text, Some("windows-1256")));
            }
        }
        for utf8 in ["نعم", "Mädchen", "plain", ""] {
            assert_eq!(table(utf8.as_bytes()).unwrap(), (utf8.to_owned(), None));
        }
        // Other encodings, control characters, and UTF-8 with a broken byte remain errors.
        let encoded = |label: &[u8], text: &str| {
            encoding_rs::Encoding::for_label(label).unwrap().encode(text).0.into_owned()
        };
        for bytes in [
            encoded(b"windows-1252", "Mädchen, Straße, größer\n"),
            encoded(b"windows-1252", "café, été, garçon\n"),
            encoded(b"windows-1251", "Привет, как дела сегодня\n"),
            encoded(b"windows-1255", "שלום לכולם וברוכים הבאים\n"),
            encoded(b"windows-1253", "Καλημέρα σας και καλώς ήρθατε\n"),
            encoded(b"windows-1254", "Değişiklik şöyle yapılır, güzel\n"),
            [windows_1256("نعم\u{200f}"), vec![1]].concat(),
            ["نعم".as_bytes(), windows_1256("نعم").as_slice()].concat(),
        ] {
            assert!(matches!(table(&bytes), Err(ReadError::NotEncoded { .. })), "{bytes:?}");
        }
        // Only tables are guessed, because other formats name their encoding.
        assert!(decoded(&windows_1256("نعم")).is_err());
    }

    #[test]
    fn a_named_encoding_is_used() {
        let in_encoding = |bytes: &[u8], name: &str| {
            let mut text = String::new();
            let mut file = EncodedFile::new(bytes, &[".csv"], TextEncoding::parse(name).unwrap());
            file.read_to_string(&mut text).map(|_| text).map_err(|e| from_io(&e))
        };
        assert_eq!(in_encoding(&windows_1256("نعم"), "cp1256").unwrap(), "نعم");
        assert_eq!(in_encoding(&[0xE6, 0xD9, 0xE5], "ISO-8859-6").unwrap(), "نعم");
        assert_eq!(in_encoding(&utf16("نعم", true, false), "utf-16le").unwrap(), "نعم");
        assert_eq!(in_encoding("\u{feff}نعم".as_bytes(), "windows-1256").unwrap(), "نعم");
        assert_eq!(in_encoding(b"", "utf-8").unwrap(), "");
        let error = in_encoding(b"a\n\xff\n", "utf-8");
        assert!(matches!(error, Err(ReadError::NotEncoded { line: 2, .. })), "{error:?}");
        assert_eq!(TextEncoding::parse("klingon"), None);
        assert_eq!(TextEncoding::parse("iso-2022-kr"), None);
    }
}
