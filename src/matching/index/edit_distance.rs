//! Finds the rows within an edit distance of a query, for 256 rows at once, bit by bit.
//!
//! Myers' algorithm stores the differences between neighbouring cells of the matrix. Each is -1, 0 or 1 and takes
//! two bits. Here, bit i of a word belongs to row i, so about ten operations on whole words compute one cell of
//! all matrices. Only those cells are visited from which a row can still end within the distance (Ukkonen's
//! band). From time to time the computation checks how many rows can still do so, and stops if they are few.

use std::hint::black_box;

use pulp::{Arch, Simd, WithSimd};

/// The number of rows that are compared at once.
pub(crate) const ROWS_PER_BATCH: usize = 256;

/// The computation stops once no more than this many rows can be within the distance, because each row that is
/// returned is compared alone afterwards anyway.
const EARLY_EXIT_ROWS: u32 = 12;

/// The number of 64-bit words that have one bit for each row.
const WORDS_PER_MASK: usize = ROWS_PER_BATCH / 64;

/// One bit for each row.
pub(crate) type RowMask = [u64; WORDS_PER_MASK];

/// The size of a cache line in bytes.
const CACHE_LINE_BYTES: usize = 64;

/// The number of codes of each row that are transposed into planes in one step.
const CODES_PER_STEP: usize = 8;

/// Copies of up to [`ROWS_PER_BATCH`] rows, in an order that is fast to read. Copying means that memory is
/// waited for once, not in every step.
#[derive(Debug, Default)]
pub(crate) struct RowCopies {
    /// By group of eight rows, then by step: eight codes of each of these rows.
    codes: Vec<[u64; 8]>,
    /// The number of steps that the longest row takes.
    steps: usize,
    lengths: Vec<usize>,
}

impl RowCopies {
    /// Copies these rows in place of the previous ones. Ignores rows beyond [`ROWS_PER_BATCH`].
    #[expect(clippy::indexing_slicing, reason = "a lane is a number below eight")]
    pub(crate) fn load(&mut self, rows: &[&[u8]]) {
        let Self { codes, steps, lengths } = self;
        // Reads each cache line first, so that the waits for memory overlap.
        for row in rows {
            for code in row.iter().step_by(CACHE_LINE_BYTES) {
                black_box(*code);
            }
        }
        lengths.clear();
        lengths.extend(rows.iter().take(ROWS_PER_BATCH).map(|row| row.len()));
        *steps = lengths.iter().max().map_or(0, |longest| longest.div_ceil(CODES_PER_STEP));
        codes.clear();
        codes.resize(lengths.len().div_ceil(8) * *steps, [0; 8]);
        for (number, row) in rows.iter().take(ROWS_PER_BATCH).enumerate() {
            let (group, lane) = (number / 8, number % 8);
            let to = codes.get_mut(group * *steps..(group + 1) * *steps).unwrap_or_default();
            let (chunks, rest) = row.as_chunks::<CODES_PER_STEP>();
            for (to, chunk) in to.iter_mut().zip(chunks) {
                to[lane] = u64::from_le_bytes(*chunk);
            }
            if let Some(to) = to.get_mut(chunks.len()) {
                let mut chunk = [0; CODES_PER_STEP];
                for (to, code) in chunk.iter_mut().zip(rest) {
                    *to = *code;
                }
                to[lane] = u64::from_le_bytes(chunk);
            }
        }
    }
}

/// A query, and the rows of near-equal length that are compared with it.
pub(crate) struct DistanceBatch<'c> {
    /// The codes of the query.
    pub(crate) query: &'c [u8],
    /// The rows.
    pub(crate) rows: &'c RowCopies,
    /// The largest distance that a row may have.
    pub(crate) max_distance: usize,
    /// Whether the comparison is no longer needed. It then ends early, without rows.
    pub(crate) stop: &'c dyn Fn() -> bool,
}

/// The buffers of [`within`], reused from one call to the next.
#[derive(Debug, Default)]
pub(crate) struct DistanceScratch {
    /// Two bit vectors for each cell of a column: the rows whose distance grows, and those whose distance falls.
    cells: Vec<u64>,
    /// By length, from that of the shortest row on: the rows of this length.
    ends: Vec<RowMask>,
}

