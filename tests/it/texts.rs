//! `SegmentationService`: segments, folding and lint over a socket.

use dhakira::rpc::proto::{self, LintKind, NewlineMode, OffsetUnit};

use crate::support::TestServer;

#[tokio::test]
async fn segments_come_with_places_and_words() {
    let server = TestServer::start().await;
    let request = proto::SegmentRequest {
        text: "وصل 😀 الوفد.\nغادر\n\nوعاد. Yes".into(),
        offset_unit: OffsetUnit::Utf16.into(),
        options: Some(proto::SegmentationOptions {
            newlines: NewlineMode::Soft.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answer = server.segmentation().segment(request).await.unwrap().into_inner();
    let segments: Vec<_> =
        answer.segments.iter().map(|s| (s.text.as_str(), s.start, s.end, s.words)).collect();
    assert_eq!(
        segments,
        [("وصل 😀 الوفد.", 0, 13, 2), ("غادر", 14, 18, 1), ("وعاد.", 20, 25, 1), ("Yes", 26, 29, 1)]
    );
}

#[tokio::test]
async fn the_language_chooses_the_rules_and_srx_replaces_them() {
    let server = TestServer::start().await;
    let cut = async |locale: &str, srx: &str| -> Vec<String> {
        let text = "Dr. Low came. He sat; then he left.".into();
        let request =
            proto::SegmentRequest { text, locale: locale.into(), srx: srx.into(), ..Default::default() };
        let answer = server.segmentation().segment(request).await.unwrap().into_inner();
        answer.segments.into_iter().map(|s| s.text).collect()
    };
    assert_eq!(cut("en", "").await, ["Dr. Low came.", "He sat; then he left."]);
    let srx = "<srx version='2.0'><languagerule languagerulename='E'><rule><beforebreak>;</beforebreak></rule>\
        </languagerule><languagemap languagepattern='EN' languagerulename='E'/></srx>";
    assert_eq!(cut("en", srx).await, ["Dr. Low came. He sat;", "then he left."]);
}

#[tokio::test]
async fn folding_returns_its_source_spans() {
    let server = TestServer::start().await;
    let request =
        proto::FoldRequest { text: "أَحمد  هنا".into(), with_stretches: true, ..Default::default() };
    let answer = server.segmentation().fold(request).await.unwrap().into_inner();
    assert_eq!(answer.text, "احمد هنا");
    let spans: Vec<_> = answer.stretches.iter().map(|s| (s.start, s.end, s.text_start, s.text_end)).collect();
    assert_eq!(spans, [(0, 1, 0, 2), (1, 4, 2, 5), (4, 5, 5, 7), (5, 8, 7, 10)]);
}

#[tokio::test]
async fn findings_come_with_suggestions() {
    let server = TestServer::start().await;
    let request = proto::LintRequest { text: "سنة ٢٠٢٠ و2021 \u{fffd}".into(), ..Default::default() };
    let answer = server.segmentation().lint(request).await.unwrap().into_inner();
    let findings: Vec<_> =
        answer.findings.iter().map(|f| (f.kind(), f.start, f.end, f.suggestion.as_deref())).collect();
    let mixed = (LintKind::MixedDigits, 9, 14, Some("و٢٠٢١"));
    assert_eq!(findings, [mixed, (LintKind::ReplacementCharacter, 15, 16, None)]);
}
