//! The number by which the log and the client name the same call.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};

/// The header with the id, in requests and answers.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest id that is taken from a client, because it goes into every line of the log.
const MAX_ID_LENGTH: usize = 64;

/// The id of a call: that of the client, or one that no other call of this server has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestId(String);

impl RequestId {
    /// Returns the id of a call with these headers. An id with other characters than letters, digits, `-`, `_`
    /// and `.` is not taken, because it could forge a line of the log.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !id.is_empty() && id.len() <= MAX_ID_LENGTH && id.chars().all(is_plain)
        });
        given.map_or_else(Self::next, |id| Self(id.to_owned()))
    }

    /// Makes an id of a number that is drawn when the server starts and of the number of the call.
    fn next() -> Self {
        static START: LazyLock<u32> = LazyLock::new(|| {
            RandomState::new().hash_one(std::process::id()).to_le_bytes()[..4]
                .iter()
                .fold(0, |all, byte| all << 8 | u32::from(*byte))
        });
        static CALLS: AtomicU64 = AtomicU64::new(1);
        Self(format!("{:08x}-{:x}", *START, CALLS.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns the id as the value of a header. It has only characters that a header may have.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the trace id of a `traceparent` header, if it is valid.
/// For example, `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01` has `4bf92f3577b34da6a3ce929d0e0e4736`.
pub(super) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get(TRACEPARENT)?.to_str().ok()?.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    fn is_hex(part: &str, length: usize) -> bool {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }
    fn is_set(part: &str) -> bool {
        part.bytes().any(|b| b != b'0')
    }
    // Version ff is invalid; later versions than 00 may have further parts.
    let is_version = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    let is_valid = is_version && is_hex(trace, 32) && is_set(trace) && is_hex(parent, 16) && is_set(parent);
    (is_valid && is_hex(flags, 2)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use tonic::codegen::http::HeaderMap;

    use super::{REQUEST_ID, RequestId, TRACEPARENT, trace_id};

    fn given(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(REQUEST_ID, id.parse().unwrap())])
    }

    #[test]
    fn a_plain_id_of_the_client_is_kept() {
        assert_eq!(RequestId::of(&given("job-7.a_b")).to_string(), "job-7.a_b");
        for refused in ["", "two words", "a=b", &"x".repeat(65)] {
            assert_ne!(RequestId::of(&given(refused)).to_string(), refused);
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }

    #[test]
    fn trace_ids_are_read_as_w3c_defines_them() {
        let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        for (value, valid) in [
            (format!("00-{trace}-{parent}-01"), true),
            (format!("00-{trace}-{parent}-01-x"), false),
            (format!("cc-{trace}-{parent}-01-x"), true),
            (format!("ff-{trace}-{parent}-01"), false),
            (format!("00-{}-{parent}-01", trace.to_uppercase()), false),
            (format!("00-{}-{parent}-01", "0".repeat(32)), false),
            (format!("00-{trace}-{}-01", "0".repeat(16)), false),
            (format!("00-{trace}-{parent}"), false),
        ] {
            let headers = HeaderMap::from_iter([(TRACEPARENT, value.parse().unwrap())]);
            assert_eq!(trace_id(&headers), valid.then_some(trace), "{value}");
        }
    }
}