/// Returns all rows within the distance, which is counted on codes, and at most [`EARLY_EXIT_ROWS`] others.
pub(crate) fn rows_within(arch: Arch, batch: &DistanceBatch<'_>, scratch: &mut DistanceScratch) -> RowMask {
    let lengths = &batch.rows.lengths;
    let shortest = lengths.iter().min().copied().unwrap_or(0);
    let longest = lengths.iter().max().copied().unwrap_or(0);
    let DistanceScratch { cells, ends } = scratch;
    ends.clear();
    ends.resize(longest + 1 - shortest, [0; WORDS_PER_MASK]);
    for (lane, length) in lengths.iter().enumerate() {
        if let Some(word) = ends.get_mut(length - shortest).and_then(|mask| mask.get_mut(lane / 64)) {
            *word |= 1 << (lane % 64);
        }
    }
    arch.dispatch(Matrix { batch, ends, shortest, cells })
}

/// The number of cells that are computed between two calls of `stop`: some milliseconds. Only texts of more than
/// a thousand characters have that many.
const CELLS_PER_STOP_CHECK: usize = 1 << 20;

/// The number of bits of a code.
const CODE_BITS: usize = 8;

/// The codes of all rows at [`CODES_PER_STEP`] positions, as bit planes.
type Planes = [[RowMask; CODE_BITS]; CODES_PER_STEP];

/// Fills the planes with the codes of one step. A row has zeros past its end.
///
/// Eight codes of eight rows are a square of bytes. The squares of the rows 64, 128 and 192 further on are stored
/// beside it, so that four squares are transposed at once.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "eight by eight, by the words of a mask"
)]
#[inline(always)]
fn transpose(rows: &RowCopies, step: usize, planes: &mut Planes) {
    let mut squares = [[[0_u64; WORDS_PER_MASK]; 8]; 8];
    for (group, codes) in rows.codes.iter().skip(step).step_by(rows.steps.max(1)).enumerate() {
        for lane in 0..8 {
            squares[group % 8][lane][group / 8] = codes[lane];
        }
    }
    for square in &mut squares {
        transpose_bytes(square);
        for position in 0..CODES_PER_STEP {
            transpose_bits(&mut square[position]);
        }
    }
    for position in 0..CODES_PER_STEP {
        for group in 0..8 {
            planes[position][group] = squares[group][position];
        }
        transpose_bytes(&mut planes[position]);
    }
}

/// Transposes squares of eight words of eight bytes, one square for each word of the masks.
#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "eight masks, and the words of a mask"
)]
#[inline(always)]
fn transpose_bytes(square: &mut [RowMask; 8]) {
    for (distance, shift, mask) in
        [(4, 32, 0x0000_0000_FFFF_FFFF), (2, 16, 0x0000_FFFF_0000_FFFF), (1, 8, 0x00FF_00FF_00FF_00FF)]
    {
        for low in 0..8 {
            if low & distance != 0 {
                continue;
            }
            for word in 0..WORDS_PER_MASK {
                let (a, b) = (square[low][word], square[low + distance][word]);
                let t = (a >> shift ^ b) & mask;
                square[low + distance][word] = b ^ t;
                square[low][word] = a ^ t << shift;
            }
        }
    }
}

/// Transposes squares of eight bytes of eight bits, one square for each word of the mask.
#[inline(always)]
fn transpose_bits(mask: &mut RowMask) {
    for x in mask {
        let t = (*x ^ *x >> 7) & 0x00AA_00AA_00AA_00AA;
        *x ^= t ^ t << 7;
        let t = (*x ^ *x >> 14) & 0x0000_CCCC_0000_CCCC;
        *x ^= t ^ t << 14;
        let t = (*x ^ *x >> 28) & 0x0000_0000_F0F0_F0F0;
        *x ^= t ^ t << 28;
    }
}

struct Matrix<'m> {
    batch: &'m DistanceBatch<'m>,
    /// At i: the rows that end after `shortest + i` characters.
    ends: &'m [RowMask],
    shortest: usize,
    cells: &'m mut Vec<u64>,
}

impl WithSimd for Matrix<'_> {
    type Output = RowMask;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> RowMask {
        match WORDS_PER_MASK / S::U64_LANES {
            1 => run::<S, 1>(simd, self),
            2 => run::<S, 2>(simd, self),
            _ => run::<S, 4>(simd, self),
        }
    }
}

/// The maximum number of bits of a running distance, enough for texts of up to 2^20 characters.
const DISTANCE_BITS: usize = 21;

/// A cell of a column: the rows whose distance grows, and those whose distance falls.
type Cell<S, const N: usize> = [[<S as Simd>::u64s; N]; 2];

const PLUS: usize = 0;
const MINUS: usize = 1;

