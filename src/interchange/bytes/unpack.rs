//! Decompresses files: `.gz`, and `.zip` as Trados and OmegaT write it.
//!
//! A zip file comes as a stream, so its table of contents, which is at the end, cannot be used.
//! Entries are read by their local headers instead. This includes entries whose sizes follow the
//! data, as Java writes them.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::{Crc, bufread::DeflateDecoder, read::MultiGzDecoder};

/// A reader that returns the contents of a file, decompressed if it is packed.
pub(crate) enum Decompressor<R: Read> {
    Plain(PeekedStream<R>),
    Gzip(Box<MultiGzDecoder<PeekedStream<R>>>),
    Zip(Box<ZipEntry<BufReader<PeekedStream<R>>>>),
}

/// A stream whose first bytes were read to detect how it is packed.
type PeekedStream<R> = io::Chain<Cursor<Vec<u8>>, R>;

const GZIP_SIGNATURE: [u8; 2] = [0x1F, 0x8B];
const ZIP_SIGNATURE: [u8; 4] = *b"PK\x03\x04";

impl<R: Read> Decompressor<R> {
    /// Detects how a file is packed. In a zip file the entry that has one of the extensions is read;
    /// a second such entry is an error.
    pub(crate) fn new(mut inner: R, endings: &[&str]) -> io::Result<Self> {
        let mut first = Vec::with_capacity(ZIP_SIGNATURE.len());
        inner.by_ref().take(ZIP_SIGNATURE.len() as u64).read_to_end(&mut first)?;
        let (gzip, zip) = (first.starts_with(&GZIP_SIGNATURE), first.starts_with(&ZIP_SIGNATURE));
        let whole = Cursor::new(first).chain(inner);
        if gzip {
            Ok(Self::Gzip(Box::new(MultiGzDecoder::new(whole))))
        } else if zip {
            Ok(Self::Zip(Box::new(ZipEntry::find(BufReader::new(whole), endings)?)))
        } else {
            Ok(Self::Plain(whole))
        }
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.read(buffer),
            Self::Gzip(inner) => inner.read(buffer),
            Self::Zip(inner) => inner.read(buffer),
        }
    }
}

/// The local header of an entry in a zip file.
struct ZipLocalHeader {
    name: String,
    deflated: bool,
    /// True if the sizes and the checksum follow the data.
    sizes_after: bool,
    crc: u32,
    size: u64,
}

/// An entry of a zip file that is being read.
pub(crate) struct ZipEntry<R: BufRead> {
    data: ZipEntryData<R>,
    sizes_after: bool,
    expected: u32,
    seen: Crc,
    at_end: bool,
    /// For the entry that was looked for, the extensions that no later entry may have.
    unique_extensions: Option<Vec<String>>,
}

enum ZipEntryData<R: BufRead> {
    Stored(io::Take<R>),
    Deflated(DeflateDecoder<R>),
}

