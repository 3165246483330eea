//! Lists page by page. A token says where to go on and for which list it was
//! made, so that one from elsewhere is refused.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::fault::Violation;

/// Which page is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many entries; checked.
    pub size: usize,
    /// The token of the page before, or empty.
    pub token: String,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The token of the next page, or empty.
    pub next: String,
}

/// Makes and reads the tokens of one list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens(u64);

impl Tokens {
    /// Starts with what the list is of: its kind, collection and filter.
    pub(super) fn of(list: &impl Hash) -> Self {
        let mut hasher = FxHasher::default();
        list.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Writes the token that goes on after a position.
    pub(super) fn write(self, after: u64) -> String {
        format!("{after:x}.{:x}", self.check(after))
    }

    /// Reads a token.
    pub(super) fn read(self, token: &str) -> Result<Option<u64>, Violation> {
        if token.is_empty() {
            return Ok(None);
        }
        let parsed = token.split_once('.').and_then(|(after, check)| {
            Some((u64::from_str_radix(after, 16).ok()?, u64::from_str_radix(check, 16).ok()?))
        });
        match parsed {
            Some((after, check)) if check == self.check(after) => Ok(Some(after)),
            _ => Err(Violation::new(
                "page_token",
                "BAD_PAGE_TOKEN",
                "this token was not given for this list: pass next_page_token of the page before with the same arguments, or none",
            )),
        }
    }

    fn check(self, after: u64) -> u64 {
        let mut hasher = FxHasher::default();
        (self.0, after).hash(&mut hasher);
        hasher.finish()
    }
}

/// Cuts a page out of a whole list, by place in the list.
pub(super) fn cut<T>(
    all: impl Iterator<Item = T>,
    request: &PageRequest,
    tokens: Tokens,
) -> Result<Page<T>, Violation> {
    let start = tokens.read(&request.token)?.unwrap_or(0);
    let mut rest = all.skip(usize::try_from(start).unwrap_or(usize::MAX));
    let items: Vec<T> = rest.by_ref().take(request.size).collect();
    let next = if rest.next().is_some() { tokens.write(start + items.len() as u64) } else { String::new() };
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::{PageRequest, Tokens, cut};

    #[test]
    fn pages_join_to_the_whole_list() {
        let tokens = Tokens::of(&"list");
        let mut token = String::new();
        let mut all = Vec::new();
        loop {
            let page =
                cut(0..10, &PageRequest { size: 3, token }, tokens).unwrap_or_else(|v| panic!("{v:?}"));
            all.extend(page.items);
            token = page.next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(all, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        let elsewhere = Tokens::of(&"other").write(3);
        for token in [elsewhere.as_str(), "x", "3", "3.", "3.0"] {
            assert_eq!(Tokens::of(&"list").read(token).map_err(|v| v.reason), Err("BAD_PAGE_TOKEN"));
        }
    }
}
