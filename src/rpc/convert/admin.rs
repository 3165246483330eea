//! What `AdminService` returns.

use crate::{
    engine::{
        CollectionKind, CompactReport, PROGRAM_FORMAT, RecordCounts, StoreStatus, Verification,
        VerifiedCollection, VerifyProgress, WriteRefusal,
    },
    rpc::proto,
};

/// Writes how far a verification is.
#[must_use]
pub fn verify_progress(progress: VerifyProgress) -> proto::VerifyProgress {
    proto::VerifyProgress { records_read: progress.records_read, records: progress.records }
}

/// Writes what a verification found.
#[must_use]
pub fn verify_report(found: Verification) -> proto::VerifyReport {
    proto::VerifyReport {
        whole: found.is_whole(),
        format: found.format,
        program_format: PROGRAM_FORMAT,
        records: found.records,
        collections: found.collections.into_iter().map(verified_collection).collect(),
        problems: found.problems,
        problem_count: found.problem_count,
    }
}

fn verified_collection(collection: VerifiedCollection) -> proto::VerifiedCollection {
    let kind = match collection.kind {
        CollectionKind::Memory => proto::CollectionKind::Memory,
        CollectionKind::Glossary => proto::CollectionKind::Glossary,
    };
    proto::VerifiedCollection {
        kind: kind.into(),
        name: collection.name,
        entries: collection.entries,
        former_revisions: collection.former_revisions,
        whole: collection.whole,
    }
}

/// Writes what a compaction did in so many seconds.
#[must_use]
pub fn compact_report(report: CompactReport, seconds: f64) -> proto::CompactResponse {
    proto::CompactResponse { bytes_before: report.bytes_before, bytes_after: report.bytes_after, seconds }
}

/// Writes the state of the store.
#[must_use]
pub fn store_status(status: &StoreStatus, refusal: Option<WriteRefusal>) -> proto::GetStoreStatusResponse {
    proto::GetStoreStatusResponse {
        format: status.format,
        file_bytes: status.file_bytes,
        free_bytes: status.free_bytes,
        reserve_bytes: status.reserve_bytes,
        records: Some(record_counts(&status.records)),
        write_refusal: refusal
            .map(|refusal| proto::WriteRefusal { reason: refusal.reason.to_owned(), cause: refusal.cause }),
    }
}

fn record_counts(counts: &RecordCounts) -> proto::RecordCounts {
    proto::RecordCounts {
        memories: counts.memories,
        glossaries: counts.glossaries,
        units: counts.units,
        former_unit_revisions: counts.former_unit_revisions,
        concepts: counts.concepts,
        former_concept_revisions: counts.former_concept_revisions,
        imports: counts.imports,
        staged_changes: counts.staged_changes,
        undo_records: counts.undo_records,
        deletions: counts.deletions,
        checkpoint_records: counts.checkpoint_records,
        tokens: counts.tokens,
    }
}
