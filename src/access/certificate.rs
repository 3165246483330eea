//! Client certificates: whom they name, and what that caller may do.

use std::{fmt, sync::Arc};

use super::grant::Grants;
use crate::{clock::Timestamp, name::Name};

/// The part of a certificate that a subject is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// The common name of its subject.
    CommonName,
    /// A DNS name of its alternative names.
    Dns,
    /// A mail address of its alternative names.
    Email,
    /// A URI of its alternative names, for example `spiffe://example.org/weblate`.
    Uri,
}

impl SubjectKind {
    const ALL: [Self; 4] = [Self::CommonName, Self::Dns, Self::Email, Self::Uri];

    fn prefix(self) -> &'static str {
        match self {
            Self::CommonName => "cn",
            Self::Dns => "dns",
            Self::Email => "email",
            Self::Uri => "uri",
        }
    }
}

/// A name in a certificate, with the part that it is in. For example, `cn:weblate` and `dns:weblate` differ,
/// because a CA may give names of machines to other people than names of persons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateSubject {
    kind: SubjectKind,
    text: Box<str>,
}

/// The error for a text that is not a valid [`CertificateSubject`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a valid subject: write the part of the certificate before the name, cn:NAME, dns:NAME, email:ADDRESS or uri:URI, for example cn:weblate"
)]
pub struct InvalidSubject(String);

impl CertificateSubject {
    /// Makes the subject of a name in a part of a certificate. DNS names have no case, so they are in lower case.
    #[must_use]
    pub fn new(kind: SubjectKind, text: &str) -> Self {
        let text = if kind == SubjectKind::Dns { text.to_ascii_lowercase() } else { text.to_owned() };
        Self { kind, text: text.into() }
    }

    /// Parses a subject, for example `cn:weblate`.
    ///
    /// # Errors
    /// [`InvalidSubject`] if the part is absent or unknown, or if no name follows.
    pub fn parse(text: &str) -> Result<Self, InvalidSubject> {
        let (prefix, name) = text.split_once(':').unwrap_or_default();
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.prefix() == prefix);
        match kind {
            Some(kind) if name.trim() == name && !name.is_empty() && !name.contains('*') => {
                Ok(Self::new(kind, name))
            }
            _ => Err(InvalidSubject(text.chars().take(80).collect())),
        }
    }
}

impl fmt::Display for CertificateSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.text)
    }
}

/// Who has the certificates of a subject, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateOwner {
    /// The subject.
    pub subject: CertificateSubject,
    /// The name of the caller, which is stored with each revision.
    pub name: Name,
    /// What the caller may do.
    pub grants: Grants,
}

/// The owners that the configuration names, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateOwners(pub Vec<Arc<CertificateOwner>>);

impl CertificateOwners {
    /// Returns the owner of a certificate with these subjects: the first one in the order of the configuration,
    /// so that a certificate with several subjects has one owner only.
    #[must_use]
    pub fn find(&self, subjects: &[CertificateSubject]) -> Option<&Arc<CertificateOwner>> {
        self.0.iter().find(|owner| subjects.contains(&owner.subject))
    }
}

/// A certificate whose owner is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCertificate {
    /// Its owner.
    pub owner: Arc<CertificateOwner>,
    /// From when on it is not valid any more. A connection may last longer than that.
    pub expires_at: Timestamp,
}

/// What the certificate of a connection's client says. A CA that the server trusts has signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// The configuration has its owner.
    Known(KnownCertificate),
    /// The configuration has owners of certificates, but not of this one.
    Unknown,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::{CertificateOwner, CertificateOwners, CertificateSubject, SubjectKind};
    use crate::{access::Grants, name::Name};

    fn owner(subject: &str, name: &str) -> Arc<CertificateOwner> {
        Arc::new(CertificateOwner {
            subject: CertificateSubject::parse(subject).unwrap(),
            name: Name::parse(name).unwrap(),
            grants: Grants::default(),
        })
    }

    #[test]
    fn the_first_owner_in_the_order_of_the_configuration_counts() {
        let owners = CertificateOwners(vec![owner("dns:b.example", "b"), owner("cn:a", "a")]);
        let found = |subjects: &[&str]| {
            let subjects: Vec<_> =
                subjects.iter().map(|text| CertificateSubject::parse(text).unwrap()).collect();
            owners.find(&subjects).map(|owner| owner.name.to_string())
        };
        assert_eq!(found(&["cn:a"]).as_deref(), Some("a"));
        assert_eq!(found(&["cn:a", "dns:B.Example"]).as_deref(), Some("b"), "a DNS name has no case");
        for stranger in [&[][..], &["cn:A"], &["dns:a"], &["cn:b.example"], &["uri:a", "email:a"]] {
            assert_eq!(found(stranger), None, "{stranger:?}");
        }
    }

    #[test]
    fn a_subject_has_its_part_before_it() {
        for bad in ["", "weblate", "cn:", "cn: a", "cn:a ", "CN:a", "o:a", ":a", "dns:*.example", "CN=a"] {
            let error = CertificateSubject::parse(bad).unwrap_err().to_string();
            assert!(error.contains("cn:weblate") && error.contains(bad), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_subject_reads_back(kind in 0..4_usize, name in "[a-zA-Z0-9.@:/_-]{1,40}") {
            let subject = CertificateSubject::new(SubjectKind::ALL[kind], &name);
            prop_assert_eq!(CertificateSubject::parse(&subject.to_string()), Ok(subject));
        }
    }
}
