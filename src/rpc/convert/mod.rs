//! Converts wire messages to domain values, which can fail, and back, which cannot.

mod admin;
mod filter;
mod interchange;
mod lookup;
mod names;
mod term;
mod token;
mod unit;

pub use admin::{compact_report, store_status, verify_progress, verify_report};
pub use filter::filter;
pub use interchange::{
    ExportOrigin, ImportDestination, concept_revert_report, export_origin, import_destination,
    import_encoding, import_progress, revert_report,
};
pub use lookup::{lookup_options, lookup_query, lookup_response, score_request, score_response};
pub use names::{
    locale, locale_or, memory_selection, name, names, new_collection, offset_unit, page_request, percent,
    repeated,
};
pub use term::{
    check_request, check_response, concept, concept_draft, glossary, recognized_term, suggest_request,
    suggested_term,
};
pub use token::{new_token, token, token_number};
pub use unit::{
    answered_segment, context, export_report, import_report, memory, on_same_source, properties, put_result,
    segment, unit, unit_draft, unit_id, wire_codes, wire_context, wire_segment, wire_time,
};
