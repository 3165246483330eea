//! Reads and writes dates in the forms that file formats use.

use std::ops::Range;

use crate::clock::Timestamp;

/// Milliseconds in a day.
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Parses `YYYYMMDDThhmmssZ`, the form of TMX.
pub(crate) fn read_basic(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    to_timestamp(date, time)
}

/// Parses `YYYY-MM-DD`, optionally with `Thh:mm:ss` and a final `Z`, the form of TBX.
pub(crate) fn read_extended(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, time.strip_suffix('Z').unwrap_or(time)),
        None => (text, "00:00:00"),
    };
    to_timestamp(&without_separators(date, '-', [4, 7])?, &without_separators(time, ':', [2, 5])?)
}

/// Removes the separators from a text that has them at exactly these bytes.
fn without_separators(text: &str, separator: char, at: [usize; 2]) -> Option<String> {
    let found: Vec<usize> = text.match_indices(separator).map(|(at, _)| at).collect();
    (found == at).then(|| text.replace(separator, ""))
}

/// Parses `YYYY-MM-DD`, optionally with `Thh:mm:ss`, and that with a fraction of a second.
/// Digits after the milliseconds are cut off.
pub(crate) fn read_precise(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let Some((whole, fraction)) = text.trim_end_matches('Z').split_once('.') else {
        return read_extended(text);
    };
    let digits = fraction.bytes().all(|b| b.is_ascii_digit()) && (1..=9).contains(&fraction.len());
    let millis = digits.then(|| format!("{fraction:0<3}"))?.get(..3)?.parse::<i64>().ok()?;
    (whole.len() == "YYYY-MM-DDThh:mm:ss".len())
        .then(|| read_extended(whole))?
        .map(|at| Timestamp(at.0 + millis))
}

/// Formats `YYYY-MM-DDThh:mm:ssZ`, with milliseconds unless they are 0.
pub(crate) fn write_precise(at: Timestamp) -> String {
    let whole = write_extended(at, true);
    match at.0.rem_euclid(1_000) {
        0 => whole,
        millis => whole.replace('Z', &format!(".{millis:03}Z")),
    }
}

/// Formats `YYYYMMDDThhmmssZ`.
pub(crate) fn write_basic(at: Timestamp) -> String {
    write_extended(at, true).replace(['-', ':'], "")
}

/// Formats `YYYY-MM-DD`, followed by `Thh:mm:ssZ` if `always_time` is set or it is not midnight.
pub(crate) fn write_extended(at: Timestamp, always_time: bool) -> String {
    let (days, in_day) = (at.0.div_euclid(MILLIS_PER_DAY), at.0.rem_euclid(MILLIS_PER_DAY) / 1_000);
    // Years are counted from March here, so that a leap day is the last day of its year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if in_day == 0 && !always_time {
        return date;
    }
    let (hour, minute, second) = (in_day / 3_600, in_day / 60 % 60, in_day % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Converts `YYYYMMDD` and `hhmmss` in UTC.
fn to_timestamp(date: &str, time: &str) -> Option<Timestamp> {
    if date.len() != 8 || time.len() != 6 || !date.bytes().chain(time.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (number(date, 0..4)?, number(date, 4..6)?, number(date, 6..8)?);
    let (hour, minute, second) = (number(time, 0..2)?, number(time, 2..4)?, number(time, 4..6)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970-01-01. As above, years are counted from March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
        - 1
        - 719_468;
    Some(Timestamp((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
}

/// Parses the digits in a range of bytes.
fn number(digits: &str, range: Range<usize>) -> Option<i64> {
    digits.get(range)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{read_basic, read_extended, write_basic, write_extended};
    use crate::clock::Timestamp;

    #[test]
    fn dates_are_read_or_refused() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20000229T120000Z", 951_825_600),
            ("20240102T030405Z", 1_704_164_645),
            ("19691231T235959Z", -1),
            ("20261123T221240Z", 1_795_471_960),
        ] {
            assert_eq!(read_basic(text).map(|t| t.0), Some(seconds * 1_000), "{text}");
        }
        for bad in [
            "",
            "20240102",
            "20240230T000000Z",
            "20241301T000000Z",
            "2024-01-02T03:04:05Z",
            "20240102T250000Z",
            "+0240102T000000Z",
        ] {
            assert_eq!(read_basic(bad), None, "{bad}");
        }
        assert_eq!(read_extended("1970-01-02"), Some(Timestamp(super::MILLIS_PER_DAY)));
        assert_eq!(read_extended("2024-01-02T03:04:05"), Some(Timestamp(1_704_164_645_000)));
        for bad in ["1970-01", "19700101", "2024-01-02T0304", "2024-1-2", "yesterday"] {
            assert_eq!(read_extended(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in -62_135_596_800_i64..=253_402_300_799) {
            let at = Timestamp(seconds * 1_000);
            prop_assert_eq!(read_basic(&write_basic(at)), Some(at));
            prop_assert_eq!(read_extended(&write_extended(at, false)), Some(at));
        }
    }
}
