//! The door to the collections: every use case gets the views that it reads, and the references
//! that its changes carry, through here, with the caller and the right that it needs.
//!
//! **What a caller may not read does not exist for it.** A collection that it may not read is `NOT_FOUND`
//! in the form of one that never existed, and is absent from lists. The role follows from the name alone,
//! and is computed before the name is looked for, so that both errors take the same path and time.
//! `docs/access.md` has the rules.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    catalog::{Catalog, GlossaryView, MemoryView},
    change::CollectionRef,
    core::Engine,
};
pub(crate) use crate::access::Right;
use crate::{
    access::{CertificateOwner, Grants, KnownCertificate, Role, Token, TokenHash, TokenState},
    caller::{Caller, Credential},
    clock::Timestamp,
    fault::{Fault, Resource, TokenProblem},
    name::Name,
};

/// What a caller may do.
#[derive(Debug)]
enum Rights {
    /// Everything.
    All,
    /// What the grants of its token say.
    OfToken(Arc<Token>),
    /// What the grants of the owner of its client certificate say.
    OfCertificate(Arc<CertificateOwner>),
}

/// The collections that a caller may use in a way, as they were after the last commit.
#[derive(Debug)]
pub(crate) struct Collections {
    catalog: Arc<Catalog>,
    rights: Rights,
    right: Right,
}

/// A kind of collections, with the grants for it.
struct Kind {
    what: Resource,
    role: fn(&Grants, &Name) -> Option<Role>,
}

const MEMORIES: Kind = Kind { what: Resource::Memory, role: Grants::role_in_memory };
const GLOSSARIES: Kind = Kind { what: Resource::Glossary, role: Grants::role_in_glossary };

impl Rights {
    /// Returns the caller's role in the collection of a name, whether or not there is such a collection.
    fn role(&self, kind: &Kind, name: &Name) -> Option<Role> {
        match self.grants() {
            None => Some(Role::Admin),
            Some(grants) => (kind.role)(grants, name),
        }
    }

    /// Returns the grants that bound the rights, or `None` if nothing does.
    fn grants(&self) -> Option<&Grants> {
        match self {
            Self::All => None,
            Self::OfToken(token) => Some(&token.grants),
            Self::OfCertificate(owner) => Some(&owner.grants),
        }
    }

    /// Returns the collection of a name.
    fn find<'v, V>(
        &self,
        kind: &Kind,
        views: &'v BTreeMap<Name, V>,
        name: &Name,
        right: Right,
    ) -> Result<&'v V, Fault> {
        let role = self.role(kind, name);
        match (views.get(name), role) {
            (Some(view), Some(role)) if role.has(right) => Ok(view),
            (Some(_), Some(_)) => Err(Fault::RoleTooLow {
                what: format!("{} '{name}'", kind.what.name()),
                needed: Role::needed_for(right).name(),
            }),
            _ => Err(Fault::Unknown { what: kind.what, name: name.to_string() }),
        }
    }

    /// Refuses a name for a new collection. Decides by the name alone, so that the answer says nothing about
    /// collections that the caller may not read.
    fn check_new_name(&self, kind: &Kind, name: &Name) -> Result<(), Fault> {
        match self.role(kind, name) {
            Some(role) if role.has(Right::Manage) => Ok(()),
            Some(_) => Err(Fault::RoleTooLow {
                what: format!("creating {} '{name}'", kind.what.name()),
                needed: Role::needed_for(Right::Manage).name(),
            }),
            None => Err(Fault::NameNotGranted { what: kind.what, name: name.to_string() }),
        }
    }
}

impl Collections {
    /// Returns the memory of a name.
    pub(crate) fn memory(&self, name: &Name) -> Result<&Arc<MemoryView>, Fault> {
        self.rights.find(&MEMORIES, &self.catalog.memories, name, self.right)
    }

    /// Returns the glossary of a name.
    pub(crate) fn glossary(&self, name: &Name) -> Result<&Arc<GlossaryView>, Fault> {
        self.rights.find(&GLOSSARIES, &self.catalog.glossaries, name, self.right)
    }

    /// Iterates over the memories that the caller may use, by name.
    pub(crate) fn memories(&self) -> impl Iterator<Item = (&Name, &Arc<MemoryView>)> {
        self.catalog.memories.iter().filter(|(name, _)| self.has_right(&MEMORIES, name))
    }

    /// Iterates over the glossaries that the caller may use, by name.
    pub(crate) fn glossaries(&self) -> impl Iterator<Item = (&Name, &Arc<GlossaryView>)> {
        self.catalog.glossaries.iter().filter(|(name, _)| self.has_right(&GLOSSARIES, name))
    }

    fn has_right(&self, kind: &Kind, name: &Name) -> bool {
        self.rights.role(kind, name).is_some_and(|role| role.has(self.right))
    }

    /// Refuses a name for a new memory.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW` or `NAME_NOT_GRANTED`.
    pub(crate) fn check_new_memory(&self, name: &Name) -> Result<(), Fault> {
        self.rights.check_new_name(&MEMORIES, name)
    }

    /// Refuses a name for a new glossary.
    ///
    /// # Errors
    /// As [`Self::check_new_memory`].
    pub(crate) fn check_new_glossary(&self, name: &Name) -> Result<(), Fault> {
        self.rights.check_new_name(&GLOSSARIES, name)
    }
}

