//! Every metric of the server, with its meaning.
//!
//! The other rooms record into the types of this file and know nothing of the format in which they are read.
//! Names and units follow the conventions of Prometheus: seconds, bytes, and `_total` for what only grows.
//! No metric has the name of a memory or a glossary, and none has a text, because a person who may read the
//! metrics need not be allowed to read these.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// The metrics of a server. Cheap to clone; all clones record into the same ones.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    calls: CallFamilies,
    /// What the writer does.
    pub writes: WriteMetrics,
    refused: Family<ClassLabels, Counter>,
    gauges: Gauges,
}

/// What the writer does. It is a part of [`Metrics`] that the store can have without the others.
#[derive(Clone, Debug)]
pub struct WriteMetrics {
    group_size: Histogram,
    commit_seconds: Histogram,
    failures: Counter,
}

/// The metrics of one method. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MethodMetrics {
    method: String,
    seconds: Histogram,
    running: Gauge,
    answered: Family<AnswerLabels, Counter>,
}

/// The figures that are read whenever the metrics are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The memories in the store.
    pub memories: u64,
    /// The glossaries in the store.
    pub glossaries: u64,
    /// The units in the store, those of unfinished imports included.
    pub units: u64,
    /// The former revisions of units in the store.
    pub former_unit_revisions: u64,
    /// The concepts in the store.
    pub concepts: u64,
    /// The distinct folded texts in the indexes of sources and of targets.
    pub index_rows: u64,
    /// The bytes of the store's files.
    pub store_bytes: u64,
    /// The bytes that are free on the store's disk.
    pub free_bytes: u64,
    /// The bytes that must stay free.
    pub reserve_bytes: u64,
    /// Whether writes are refused.
    pub writes_refused: bool,
    /// When the newest checkpoint was written, in seconds since 1970; 0 if there is none.
    pub checkpoint_written: u64,
}

/// The figures of one class of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassFigures {
    /// The name of the class, for example `write`.
    pub class: &'static str,
    /// Jobs that run.
    pub running: usize,
    /// The jobs that may run.
    pub places: usize,
    /// Calls that run or wait. Classes that share a line have the same number.
    pub in_line: usize,
}

#[derive(Clone, Debug)]
struct CallFamilies {
    seconds: SecondsFamily,
    running: Family<MethodLabels, Gauge>,
    answered: Family<AnswerLabels, Counter>,
}

type SecondsFamily = Family<MethodLabels, Histogram, fn() -> Histogram>;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MethodLabels {
    method: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabels {
    method: String,
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ClassLabels {
    class: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VersionLabels {
    version: &'static str,
}

#[derive(Clone, Debug, Default)]
struct Gauges {
    version: Family<VersionLabels, Gauge>,
    memories: Gauge,
    glossaries: Gauge,
    units: Gauge,
    former_unit_revisions: Gauge,
    concepts: Gauge,
    index_rows: Gauge,
    store_bytes: Gauge,
    free_bytes: Gauge,
    reserve_bytes: Gauge,
    writes_refused: Gauge,
    checkpoint_written: Gauge,
    resident_bytes: Gauge,
    certificate_expiry: Gauge,
    running: Family<ClassLabels, Gauge>,
    places: Family<ClassLabels, Gauge>,
    in_line: Family<ClassLabels, Gauge>,
}

/// From 50 us, the time of a fast lookup, to 50 s, each twice the one before.
fn call_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_05, 2.0, 21))
}

impl Default for CallFamilies {
    fn default() -> Self {
        Self {
            seconds: Family::new_with_constructor(call_buckets as fn() -> Histogram),
            running: Family::default(),
            answered: Family::default(),
        }
    }
}

impl Default for WriteMetrics {
    fn default() -> Self {
        Self {
            // Up to the largest group, 256 changes.
            group_size: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            // From 100 us, an SSD with a buffer of its own, to 13 s, a disk that hangs.
            commit_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 18)),
            failures: Counter::default(),
        }
    }
}

