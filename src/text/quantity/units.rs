//! Units of measure and currencies, from `units.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::text::fold::folded;

/// A unit that a word or sign can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitName {
    /// What it measures. Units can only be exchanged for those of the same quantity.
    pub quantity: &'static str,
    /// The unit. Words of the same unit have the same name in all languages.
    pub unit: &'static str,
    /// Whether it is a sign or abbreviation, which is a unit only beside a number: م, kg, $.
    pub is_sign: bool,
}

static UNITS: LazyLock<FxHashMap<String, Vec<UnitName>>> = LazyLock::new(|| {
    let mut units: FxHashMap<String, Vec<UnitName>> = FxHashMap::default();
    for line in include_str!("units.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let (Some(quantity), Some(unit)) = (cells.next(), cells.next()) else { continue };
        for word in cells {
            let (word, is_sign) = word.strip_prefix('!').map_or((word, false), |sign| (sign, true));
            units.entry(folded(word)).or_default().push(UnitName { quantity, unit, is_sign });
        }
    }
    units
});

/// Returns the units that a folded word or sign can be: م is a metre, an hour after noon or a year after
/// Christ. Words may have the article, و, ب or ل before them.
#[must_use]
pub fn unit_name(word: &str) -> &'static [UnitName] {
    if let Some(units) = UNITS.get(word) {
        return units;
    }
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    let found = ["ال", "بال", "لل", "ب", "ل", ""].into_iter().find_map(|prefix| {
        let word = bare.strip_prefix(prefix)?;
        // The accusative has an alef: كيلومترا.
        let units = UNITS.get(word).or_else(|| UNITS.get(word.strip_suffix('ا')?))?;
        units.iter().all(|unit| !unit.is_sign).then_some(units.as_slice())
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{UNITS, unit_name};
    use crate::text::folded;

    #[test]
    fn words_of_a_unit_have_one_name() {
        for (a, b, equal) in [
            ("كيلومترا", "كم", true),
            ("السنة", "بأعوام", true),
            ("دولار", "$", true),
            ("كغ", "غرام", false),
            ("متر", "كيلومتر", false),
            ("ص", "م", false),
        ] {
            let (a, b) = (unit_name(&folded(a)), unit_name(&folded(b)));
            assert!(!a.is_empty() && !b.is_empty());
            assert_eq!(a.iter().any(|x| b.iter().any(|y| x.unit == y.unit)), equal, "{a:?} {b:?}");
        }
        assert!(unit_name("كتاب").is_empty() && unit_name("وص").is_empty());
    }

    #[test]
    fn the_list_is_well_formed() {
        for line in include_str!("units.txt").lines().filter(|line| !line.starts_with('#')) {
            assert!(line.split(' ').count() >= 3 && !line.contains("  "), "{line}");
        }
        assert!(UNITS.len() > 200, "{}", UNITS.len());
    }
}