fn bad(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn bytes<const N: usize>(from: &mut (impl Read + ?Sized)) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl<R: BufRead> ZipEntry<R> {
    fn find(mut stream: R, endings: &[&str]) -> io::Result<Self> {
        loop {
            if bytes::<4>(&mut stream)? != ZIP_SIGNATURE {
                return Err(bad(format!("the zip file has no entry that ends in {}", endings.join(" or "))));
            }
            let header = header(&mut stream)?;
            let lower = header.name.to_ascii_lowercase();
            let wanted = endings.iter().any(|ending| lower.ends_with(ending));
            let mut entry = Self::open(stream, &header)?;
            if wanted {
                entry.unique_extensions = Some(endings.iter().map(|ending| (*ending).to_owned()).collect());
                return Ok(entry);
            }
            io::copy(&mut entry, &mut io::sink())?;
            stream = match entry.data {
                ZipEntryData::Stored(taken) => taken.into_inner(),
                ZipEntryData::Deflated(decoder) => decoder.into_inner(),
            };
        }
    }

    fn open(stream: R, header: &ZipLocalHeader) -> io::Result<Self> {
        let data = match (header.deflated, header.sizes_after) {
            (true, _) => ZipEntryData::Deflated(DeflateDecoder::new(stream)),
            (false, false) => ZipEntryData::Stored(stream.take(header.size)),
            (false, true) => {
                return Err(bad(format!(
                    "'{}' in the zip file does not state its size: unpack it first",
                    header.name
                )));
            }
        };
        Ok(Self {
            data,
            sizes_after: header.sizes_after,
            expected: header.crc,
            seen: Crc::new(),
            at_end: false,
            unique_extensions: None,
        })
    }

    /// Verifies the checksum, which may follow the data.
    fn finish(&mut self) -> io::Result<()> {
        if self.sizes_after
            && let ZipEntryData::Deflated(decoder) = &mut self.data
        {
            #[expect(clippy::cast_possible_truncation, reason = "zip files store the size modulo 2^32")]
            let unpacked = decoder.total_out() as u32;
            let stream = decoder.get_mut();
            let mut crc = bytes::<4>(stream)?;
            if crc == *b"PK\x07\x08" {
                crc = bytes::<4>(stream)?;
            }
            self.expected = u32::from_le_bytes(crc);
            // The two sizes have four bytes each, or eight each. With eight, the second four bytes
            // are not the size of the data, and eight more bytes follow.
            bytes::<4>(stream)?;
            if u32::from_le_bytes(bytes(stream)?) != unpacked {
                bytes::<8>(stream)?;
            }
        }
        if self.seen.sum() != self.expected {
            return Err(bad("the zip file is damaged, its checksum is wrong: pack it again"));
        }
        let Some(endings) = &self.unique_extensions else { return Ok(()) };
        match &mut self.data {
            ZipEntryData::Stored(data) => reject_second_entry(data.get_mut(), endings),
            ZipEntryData::Deflated(data) => reject_second_entry(data.get_mut(), endings),
        }
    }
}

impl<R: BufRead> Read for ZipEntry<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at_end || buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.data {
            ZipEntryData::Stored(data) => data.read(buffer)?,
            ZipEntryData::Deflated(data) => data.read(buffer)?,
        };
        self.seen.update(buffer.get(..read).unwrap_or_default());
        if read == 0 {
            self.at_end = true;
            self.finish()?;
        }
        Ok(read)
    }
}

/// Reads a zip file to its end. Fails if another entry has one of the extensions, because it
/// would be ignored silently.
fn reject_second_entry(stream: &mut dyn BufRead, endings: &[String]) -> io::Result<()> {
    while bytes::<4>(stream).is_ok_and(|signature| signature == ZIP_SIGNATURE) {
        let header = header(stream)?;
        let lower = header.name.to_ascii_lowercase();
        if endings.iter().any(|ending| lower.ends_with(ending)) {
            let name = &header.name;
            return Err(bad(format!(
                "the zip file has more than one such file, for example '{name}': unpack it first"
            )));
        }
        io::copy(&mut ZipEntry::open(&mut *stream, &header)?, &mut io::sink())?;
    }
    io::copy(stream, &mut io::sink()).map(drop)
}

