//! Pages of lists. A page token holds the key of the last entry and a hash of the list it was made
//! for, so that a token of another list is refused.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use rustc_hash::FxHasher;

use crate::{
    access::Token,
    engine::catalog::GlossaryStats,
    fault::Violation,
    limits::Limits,
    term::Concept,
    unit::{MemoryStats, TranslationUnit},
};

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

/// An entry of a list, whose bytes count towards the limit of a reply.
pub(crate) trait PageEntry {
    /// Returns a number of bytes that the entry does not exceed in a reply.
    fn reply_bytes(&self) -> usize;
}

impl PageEntry for TranslationUnit {
    fn reply_bytes(&self) -> usize {
        self.reply_bytes()
    }
}

impl PageEntry for Arc<Concept> {
    fn reply_bytes(&self) -> usize {
        Concept::reply_bytes(self)
    }
}

impl PageEntry for MemoryStats {
    fn reply_bytes(&self) -> usize {
        self.info.reply_bytes()
    }
}

impl PageEntry for GlossaryStats {
    fn reply_bytes(&self) -> usize {
        self.info.reply_bytes()
    }
}

impl PageEntry for Token {
    fn reply_bytes(&self) -> usize {
        // A pattern has at most 64 bytes, names at most 63, and each string and time has a little beside it.
        let patterns = self.grants.0.iter().map(|grant| 1 + grant.memories.len() + grant.glossaries.len());
        400 + self.created_by.len() + 80 * patterns.sum::<usize>()
    }
}

/// A page that is being filled. It has room for the requested number of entries, and for as many
/// bytes as a reply may have. One entry always has room, because a list must come to its end.
#[derive(Debug)]
pub(crate) struct PageBuilder<T> {
    items: Vec<T>,
    size: usize,
    bytes_left: usize,
}

impl<T: PageEntry> PageBuilder<T> {
    /// Makes an empty page of at most `size` entries.
    pub(crate) fn new(size: usize, limits: &Limits) -> Self {
        Self { items: Vec::new(), size, bytes_left: limits.reply_bytes }
    }

    /// Adds an entry. Returns false, and adds nothing, if the page has no room for it.
    pub(crate) fn add(&mut self, item: T) -> bool {
        let bytes = item.reply_bytes();
        let has_room = self.items.is_empty() || (self.items.len() < self.size && bytes <= self.bytes_left);
        if has_room {
            self.bytes_left = self.bytes_left.saturating_sub(bytes);
            self.items.push(item);
        }
        has_room
    }

    /// Returns the page, which is not the last one.
    pub(crate) fn before(self, next_token: String) -> Page<T> {
        Page { items: self.items, next_token }
    }

    /// Returns the page, which is the last one.
    pub(crate) fn last(self) -> Page<T> {
        self.before(String::new())
    }
}

/// Returns the first page of the entries that remain, which are given with their keys.
pub(crate) fn take_page<K: ToString, T: PageEntry>(
    rest: impl Iterator<Item = (K, T)>,
    size: usize,
    limits: &Limits,
    tokens: PageTokens,
) -> Page<T> {
    let mut page = PageBuilder::new(size, limits);
    let mut last = None;
    for (key, item) in rest {
        if !page.add(item) {
            let token = last.map(|key: K| tokens.write(&key.to_string()));
            return page.before(token.unwrap_or_default());
        }
        last = Some(key);
    }
    page.last()
}

#[cfg(test)]
mod tests {
    use super::{PageEntry, PageTokens, take_page};
    use crate::limits::Limits;

    impl PageEntry for u64 {
        fn reply_bytes(&self) -> usize {
            10
        }
    }

    /// Reads the whole list of the numbers from 0 to 9, and returns its pages.
    fn pages(size: usize, reply_bytes: usize) -> Vec<Vec<u64>> {
        let limits = Limits { reply_bytes, ..Limits::default() };
        let tokens = PageTokens::for_list(&"list");
        let (mut token, mut pages) = (String::new(), Vec::new());
        loop {
            let after = tokens.read_number(&token).unwrap_or_else(|v| panic!("{v:?}"));
            let rest = (0..10).filter(|n| after.is_none_or(|a| *n > a)).map(|n| (n, n));
            let page = take_page(rest, size, &limits, tokens);
            pages.push(page.items);
            token = page.next_token;
            if token.is_empty() {
                return pages;
            }
        }
    }

    #[test]
    fn pages_join_to_the_whole_list() {
        assert_eq!(pages(3, 1_000).concat(), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_ends_before_the_entry_that_would_make_it_too_large() {
        let lengths = |size, bytes| pages(size, bytes).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(5, 50), [5, 5], "exactly as large as it may be");
        assert_eq!(lengths(5, 49), [4, 4, 2]);
        assert_eq!(lengths(10, 100), [10]);
        assert_eq!(lengths(10, 9), [1; 10], "one entry always has room");
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
