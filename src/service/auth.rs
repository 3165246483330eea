//! Who calls: from what a call brings to a caller.

use super::admission::Admission;
use crate::{
    access::{ClientCertificate, TokenSecret},
    caller::Caller,
    fault::{Fault, TokenProblem},
};

/// Whether callers need a token or a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMode {
    /// They need none. A caller without one is the anonymous administrator. A token or a certificate that a call
    /// brings nevertheless is checked, so that its name and its roles hold.
    Open,
    /// They need one.
    Tokens,
}

/// Recognizes callers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authenticator {
    admission: Admission,
    mode: AccessMode,
}

impl Authenticator {
    /// Makes an authenticator by the tokens of the engine that `admission` leads to.
    #[must_use]
    pub fn new(admission: Admission, mode: AccessMode) -> Self {
        Self { admission, mode }
    }

    /// Finds the caller of a call by the values of its `authorization`, or else by the client certificate of its
    /// connection. The token comes first, because a proxy with a certificate may forward the tokens of others. Of two
    /// authorizations none counts, because a proxy could check one and this server the other.
    ///
    /// # Errors
    /// `TOKEN_MISSING`, `TOKEN_MALFORMED`, `TOKEN_UNKNOWN`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`,
    /// `CERTIFICATE_UNKNOWN`, `CERTIFICATE_EXPIRED`; and `STARTING` or `STOPPING`, because the tokens are in the
    /// store.
    pub fn authenticate<'h>(
        &self,
        authorizations: impl IntoIterator<Item = &'h [u8]>,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Caller, Fault> {
        let mut authorizations = authorizations.into_iter();
        let caller = match (authorizations.next(), authorizations.next()) {
            (authorization, None) => self.find_caller(authorization, certificate),
            (_, Some(_)) => Err(Fault::Unauthenticated(TokenProblem::Malformed)),
        };
        caller.inspect_err(|fault| self.admission.audit_stranger(fault))
    }

    fn find_caller(
        &self,
        authorization: Option<&[u8]>,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Caller, Fault> {
        let refused = Fault::Unauthenticated;
        let bearer = authorization.and_then(bearer_token);
        let token = match (self.mode, authorization, bearer, certificate) {
            (_, _, Some(token), _) => token,
            (AccessMode::Tokens, Some(_), None, _) => return Err(refused(TokenProblem::Malformed)),
            (_, _, None, Some(ClientCertificate::Known(certificate))) => {
                return self.admission.caller_with_certificate(certificate);
            }
            (_, _, None, Some(ClientCertificate::Unknown)) => {
                return Err(refused(TokenProblem::CertificateUnknown));
            }
            (AccessMode::Open, _, None, None) => return Ok(Caller::anonymous()),
            (AccessMode::Tokens, None, None, None) => return Err(refused(TokenProblem::Missing)),
        };
        let token = std::str::from_utf8(token).ok().and_then(|text| TokenSecret::parse(text).ok());
        let token = token.ok_or(refused(TokenProblem::Malformed))?;
        let caller = self.admission.caller_with(&token.hash())?;
        self.admission.note_use(&caller);
        Ok(caller)
    }
}

/// Returns the token of the scheme `Bearer`, whose name is compared without regard to case.
fn bearer_token(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = authorization.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::{AccessMode, Admission, Authenticator, bearer_token};
    use crate::{
        fault::{Fault, TokenProblem},
        metrics::Metrics,
        service::WorkLimits,
    };

    #[test]
    fn of_two_authorizations_none_counts() {
        let admission = Admission::new(&WorkLimits::default(), Metrics::default());
        for mode in [AccessMode::Open, AccessMode::Tokens] {
            let authenticator = Authenticator::new(admission.clone(), mode);
            for two in [["Bearer a", "Bearer b"], ["Basic a", "Basic a"], ["", ""]] {
                let refused = authenticator.authenticate(two.into_iter().map(str::as_bytes), None);
                let is_malformed = matches!(refused, Err(Fault::Unauthenticated(TokenProblem::Malformed)));
                assert!(is_malformed, "{mode:?} {two:?}: {refused:?}");
            }
        }
    }

    #[test]
    fn only_the_bearer_scheme_has_a_token() {
        for (header, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("BEARER abc", Some("abc")),
            ("Bearer ", Some("")),
            ("Bearer", None),
            ("Bearerabc", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(bearer_token(header.as_bytes()), expected.map(str::as_bytes), "{header}");
        }
    }
}
