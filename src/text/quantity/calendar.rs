//! Names of months and days of the week.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The names of the months: of the Gregorian year in three systems and in English, 1 to 12, and of the Hijri
/// year, 21 to 32. Names of two words have one space.
const MONTHS: [(u8, &str); 70] = [
    (1, "يناير"),
    (1, "كانون الثاني"),
    (1, "جانفي"),
    (1, "january"),
    (1, "jan"),
    (2, "فبراير"),
    (2, "شباط"),
    (2, "فيفري"),
    (2, "february"),
    (2, "feb"),
    (3, "مارس"),
    (3, "اذار"),
    (3, "march"),
    (3, "mar"),
    (4, "ابريل"),
    (4, "نيسان"),
    (4, "افريل"),
    (4, "april"),
    (4, "apr"),
    (5, "مايو"),
    (5, "ايار"),
    (5, "ماي"),
    (5, "may"),
    (6, "يونيو"),
    (6, "حزيران"),
    (6, "جوان"),
    (6, "june"),
    (6, "jun"),
    (7, "يوليو"),
    (7, "تموز"),
    (7, "جويليه"),
    (7, "july"),
    (7, "jul"),
    (8, "اغسطس"),
    (8, "اب"),
    (8, "اوت"),
    (8, "august"),
    (8, "aug"),
    (9, "سبتمبر"),
    (9, "ايلول"),
    (9, "september"),
    (9, "sep"),
    (10, "اكتوبر"),
    (10, "تشرين الاول"),
    (10, "october"),
    (10, "oct"),
    (11, "نوفمبر"),
    (11, "تشرين الثاني"),
    (11, "november"),
    (11, "nov"),
    (12, "ديسمبر"),
    (12, "كانون الاول"),
    (12, "december"),
    (12, "dec"),
    (21, "محرم"),
    (22, "صفر"),
    (23, "ربيع الاول"),
    (24, "ربيع الثاني"),
    (24, "ربيع الاخر"),
    (25, "جمادي الاولي"),
    (26, "جمادي الثانيه"),
    (26, "جمادي الاخره"),
    (26, "جمادي الاخري"),
    (27, "رجب"),
    (28, "شعبان"),
    (29, "رمضان"),
    (30, "شوال"),
    (31, "ذي القعده"),
    (32, "ذي الحجه"),
    (32, "ذو الحجه"),
];

/// The names of the days of the week, from Sunday.
const WEEKDAYS: [(u8, &str); 21] = [
    (1, "الاحد"),
    (2, "الاثنين"),
    (2, "الاثنان"),
    (3, "الثلاثاء"),
    (4, "الاربعاء"),
    (5, "الخميس"),
    (6, "الجمعه"),
    (7, "السبت"),
    (1, "sunday"),
    (2, "monday"),
    (3, "tuesday"),
    (4, "wednesday"),
    (5, "thursday"),
    (6, "friday"),
    (7, "saturday"),
    (1, "sun"),
    (2, "mon"),
    (3, "tue"),
    (4, "wed"),
    (5, "thu"),
    (6, "fri"),
];

/// The months that begin with a word, with their second word if there is one.
type MonthsByWord = FxHashMap<&'static str, Vec<(u8, Option<&'static str>)>>;

/// By the first word of a name: the months, with the second word if there is one.
static MONTHS_BY_WORD: LazyLock<MonthsByWord> = LazyLock::new(|| {
    let mut months = MonthsByWord::default();
    for (month, name) in MONTHS {
        let (first, second) =
            name.split_once(' ').map_or((name, None), |(first, second)| (first, Some(second)));
        months.entry(first).or_default().push((month, second));
    }
    months
});

static DAYS_BY_WORD: LazyLock<FxHashMap<&str, u8>> =
    LazyLock::new(|| WEEKDAYS.iter().map(|(day, name)| (*name, *day)).collect());

/// Returns the number of the month that begins with a folded word, and how many words its name has. The word
/// may have و, ف, ل or ب before it.
#[must_use]
pub fn month_name(word: &str, next: Option<&str>) -> Option<(u8, usize)> {
    let bare = [Some(word), word.strip_prefix(['و', 'ف', 'ل', 'ب'])];
    bare.into_iter().flatten().find_map(|word| {
        MONTHS_BY_WORD.get(word)?.iter().find_map(|(month, second)| match second {
            Some(second) => (next == Some(*second)).then_some((*month, 2)),
            None => Some((*month, 1)),
        })
    })
}

/// Returns the number of the day of the week that a folded word is, 1 for Sunday.
#[must_use]
pub fn weekday(word: &str) -> Option<u8> {
    let bare = [Some(word), word.strip_prefix(['و', 'ف', 'ب'])];
    bare.into_iter().flatten().find_map(|word| DAYS_BY_WORD.get(word).copied())
}

#[cfg(test)]
mod tests {
    use super::{month_name, weekday};
    use crate::text::folded;

    #[test]
    fn months_of_three_systems_are_equal() {
        for (names, month) in [
            (["يناير", "كانون الثاني", "جانفي", "January"], 1),
            (["أغسطس", "آب", "أوت", "August"], 8),
            (["ذي الحجة", "ذو الحجة", "وذي الحجة", "لذي الحجة"], 32),
        ] {
            for name in names {
                let name = folded(name);
                let (first, next) = name.split_once(' ').map_or((name.as_str(), None), |(a, b)| (a, Some(b)));
                assert_eq!(month_name(first, next).map(|(month, _)| month), Some(month), "{name}");
            }
        }
        assert_eq!((weekday("الاحد"), weekday("والخميس"), weekday("احد")), (Some(1), Some(5), None));
    }
}
