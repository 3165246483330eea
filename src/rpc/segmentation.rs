//! `SegmentationService`: needs no store.

use tonic::{Request, Response, Status};

use super::{
    convert,
    memory::refused,
    proto::{self, segmentation_service_server::SegmentationService},
    status::status,
};
use crate::{
    engine::Checker,
    fault::{Fault, Violation},
    limits::Limits,
    locale::Locale,
    text::{Offsets, SegmentationOptions, folded, same, segment},
};

#[derive(Debug)]
pub(super) struct Segmentation {
    limits: Limits,
}

impl Segmentation {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

/// Runs CPU work off the async threads.
async fn off_thread<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    tokio::task::spawn_blocking(job).await.map_err(|cause| status(&Fault::Internal(cause.to_string())))
}

#[tonic::async_trait]
impl SegmentationService for Segmentation {
    async fn segment(
        &self,
        request: Request<proto::SegmentRequest>,
    ) -> Result<Response<proto::SegmentResponse>, Status> {
        let r = request.into_inner();
        Checker::new(&self.limits).document(&r.text, false).map_err(refused)?;
        convert::locale_or("locale", &r.locale, Locale::arabic()).map_err(refused)?;
        let unit = convert::offset_unit("offset_unit", r.offset_unit).map_err(refused)?;
        let given = r.options.unwrap_or_default();
        let options = SegmentationOptions {
            join_lines_after_comma: given.join_lines_after_comma,
            break_at_semicolon: given.break_at_semicolon,
            break_at_colon: given.break_at_colon,
        };
        let segments = off_thread(move || {
            let mut offsets = Offsets::new(&r.text, unit);
            let told = |range: std::ops::Range<usize>| proto::TextSegment {
                start: offsets.of(range.start),
                end: offsets.of(range.end),
                text: r.text.get(range).unwrap_or_default().to_owned(),
            };
            segment(&r.text, options).into_iter().map(told).collect()
        })
        .await?;
        Ok(Response::new(proto::SegmentResponse { segments }))
    }

    async fn fold(
        &self,
        request: Request<proto::FoldRequest>,
    ) -> Result<Response<proto::FoldResponse>, Status> {
        let r = request.into_inner();
        Checker::new(&self.limits).document(&r.text, true).map_err(refused)?;
        let fold: fn(&str) -> String = match proto::FoldLevel::try_from(r.level) {
            Ok(proto::FoldLevel::Same) => same,
            Ok(proto::FoldLevel::Folded | proto::FoldLevel::Unspecified) => folded,
            Err(_) => {
                let message = format!("{} is no level: SAME or FOLDED", r.level);
                return Err(refused(Violation::new("level", "BAD_LEVEL", message)));
            }
        };
        let text = off_thread(move || fold(&r.text)).await?;
        Ok(Response::new(proto::FoldResponse { text }))
    }
}
