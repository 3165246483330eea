//! An index as bytes, to be read back by the same program on the same machine.
//!
//! Nothing here is checked beyond what reading needs: whoever keeps the bytes
//! makes sure that they are whole and not of another state.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use hashbrown::HashTable;

use super::{
    alphabet::Alphabet,
    block::Block,
    bucket_rows::Slot,
    bytes::{LONGEST, bad, length, put_length, put_text, text},
    index_writer::{Class, Index, Place, codes_at, hash},
    layout::{Layout, bucket, bucket_number, class_of},
};

/// Version of the bytes, the layouts and the buckets. Others are not read.
pub const INDEX_VERSION: u32 = 1;

/// An index as it was at one moment, to be written while it changes. Cheap to take.
#[derive(Clone, Debug)]
pub struct IndexImage {
    alphabet: Arc<Alphabet>,
    units: usize,
    slots: Vec<Slot>,
    /// By class: the layout, how many rows it has, and how often it was learned.
    classes: Vec<(Arc<Layout>, usize, usize)>,
}

impl IndexImage {
    /// Writes the index.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        put_text(out, &self.alphabet.to_text())?;
        put_length(out, self.units)?;
        let mut layouts: Vec<&Arc<Layout>> = Vec::new();
        let blocks = || self.slots.iter().flat_map(|slot| slot.blocks.iter());
        for layout in self.classes.iter().map(|(layout, ..)| layout).chain(blocks().map(|b| b.layout())) {
            if !layouts.iter().any(|known| known.number == layout.number) {
                layouts.push(layout);
            }
        }
        let place = |layout: &Layout| {
            layouts
                .iter()
                .position(|known| known.number == layout.number)
                .ok_or_else(|| bad("a layout is lost"))
        };
        put_length(out, layouts.len())?;
        for layout in &layouts {
            layout.write(out)?;
        }
        for (layout, rows, learned) in &self.classes {
            put_length(out, place(layout)?)?;
            put_length(out, *rows)?;
            put_length(out, *learned)?;
        }
        put_length(out, self.slots.len())?;
        for slot in &self.slots {
            put_length(out, slot.bucket.least)?;
            put_length(out, slot.blocks.len())?;
            for block in slot.blocks.iter() {
                put_length(out, place(block.layout())?)?;
                block.write(out)?;
            }
        }
        Ok(())
    }
}

impl Index {
    /// Returns the index as it is now.
    #[must_use]
    pub fn image(&self) -> IndexImage {
        let class = |class: &Class| (Arc::clone(&class.layout), class.rows, class.learned);
        IndexImage {
            alphabet: Arc::clone(&self.alphabet),
            units: self.units,
            slots: self.slots.clone(),
            classes: self.classes.iter().map(class).collect(),
        }
    }

    /// Reads an index that [`IndexImage::write`] wrote.
    ///
    /// # Errors
    /// Those of the reader, and `InvalidData` for what cannot be an index.
    pub fn read(input: &mut dyn Read) -> io::Result<Self> {
        let mut index =
            Self { alphabet: Arc::new(Alphabet::of_text(&text(input, LONGEST)?)), ..Self::default() };
        index.units = length(input)?;
        let layouts =
            (0..length(input)?).map(|_| Layout::read(input).map(Arc::new)).collect::<io::Result<Vec<_>>>()?;
        let layout = |place: usize| layouts.get(place).cloned().ok_or_else(|| bad("a layout is missing"));
        for class in &mut index.classes {
            class.layout = layout(length(input)?)?;
            class.rows = length(input)?;
            class.learned = length(input)?;
        }
        for slot in 0..length(input)? {
            let least = length(input)?;
            let in_bucket = bucket_number(least);
            let class = index
                .classes
                .get_mut(class_of(bucket(in_bucket)))
                .ok_or_else(|| bad("a class is missing"))?;
            let blocks = (0..length(input)?)
                .map(|_| {
                    let layout = layout(length(input)?)?;
                    Block::read(layout, input)
                })
                .collect::<io::Result<Vec<_>>>()?;
            let old = |block: &Block| block.layout().number != class.layout.number;
            class.stale.extend(blocks.iter().enumerate().filter(|(_, b)| old(b)).map(|(n, _)| (slot, n)));
            let loose = Arc::new((0..blocks.len()).collect());
            index.slots.push(Slot { bucket: bucket(in_bucket), blocks: Arc::new(blocks), loose });
            if index.open.len() <= in_bucket {
                index.open.resize(in_bucket + 1, None);
            }
            if let Some(open) = index.open.get_mut(in_bucket) {
                *open = Some(slot);
            }
        }
        let rows: usize = index.slots.iter().flat_map(|s| s.blocks.iter()).map(|b| b.rows()).sum();
        index.places = HashTable::with_capacity(rows);
        let slots = &index.slots;
        for (slot, of) in slots.iter().enumerate() {
            for (number, block) in of.blocks.iter().enumerate() {
                for row in 0..block.rows() {
                    let place = Place::new(slot, number, row);
                    index.places.insert_unique(hash(block.codes(row)), place, |p| hash(codes_at(slots, *p)));
                }
            }
        }
        index.settle();
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        matching::{Index, UnitRef},
        score::Score,
        unit::Sequence,
    };

    #[test]
    fn what_is_written_is_read() {
        let mut index = Index::default();
        let text = |n: u64| match n % 3 {
            0 => format!("{:05}ابتث{:03}", n * 7_919 % 100_003, n % 311),
            1 => format!("نص {}", n % 700),
            _ => format!("一二三{}", char::from_u32(0x4E00 + u32::try_from(n % 900).unwrap()).unwrap()),
        };
        let mut rare: String = ('\u{4E00}'..='\u{4F00}').collect();
        rare.push_str("نهاية");
        index.add(&rare, UnitRef { sequence: Sequence(1 << 40), identity: 9 });
        for n in 0..16_000 {
            index.add(&text(n), UnitRef { sequence: Sequence(n), identity: 7 });
        }
        for n in (0..16_000).step_by(7) {
            index.remove(&text(n), Sequence(n));
        }
        let mut bytes = Vec::new();
        index.image().write(&mut bytes).unwrap();
        let mut read = Index::read(&mut bytes.as_slice()).unwrap();
        assert!(Index::read(&mut bytes.get(..bytes.len() - 1).unwrap()).is_err());

        let all = |index: &Index| {
            let mut all = Vec::new();
            index.for_each_unit(|unit| all.push((unit.sequence, unit.identity)));
            all.sort_unstable();
            all
        };
        assert_eq!(all(&read), all(&index));
        assert_eq!(read.units(), index.units());
        // It goes on as the one that was written would.
        for index in [&mut index, &mut read] {
            index.add(&text(3), UnitRef { sequence: Sequence(90_000), identity: 1 });
            for n in (1..16_000).step_by(5) {
                index.remove(&text(n), Sequence(n));
            }
        }
        assert_eq!(all(&read), all(&index));
        for question in [text(3), text(4), text(8), rare] {
            let found = |index: &Index| {
                let mut found = Vec::new();
                index.snapshot().search(
                    &[(&question, Score::from_hundredths(6_000))],
                    &|| false,
                    &mut |_, hit| {
                        found.push((hit.similarity, hit.text, hit.units.len()));
                        Score::ZERO
                    },
                );
                found.sort_unstable();
                found
            };
            assert_eq!(found(&read), found(&index), "{question}");
            assert!(!found(&index).is_empty());
        }
    }
}