impl WriteMetrics {
    /// Records a group of changes that became durable.
    pub fn committed(&self, changes: usize, elapsed: Duration) {
        self.group_size.observe(f64::from(u32::try_from(changes).unwrap_or(u32::MAX)));
        self.commit_seconds.observe(elapsed.as_secs_f64());
    }

    /// Records a group that did not become durable.
    pub fn failed(&self) {
        self.failures.inc();
    }
}

impl MethodMetrics {
    /// Records that a call began.
    pub fn begin(&self) {
        self.running.inc();
    }

    /// Records the end of a call that began, with the name of its gRPC code, for example `OK`.
    pub fn end(&self, code: &'static str, elapsed: Duration) {
        self.running.dec();
        self.seconds.observe(elapsed.as_secs_f64());
        self.answered.get_or_create(&AnswerLabels { method: self.method.clone(), code }).inc();
    }
}

impl Metrics {
    /// Returns the metrics of a method, for example `dhakira.v1.LookupService/Lookup`.
    #[must_use]
    pub fn method(&self, method: &str) -> MethodMetrics {
        let labels = MethodLabels { method: method.to_owned() };
        MethodMetrics {
            method: method.to_owned(),
            seconds: self.calls.seconds.get_or_create_owned(&labels),
            running: self.calls.running.get_or_create_owned(&labels),
            answered: self.calls.answered.clone(),
        }
    }

    /// Records that a call was refused because the line of its class was full.
    pub fn refused(&self, class: &'static str) {
        self.refused.get_or_create(&ClassLabels { class }).inc();
    }