/// Reads a local header after its first four bytes.
fn header(mut stream: &mut (impl Read + ?Sized)) -> io::Result<ZipLocalHeader> {
    let _version = bytes::<2>(stream)?;
    let flags = u16::from_le_bytes(bytes(stream)?);
    let method = u16::from_le_bytes(bytes(stream)?);
    let _when = bytes::<4>(stream)?;
    let crc = u32::from_le_bytes(bytes(stream)?);
    let size = u32::from_le_bytes(bytes(stream)?);
    let _unpacked_size = bytes::<4>(stream)?;
    let name_length = u16::from_le_bytes(bytes(stream)?);
    let extra_length = u16::from_le_bytes(bytes(stream)?);
    let mut name = vec![0; name_length.into()];
    stream.read_exact(&mut name)?;
    io::copy(&mut (&mut stream).take(extra_length.into()), &mut io::sink())?;
    let name = String::from_utf8_lossy(&name).into_owned();
    if flags & 1 == 1 {
        return Err(bad(format!("'{name}' in the zip file is encrypted: unpack it first")));
    }
    let deflated = match method {
        0 => false,
        8 => true,
        other => {
            return Err(bad(format!(
                "'{name}' in the zip file is packed by method {other}: unpack it first"
            )));
        }
    };
    Ok(ZipLocalHeader { name, deflated, sizes_after: flags & 8 != 0, crc, size: size.into() })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::{
        Compression, Crc,
        write::{DeflateEncoder, GzEncoder},
    };

    use super::Decompressor;

    fn unpacked(bytes: &[u8]) -> std::io::Result<String> {
        let mut text = String::new();
        Decompressor::new(bytes, &[".tmx"])?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Makes an entry of a zip file, deflated or stored, with its sizes before or after the data.
    fn entry(name: &str, text: &str, deflate: bool, sizes_after: bool) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let data = if deflate {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        } else {
            text.as_bytes().to_vec()
        };
        let sizes = [data.len(), text.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes()).concat();
        let mut all = b"PK\x03\x04\x14\0".to_vec();
        all.extend(if sizes_after { [8, 0] } else { [0, 0] });
        all.extend(if deflate { [8, 0] } else { [0, 0] });
        all.extend([0; 4]);
        all.extend(if sizes_after { [0; 4] } else { crc.sum().to_le_bytes() });
        all.extend(if sizes_after { vec![0; 8] } else { sizes.clone() });
        all.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        all.extend([2, 0]);
        all.extend(name.bytes());
        all.extend(*b"xx");
        all.extend(data);
        if sizes_after {
            all.extend(*b"PK\x07\x08");
            all.extend(crc.sum().to_le_bytes());
            all.extend(sizes);
        }
        all
    }

    #[test]
    fn packed_files_are_unpacked() {
        assert_eq!(unpacked(b"<tmx/>").unwrap(), "<tmx/>");
        assert_eq!(unpacked(b"").unwrap(), "");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all("نعم".as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(unpacked(&gzip).unwrap(), "نعم");
        assert!(unpacked(&gzip[..gzip.len() - 4]).is_err());
        for (deflate, sizes_after) in [(true, false), (true, true), (false, false)] {
            let mut zip = entry("readme.txt", "about this", true, sizes_after);
            zip.extend(entry("m/Memory.TMX", "<tmx>نعم</tmx>", deflate, sizes_after));
            zip.extend(*b"PK\x01\x02and so on");
            assert_eq!(unpacked(&zip).unwrap(), "<tmx>نعم</tmx>");
        }
    }

    #[test]
    fn a_second_file_of_the_kind_is_an_error() {
        let mut zip = entry("a.tmx", "<tmx/>", true, true);
        zip.extend(entry("readme.txt", "about this", false, false));
        assert_eq!(unpacked(&zip).unwrap(), "<tmx/>");
        zip.extend(entry("b.TMX", "<tmx/>", true, false));
        assert!(unpacked(&zip).unwrap_err().to_string().contains("'b.TMX'"));
    }

    #[test]
    fn a_zip_file_that_is_damaged_or_has_nothing_to_read_is_an_error() {
        let mut zip = entry("m.tmx", "<tmx>some text</tmx>", false, false);
        let at = zip.len() - 8;
        zip[at] ^= 1;
        assert!(unpacked(&zip).unwrap_err().to_string().contains("checksum"));
        let mut none = entry("readme.txt", "about this", true, false);
        none.extend(*b"PK\x01\x02");
        assert!(unpacked(&none).unwrap_err().to_string().contains(".tmx"));
        assert!(unpacked(&entry("m.tmx", "x", false, true)).unwrap_err().to_string().contains("size"));
    }
}
