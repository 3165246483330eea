//! The deadline that a gRPC client sends along.

use std::time::Duration;

use tonic::metadata::MetadataMap;

use crate::engine::Deadline;

/// Reads `grpc-timeout`: at most 8 digits and a unit. There is no deadline if it is absent or not valid.
pub(super) fn deadline(metadata: &MetadataMap) -> Deadline {
    let wait = metadata.get("grpc-timeout").and_then(|v| v.to_str().ok()).and_then(parse_timeout);
    wait.map_or_else(Deadline::never, Deadline::within)
}

fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(n * 3_600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse_timeout;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        for (text, expected) in [
            ("5S", Some(Duration::from_secs(5))),
            ("100m", Some(Duration::from_millis(100))),
            ("1H", Some(Duration::from_secs(3_600))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("", None),
            ("S", None),
            ("5", None),
            ("999999999S", None),
            ("5é", None),
        ] {
            assert_eq!(parse_timeout(text), expected, "{text}");
        }
    }
}