/// The distances of all rows, as bit planes.
#[derive(Clone, Copy)]
struct RowDistances<S: Simd, const N: usize> {
    planes: [[S::u64s; N]; DISTANCE_BITS],
    bits: usize,
}

// Loops over the lanes are plain ones, for the reason that `feature_filter` gives.

#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lanes are indexed by 0 to N, rows and columns within the band by its bounds; lengths fit i64, and what is cast back is at least 0"
)]
#[inline(always)]
fn run<S: Simd, const N: usize>(simd: S, matrix: Matrix<'_>) -> RowMask {
    let Matrix { batch: DistanceBatch { query, rows, max_distance, stop }, ends, shortest, cells } = matrix;
    let max_distance = *max_distance;
    let mut planes: Planes = [[[0; WORDS_PER_MASK]; CODE_BITS]; CODES_PER_STEP];
    let (zero, ones) = (simd.splat_u64s(0), simd.splat_u64s(u64::MAX));
    let query_len = query.len();
    let longest = shortest + ends.len() - 1;
    let (query_len_i, max_distance_i) = (query_len as i64, max_distance as i64);
    // Diagonals are numbered by column minus row. A path that goes through diagonal x and must end on
    // diagonal e costs at least |x| + |e - x|.
    let (first_end, last_end) = (shortest as i64 - query_len_i, longest as i64 - query_len_i);
    let lowest = (first_end - max_distance_i + 1).div_euclid(2).min(0);
    let highest = (last_end + max_distance_i).div_euclid(2).max(0);

    let mut bottom = ((-lowest) as usize).min(query_len);
    let mut distance = RowDistances::<S, N>::of(simd, bottom, query_len + longest + 1);
    cells.clear();
    cells.resize(2 * WORDS_PER_MASK * query_len, 0);
    let (cells, _) = S::as_mut_simd_u64s(cells);
    let (cells, _) = cells.as_chunks_mut::<N>();
    let (cells, _): (&mut [Cell<S, N>], _) = cells.as_chunks_mut::<2>();
    cells.fill([[ones; N], [zero; N]]);
    let (mut low, mut high) = ([[zero; N]; 16], [[zero; N]; 16]);
    let mut within = [zero; N];
    // No row can end within the distance before the lower edge of the band has reached the last row.
    if shortest == 0 && bottom == query_len {
        let (near, (end, _)) = (distance.at_most(simd, max_distance), S::as_simd_u64s(&ends[0]));
        for v in 0..N {
            within[v] = simd.and_u64s(near[v], end[v]);
        }
    }
    let mut next_check = (longest * 3 / 8).max(16);
    let mut unchecked_cells = 0;
    for column in 1..=longest {
        let position = (column - 1) % CODES_PER_STEP;
        if position == 0 {
            transpose(rows, column / CODES_PER_STEP, &mut planes);
        }
        let (position_planes, _) = S::as_simd_u64s(planes[position].as_flattened());
        let (position_planes, _) = position_planes.as_chunks::<N>();
        decode::<S, N>(simd, &position_planes[..4], &mut low);
        decode::<S, N>(simd, &position_planes[4..], &mut high);

        let column_i = column as i64;
        let top = (column_i - highest).max(1) as usize;
        let new_bottom = ((column_i - lowest) as usize).min(query_len);
        // Above the band, a step to the right counts as 1, which is never less than the true cost.
        let (mut plus, mut minus) = ([ones; N], [zero; N]);
        let mut diagonal = [zero; N];
        let from = (top - 1).min(new_bottom);
        let band = &mut cells[from..new_bottom];
        unchecked_cells += band.len();
        if unchecked_cells >= CELLS_PER_STOP_CHECK {
            unchecked_cells = 0;
            if stop() {
                return [0; WORDS_PER_MASK];
            }
        }
        let codes = &query[from..new_bottom];
        for at in 0..band.len() {
            let code = usize::from(codes[at]);
            let (low, high) = (&low[code & 15], &high[code >> 4]);
            let cell = &mut band[at];
            for v in 0..N {
                let equal = simd.and_u64s(low[v], high[v]);
                let (vp, vm) = (cell[PLUS][v], cell[MINUS][v]);
                let (hp, hm) = (plus[v], minus[v]);
                let level = simd.or_u64s(equal, simd.or_u64s(vm, hm));
                cell[PLUS][v] = simd.or_u64s(hm, simd.not_u64s(simd.or_u64s(level, hp)));
                cell[MINUS][v] = simd.and_u64s(hp, level);
                plus[v] = simd.or_u64s(vm, simd.not_u64s(simd.or_u64s(level, vp)));
                minus[v] = simd.and_u64s(vp, level);
                diagonal[v] = level;
            }
        }
        if new_bottom > bottom {
            // The lower edge of the band moves down by one, along the diagonal.
            for v in 0..N {
                diagonal[v] = simd.not_u64s(diagonal[v]);
            }
            distance.add(simd, diagonal);
            bottom = new_bottom;
        } else if top <= query_len {
            distance.add(simd, plus);
            distance.subtract(simd, minus);
        } else {
            distance.add(simd, [ones; N]);
        }
        if column >= shortest && bottom == query_len {
            let (near, (end, _)) =
                (distance.at_most(simd, max_distance), S::as_simd_u64s(&ends[column - shortest]));
            for v in 0..N {
                within[v] = simd.or_u64s(within[v], simd.and_u64s(near[v], end[v]));
            }
        }
        if column == next_check && column < shortest {
            next_check += (longest / 16).max(8);
            // Find the rows with a cell from which they can still end within the distance.
            let mut cell_distance = distance;
            let mut possible = [zero; N];
            let mut diagonal = column_i - bottom as i64;
            for at in (from..=bottom).rev() {
                let to_end = (first_end - diagonal).max(diagonal - last_end).max(0);
                if to_end <= max_distance_i {
                    let near = cell_distance.at_most(simd, (max_distance_i - to_end) as usize);
                    for v in 0..N {
                        possible[v] = simd.or_u64s(possible[v], near[v]);
                    }
                }
                if at > from {
                    cell_distance.subtract(simd, cells[at - 1][PLUS]);
                    cell_distance.add(simd, cells[at - 1][MINUS]);
                    diagonal += 1;
                }
            }
            let remaining = row_mask::<S, N>(possible);
            let mut count = 0;
            for word in 0..WORDS_PER_MASK {
                count += remaining[word].count_ones();
            }
            if count <= EARLY_EXIT_ROWS {
                return remaining;
            }
        }
    }
    row_mask::<S, N>(within)
}

