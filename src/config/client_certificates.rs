//! The owners of client certificates: the tables `[[client_certificates]]` of the configuration file. They are no
//! settings of the table of settings, because there may be any number of them.

use std::{
    fmt::{Error, Write},
    sync::Arc,
};

use serde::Deserialize;

use super::quoted::quoted;
use crate::{
    access::{CertificateOwner, CertificateOwners, CertificateSubject, Grant, Grants, Role},
    caller::Caller,
    name::Name,
};

/// The name of the tables.
pub(super) const TABLES: &str = "client_certificates";

/// A table `[[client_certificates]]` of a configuration file: the owner of client certificates.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct OwnerTable {
    /// The subject of the certificates, for example `cn:weblate`.
    pub subject: String,
    /// The name of the caller.
    pub name: String,
    /// Patterns of the collections that it may read.
    #[serde(default)]
    pub reader: Vec<String>,
    /// Patterns of the collections that it may change.
    #[serde(default)]
    pub contributor: Vec<String>,
    /// Patterns of the collections that it may create, rename and delete.
    #[serde(default)]
    pub maintainer: Vec<String>,
    /// Whether it may do everything everywhere.
    #[serde(default)]
    pub admin: bool,
}

/// What of a configuration file is about client certificates.
#[derive(Deserialize)]
struct OwnerTables {
    #[serde(default)]
    client_certificates: Vec<OwnerTable>,
}

/// Reads the tables of a configuration file, and the owners that they name.
///
/// # Errors
/// What is wrong with a table, and where it is.
pub(super) fn read(file: &str) -> Result<(Vec<OwnerTable>, CertificateOwners), String> {
    let tables: OwnerTables =
        toml::from_str(file).map_err(|error| error.to_string().trim_end().to_owned())?;
    let tables = tables.client_certificates;
    let mut owners: Vec<Arc<CertificateOwner>> = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        let owner = table.owner().and_then(|owner| {
            if owners.iter().all(|earlier| earlier.subject != owner.subject) {
                return Ok(owner);
            }
            Err(format!("subject: an earlier one is '{}', too: put all roles into one", owner.subject))
        });
        owners.push(Arc::new(owner.map_err(|cause| format!("{TABLES}[{n}]: {cause}"))?));
    }
    Ok((tables, CertificateOwners(owners)))
}

/// Writes the tables as the file has them, or an example in a comment if there are none.
pub(super) fn write(file: &mut String, tables: &[OwnerTable]) -> Result<(), Error> {
    file.push_str(
        "\n## The owners of client certificates, a table for each (docs/access.md). Only this file has them.\n",
    );
    if tables.is_empty() {
        return file.write_str(EXAMPLE);
    }
    for table in tables {
        writeln!(
            file,
            "\n[[{TABLES}]]\nsubject = {}\nname = {}",
            quoted(&table.subject),
            quoted(&table.name)
        )?;
        for (key, patterns) in table.patterns() {
            if !patterns.is_empty() {
                let patterns: Vec<String> = patterns.iter().map(|pattern| quoted(pattern)).collect();
                writeln!(file, "{key} = [{}]", patterns.join(", "))?;
            }
        }
        if table.admin {
            writeln!(file, "admin = true")?;
        }
    }
    Ok(())
}

const EXAMPLE: &str = "
# [[client_certificates]]
# subject = \"cn:weblate\"
# name = \"weblate\"
# reader = [\"*\"]
# maintainer = [\"news-*\"]
";

