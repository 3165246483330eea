//! The namespaces of a document, which decide whose elements are its own.

/// Maximum bytes of the name of a namespace, because those of all open elements are kept.
const MAX_NAMESPACE_BYTES: usize = 1_000;

/// The namespaces of a document, as far as they decide which elements are its own.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    /// The prefix of the root element, empty if it has none.
    own: Option<String>,
    /// The declarations in scope: the depth of the element, the prefix and the namespace.
    declared: Vec<(usize, String, String)>,
}

/// The beginning of the namespaces of XLIFF and its modules.
const XLIFF_NAMESPACE_PREFIX: &str = "urn:oasis:names:tc:xliff:";

impl Namespaces {
    /// Records the namespaces that an element declares. `depth` is the depth of the element itself. Fails
    /// with the reason if one is too long.
    pub(crate) fn enter(
        &mut self,
        name: &str,
        attributes: &[(String, String)],
        depth: usize,
    ) -> Result<(), String> {
        if attributes.iter().any(|(n, uri)| uri.len() > MAX_NAMESPACE_BYTES && declared_prefix(n).is_some()) {
            return Err(format!("a namespace has more than {MAX_NAMESPACE_BYTES} bytes: shorten it"));
        }
        let declared =
            attributes.iter().filter_map(|(n, uri)| Some((depth, declared_prefix(n)?, uri.clone())));
        self.declared.extend(declared);
        if self.own.is_none() {
            self.own = Some(name.rsplit_once(':').map_or("", |(prefix, _)| prefix).to_owned());
        }
        Ok(())
    }

    /// Removes the declarations of elements deeper than `depth`.
    pub(crate) fn leave(&mut self, depth: usize) {
        self.declared.retain(|(at, ..)| *at <= depth);
    }

    fn uri(&self, prefix: &str) -> Option<&str> {
        self.declared.iter().rev().find(|(_, other, _)| other == prefix).map(|(.., uri)| uri.as_str())
    }

    /// Returns the name of an element, without its prefix if its namespace is the root element's or XLIFF's.
    pub(crate) fn known_name(&self, name: &str) -> String {
        let (prefix, own) = (name.rsplit_once(':').map_or("", |(prefix, _)| prefix), self.own.as_deref());
        let uri = self.uri(prefix);
        let is_own = Some(prefix) == own
            || uri.is_some_and(|uri| {
                uri.starts_with(XLIFF_NAMESPACE_PREFIX) || Some(uri) == own.and_then(|o| self.uri(o))
            });
        if is_own { local_name(name) } else { name.to_owned() }
    }
}

/// Returns the prefix that an attribute declares, empty for `xmlns` itself. Other attributes declare none.
fn declared_prefix(attribute: &str) -> Option<String> {
    attribute.strip_prefix("xmlns").map(|prefix| prefix.trim_start_matches(':').to_owned())
}

/// Returns a name without its prefix.
pub(crate) fn local_name(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}
