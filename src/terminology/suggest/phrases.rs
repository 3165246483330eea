//! Phrases by the segments in which they stand.

use rustc_hash::{FxHashMap, FxHashSet};

use super::options::SuggestOptions;

/// A word of a text as phrases are made of it.
#[derive(Clone, Debug)]
pub(crate) struct PhraseWord {
    /// What it counts as: the same in every form.
    pub(crate) key: String,
    /// How it is written, and how without an article.
    pub(crate) surface: String,
    pub(crate) bare: String,
    /// It is about grammar: a phrase neither starts nor ends with it.
    pub(crate) function: bool,
    /// It shows that it is a noun: it has the article.
    pub(crate) noun: bool,
    /// It is written like a name.
    pub(crate) name: bool,
}

/// Words that stand beside one another with nothing between them.
pub(crate) type Stretch = Vec<PhraseWord>;

/// A phrase.
#[derive(Debug, Default)]
pub(crate) struct Phrase {
    /// Numbers of its words.
    pub(crate) words: Vec<u32>,
    /// The segments where it stands, ascending.
    pub(crate) segments: Vec<u32>,
    /// How it is written, and how often.
    surfaces: FxHashMap<String, u32>,
    /// Those of these that begin with an article, and how they are written without.
    articles: FxHashMap<String, String>,
    nouns: u32,
    names: u32,
}

/// One in so many goes without the article when a phrase hardly ever does.
const HARDLY: u32 = 10;

/// Phrases of one length.
const MOST_PHRASES: usize = 100_000;

/// The least share of a noun's segments in which it shows that it is one.
const SHOWS: u32 = 10;

impl Phrase {
    /// Returns how it is written most often: a single word without its article,
    /// unless it hardly ever goes without.
    pub(crate) fn surface(&self) -> String {
        let bare: u32 =
            self.surfaces.iter().filter(|(s, _)| !self.articles.contains_key(*s)).map(|s| s.1).sum();
        let every: u32 = self.surfaces.values().sum();
        let most = self.surfaces.iter().max_by(|a, b| (a.1, b.0).cmp(&(b.1, a.0)));
        let surface = most.map(|(surface, _)| surface.clone()).unwrap_or_default();
        match self.articles.get(&surface) {
            Some(without) if self.words.len() == 1 && bare * HARDLY >= every => without.clone(),
            _ => surface,
        }
    }

    /// Says whether another phrase is a part of it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.words.windows(other.words.len().max(1)).any(|part| part == other.words)
    }

    pub(crate) fn may_be_noun(&self) -> bool {
        self.nouns * SHOWS >= u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn is_name(&self) -> bool {
        self.names * 2 > u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }
}

/// The phrases of one side that come often enough.
pub(crate) struct Phrases {
    all: Vec<Phrase>,
    /// By segment.
    segments: Vec<Vec<u32>>,
    /// For each phrase the most segments of a longer one that holds it.
    longer: Vec<u32>,
}

