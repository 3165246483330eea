//! What is wrong with files is named, with the file and the remedy.

use std::fs;

use proptest::prelude::*;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::{TlsFile, read_authorities, read_identity};
use crate::clock::Timestamp;

/// A time in the year 2027.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A folder with certificates and keys.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.pair("good", &CertificateParams::default());
        folder.pair("other", &CertificateParams::default());
        let mut old = CertificateParams::default();
        old.not_after = date_time_ymd(2026, 1, 1);
        folder.pair("old", &old);
        let mut early = CertificateParams::default();
        early.not_before = date_time_ymd(2028, 1, 1);
        folder.pair("early", &early);
        folder
    }

    fn pair(&self, name: &str, params: &CertificateParams) {
        let key = KeyPair::generate().unwrap();
        self.write(&format!("{name}.pem"), params.self_signed(&key).unwrap().pem());
        self.write(&format!("{name}.key"), key.serialize_pem());
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), contents).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn file(&self, flag: &'static str, name: &str) -> TlsFile {
        TlsFile::new(flag, self.0.path().join(name))
    }

    /// Returns the error for a certificate and a key, or nothing.
    fn identity(&self, certificate: &str, key: &str) -> String {
        let read = read_identity(&self.file("--cert", certificate), &self.file("--key", key), NOW);
        read.err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// Returns the error for a file with CAs, or nothing.
    fn authorities(&self, name: &str) -> String {
        let read = read_authorities(&self.file("--ca", name), NOW);
        read.err().map(|error| error.to_string()).unwrap_or_default()
    }
}

#[test]
fn each_mistake_is_named_with_the_file_and_the_remedy() {
    let folder = Folder::new();
    let good = folder.read("good.pem");
    folder.write("both.pem", format!("text before\n{}{good}", folder.read("good.key")));
    folder.write("chain.pem", format!("{good}{}", folder.read("other.pem")));
    folder.write("reversed.pem", format!("{}{good}", folder.read("other.pem")));
    folder.write("empty.pem", "");
    folder.write("half.pem", &good[..good.len() / 2]);
    folder.write("der.pem", [0x30, 0x82, 1, 2]);
    folder.write("garbled.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    folder.write("symbols.pem", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    folder.write("encrypted.key", encrypted);
    let legacy =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    folder.write("legacy.key", legacy);
    folder.write("garbled.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    fs::create_dir(folder.0.path().join("folder")).unwrap();
    for (certificate, key, words) in [
        ("good.pem", "good.key", [""; 2]),
        ("both.pem", "both.pem", [""; 2]),
        ("chain.pem", "good.key", [""; 2]),
        ("reversed.pem", "good.key", ["--key", "does not fit the certificate in"]),
        ("good.pem", "other.key", ["other.key", "good.pem"]),
        ("absent.pem", "good.key", ["--cert", "absent.pem: cannot read the file"]),
        ("good.pem", "absent.key", ["--key", "absent.key: cannot read the file"]),
        ("folder", "good.key", ["--cert", "it is a folder"]),
        ("empty.pem", "good.key", ["empty.pem", "has no certificate"]),
        ("der.pem", "good.key", ["der.pem", "-inform der"]),
        ("good.key", "good.key", ["--cert", "has no certificate"]),
        ("good.pem", "good.pem", ["--key", "has no private key"]),
        ("half.pem", "good.key", ["half.pem", "not in PEM format"]),
        ("symbols.pem", "good.key", ["symbols.pem", "not in PEM format"]),
        ("garbled.pem", "good.key", ["garbled.pem", "cannot be used"]),
        ("good.pem", "garbled.key", ["garbled.key", "cannot be used"]),
        ("good.pem", "encrypted.key", ["encrypted.key", "openssl pkey"]),
        ("good.pem", "legacy.key", ["legacy.key", "openssl pkey"]),
        ("old.pem", "old.key", ["old.pem", "expired at Jan  1"]),
        ("early.pem", "early.key", ["early.pem", "not valid before Jan  1"]),
    ] {
        let error = folder.identity(certificate, key);
        assert_eq!(error.is_empty(), words == [""; 2], "{certificate} {key}: {error}");
        assert!(words.iter().all(|word| error.contains(word)), "{certificate} {key}: {error}");
        assert!(!error.contains("AAAA"), "the contents of a key are in no message");
    }
}

#[test]
fn authorities_that_have_expired_do_not_count() {
    let folder = Folder::new();
    folder.write("renewed.pem", format!("{}{}", folder.read("old.pem"), folder.read("good.pem")));
    folder.write("all-old.pem", folder.read("old.pem").repeat(2));
    for (file, words) in [
        ("good.pem", ""),
        ("renewed.pem", ""),
        ("all-old.pem", "all-old.pem: the certificate expired at"),
        ("early.pem", "not valid before"),
        ("good.key", "has no certificate"),
        ("absent.pem", "--ca"),
    ] {
        let error = folder.authorities(file);
        assert_eq!(error.is_empty(), words.is_empty(), "{file}: {error}");
        assert!(error.contains(words), "{file}: {error}");
    }
}

#[test]
fn every_cut_certificate_is_an_error() {
    let folder = Folder::new();
    let contents = folder.read("good.pem");
    // Without its last line end it is whole.
    for n in 0..contents.trim_end().len() {
        folder.write("cut.pem", &contents[..n]);
        assert!(!folder.identity("cut.pem", "good.key").is_empty(), "a certificate cut at {n}");
    }
}

proptest! {
    /// Whatever is in the files: an answer, and never a panic.
    #[test]
    fn damaged_files_have_an_answer(at in any::<usize>(), byte in any::<u8>()) {
        thread_local! {
            static FOLDER: Folder = Folder::new();
        }
        FOLDER.with(|folder| {
            let mut contents = folder.read("good.pem").into_bytes();
            let n = at % contents.len();
            contents[n] = byte;
            folder.write("damaged.pem", contents);
            folder.identity("damaged.pem", "good.key");
            folder.authorities("damaged.pem");
        });
    }
}
