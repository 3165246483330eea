//! Converts byte offsets to the unit that a caller counts in.

/// The unit of an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetUnit {
    /// Unicode scalar values.
    #[default]
    CodePoint,
    /// UTF-16 code units.
    Utf16,
    /// Bytes of UTF-8.
    Utf8,
}

/// Converts byte offsets of one text, in any order. Offsets near the one before are fast.
#[derive(Debug)]
pub struct OffsetConverter<'t> {
    text: &'t str,
    unit: OffsetUnit,
    /// The byte offset converted last, and its value in the unit.
    last: (usize, u32),
}

impl<'t> OffsetConverter<'t> {
    /// Makes a converter for a text.
    #[must_use]
    pub fn new(text: &'t str, unit: OffsetUnit) -> Self {
        Self { text, unit, last: (0, 0) }
    }

    /// Returns a byte offset in the unit. An offset past the end counts as the end, and one inside a
    /// character as the start of that character.
    ///
    /// Takes time linear in the distance from the offset that was converted before.
    pub fn convert(&mut self, byte: usize) -> u32 {
        let byte = self.text.floor_char_boundary(byte);
        let (from, count) = self.last;
        let count = if byte >= from {
            count.saturating_add(self.units(from, byte))
        } else {
            count.saturating_sub(self.units(byte, from))
        };
        self.last = (byte, count);
        count
    }

    fn units(&self, from: usize, to: usize) -> u32 {
        let piece = self.text.get(from..to).unwrap_or_default();
        let n = match self.unit {
            OffsetUnit::CodePoint => piece.chars().count(),
            OffsetUnit::Utf16 => piece.encode_utf16().count(),
            OffsetUnit::Utf8 => piece.len(),
        };
        u32::try_from(n).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{OffsetConverter, OffsetUnit};

    #[test]
    fn offsets_count_what_was_asked_for() {
        let text = "aء😀b";
        for (unit, expected) in [
            (OffsetUnit::CodePoint, [0, 1, 2, 3, 4]),
            (OffsetUnit::Utf16, [0, 1, 2, 4, 5]),
            (OffsetUnit::Utf8, [0, 1, 3, 7, 8]),
        ] {
            let mut offsets = OffsetConverter::new(text, unit);
            let bytes = [0, 1, 3, 7, 8];
            let forth: Vec<_> = bytes.iter().map(|b| offsets.convert(*b)).collect();
            assert_eq!(forth, expected);
            let back: Vec<_> = bytes.iter().rev().map(|b| offsets.convert(*b)).rev().collect();
            assert_eq!(back, expected);
            assert_eq!(offsets.convert(5), expected[2], "inside a character");
            assert_eq!(offsets.convert(99), expected[4], "past the end");
        }
    }
}
