//! Reads and writes dates in the forms that file formats use.

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::clock::Timestamp;

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
    // Only times in the years -9999 to 9999 come in, so the fallback is never written.
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::MAX);
    let at = at.to_zoned(TimeZone::UTC).datetime();
    let date = format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day());
    if !always_time && (at.hour(), at.minute(), at.second()) == (0, 0, 0) {
        return date;
    }
    format!("{date}T{:02}:{:02}:{:02}Z", at.hour(), at.minute(), at.second())
}

/// Converts `YYYYMMDD` and `hhmmss` in UTC.
fn to_timestamp(date: &str, time: &str) -> Option<Timestamp> {
    if date.len() != 8 || time.len() != 6 || !date.bytes().chain(time.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    // A leap second is the second after :59.
    let (second, leap) = if second == "60" { ("59", 1_000) } else { (second, 0) };
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()?;
    let at = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond() + leap))
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
        assert_eq!(read_extended("1970-01-02"), Some(Timestamp(86_400_000)));
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