impl Engine {
    /// Finds the caller that has a token.
    ///
    /// # Errors
    /// `TOKEN_UNKNOWN`, `TOKEN_EXPIRED` or `TOKEN_REVOKED`.
    pub fn caller_with(&self, hash: &TokenHash) -> Result<Caller, Fault> {
        let catalog = self.catalog.load();
        let token = catalog.tokens.with_hash(hash).ok_or(TokenProblem::Unknown);
        let token = token.and_then(|token| check_valid(token, self.now()).map(|()| token));
        let token = token.map_err(Fault::Unauthenticated)?;
        Ok(Caller::with_token(token.name.to_string(), token.number))
    }

    /// Finds the caller that has a client certificate.
    ///
    /// # Errors
    /// `CERTIFICATE_EXPIRED`, because a connection may last longer than the certificate.
    pub fn caller_with_certificate(&self, certificate: &KnownCertificate) -> Result<Caller, Fault> {
        check_in_time(certificate, self.now()).map_err(Fault::Unauthenticated)?;
        Ok(Caller::with_certificate(certificate))
    }

    /// Returns whether a caller could get in with one of the tokens.
    #[must_use]
    pub fn has_valid_token(&self) -> bool {
        let now = self.now();
        self.catalog.load().tokens.iter().any(|token| token.is_valid(now))
    }

    /// Returns the collections that a caller may use in a way, as they were after the last commit.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`, `TOKEN_REVOKED` or `CERTIFICATE_EXPIRED`, if the caller's token or certificate stopped being
    /// valid since the call began.
    pub(crate) fn collections(&self, caller: &Caller, right: Right) -> Result<Collections, Fault> {
        let catalog = self.catalog.load_full();
        let rights = self.rights(&catalog, caller)?;
        Ok(Collections { catalog, rights, right })
    }

    fn rights(&self, catalog: &Catalog, caller: &Caller) -> Result<Rights, Fault> {
        match caller.credential() {
            Credential::None => Ok(Rights::All),
            Credential::Token(number) => {
                let token = catalog.tokens.get(*number);
                let token = token.ok_or(Fault::Unauthenticated(TokenProblem::Unknown))?;
                check_valid(token, self.now()).map_err(Fault::Unauthenticated)?;
                Ok(Rights::OfToken(Arc::clone(token)))
            }
            Credential::Certificate(certificate) => {
                check_in_time(certificate, self.now()).map_err(Fault::Unauthenticated)?;
                Ok(Rights::OfCertificate(Arc::clone(&certificate.owner)))
            }
        }
    }

    /// Refuses a caller who is not an administrator.
    ///
    /// # Errors
    /// `ROLE_TOO_LOW`, `TOKEN_EXPIRED`, `TOKEN_REVOKED` or `CERTIFICATE_EXPIRED`.
    pub(crate) fn require_admin(&self, caller: &Caller) -> Result<(), Fault> {
        let rights = self.rights(&self.catalog.load(), caller)?;
        let is_admin = rights.grants().is_none_or(Grants::has_admin);
        let needed = Role::Admin.name();
        if is_admin { Ok(()) } else { Err(Fault::RoleTooLow { what: "this method".to_owned(), needed }) }
    }

    /// Returns a memory that a caller may use in a way.
    pub(crate) fn memory_view(
        &self,
        caller: &Caller,
        name: &Name,
        right: Right,
    ) -> Result<Arc<MemoryView>, Fault> {
        self.collections(caller, right)?.memory(name).cloned()
    }

    /// Returns a glossary that a caller may use in a way.
    pub(crate) fn glossary_view(
        &self,
        caller: &Caller,
        name: &Name,
        right: Right,
    ) -> Result<Arc<GlossaryView>, Fault> {
        self.collections(caller, right)?.glossary(name).cloned()
    }

    /// Returns glossaries that a caller may read, in the order of their names in the request.
    pub(crate) fn readable_glossaries(
        &self,
        caller: &Caller,
        names: &[Name],
    ) -> Result<Vec<Arc<GlossaryView>>, Fault> {
        let collections = self.collections(caller, Right::Read)?;
        names.iter().map(|name| collections.glossary(name).cloned()).collect()
    }
}

fn check_valid(token: &Token, now: Timestamp) -> Result<(), TokenProblem> {
    match token.state(now) {
        TokenState::Valid => Ok(()),
        TokenState::Expired => Err(TokenProblem::Expired),
        TokenState::Revoked => Err(TokenProblem::Revoked),
    }
}

fn check_in_time(certificate: &KnownCertificate, now: Timestamp) -> Result<(), TokenProblem> {
    if certificate.expires_at <= now { Err(TokenProblem::CertificateExpired) } else { Ok(()) }
}

impl MemoryView {
    /// Returns the reference that a change of this memory carries. It names the memory that the change
    /// was checked against, and not one that was created under the same name since.
    pub(crate) fn collection_ref(&self) -> CollectionRef {
        CollectionRef { number: Some(self.number), name: self.info.name.clone() }
    }
}

impl GlossaryView {
    /// Returns the reference that a change of this glossary carries, as [`MemoryView::collection_ref`].
    pub(crate) fn collection_ref(&self) -> CollectionRef {
        CollectionRef { number: Some(self.number), name: self.info.name.clone() }
    }
}
