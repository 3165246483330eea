//! Transfers inline codes into a translation.
//!
//! The codes of the query segment take the positions that the codes of the stored segment have in its
//! translation. As with values, **a wrong result is worse than none**: if the codes do not correspond, none
//! are transferred.

use super::{DiffSpan, diff::DiffOperation, repair::RepairEdit};
use crate::segment::{CodeKind, InlineCode, Segment};

/// Transfers the codes of the query segment into the translation of the stored one. `diff` is the diff of
/// their texts.
///
/// Codes correspond if there are equally many on both sides, with the same kinds in the same order, at places
/// that the diff aligns, and if each code of the translation is one of the stored segment. Additional pairs
/// and isolated halves that enclose the whole query segment enclose the translation.
///
/// Returns `None` if the query segment has no codes, or if they do not correspond. Positions ascend and
/// count code points of the translation.
#[must_use]
pub(super) fn transfer_codes(
    query: &Segment,
    stored: &Segment,
    target: &Segment,
    diff: &[DiffSpan],
) -> Option<Vec<InlineCode>> {
    let additional = query.codes.len().checked_sub(stored.codes.len()).filter(|_| !query.codes.is_empty())?;
    let (before, after) = enclosing(query, additional)?;
    let inner = query.codes.get(before..query.codes.len() - after)?;
    let (stored_places, query_places) = (CodePlaces::of(stored), CodePlaces::of(query));
    if target.codes.len() != inner.len() {
        return None;
    }
    let correspond = inner.iter().zip(&stored.codes).enumerate().all(|(n, (query, stored))| {
        query.kind == stored.kind
            && aligned(diff, stored_places.places_of(n), query_places.places_of(before + n))
    });
    if !correspond {
        return None;
    }
    let end = u32::try_from(target.text.chars().count()).ok()?;
    let mut transferred: Vec<InlineCode> = Vec::with_capacity(query.codes.len());
    transferred.extend(query.codes.iter().take(before).map(|c| InlineCode { position: 0, ..c.clone() }));
    for (code, n) in target.codes.iter().zip(counterparts(&target.codes, &stored.codes)?) {
        transferred.push(InlineCode { position: code.position, ..inner.get(n)?.clone() });
    }
    let rest = query.codes.len() - after;
    transferred.extend(query.codes.iter().skip(rest).map(|c| InlineCode { position: end, ..c.clone() }));
    Some(transferred)
}

/// Moves the codes of a translation to their positions in the repaired translation. A code inside a replaced
/// value moves to the end of the new value.
#[must_use]
pub fn move_codes(codes: &[InlineCode], target: &str, edits: &[RepairEdit]) -> Vec<InlineCode> {
    let (mut at, mut start) = (0, 0);
    let shifts = edits.iter().map(|edit| {
        start += target.get(at..edit.range.start).map_or(0, code_points);
        at = edit.range.start;
        (start, code_points(&edit.from), code_points(&edit.to))
    });
    let shifts: Vec<(u32, u32, u32)> = shifts.collect();
    let mut moved = codes.to_vec();
    for code in &mut moved {
        let old = code.position;
        for (start, from, to) in &shifts {
            if old >= start + from {
                code.position = (code.position + to).saturating_sub(*from);
            } else if old > *start {
                code.position = (code.position + to).saturating_sub(old - start);
            }
        }
    }
    moved
}

