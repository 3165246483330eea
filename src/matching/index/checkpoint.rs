//! Writes an index as bytes, and reads them back in the same program on the same machine.
//!
//! Nothing is validated here beyond what reading needs. The caller, which stores the bytes, must make sure
//! that they are complete and belong to the current state.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use hashbrown::HashTable;

use super::{
    alphabet::Alphabet,
    block::Block,
    bucket_rows::{BucketRows, blocks_of},
    bytes::{MAX_LIST_BYTES, invalid_data, read_length, read_text, write_length, write_text},
    index_writer::{Index, RowAddr, codes_at, hash_codes},
    layout::{Layout, bucket, bucket_number, class_of},
};

/// The version of the bytes, the layouts and the buckets. Bytes of another version must not be read.
pub const INDEX_VERSION: u32 = 1;

/// A copy of an index at one moment, which can be written while the index changes. Cheap to create.
#[derive(Clone, Debug)]
pub struct IndexCheckpointSnapshot {
    alphabet: Arc<Alphabet>,
    units: usize,
    slots: Vec<BucketRows>,
    /// By class: the layout, the number of rows, and how often the layout was learned.
    classes: Vec<(Arc<Layout>, usize, usize)>,
}

impl IndexCheckpointSnapshot {
    /// Writes the index.
    ///
    /// # Errors
    /// Returns the writer's errors.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write_text(out, &self.alphabet.to_text())?;
        write_length(out, self.units)?;
        let mut layouts: Vec<&Arc<Layout>> = Vec::new();
        let class_layouts = self.classes.iter().map(|(layout, ..)| layout);
        for layout in class_layouts.chain(blocks_of(&self.slots).map(|block| block.layout())) {
            if !layouts.iter().any(|listed| listed.id == layout.id) {
                layouts.push(layout);
            }
        }
        write_length(out, layouts.len())?;
        for layout in &layouts {
            layout.write(out)?;
        }
        for (layout, rows, learned) in &self.classes {
            write_length(out, position_of(&layouts, layout)?)?;
            write_length(out, *rows)?;
            write_length(out, *learned)?;
        }
        write_length(out, self.slots.len())?;
        for bucket_rows in &self.slots {
            write_length(out, bucket_rows.bucket.min_length)?;
            write_length(out, bucket_rows.blocks.len())?;
            for block in bucket_rows.blocks.iter() {
                write_length(out, position_of(&layouts, block.layout())?)?;
                block.write(out)?;
            }
        }
        Ok(())
    }
}

/// Returns the position of a layout in the list that is written.
fn position_of(layouts: &[&Arc<Layout>], layout: &Layout) -> io::Result<usize> {
    layouts
        .iter()
        .position(|listed| listed.id == layout.id)
        .ok_or_else(|| invalid_data("a layout is not in the list of layouts"))
}

/// Returns the layout at a position of the list that was read.
fn layout_at(layouts: &[Arc<Layout>], position: usize) -> io::Result<Arc<Layout>> {
    layouts.get(position).cloned().ok_or_else(|| invalid_data("a layout is missing"))
}

impl Index {
    /// Returns a copy of the index as it is now.
    #[must_use]
    pub fn checkpoint_snapshot(&self) -> IndexCheckpointSnapshot {
        IndexCheckpointSnapshot {
            alphabet: Arc::clone(&self.alphabet),
            units: self.units,
            slots: self.slots.clone(),
            classes: self
                .classes
                .iter()
                .map(|class| (Arc::clone(&class.layout), class.rows, class.learned))
                .collect(),
        }
    }

