//! `SegmentationService`, which needs no store.

use std::ops::Range;

use prost::Message;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{
    convert,
    deadline::deadline,
    proto::{self, segmentation_service_server::SegmentationService},
    reply::{bounded, collect_bounded},
    status::{status, violation_status},
};
use crate::{
    engine::Checker,
    fault::{Fault, Violation},
    interchange::read_srx,
    limits::Limits,
    locale::Locale,
    service::{Admission, WorkClass},
    text::{
        BuiltInRules, FoldMap, Interrupt, LintKind, Newlines, OffsetConverter, OffsetUnit,
        SegmentationOptions, SrxRules, count_words, folded, lint_until, same, segment_until,
    },
};

#[derive(Debug)]
pub(super) struct Segmentation {
    admission: Admission,
    limits: Limits,
}

impl Segmentation {
    pub(super) fn new(admission: Admission, limits: Limits) -> Self {
        Self { admission, limits }
    }

    /// Runs a job without the engine, so that texts can be segmented while the store is being opened. The
    /// job ends early, with `None`, once its deadline has passed or its caller has left.
    async fn compute<T, F>(&self, metadata: &MetadataMap, job: F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: FnOnce(Interrupt<'_>) -> Result<Option<T>, Fault> + Send + 'static,
    {
        let (deadline, _cancels) = deadline(metadata).cancelled_on_drop();
        let is_over = move || {
            // Lets lookups that wait for a core run first.
            std::thread::yield_now();
            deadline.has_passed()
        };
        let job = move || job(Interrupt::new(&is_over))?.ok_or(Fault::DeadlinePassed);
        self.admission.run_without_engine(WorkClass::Text, job).await.map_err(|fault| status(&fault))
    }
}

#[tonic::async_trait]
impl SegmentationService for Segmentation {
    async fn segment(
        &self,
        request: Request<proto::SegmentRequest>,
    ) -> Result<Response<proto::SegmentResponse>, Status> {
        let (metadata, _, r) = request.into_parts();
        let check = Checker::new(&self.limits);
        check.document(&r.text, false).map_err(violation_status)?;
        check.document(&r.srx, true).map_err(|v| violation_status(Violation { field: "srx".into(), ..v }))?;
        let locale = convert::locale_or("locale", &r.locale, Locale::arabic()).map_err(violation_status)?;
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(violation_status)?;
        let options = read_options(&r.options.unwrap_or_default(), &locale).map_err(violation_status)?;
        let reply_bytes = self.limits.reply_bytes;
        let segments = self
            .compute(&metadata, move |mut interrupt| {
                let ranges = if r.srx.is_empty() {
                    segment_until(&r.text, &options, interrupt)
                } else {
                    segment_by_srx(&r.srx, &locale, &r.text, options.newlines, interrupt)?
                };
                let Some(ranges) = ranges else { return Ok(None) };
                let mut offsets = OffsetConverter::new(&r.text, unit);
                let mut is_over = false;
                let segments = ranges.into_iter().map_while(|range| {
                    is_over = interrupt.count(range.len() as u64).is_none();
                    (!is_over).then(|| text_segment(&r.text, range, &mut offsets))
                });
                let segments = collect_bounded(segments, reply_bytes, "text", IN_PARTS)?;
                Ok((!is_over).then_some(segments))
            })
            .await?;
        Ok(Response::new(proto::SegmentResponse { segments }))
    }

    async fn fold(
        &self,
        request: Request<proto::FoldRequest>,
    ) -> Result<Response<proto::FoldResponse>, Status> {
        let (metadata, _, r) = request.into_parts();
        Checker::new(&self.limits).document(&r.text, true).map_err(violation_status)?;
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(violation_status)?;
        let (fold, map): (fn(&str) -> String, fn(&str) -> FoldMap) = match proto::FoldLevel::try_from(r.level)
        {
            Ok(proto::FoldLevel::Same) => (same, FoldMap::same),
            Ok(proto::FoldLevel::Folded | proto::FoldLevel::Unspecified) => (folded, FoldMap::folded),
            Err(_) => {
                let message = format!("{} is not a known level: use SAME or FOLDED", r.level);
                return Err(violation_status(Violation::new("level", "BAD_LEVEL", message)));
            }
        };
        let reply_bytes = self.limits.reply_bytes;
        let answer = self
            .compute(&metadata, move |mut interrupt| {
                let steps = r.text.len() as u64;
                if interrupt.count(steps).is_none() {
                    return Ok(None);
                }
                let reply = if r.with_stretches {
                    let map = map(&r.text);
                    if interrupt.count(steps).is_none() {
                        return Ok(None);
                    }
                    let stretches = wire_stretches(&map, &r.text, unit);
                    proto::FoldResponse { text: map.text, stretches }
                } else {
                    proto::FoldResponse { text: fold(&r.text), stretches: Vec::new() }
                };
                bounded_by_text(reply, reply_bytes).map(Some)
            })
            .await?;
        Ok(Response::new(answer))
    }

    async fn lint(
        &self,
        request: Request<proto::LintRequest>,
    ) -> Result<Response<proto::LintResponse>, Status> {
        let (metadata, _, r) = request.into_parts();
        Checker::new(&self.limits).document(&r.text, false).map_err(violation_status)?;
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(violation_status)?;
        let reply_bytes = self.limits.reply_bytes;
        let findings = self.compute(&metadata, move |interrupt| {
            let findings = lint_findings_until(&r.text, unit, interrupt);
            findings
                .map(|findings| bounded_by_text(proto::LintResponse { findings }, reply_bytes))
                .transpose()
        });
        Ok(Response::new(findings.await?))
    }
}

/// How a caller makes a reply about a text smaller.
const IN_PARTS: &str = "send the text in parts";

fn bounded_by_text<M: Message>(reply: M, reply_bytes: usize) -> Result<M, Fault> {
    bounded(reply, reply_bytes, || Fault::reply_too_large("text", reply_bytes, IN_PARTS))
}

fn read_options(
    given: &proto::SegmentationOptions,
    locale: &Locale,
) -> Result<SegmentationOptions, Violation> {
    let newlines = match proto::NewlineMode::try_from(given.newlines) {
        Ok(proto::NewlineMode::Soft) => Newlines::Soft,
        Ok(_) if given.join_lines_after_comma => Newlines::AfterComma,
        Ok(_) => Newlines::Hard,
        Err(_) => {
            let message = format!("{} is not a known newline mode: use HARD or SOFT", given.newlines);
            return Err(Violation::new("options.newlines", "BAD_NEWLINE_MODE", message));
        }
    };
    Ok(SegmentationOptions {
        rules: BuiltInRules::for_language(locale.as_str()),
        newlines,
        break_at_semicolon: given.break_at_semicolon,
        break_at_colon: given.break_at_colon,
    })
}

fn segment_by_srx(
    srx: &str,
    locale: &Locale,
    text: &str,
    newlines: Newlines,
    interrupt: Interrupt<'_>,
) -> Result<Option<Vec<Range<usize>>>, Violation> {
    let document = read_srx(srx.as_bytes()).map_err(|e| Violation::new("srx", e.reason(), e.to_string()))?;
    let rules = SrxRules::new(&document, locale.as_str());
    let segments = rules.and_then(|rules| rules.segment_until(text, newlines, interrupt));
    segments.map_err(|e| Violation::new("srx", e.reason(), e.to_string()))
}

fn text_segment(text: &str, range: Range<usize>, offsets: &mut OffsetConverter<'_>) -> proto::TextSegment {
    let (start, end) = (offsets.convert(range.start), offsets.convert(range.end));
    let text = text.get(range).unwrap_or_default();
    let words = u32::try_from(count_words(text)).unwrap_or(u32::MAX);
    proto::TextSegment { start, end, words, text: text.to_owned() }
}

fn wire_stretches(map: &FoldMap, text: &str, unit: OffsetUnit) -> Vec<proto::FoldStretch> {
    let (mut in_folded, mut in_text) =
        (OffsetConverter::new(&map.text, unit), OffsetConverter::new(text, unit));
    map.stretches()
        .into_iter()
        .map(|(folded, surface)| proto::FoldStretch {
            start: in_folded.convert(folded.start),
            end: in_folded.convert(folded.end),
            text_start: in_text.convert(surface.start),
            text_end: in_text.convert(surface.end),
        })
        .collect()
}

/// Finds what spoils matching in a text. `Lint` returns these findings, and `dhakira lint` prints them.
#[must_use]
pub fn lint_findings(text: &str, unit: OffsetUnit) -> Vec<proto::LintFinding> {
    lint_findings_until(text, unit, Interrupt::never()).unwrap_or_default()
}

fn lint_findings_until(
    text: &str,
    unit: OffsetUnit,
    interrupt: Interrupt<'_>,
) -> Option<Vec<proto::LintFinding>> {
    let mut offsets = OffsetConverter::new(text, unit);
    let findings = lint_until(text, interrupt)?.into_iter();
    let findings = findings.map(|finding| proto::LintFinding {
        kind: wire_kind(finding.kind).into(),
        start: offsets.convert(finding.range.start),
        end: offsets.convert(finding.range.end),
        surface: text.get(finding.range).unwrap_or_default().to_owned(),
        reason: finding.reason,
        suggestion: finding.suggestion,
    });
    Some(findings.collect())
}

fn wire_kind(kind: LintKind) -> proto::LintKind {
    match kind {
        LintKind::BidiUnbalanced => proto::LintKind::BidiUnbalanced,
        LintKind::ControlCharacter => proto::LintKind::ControlCharacter,
        LintKind::EntityRemnant => proto::LintKind::EntityRemnant,
        LintKind::InvisibleCharacter => proto::LintKind::InvisibleCharacter,
        LintKind::LatinLookalike => proto::LintKind::LatinLookalike,
        LintKind::LetterShape => proto::LintKind::LetterShape,
        LintKind::MixedDigits => proto::LintKind::MixedDigits,
        LintKind::Mojibake => proto::LintKind::Mojibake,
        LintKind::PresentationForm => proto::LintKind::PresentationForm,
        LintKind::ReplacementCharacter => proto::LintKind::ReplacementCharacter,
        LintKind::ReversedGuillemet => proto::LintKind::ReversedGuillemet,
        LintKind::StrayMark => proto::LintKind::StrayMark,
    }
}
