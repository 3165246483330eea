//! Paths of keys in parts that never change once made, so that readers and the
//! writer share them. New paths make a small part; parts of like size are merged,
//! so that there are few however many paths there are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// Something that lies at the end of a path of keys.
pub(crate) trait Path {
    /// Returns the keys that lead there, at the end the one where it lies.
    fn keys(&self) -> &[u64];
}

fn end(path: &impl Path) -> u64 {
    path.keys().last().copied().unwrap_or_default()
}

/// What is known of a key in one part.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// A path goes on from here.
    passed: bool,
    /// Which of the part's paths end here.
    from: u32,
    to: u32,
}

#[derive(Debug)]
struct Part<P> {
    nodes: FxHashMap<u64, Node>,
    /// By the keys where they end.
    paths: Vec<Arc<P>>,
}

impl<P: Path> Part<P> {
    fn new(mut paths: Vec<Arc<P>>) -> Self {
        paths.sort_by_key(|path| end(&**path));
        let mut nodes: FxHashMap<u64, Node> =
            FxHashMap::with_capacity_and_hasher(paths.len(), Default::default());
        let mut from = 0;
        for same in paths.chunk_by(|a, b| end(&**a) == end(&**b)) {
            let to = from + u32::try_from(same.len()).unwrap_or(u32::MAX);
            if let Some(path) = same.first() {
                let node = nodes.entry(end(&**path)).or_default();
                (node.from, node.to) = (from, to);
            }
            from = to;
        }
        for path in &paths {
            for key in path.keys().split_last().map_or(&[][..], |(_, passed)| passed) {
                nodes.entry(*key).or_default().passed = true;
            }
        }
        Self { nodes, paths }
    }
}

/// A part is merged with the one before it when it is not smaller by this factor.
const FACTOR: usize = 2;

/// Paths by their keys. Clones share what is the same.
#[derive(Debug)]
pub(crate) struct Parts<P> {
    /// The largest first.
    parts: Vec<Arc<Part<P>>>,
    /// Paths that no part has yet.
    fresh: Vec<Arc<P>>,
}

impl<P> Clone for Parts<P> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), fresh: self.fresh.clone() }
    }
}

impl<P> Default for Parts<P> {
    fn default() -> Self {
        Self { parts: Vec::new(), fresh: Vec::new() }
    }
}

impl<P: Path> Parts<P> {
    /// Adds a path, which is found after the next [`Parts::settle`].
    pub(crate) fn add(&mut self, path: Arc<P>) {
        self.fresh.push(path);
    }

    /// Makes what was added findable. Of parts that are merged only the living paths stay.
    pub(crate) fn settle(&mut self, alive: impl Fn(&P) -> bool) {
        let mut paths = std::mem::take(&mut self.fresh);
        if paths.is_empty() {
            return;
        }
        while let Some(last) = self.parts.pop_if(|last| last.paths.len() < FACTOR * paths.len()) {
            paths.extend(last.paths.iter().filter(|path| alive(path)).cloned());
        }
        self.parts.push(Arc::new(Part::new(paths)));
    }

    /// Drops the dead paths everywhere.
    pub(crate) fn clean(&mut self, alive: impl Fn(&P) -> bool) {
        let parts = std::mem::take(&mut self.parts);
        self.fresh.extend(parts.iter().flat_map(|part| part.paths.iter().cloned()));
        self.fresh.retain(|path| alive(path));
        self.settle(alive);
    }

    /// Tells the paths that end at a key; returns whether others go on from there.
    pub(crate) fn find(&self, key: u64, mut tell: impl FnMut(&P)) -> bool {
        let mut passed = false;
        for part in &self.parts {
            let Some(node) = part.nodes.get(&key) else { continue };
            passed |= node.passed;
            let ends = part.paths.get(node.from as usize..node.to as usize).unwrap_or_default();
            ends.iter().for_each(|path| tell(path));
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use proptest::prelude::*;

    use super::{Parts, Path};

    /// A path that knows its keys, and a number to tell it from others.
    #[derive(Debug)]
    struct Known {
        keys: Vec<u64>,
        number: usize,
    }

    impl Path for Known {
        fn keys(&self) -> &[u64] {
            &self.keys
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// The model is the list of the living paths.
        #[test]
        fn what_lives_is_found_and_nothing_else(
            changes in prop::collection::vec((0_u8..8, prop::collection::vec(0_u64..12, 1..4)), 0..120)
        ) {
            let mut parts: Parts<Known> = Parts::default();
            let mut living: Vec<Arc<Known>> = Vec::new();
            let mut numbers: BTreeSet<usize> = BTreeSet::new();
            for (number, (what, keys)) in changes.into_iter().enumerate() {
                match what {
                    0 => drop(living.pop().map(|path| numbers.remove(&path.number))),
                    1 => parts.clean(|path| numbers.contains(&path.number)),
                    _ => {
                        let path = Arc::new(Known { keys, number });
                        parts.add(Arc::clone(&path));
                        living.push(path);
                        numbers.insert(number);
                        if what < 6 {
                            parts.settle(|path| numbers.contains(&path.number));
                        }
                    }
                }
            }
            parts.settle(|path| numbers.contains(&path.number));
            prop_assert!(parts.parts.len() < 8, "{} parts", parts.parts.len());
            for key in 0..12 {
                let mut found = BTreeSet::new();
                let passed = parts.find(key, |path| if numbers.contains(&path.number) { found.insert(path.number); });
                let ends = |path: &&Arc<Known>| path.keys.last() == Some(&key);
                prop_assert_eq!(found, living.iter().filter(ends).map(|p| p.number).collect::<BTreeSet<_>>());
                prop_assert!(passed || !living.iter().any(|p| p.keys.split_last().unwrap().1.contains(&key)));
            }
        }
    }
}