fn code_points(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// Returns how many of the `additional` codes are before the text and how many are after it; `None` if
/// they do not enclose the text.
fn enclosing(query: &Segment, additional: usize) -> Option<(usize, usize)> {
    let start = query.text.chars().count() - query.text.trim_start().chars().count();
    let end = query.text.trim_end().chars().count();
    let before = query
        .codes
        .iter()
        .take_while(|c| c.kind != CodeKind::Standalone && c.position as usize <= start)
        .count();
    let after = query
        .codes
        .iter()
        .rev()
        .take_while(|c| c.kind != CodeKind::Standalone && c.position as usize >= end)
        .count();
    let half = additional / 2;
    let halves = (query.codes.iter(), query.codes.iter().rev());
    match additional {
        0 => Some((0, 0)),
        1 if before == 1 && after == 0 && query.codes.first()?.kind == CodeKind::Isolated => Some((1, 0)),
        1 if before == 0 && after == 1 && query.codes.last()?.kind == CodeKind::Isolated => Some((0, 1)),
        _ if additional.is_multiple_of(2)
            && before >= half
            && after >= half
            && halves.0.zip(halves.1).take(half).all(|(first, last)| is_pair(first, last)) =>
        {
            Some((half, half))
        }
        _ => None,
    }
}

/// Returns whether a code before the text and one after it enclose the text together.
fn is_pair(first: &InlineCode, last: &InlineCode) -> bool {
    match first.kind {
        CodeKind::Open => last.kind == CodeKind::Close && last.pair == first.pair,
        _ => first.kind == CodeKind::Isolated && last.kind == CodeKind::Isolated,
    }
}

/// Returns whether two codes have the same id and pair, of which at least one is known.
fn have_same_ids(a: &InlineCode, b: &InlineCode) -> bool {
    !(a.id.is_empty() && a.pair.is_empty()) && a.id == b.id && a.pair == b.pair
}

/// Returns for each code of a translation the index of the stored code that it corresponds to. Codes with the
/// same ids and spelling are assigned first, then those with the same ids, then those with the same spelling.
/// Returns `None` if a code is left over.
fn counterparts(target: &[InlineCode], stored: &[InlineCode]) -> Option<Vec<usize>> {
    let mut assigned = vec![None; target.len()];
    let mut used = vec![false; stored.len()];
    for pass in 0..3 {
        for (code, assigned) in target.iter().zip(&mut assigned).filter(|(_, assigned)| assigned.is_none()) {
            let mut candidates = stored.iter().zip(&mut used).enumerate();
            let counterpart = candidates.find(|(_, (other, used))| {
                if **used || other.kind != code.kind {
                    return false;
                }
                match pass {
                    0 => have_same_ids(code, other) && code.raw == other.raw,
                    1 => have_same_ids(code, other),
                    _ => code.raw == other.raw,
                }
            });
            if let Some((n, (_, used))) = counterpart {
                (*used, *assigned) = (true, Some(n));
            }
        }
    }
    assigned.into_iter().collect()
}

/// The places of codes in a text, in bytes. Each code has three: the start of the white space around it, its
/// own place, and the end of that white space, because codes may move across white space.
struct CodePlaces(Vec<[usize; 3]>);

impl CodePlaces {
    /// Finds the places of the codes of a segment.
    fn of(segment: &Segment) -> Self {
        let mut bytes = segment.text.char_indices().map(|(at, _)| at).chain([segment.text.len()]);
        let (mut next, mut at) = (0, 0);
        let places = segment.codes.iter().map(|code| {
            // Positions ascend, so the text is read only once.
            while next <= code.position as usize {
                let Some(byte) = bytes.next() else { break };
                (at, next) = (byte, next + 1);
            }
            let (before, after) = segment.text.split_at_checked(at).unwrap_or_default();
            let white = after.len() - after.trim_start().len();
            [before.trim_end().len(), at, at + white]
        });
        Self(places.collect())
    }

    /// Returns the places of code `n`.
    fn places_of(&self, n: usize) -> [usize; 3] {
        self.0.get(n).copied().unwrap_or_default()
    }
}

/// Returns whether any place of a code in the stored text corresponds to the same one in the query text:
/// both are at the same offset of an equal span, or anywhere in a span that differs.
fn aligned(diff: &[DiffSpan], stored: [usize; 3], query: [usize; 3]) -> bool {
    stored.into_iter().zip(query).any(|(stored, query)| {
        if diff.is_empty() {
            return stored == query;
        }
        diff.iter().any(|span| {
            let inside = span.stored.start <= stored
                && stored <= span.stored.end
                && span.asked.start <= query
                && query <= span.asked.end;
            inside
                && (span.operation != DiffOperation::Equal
                    || stored - span.stored.start == query - span.asked.start
                    || span.stored.end - stored == span.asked.end - query)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{move_codes, transfer_codes};
    use crate::{
        matching::{RepairEdit, diff},
        segment::{CodeKind, InlineCode, Segment},
    };

    /// Reads `<b>` and `</b>` as a pair, `<x/>` as a standalone code, and `<b|` and `|b>` as isolated halves.
    fn segment(marked: &str) -> Segment {
        let mut segment = Segment::default();
        let mut rest = marked;
        while let Some(c) = rest.chars().next() {
            let end = rest.find(['>', '|']).map_or(0, |at| at + 1);
            let raw = match c {
                '<' => rest.get(..end).unwrap(),
                '|' => rest.get(..=rest.find('>').unwrap()).unwrap(),
                _ => {
                    segment.text.push(c);
                    rest = rest.get(c.len_utf8()..).unwrap();
                    continue;
                }
            };
            let name = raw.trim_matches(['<', '>', '/', '|']);
            let (kind, pair) = match raw {
                _ if raw.contains('|') => (CodeKind::Isolated, ""),
                _ if raw.starts_with("</") => (CodeKind::Close, name),
                _ if raw.ends_with("/>") => (CodeKind::Standalone, ""),
                _ => (CodeKind::Open, name),
            };
            let position = u32::try_from(segment.text.chars().count()).unwrap();
            let (pair, raw_) = (pair.to_owned(), raw.to_owned());
            segment.codes.push(InlineCode { position, kind, id: String::new(), pair, raw: raw_ });
            rest = rest.get(raw.len()..).unwrap();
        }
        segment
    }

    /// Writes codes into a text.
    fn marked(text: &str, codes: &[InlineCode]) -> String {
        let mut out = String::new();
        let mut codes = codes.iter().peekable();
        for (n, c) in text.chars().map(Some).chain([None]).enumerate() {
            while let Some(code) = codes.next_if(|code| code.position as usize == n) {
                out.push_str(&code.raw);
            }
            out.extend(c);
        }
        assert!(codes.next().is_none(), "a code is outside of {text}");
        out
    }

    fn transferred(query: &str, stored: &str, target: &str) -> Option<String> {
        let (query, stored, target) = (segment(query), segment(stored), segment(target));
        let codes = transfer_codes(&query, &stored, &target, &diff(&stored.text, &query.text))?;
        Some(marked(&target.text, &codes))
    }

    #[test]
    fn codes_take_the_places_of_those_that_they_correspond_to() {
        for (query, stored, target, expected) in [
            // The positions are those of the translation, the codes those of the segment.
            (
                "قال <b>نعم</b><x/>",
                "قال <i>نعم</i><y/>",
                "<i>yes</i>, he said<y/>",
                "<b>yes</b>, he said<x/>",
            ),
            // Differences elsewhere do not matter, nor do spaces next to codes.
            ("ثم قال <b>نعم </b>اليوم", "قال<i> نعم</i> أمس", "he said <i>yes</i>", "he said <b>yes</b>"),
            // The words between the codes of a pair may differ.
            (
                "وصل <b>الوزير</b> اليوم",
                "وصل <i>الوفد</i> اليوم",
                "the <i>delegation</i>",
                "the <b>delegation</b>",
            ),
            // Codes that change places are distinguished by their spelling.
            ("<b>أ</b> <x/>", "<i>أ</i> <y/>", "<y/> <i>a</i>", "<x/> <b>a</b>"),
            ("<b>أ</b> <c>ب</c>", "<i>أ</i> <j>ب</j>", "<j>b</j> <i>a</i>", "<c>b</c> <b>a</b>"),
            // Codes of the same kind are assigned by their spelling, not by their order.
            ("أ <x/> ب <z/>", "أ <y1/> ب <y2/>", "<y2/> b <y1/>", "<z/> b <x/>"),
            // Vowel marks shift the positions after them.
            ("كَتَبَ <b>نعم</b> هنا", "كتب <i>نعم</i> هنا", "<i>yes</i>", "<b>yes</b>"),
            // Codes that enclose the segment enclose its translation.
            ("<b>نعم</b>", "نعم", "yes", "<b>yes</b>"),
            ("<b|نعم", "نعم", "yes", "<b|yes"),
            ("نعم|b>", "نعم", "yes", "yes|b>"),
            ("<b>قال <c>نعم</c></b>", "قال <i>نعم</i>", "<i>yes</i> he", "<b><c>yes</c> he</b>"),
        ] {
            assert_eq!(transferred(query, stored, target).as_deref(), Some(expected), "{query}");
        }
    }

    #[test]
    fn codes_that_do_not_correspond_are_not_transferred() {
        for (query, stored, target) in [
            // There are no codes to transfer.
            ("نعم", "<i>نعم</i>", "<i>yes</i>"),
            // The codes have another kind or number.
            ("<x/>نعم", "<y|نعم", "<y|yes"),
            ("نعم <x/><x/>", "نعم <y/>", "yes <y/>"),
            ("<x/>نعم", "نعم", "yes"),
            // The codes are at another word.
            ("<b>قال</b> نعم", "قال <i>نعم</i>", "he said <i>yes</i>"),
            ("ثم قال <b>نعم</b>", "ثم <i>قال</i> نعم", "then he <i>said</i> yes"),
            // The translation has no codes, or others.
            ("<b>نعم</b> هنا", "<i>نعم</i> هنا", "yes here"),
            ("<b>نعم</b> هنا", "<i>نعم</i> هنا", "<j>yes</j> here"),
            ("أ <x/> ب", "أ <y/> ب", "a <other/> b"),
            // The codes enclose only a part of the segment.
            ("<b>نعم</b> هنا", "نعم هنا", "yes here"),
            ("<b>نعم</b> <c>هنا</c>", "نعم هنا", "yes here"),
            ("<b>نعم", "نعم", "yes"),
        ] {
            assert_eq!(transferred(query, stored, target), None, "{query}");
        }
    }

    fn edit(text: &str, from: &str, to: &str) -> RepairEdit {
        let start = text.find(from).unwrap();
        RepairEdit { range: start..start + from.len(), from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn codes_move_with_the_values() {
        let target = segment("é <a>7</a> of <b>12<c/>5</b> or <d>9</d>");
        let edits =
            [edit(&target.text, "7", "1,000"), edit(&target.text, "125", "3"), edit(&target.text, "9", "10")];
        let moved = move_codes(&target.codes, &target.text, &edits);
        let expected = "é <a>1,000</a> of <b>3<c/></b> or <d>10</d>";
        assert_eq!(marked("é 1,000 of 3 or 10", &moved), expected);
    }
}