    /// Reads an index that [`IndexCheckpointSnapshot::write`] has written.
    ///
    /// # Errors
    /// Returns the reader's errors, and `InvalidData` for bytes that cannot be an index.
    pub fn read(input: &mut dyn Read) -> io::Result<Self> {
        let mut index = Self {
            alphabet: Arc::new(Alphabet::from_text(&read_text(input, MAX_LIST_BYTES)?)),
            ..Self::default()
        };
        index.units = read_length(input)?;
        let layouts = (0..read_length(input)?)
            .map(|_| Layout::read(input).map(Arc::new))
            .collect::<io::Result<Vec<_>>>()?;
        for class in &mut index.classes {
            class.layout = layout_at(&layouts, read_length(input)?)?;
            class.rows = read_length(input)?;
            class.learned = read_length(input)?;
        }
        for slot in 0..read_length(input)? {
            let min_length = read_length(input)?;
            let number = bucket_number(min_length);
            let class = index
                .classes
                .get_mut(class_of(bucket(number)))
                .ok_or_else(|| invalid_data("a class is missing"))?;
            let blocks = (0..read_length(input)?)
                .map(|_| {
                    let layout = layout_at(&layouts, read_length(input)?)?;
                    Block::read(layout, input)
                })
                .collect::<io::Result<Vec<_>>>()?;
            let current = class.layout.id;
            let stale = blocks.iter().enumerate().filter(|(_, block)| block.layout().id != current);
            class.stale_blocks.extend(stale.map(|(block, _)| (slot, block)));
            let ungrouped = Arc::new((0..blocks.len()).collect());
            index.slots.push(BucketRows { bucket: bucket(number), blocks: Arc::new(blocks), ungrouped });
            if index.open_slots.len() <= number {
                index.open_slots.resize(number + 1, None);
            }
            if let Some(open_slot) = index.open_slots.get_mut(number) {
                *open_slot = Some(slot);
            }
        }
        let rows: usize = blocks_of(&index.slots).map(|block| block.rows()).sum();
        index.row_addrs = HashTable::with_capacity(rows);
        let slots = &index.slots;
        for (slot, bucket_rows) in slots.iter().enumerate() {
            for (number, block) in bucket_rows.blocks.iter().enumerate() {
                for row in 0..block.rows() {
                    let addr = RowAddr::new(slot, number, row);
                    index.row_addrs.insert_unique(hash_codes(block.codes(row)), addr, |addr| {
                        hash_codes(codes_at(slots, *addr))
                    });
                }
            }
        }
        index.optimize();
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

    fn text(n: u64) -> String {
        match n % 3 {
            0 => format!("{:05}ابتث{:03}", n * 7_919 % 100_003, n % 311),
            1 => format!("نص {}", n % 700),
            _ => format!("一二三{}", char::from_u32(0x4E00 + u32::try_from(n % 900).unwrap()).unwrap()),
        }
    }

    fn all_units(index: &Index) -> Vec<(Sequence, u16)> {
        let mut all = Vec::new();
        index.for_each_unit(|unit| all.push((unit.sequence, unit.fingerprint)));
        all.sort_unstable();
        all
    }

    fn search(index: &Index, text: &str) -> Vec<(Score, String, usize)> {
        let mut rows = Vec::new();
        index.snapshot().search(&[(text, Score::from_hundredths(6_000))], &|| false, &mut |_, row| {
            rows.push((row.similarity, row.text, row.units.len()));
            Score::ZERO
        });
        rows.sort_unstable();
        rows
    }

    #[test]
    fn an_index_is_the_same_after_writing_and_reading() {
        let mut index = Index::default();
        let mut rare: String = ('\u{4E00}'..='\u{4F00}').collect();
        rare.push_str("نهاية");
        index.add(&rare, UnitRef { sequence: Sequence(1 << 40), fingerprint: 9 });
        for n in 0..16_000 {
            index.add(&text(n), UnitRef { sequence: Sequence(n), fingerprint: 7 });
        }
        for n in (0..16_000).step_by(7) {
            index.remove(&text(n), Sequence(n));
        }
        let mut bytes = Vec::new();
        index.checkpoint_snapshot().write(&mut bytes).unwrap();
        let mut reloaded = Index::read(&mut bytes.as_slice()).unwrap();
        assert!(Index::read(&mut bytes.get(..bytes.len() - 1).unwrap()).is_err());

        assert_eq!(all_units(&reloaded), all_units(&index));
        assert_eq!(reloaded.units(), index.units());
        // From here on, the same changes have the same effect on both.
        for index in [&mut index, &mut reloaded] {
            index.add(&text(3), UnitRef { sequence: Sequence(90_000), fingerprint: 1 });
            for n in (1..16_000).step_by(5) {
                index.remove(&text(n), Sequence(n));
            }
        }
        assert_eq!(all_units(&reloaded), all_units(&index));
        for query in [text(3), text(4), text(8), rare] {
            let rows = search(&index, &query);
            assert_eq!(search(&reloaded, &query), rows, "{query}");
            assert!(!rows.is_empty());
        }
    }
}
