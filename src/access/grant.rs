//! Grants: a role with the names that it is for.

use super::{
    pattern::{InvalidPattern, NamePattern},
    role::Role,
};
use crate::name::Name;

/// A role in the collections whose names match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Patterns of names of memories.
    pub memories: Vec<NamePattern>,
    /// Patterns of names of glossaries.
    pub glossaries: Vec<NamePattern>,
}

/// The grants of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(pub Vec<Grant>);

impl Grant {
    /// Returns the grant of an admin, which is for all collections.
    #[must_use]
    pub fn admin() -> Self {
        let all = || vec![NamePattern::all()];
        Self { role: Role::Admin, memories: all(), glossaries: all() }
    }

    /// Returns the grant of a role for patterns as the command line and the configuration have them: a pattern is
    /// for memories and glossaries, `memory:PATTERN` and `glossary:PATTERN` are for one of them.
    ///
    /// # Errors
    /// The first pattern that no name can match.
    pub fn for_patterns<P: AsRef<str>>(role: Role, patterns: &[P]) -> Result<Self, InvalidPattern> {
        let mut grant = Self { role, memories: Vec::new(), glossaries: Vec::new() };
        for text in patterns {
            let text = text.as_ref();
            let (memories, glossaries) = match (text.strip_prefix("memory:"), text.strip_prefix("glossary:"))
            {
                (Some(rest), _) => (Some(rest), None),
                (None, Some(rest)) => (None, Some(rest)),
                (None, None) => (Some(text), Some(text)),
            };
            grant.memories.extend(memories.map(NamePattern::parse).transpose()?);
            grant.glossaries.extend(glossaries.map(NamePattern::parse).transpose()?);
        }
        Ok(grant)
    }
}

impl Grants {
    /// Returns whether there is the role of an admin among them.
    #[must_use]
    pub fn has_admin(&self) -> bool {
        self.0.iter().any(|grant| grant.role == Role::Admin)
    }

    /// Returns the highest role for the memory of a name, or `None` if no pattern matches the name.
    #[must_use]
    pub fn role_in_memory(&self, name: &Name) -> Option<Role> {
        self.highest(name, |grant| &grant.memories)
    }

    /// Returns the highest role for the glossary of a name, or `None` if no pattern matches the name.
    #[must_use]
    pub fn role_in_glossary(&self, name: &Name) -> Option<Role> {
        self.highest(name, |grant| &grant.glossaries)
    }

    fn highest(&self, name: &Name, patterns: impl Fn(&Grant) -> &[NamePattern]) -> Option<Role> {
        let matching = self.0.iter().filter(|grant| patterns(grant).iter().any(|p| p.matches(name)));
        matching.map(|grant| grant.role).max()
    }
}

#[cfg(test)]
mod tests {
    use super::{Grant, Grants};
    use crate::{
        access::{NamePattern, Role},
        name::Name,
    };

    fn patterns(texts: &[&str]) -> Vec<NamePattern> {
        texts.iter().map(|text| NamePattern::parse(text).unwrap()).collect()
    }

    #[test]
    fn a_pattern_may_be_for_one_kind_of_collections() {
        let grant = Grant::for_patterns(Role::Reader, &["a-*", "memory:b", "glossary:c"]).unwrap();
        assert_eq!(grant.memories, patterns(&["a-*", "b"]));
        assert_eq!(grant.glossaries, patterns(&["a-*", "c"]));
        for bad in ["A", "memory:", "glossary:a*b", "memory:glossary:a"] {
            assert!(Grant::for_patterns(Role::Reader, &[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_highest_matching_grant_counts() {
        let grant = |role, memories: &[&str], glossaries: &[&str]| Grant {
            role,
            memories: patterns(memories),
            glossaries: patterns(glossaries),
        };
        let grants = Grants(vec![
            grant(Role::Contributor, &["news-*"], &[]),
            grant(Role::Reader, &["*"], &["house"]),
            grant(Role::Maintainer, &["news-own"], &[]),
        ]);
        let name = |text: &str| Name::parse(text).unwrap();
        for (memory, role) in
            [("news-1", Role::Contributor), ("other", Role::Reader), ("news-own", Role::Maintainer)]
        {
            assert_eq!(grants.role_in_memory(&name(memory)), Some(role), "{memory}");
        }
        assert_eq!(grants.role_in_glossary(&name("house")), Some(Role::Reader));
        assert_eq!(
            grants.role_in_glossary(&name("news-1")),
            None,
            "patterns of memories are not for glossaries"
        );
        assert_eq!(Grants::default().role_in_memory(&name("a")), None);
        assert!(!grants.has_admin() && Grants(vec![Grant::admin()]).has_admin());
    }
}