#[inline(always)]
fn row_mask<S: Simd, const N: usize>(lanes: [S::u64s; N]) -> RowMask {
    let mut mask = [0; WORDS_PER_MASK];
    let words: &[u64] = pulp::bytemuck::cast_slice(&lanes);
    for (to, word) in mask.iter_mut().zip(words) {
        *to = *word;
    }
    mask
}

/// Fills `minterms[n]` with the rows whose bits in the planes form the number n.
#[expect(
    clippy::indexing_slicing,
    reason = "each plane doubles the minterms, and there is space for all of them"
)]
#[inline(always)]
fn decode<S: Simd, const N: usize>(simd: S, planes: &[[S::u64s; N]], minterms: &mut [[S::u64s; N]]) {
    minterms[0] = [simd.splat_u64s(u64::MAX); N];
    let mut filled = 1;
    for plane in planes {
        for minterm in 0..filled {
            for v in 0..N {
                let with = simd.and_u64s(minterms[minterm][v], plane[v]);
                minterms[filled + minterm][v] = with;
                minterms[minterm][v] = simd.xor_u64s(minterms[minterm][v], with);
            }
        }
        filled *= 2;
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes are 0 to N, bits below DISTANCE_BITS"
)]
impl<S: Simd, const N: usize> RowDistances<S, N> {
    /// Returns the same distance for all rows, with enough bits for distances up to `max_distance`.
    #[inline(always)]
    fn of(simd: S, distance: usize, max_distance: usize) -> Self {
        let bits = ((usize::BITS - max_distance.leading_zeros()) as usize).clamp(1, DISTANCE_BITS);
        let mut planes = [[simd.splat_u64s(0); N]; DISTANCE_BITS];
        for bit in 0..bits {
            if distance >> bit & 1 == 1 {
                planes[bit] = [simd.splat_u64s(u64::MAX); N];
            }
        }
        Self { planes, bits }
    }

    /// Adds one bit to each distance.
    #[inline(always)]
    fn add(&mut self, simd: S, mut carry: [S::u64s; N]) {
        for bit in 0..self.bits {
            for v in 0..N {
                let plane = self.planes[bit][v];
                self.planes[bit][v] = simd.xor_u64s(plane, carry[v]);
                carry[v] = simd.and_u64s(plane, carry[v]);
            }
        }
    }

