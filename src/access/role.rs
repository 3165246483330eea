//! Roles and the rights that they have.

use std::fmt;

/// What a caller does with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Looks up, lists or exports its contents.
    Read,
    /// Stores, changes or deletes its contents.
    Write,
    /// Creates, renames or deletes the collection itself.
    Manage,
}

/// The role of a caller in a collection. A later role has all the rights of the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May read.
    Reader,
    /// May read and write.
    Contributor,
    /// May read, write and manage.
    Maintainer,
    /// May do everything everywhere, and administer the server.
    Admin,
}

impl Role {
    /// All roles, the lowest first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Contributor, Self::Maintainer, Self::Admin];

    /// Returns the lowest role that has a right.
    #[must_use]
    pub fn needed_for(right: Right) -> Self {
        match right {
            Right::Read => Self::Reader,
            Right::Write => Self::Contributor,
            Right::Manage => Self::Maintainer,
        }
    }

    /// Returns whether the role has a right.
    #[must_use]
    pub fn has(self, right: Right) -> bool {
        self >= Self::needed_for(right)
    }

    /// Returns the name of the role, in messages and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Contributor => "contributor",
            Self::Maintainer => "maintainer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, Role};

    #[test]
    fn a_higher_role_has_all_rights_of_a_lower_one() {
        let rights = [Right::Read, Right::Write, Right::Manage];
        let counts = Role::ALL.map(|role| rights.into_iter().filter(|right| role.has(*right)).count());
        assert_eq!(counts, [1, 2, 3, 3]);
        for pair in Role::ALL.windows(2) {
            let [lower, higher] = pair else { panic!("two roles") };
            assert!(rights.into_iter().all(|right| higher.has(right) || !lower.has(right)));
        }
    }
}