impl OwnerTable {
    /// Returns the patterns of each role, by its key.
    fn patterns(&self) -> [(&'static str, &[String]); 3] {
        [("reader", &self.reader), ("contributor", &self.contributor), ("maintainer", &self.maintainer)]
    }

    /// Returns the owner, or what is wrong with the table, by the key.
    fn owner(&self) -> Result<CertificateOwner, String> {
        let subject = CertificateSubject::parse(&self.subject).map_err(|e| format!("subject: {e}"))?;
        let name = Name::parse(&self.name).map_err(|e| format!("name: {e}"))?;
        if name.as_str() == Caller::ANONYMOUS {
            return Err(
                "name: this is the name of callers without a certificate: choose another one".to_owned()
            );
        }
        let mut grants = Vec::new();
        for (role, (key, patterns)) in
            [Role::Reader, Role::Contributor, Role::Maintainer].into_iter().zip(self.patterns())
        {
            if !patterns.is_empty() {
                grants.push(Grant::for_patterns(role, patterns).map_err(|e| format!("{key}: {e}"))?);
            }
        }
        if self.admin {
            grants.push(Grant::admin());
        }
        if grants.is_empty() {
            return Err("the owner could do nothing: give reader, contributor or maintainer with patterns of names, for example reader = [\"*\"], or admin = true".to_owned());
        }
        Ok(CertificateOwner { subject, name, grants: Grants(grants) })
    }
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::{access::Role, name::Name};

    const TWO: &str = "calls = 5\n\
        [[client_certificates]]\nsubject = 'dns:Web.Example'\nname = 'web'\nreader = ['*']\n\
        contributor = ['memory:news-*', 'glossary:house']\n\
        [[client_certificates]]\nsubject = 'cn:\"ops\"'\nname = 'ops'\nadmin = true";

    #[test]
    fn owners_are_read_with_their_roles() {
        let (_, owners) = read(TWO).unwrap();
        let [web, ops] = &owners.0[..] else { panic!("two owners") };
        assert_eq!((web.subject.to_string().as_str(), web.name.as_str()), ("dns:web.example", "web"));
        let [news, house] = ["news-1", "house"].map(|text| Name::parse(text).unwrap());
        assert_eq!(web.grants.role_in_memory(&news), Some(Role::Contributor));
        assert_eq!(web.grants.role_in_memory(&house), Some(Role::Reader));
        assert_eq!(web.grants.role_in_glossary(&house), Some(Role::Contributor));
        assert!(ops.grants.has_admin() && !web.grants.has_admin());
    }

    #[test]
    fn what_is_written_is_read() {
        let (tables, owners) = read(TWO).unwrap();
        let mut file = String::new();
        write(&mut file, &tables).unwrap();
        assert_eq!(read(&file).unwrap(), (tables, owners));
        let mut empty = String::new();
        write(&mut empty, &[]).unwrap();
        assert!(read(&empty).unwrap().0.is_empty(), "the example is a comment");
        assert_eq!(read(&empty.replace("\n# ", "\n")).unwrap().0.len(), 1, "the example is valid");
    }

    #[test]
    fn what_is_wrong_with_an_owner_is_named() {
        let good = "subject = 'cn:a'\nname = 'a'\nreader = ['*']\n";
        for (table, words) in [
            ("", "subject"),
            ("subject = 'cn:a'\n", "name"),
            ("subject = 'cn:a'\nname = 'a'\n", "could do nothing"),
            ("subject = 'weblate'\nname = 'a'\nreader = ['*']\n", "cn:weblate"),
            ("subject = 'cn:b'\nname = 'B'\nreader = ['*']\n", "'B' is not a valid name"),
            ("subject = 'cn:b'\nname = 'anonymous'\nreader = ['*']\n", "choose another"),
            ("subject = 'cn:b'\nname = 'b'\nreader = ['News*']\n", "reader: 'News*' is not a valid pattern"),
            ("subject = 'cn:b'\nname = 'b'\nrole = 'reader'\n", "role"),
            (good, "put all roles into one"),
        ] {
            let text = format!("[[client_certificates]]\n{good}[[client_certificates]]\n{table}");
            let error = read(&text).map(|_| ()).unwrap_err();
            assert!(error.contains(words), "{table}: {error}");
            let is_numbered = error.contains("client_certificates[");
            assert!(!is_numbered || error.contains("client_certificates[1]"), "{error}");
        }
    }
}
