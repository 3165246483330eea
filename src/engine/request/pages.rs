//! Pages of lists. A page token holds the key of the last entry and a hash of the list it was made
//! for, so that a token of another list is refused.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::fault::Violation;

/// A request for one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The number of entries at most. It is within the limits already.
    pub size: usize,
    /// The `next` token of the previous page; empty for the first page.
    pub token: String,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The token of the next page; empty if this is the last one.
    pub next_token: String,
}

/// Writes and reads the page tokens of one list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageTokens(u64);

impl PageTokens {
    /// Identifies a list by what it depends on: its kind, its collection and its filter.
    pub(crate) fn for_list(list: &impl Hash) -> Self {
        let mut hasher = FxHasher::default();
        list.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Writes the token of the page after the entry with this key.
    pub(crate) fn write(self, after: &str) -> String {
        format!("{after}.{:x}", self.token_hash(after))
    }

    /// Returns the key of the last entry before the page; `None` for an empty token, which is the
    /// first page.
    ///
    /// # Errors
    /// `BAD_PAGE_TOKEN` for a token that was not written for this list.
    pub(crate) fn read(self, token: &str) -> Result<Option<&str>, Violation> {
        if token.is_empty() {
            return Ok(None);
        }
        let parsed = token
            .rsplit_once('.')
            .and_then(|(after, check)| Some((after, u64::from_str_radix(check, 16).ok()?)));
        match parsed {
            Some((after, check)) if check == self.token_hash(after) => Ok(Some(after)),
            _ => Err(Violation::new(
                "page_token",
                "BAD_PAGE_TOKEN",
                "this token does not belong to this list: pass next_page_token of the previous page with the same arguments, or none",
            )),
        }
    }

    /// Reads a token whose key is a number, as [`PageTokens::read`].
    pub(crate) fn read_number(self, token: &str) -> Result<Option<u64>, Violation> {
        Ok(self.read(token)?.and_then(|key| key.parse().ok()))
    }

    fn token_hash(self, after: &str) -> u64 {
        let mut hasher = FxHasher::default();
        (self.0, after).hash(&mut hasher);
        hasher.finish()
    }
}

/// Returns the first page of the entries that remain, which are given with their keys.
pub(crate) fn take_page<K: ToString, T>(
    rest: impl Iterator<Item = (K, T)>,
    size: usize,
    tokens: PageTokens,
) -> Page<T> {
    let mut rest = rest.peekable();
    let mut items = Vec::new();
    let mut last = None;
    while items.len() < size
        && let Some((key, item)) = rest.next()
    {
        items.push(item);
        last = Some(key);
    }
    let next = last.filter(|_| rest.peek().is_some()).map(|key| tokens.write(&key.to_string()));
    Page { items, next_token: next.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::{PageTokens, take_page};

    #[test]
    fn pages_join_to_the_whole_list() {
        let tokens = PageTokens::for_list(&"list");
        let mut token = String::new();
        let mut all = Vec::new();
        loop {
            let after = tokens.read_number(&token).unwrap_or_else(|v| panic!("{v:?}"));
            let page = take_page((0..10).filter(|n| after.is_none_or(|a| *n > a)).map(|n| (n, n)), 3, tokens);
            all.extend(page.items);
            token = page.next_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(all, (0..10_u64).collect::<Vec<_>>());
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        let elsewhere = PageTokens::for_list(&"other").write("3");
        for token in [elsewhere.as_str(), "x", "3", "3.", "3.0"] {
            assert_eq!(
                PageTokens::for_list(&"list").read(token).map_err(|v| v.reason),
                Err("BAD_PAGE_TOKEN")
            );
        }
    }
}
