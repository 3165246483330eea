//! Leverage: how much of a document the memory already has, in bands of the best score.

use crate::score::Score;

/// A band of scores, by its minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeverageBand {
    /// The minimum score of the band.
    pub minimum: Score,
    /// The name of the band in reports, for example `85-94%`.
    pub name: &'static str,
}

/// The bands, highest first. A segment belongs to the first band whose minimum its best match
/// reaches.
pub const LEVERAGE_BANDS: [LeverageBand; 6] = [
    LeverageBand { minimum: Score::FULL, name: "100%" },
    LeverageBand { minimum: Score::from_hundredths(9_500), name: "95-99%" },
    LeverageBand { minimum: Score::from_hundredths(8_500), name: "85-94%" },
    LeverageBand { minimum: Score::from_hundredths(7_500), name: "75-84%" },
    LeverageBand { minimum: Score::from_hundredths(1), name: "under 75%" },
    LeverageBand { minimum: Score::ZERO, name: "no match" },
];

/// The segments and words of one band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BandCount {
    /// Segments.
    pub segments: u64,
    /// Words of their sources.
    pub words: u64,
}

/// The segments and words of a document by band.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leverage {
    counts: [BandCount; LEVERAGE_BANDS.len()],
}

impl Leverage {
    /// Counts a segment by the score of its best match, or by [`Score::ZERO`] if it has none.
    pub fn count(&mut self, best: Score, words: u64) {
        for (band, count) in LEVERAGE_BANDS.iter().zip(&mut self.counts) {
            if best >= band.minimum {
                count.segments += 1;
                count.words += words;
                return;
            }
        }
    }

    /// Returns the bands with their counts, highest first.
    pub fn bands(&self) -> impl Iterator<Item = (LeverageBand, BandCount)> {
        LEVERAGE_BANDS.into_iter().zip(self.counts)
    }

    /// Returns the count over all bands.
    #[must_use]
    pub fn total(&self) -> BandCount {
        self.counts.iter().fold(BandCount::default(), |sum, count| BandCount {
            segments: sum.segments + count.segments,
            words: sum.words + count.words,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LEVERAGE_BANDS, Leverage};
    use crate::score::Score;

    #[test]
    fn a_segment_is_in_the_band_whose_minimum_it_reaches() {
        let counted = |hundredths: u16| {
            let mut leverage = Leverage::default();
            leverage.count(Score::from_hundredths(hundredths), 3);
            assert_eq!(leverage.total().words, 3);
            leverage.bands().find(|(_, count)| count.segments == 1).map(|(band, _)| band.name)
        };
        for (score, band) in [(10_000, "100%"), (9_999, "95-99%"), (9_500, "95-99%"), (9_499, "85-94%")] {
            assert_eq!(counted(score), Some(band), "{score}");
        }
        for (score, band) in [(8_499, "75-84%"), (7_499, "under 75%"), (1, "under 75%"), (0, "no match")] {
            assert_eq!(counted(score), Some(band), "{score}");
        }
        assert!(LEVERAGE_BANDS.windows(2).all(|pair| pair[0].minimum > pair[1].minimum));
    }
}