impl Phrases {
    /// Gathers the phrases of segments: those of one more word are looked at only
    /// where both their parts come often.
    pub(crate) fn gather(texts: &[Vec<Stretch>], options: &SuggestOptions) -> Self {
        let mut words: FxHashMap<&str, u32> = FxHashMap::default();
        let mut numbered: Vec<Vec<Vec<u32>>> = Vec::with_capacity(texts.len());
        for text in texts {
            numbered.push(
                text.iter()
                    .map(|stretch| {
                        stretch
                            .iter()
                            .map(|word| {
                                let next = u32::try_from(words.len()).unwrap_or(u32::MAX);
                                *words.entry(word.key.as_str()).or_insert(next)
                            })
                            .collect()
                    })
                    .collect(),
            );
        }
        let mut frequent: FxHashSet<Vec<u32>> = FxHashSet::default();
        let mut all: Vec<Phrase> = Vec::new();
        let mut by_segment: Vec<Vec<u32>> = vec![Vec::new(); texts.len()];
        let mut number_of: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        for length in 1..=options.most_words {
            let mut counted: FxHashMap<&[u32], (u32, u32)> = FxHashMap::default();
            for (segment, text) in numbered.iter().enumerate() {
                let segment = u32::try_from(segment).unwrap_or(u32::MAX);
                for part in text.iter().flat_map(|stretch| stretch.windows(length)) {
                    let whole = length == 1
                        || part.get(1..).is_some_and(|p| frequent.contains(p))
                            && part.get(..length - 1).is_some_and(|p| frequent.contains(p));
                    if whole {
                        let (count, last) = counted.entry(part).or_insert((0, u32::MAX));
                        if *last != segment {
                            *count += 1;
                            *last = segment;
                        }
                    }
                }
            }
            let mut least = options.least_together;
            counted.retain(|_, (count, _)| *count >= least);
            // Of too many the rarest say least.
            while counted.len() > MOST_PHRASES {
                least += 1;
                counted.retain(|_, (count, _)| *count >= least);
            }
            let kept: FxHashSet<Vec<u32>> = counted.keys().map(|part| part.to_vec()).collect();
            for (segment, (text, numbers)) in texts.iter().zip(&numbered).enumerate() {
                let segment_number = u32::try_from(segment).unwrap_or(u32::MAX);
                for (stretch, numbers) in text.iter().zip(numbers) {
                    for (words, part) in stretch.windows(length).zip(numbers.windows(length)) {
                        let edge = [words.first(), words.last()].into_iter().flatten().any(|w| w.function);
                        if edge || !kept.contains(part) {
                            continue;
                        }
                        let phrase = *number_of.entry(part.to_vec()).or_insert_with(|| {
                            all.push(Phrase { words: part.to_vec(), ..Phrase::default() });
                            u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
                        });
                        let known = all.get_mut(phrase as usize);
                        if known.is_some_and(|known| known.add(words, segment_number))
                            && let Some(here) = by_segment.get_mut(segment)
                        {
                            here.push(phrase);
                        }
                    }
                }
            }
            frequent = kept;
        }
        let mut longer = vec![0; all.len()];
        for phrase in &all {
            let count = u32::try_from(phrase.segments.len()).unwrap_or(u32::MAX);
            for part in (1..phrase.words.len()).flat_map(|n| phrase.words.windows(n)) {
                let number = number_of.get(part).and_then(|n| longer.get_mut(*n as usize));
                if let Some(most) = number {
                    *most = count.max(*most);
                }
            }
        }
        Self { all, segments: by_segment, longer }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Phrase)> {
        (0..).zip(&self.all)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Phrase> {
        self.all.get(number as usize)
    }

    pub(crate) fn of_segment(&self, segment: u32) -> &[u32] {
        self.segments.get(segment as usize).map_or(&[], Vec::as_slice)
    }

    /// Returns the most segments of a longer phrase that holds one.
    pub(crate) fn longest_with(&self, number: u32) -> u32 {
        self.longer.get(number as usize).copied().unwrap_or_default()
    }
}

impl Phrase {
    /// Counts a segment, unless it was counted for another place in it.
    fn add(&mut self, words: &[PhraseWord], segment: u32) -> bool {
        if self.segments.last() == Some(&segment) {
            return false;
        }
        self.segments.push(segment);
        let Some((first, rest)) = words.split_first() else { return false };
        let joined = |first: &str| rest.iter().fold(first.to_owned(), |all, word| all + " " + &word.surface);
        let surface = joined(&first.surface);
        if first.surface != first.bare {
            self.articles.entry(surface.clone()).or_insert_with(|| joined(&first.bare));
        }
        *self.surfaces.entry(surface).or_default() += 1;
        self.nouns += u32::from(words.iter().any(|w| w.noun));
        self.names += u32::from(words.iter().all(|w| w.name || w.function));
        true
    }
}