    /// Sets the figures of the store.
    pub fn set_figures(&self, figures: &Figures) {
        let gauges = &self.gauges;
        for (gauge, value) in [
            (&gauges.memories, figures.memories),
            (&gauges.glossaries, figures.glossaries),
            (&gauges.units, figures.units),
            (&gauges.former_unit_revisions, figures.former_unit_revisions),
            (&gauges.concepts, figures.concepts),
            (&gauges.index_rows, figures.index_rows),
            (&gauges.store_bytes, figures.store_bytes),
            (&gauges.free_bytes, figures.free_bytes),
            (&gauges.reserve_bytes, figures.reserve_bytes),
            (&gauges.writes_refused, u64::from(figures.writes_refused)),
            (&gauges.checkpoint_written, figures.checkpoint_written),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Sets the figures of a class of work.
    pub fn set_class(&self, figures: ClassFigures) {
        let labels = ClassLabels { class: figures.class };
        // So that it is 0, and not absent, before the first refusal.
        drop(self.refused.get_or_create(&labels));
        let gauges = &self.gauges;
        for (family, value) in [
            (&gauges.running, figures.running),
            (&gauges.places, figures.places),
            (&gauges.in_line, figures.in_line),
        ] {
            family.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    /// Sets from when on the certificate of TLS is not valid any more, in seconds since 1970.
    pub fn set_certificate_expiry(&self, seconds: i64) {
        self.gauges.certificate_expiry.set(seconds);
    }

    /// Sets the memory of the process, in bytes.
    pub fn set_resident_bytes(&self, bytes: u64) {
        self.gauges.resident_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Returns all metrics in the text format of OpenMetrics, which Prometheus reads.
    ///
    /// # Errors
    /// Writing to the string, which does not fail.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry())?;
        Ok(text)
    }

    /// Returns a registry with every metric and its description.
    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("dhakira");
        let Self { calls, writes, refused, gauges } = self.clone();
        registry.register_with_unit(
            "call_duration",
            "The time from the first byte of a request to the last of its answer",
            Unit::Seconds,
            calls.seconds,
        );
        registry.register("calls_running", "Calls under way", calls.running);
        registry.register("calls", "Calls that have ended, by method and gRPC code", calls.answered);
        registry.register(
            "calls_refused",
            "Calls that were refused because the line of their class was full",
            refused,
        );
        registry.register("commit_group_changes", "Changes that became durable together", writes.group_size);
        registry.register_with_unit(
            "commit_duration",
            "The time in which a group of changes became durable",
            Unit::Seconds,
            writes.commit_seconds,
        );
        registry.register(
            "commit_failures",
            "Groups of changes that did not become durable",
            writes.failures,
        );
        registry.register("memories", "Memories in the store", gauges.memories);
        registry.register("glossaries", "Glossaries in the store", gauges.glossaries);
        registry.register("units", "Units in the store, those of unfinished imports included", gauges.units);
        registry.register(
            "unit_revisions",
            "Former revisions of units in the store",
            gauges.former_unit_revisions,
        );
        registry.register("concepts", "Concepts in the store", gauges.concepts);
        registry.register("index_rows", "Distinct folded texts in the indexes", gauges.index_rows);
        registry.register_with_unit(
            "store",
            "The size of the store's files",
            Unit::Bytes,
            gauges.store_bytes,
        );
        registry.register_with_unit(
            "disk_free",
            "Free space on the store's disk",
            Unit::Bytes,
            gauges.free_bytes,
        );
        registry.register_with_unit(
            "disk_reserve",
            "The space that must stay free; writes are refused below it",
            Unit::Bytes,
            gauges.reserve_bytes,
        );
        registry.register("writes_refused", "1 while writes are refused, else 0", gauges.writes_refused);
        registry.register_with_unit(
            "checkpoint_written_timestamp",
            "When the newest checkpoint of the indexes was written; 0 if there is none",
            Unit::Seconds,
            gauges.checkpoint_written,
        );
        registry.register_with_unit(
            "certificate_expiry_timestamp",
            "When the certificate of TLS expires, in seconds since 1970; 0 without TLS",
            Unit::Seconds,
            gauges.certificate_expiry,
        );
        registry.register_with_unit(
            "resident_memory",
            "The memory of the process",
            Unit::Bytes,
            gauges.resident_bytes,
        );
        registry.register("jobs_running", "Jobs that run, by class of work", gauges.running);
        registry.register("jobs_places", "Jobs that may run, by class of work", gauges.places);
        registry.register(
            "calls_in_line",
            "Calls that run or wait, by class of work; classes that share a line have the same number",
            gauges.in_line,
        );
        let version = VersionLabels { version: env!("CARGO_PKG_VERSION") };
        gauges.version.get_or_create(&version).set(1);
        registry.register("build", "Always 1; the label is the version", gauges.version);
        registry
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ClassFigures, Figures, Metrics};

    #[test]
    fn what_was_recorded_is_in_the_text() {
        let metrics = Metrics::default();
        let method = metrics.method("s/Lookup");
        method.begin();
        method.begin();
        method.end("OK", Duration::from_millis(3));
        metrics.writes.committed(5, Duration::from_millis(1));
        metrics.writes.failed();
        metrics.refused("import");
        metrics.set_figures(&Figures { units: 7, writes_refused: true, ..Figures::default() });
        metrics.set_class(ClassFigures { class: "write", running: 2, places: 64, in_line: 3 });
        let text = metrics.text().unwrap();
        for line in [
            "dhakira_calls_total{method=\"s/Lookup\",code=\"OK\"} 1",
            "dhakira_calls_running{method=\"s/Lookup\"} 1",
            "dhakira_call_duration_seconds_count{method=\"s/Lookup\"} 1",
            "dhakira_call_duration_seconds_bucket{le=\"0.0032\",method=\"s/Lookup\"} 1",
            "dhakira_commit_group_changes_sum 5.0",
            "dhakira_commit_failures_total 1",
            "dhakira_calls_refused_total{class=\"import\"} 1",
            "dhakira_units 7",
            "dhakira_writes_refused 1",
            "dhakira_jobs_running{class=\"write\"} 2",
            "dhakira_calls_in_line{class=\"write\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