    /// Subtracts one bit from each distance.
    #[inline(always)]
    fn subtract(&mut self, simd: S, mut borrow: [S::u64s; N]) {
        for bit in 0..self.bits {
            for v in 0..N {
                let plane = simd.xor_u64s(self.planes[bit][v], borrow[v]);
                self.planes[bit][v] = plane;
                borrow[v] = simd.and_u64s(plane, borrow[v]);
            }
        }
    }

    /// Returns the rows whose distance is at most `limit`.
    #[inline(always)]
    fn at_most(&self, simd: S, limit: usize) -> [S::u64s; N] {
        if limit >> self.bits != 0 {
            return [simd.splat_u64s(u64::MAX); N];
        }
        // Compares bit by bit from the lowest up; the highest bit that differs decides.
        let mut greater = [simd.splat_u64s(0); N];
        for bit in 0..self.bits {
            for v in 0..N {
                greater[v] = if limit >> bit & 1 == 1 {
                    simd.and_u64s(greater[v], self.planes[bit][v])
                } else {
                    simd.or_u64s(greater[v], self.planes[bit][v])
                };
            }
        }
        for v in 0..N {
            greater[v] = simd.not_u64s(greater[v]);
        }
        greater
    }
}

#[cfg(test)]
mod tests {
    use super::{DistanceBatch, DistanceScratch, ROWS_PER_BATCH, RowCopies, RowMask, rows_within};
    use proptest::prelude::*;
    use pulp::Arch;

    fn text(codes: &[u8]) -> String {
        codes.iter().map(|c| char::from(*c)).collect()
    }

    fn has(mask: &RowMask, lane: usize) -> bool {
        mask[lane / 64] >> (lane % 64) & 1 == 1
    }

    fn edited(query: &[u8], edits: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
        let mut row = query.to_vec();
        for (at, kind, with) in edits {
            let at = at.index(row.len() + 1);
            match kind {
                0 => row.insert(at, *with),
                1 if at < row.len() => drop(row.remove(at)),
                _ if at < row.len() => row[at] = *with,
                _ => {}
            }
        }
        row
    }

    fn batches() -> impl Strategy<Value = (Vec<u8>, Vec<Vec<u8>>, usize)> {
        let letters = prop_oneof![Just(4_u8), Just(12), Just(40), Just(250)];
        let sizes = (letters, prop_oneof![0..20_usize, 20..90_usize, 90..200_usize]);
        sizes.prop_flat_map(|(letters, length)| {
            let query = prop::collection::vec(1..=letters, length);
            let edit = (any::<prop::sample::Index>(), 0_u8..3, 1..=letters);
            let row = prop_oneof![
                prop::collection::vec(edit, 0..(length / 2 + 3)).prop_map(Ok),
                prop::collection::vec(1..=letters, length.saturating_sub(9)..length + 9).prop_map(Err),
            ];
            (query, prop::collection::vec(row, 1..40), 0..length + 4).prop_map(
                |(query, rows, max_distance)| {
                    let rows = rows
                        .into_iter()
                        .map(|row| row.map_or_else(|row| row, |edits| edited(&query, &edits)));
                    let rows = rows.collect();
                    (query, rows, max_distance)
                },
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn all_rows_within_the_distance_are_returned_and_few_others((query, rows, max_distance) in batches(), repeat in 1_usize..8) {
            let repeated: Vec<&[u8]> = rows.iter().map(Vec::as_slice).cycle().take((rows.len() * repeat).min(ROWS_PER_BATCH)).collect();
            let query_text = text(&query);
            let truth: Vec<bool> = repeated.iter().map(|row| strsim::levenshtein(&query_text, &text(row)) <= max_distance).collect();
            let (mut copies, mut scratch) = (RowCopies::default(), DistanceScratch::default());
            copies.load(&[&query, &query]);
            copies.load(&repeated);
            for arch in [Arch::new(), Arch::Scalar] {
                let within = rows_within(arch, &DistanceBatch { query: &query, rows: &copies, max_distance, stop: &|| false }, &mut scratch);
                let others = truth.iter().enumerate().filter(|(lane, is_within)| {
                    assert!(has(&within, *lane) || !**is_within, "lane {lane}");
                    has(&within, *lane) && !**is_within
                });
                prop_assert!(others.count() <= super::EARLY_EXIT_ROWS as usize);
                prop_assert!((repeated.len()..ROWS_PER_BATCH).all(|lane| !has(&within, lane)));
            }
        }
    }
}
