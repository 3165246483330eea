//! What a certificate says: when it is valid, and whom it names.

use std::str;

use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

use crate::{
    access::{CertificateSubject, SubjectKind},
    clock::Timestamp,
};

/// When a certificate is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    from: Moment,
    until: Moment,
}

/// Why a certificate is not valid now.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OutOfTime {
    /// It has expired.
    #[error("the certificate expired at {0}: renew it, or give the file of the new one")]
    Expired(String),
    /// It is not valid yet.
    #[error("the certificate is not valid before {0}: check this machine's clock, or give another one")]
    NotYetValid(String),
}

/// A time in a certificate, and how it is written in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Moment {
    at: Timestamp,
    text: String,
}

impl From<ASN1Time> for Moment {
    fn from(time: ASN1Time) -> Self {
        // A time that is too far away for milliseconds is as good as one that never comes.
        Self { at: Timestamp(time.timestamp().saturating_mul(1_000)), text: time.to_string() }
    }
}

impl Validity {
    /// Reads it from a certificate in DER.
    pub(super) fn of(der: &[u8]) -> Result<Self, String> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|cause| cause.to_string())?;
        let validity = certificate.validity();
        Ok(Self { from: validity.not_before.into(), until: validity.not_after.into() })
    }

    /// Checks that the certificate is valid at a time.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), OutOfTime> {
        if now < self.from.at {
            Err(OutOfTime::NotYetValid(self.from.text.clone()))
        } else if now >= self.until.at {
            Err(OutOfTime::Expired(self.until.text.clone()))
        } else {
            Ok(())
        }
    }

    /// Returns from when on the certificate is not valid any more.
    pub(super) fn until(&self) -> Timestamp {
        self.until.at
    }

    /// Returns the same as text.
    pub(super) fn until_text(&self) -> &str {
        &self.until.text
    }
}

/// Returns the subjects of a certificate in DER, and from when on it is not valid any more. The common name counts only
/// if there is one, because with several nobody knows which one the CA has checked.
pub(super) fn subjects(der: &[u8]) -> Result<(Vec<CertificateSubject>, Timestamp), String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|cause| cause.to_string())?;
    let mut found = Vec::new();
    let mut names = certificate.subject().iter_common_name();
    if let (Some(name), None) = (names.next(), names.next())
        && let Ok(text) = name.as_str()
    {
        found.push(CertificateSubject::new(SubjectKind::CommonName, text));
    }
    let alternatives = certificate.subject_alternative_name().map_err(|cause| cause.to_string())?;
    for name in alternatives.iter().flat_map(|extension| &extension.value.general_names) {
        let (kind, text) = match name {
            GeneralName::DNSName(text) => (SubjectKind::Dns, *text),
            GeneralName::RFC822Name(text) => (SubjectKind::Email, *text),
            GeneralName::URI(text) => (SubjectKind::Uri, *text),
            _ => continue,
        };
        found.push(CertificateSubject::new(kind, text));
    }
    Ok((found, Validity::of(der)?.until()))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::{Validity, subjects};

    fn names(names: &[&str], alternatives: &[SanType]) -> Vec<String> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for name in names {
            params.distinguished_name.push(DnType::CommonName, *name);
        }
        params.subject_alt_names = alternatives.to_vec();
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let (found, until) = subjects(certificate.der()).unwrap();
        assert_eq!(until, Validity::of(certificate.der()).unwrap().until());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_subjects_are_the_common_name_and_the_alternative_names() {
        assert_eq!(names(&[], &[]), [""; 0]);
        assert_eq!(names(&["أمل"], &[]), ["cn:أمل"]);
        let text = |text: &str| text.try_into().unwrap();
        let alternatives = [
            SanType::DnsName(text("Client.Example")),
            SanType::Rfc822Name(text("Amal@example.org")),
            SanType::URI(text("spiffe://example.org/weblate")),
            SanType::IpAddress([127, 0, 0, 1].into()),
        ];
        let expected = ["dns:client.example", "email:Amal@example.org", "uri:spiffe://example.org/weblate"];
        assert_eq!(names(&[], &alternatives), expected);
        assert_eq!(names(&["a"], &alternatives[..1]), ["cn:a", "dns:client.example"]);
    }

    #[test]
    fn what_is_not_a_certificate_is_an_error() {
        for der in [&b""[..], b"x", &[0x30, 0x82, 0xff, 0xff], &[0x30; 300]] {
            assert!(subjects(der).is_err() && Validity::of(der).is_err(), "{der:?}");
        }
    }
}
