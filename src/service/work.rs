//! The classes of work, with a bound for each.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{fault::Fault, metrics::ClassFigures};

/// Bounds on the work that is accepted at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkLimits {
    /// Calls that may run or wait at the same time. Further calls are refused with
    /// `TOO_MANY_REQUESTS`, instead of making the queue longer. Calls of the classes that have a
    /// line of their own do not count here. Default: 1,024.
    pub calls: usize,
    /// Jobs that may use a core at the same time. Default: the number of cores.
    pub cores: usize,
    /// Writes that may wait for the disk at the same time. They share commit groups. Default: 64.
    pub writes: usize,
    /// Imports that may run at the same time. Default: 4.
    pub imports: usize,
    /// Exports that may run at the same time. They have places of their own, because a slow client
    /// of one must not delay imports. Default: 4.
    pub exports: usize,
    /// Jobs that may read a whole memory for one answer at the same time: copies of memories and
    /// suggestions of terms. Each uses a core, and suggestions much memory. Default: 2.
    pub scans: usize,
    /// Imports that may wait for a place at the same time, and as many exports, and as many scans.
    /// Further ones are refused at once, because waiting would take too long. Default: 16.
    pub queue: usize,
    /// How long an import, an export or a scan waits for a place before it is refused. Default: 60 s.
    pub queue_time: Duration,
    /// Texts that may be segmented, folded or linted at the same time. They have places of their own,
    /// because a text of 4 MiB takes a thousand times as long as a lookup, and lookups would wait for
    /// it. Default: half the cores, at least 1.
    pub texts: usize,
    /// Calls that may run or wait for [`Self::texts`]. They have a bound of their own, because each
    /// may hold 8 MiB while it waits. Default: 128.
    pub text_calls: usize,
}

impl Default for WorkLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            calls: 1_024,
            cores,
            writes: 64,
            imports: 4,
            exports: 4,
            scans: 2,
            queue: 16,
            queue_time: Duration::from_secs(60),
            texts: (cores / 2).max(1),
            text_calls: 128,
        }
    }
}

/// What a job mostly waits for. Each class has a bound of its own. For example, four long imports
/// do not make lookups wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkClass {
    /// The processor. For example lookups and lists.
    Cpu,
    /// The processor, for a whole text: segmentation, folding and linting.
    Text,
    /// The disk. For example single writes, which share commit groups.
    Write,
    /// The client that sends a file.
    Import,
    /// The client that takes a file.
    Export,
    /// A whole memory, for one answer. For example term suggestions and copies.
    Scan,
}

impl WorkClass {
    /// All classes.
    const ALL: [Self; 6] = [Self::Cpu, Self::Text, Self::Write, Self::Import, Self::Export, Self::Scan];

    /// Returns the name of the class in the metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Text => "text",
            Self::Write => "write",
            Self::Import => "import",
            Self::Export => "export",
            Self::Scan => "scan",
        }
    }
}

/// The bounds of one class.
#[derive(Debug)]
pub(super) struct ClassBounds {
    /// One permit for each call that runs or waits.
    pub(super) line: Arc<Semaphore>,
    /// How many calls may run or wait.
    line_length: usize,
    /// One permit for each job that runs.
    pub(super) places: Arc<Semaphore>,
    /// How many jobs may run.
    place_count: usize,
    /// How long a call waits for a place. Calls of the other classes wait until they get one, because
    /// the jobs before them are short.
    pub(super) wait: Option<Duration>,
}

/// The bounds of all classes.
#[derive(Debug)]
pub(super) struct Classes {
    cpu: ClassBounds,
    text: ClassBounds,
    write: ClassBounds,
    import: ClassBounds,
    export: ClassBounds,
    scan: ClassBounds,
}

impl Classes {
    pub(super) fn new(limits: &WorkLimits) -> Self {
        let calls = semaphore(limits.calls);
        let short = |line: &Arc<Semaphore>, line_length, place_count| ClassBounds {
            line: Arc::clone(line),
            line_length,
            places: semaphore(place_count),
            place_count,
            wait: None,
        };
        let long = |place_count: usize| {
            let line_length = place_count.saturating_add(limits.queue);
            ClassBounds {
                line: semaphore(line_length),
                line_length,
                places: semaphore(place_count),
                place_count,
                wait: Some(limits.queue_time),
            }
        };
        Self {
            cpu: short(&calls, limits.calls, limits.cores),
            text: short(&semaphore(limits.text_calls), limits.text_calls, limits.texts),
            write: short(&calls, limits.calls, limits.writes),
            import: long(limits.imports),
            export: long(limits.exports),
            scan: long(limits.scans),
        }
    }

    pub(super) fn of(&self, class: WorkClass) -> &ClassBounds {
        match class {
            WorkClass::Cpu => &self.cpu,
            WorkClass::Text => &self.text,
            WorkClass::Write => &self.write,
            WorkClass::Import => &self.import,
            WorkClass::Export => &self.export,
            WorkClass::Scan => &self.scan,
        }
    }

    /// Returns what each class is doing.
    pub(super) fn figures(&self) -> Vec<ClassFigures> {
        let figures = |class: &WorkClass| {
            let bounds = self.of(*class);
            // A semaphore has at most `MAX_PERMITS`, whatever it was made with.
            let taken = |all: usize, semaphore: &Semaphore| {
                all.min(Semaphore::MAX_PERMITS).saturating_sub(semaphore.available_permits())
            };
            ClassFigures {
                class: class.name(),
                running: taken(bounds.place_count, &bounds.places),
                places: bounds.place_count,
                in_line: taken(bounds.line_length, &bounds.line),
            }
        };
        WorkClass::ALL.iter().map(figures).collect()
    }

    /// Refuses the calls that wait in the long lines, because they could wait longer than the server
    /// takes to stop.
    pub(super) fn end_long_waits(&self) {
        for long in [&self.import, &self.export, &self.scan] {
            long.places.close();
        }
    }
}

/// Returns the refusal of a call for which there is no place.
pub(super) fn no_place(class: WorkClass) -> Fault {
    match class {
        WorkClass::Import => Fault::TooManyImports,
        WorkClass::Export => Fault::TooManyExports,
        WorkClass::Cpu | WorkClass::Text | WorkClass::Write | WorkClass::Scan => Fault::TooManyRequests,
    }
}

pub(super) fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}
