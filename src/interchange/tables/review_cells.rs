//! What the cells of a table say about the review of a translation.

use crate::{
    interchange::{
        review_marks::{Progress, ReviewMarks},
        tmx::UNREVIEWED,
    },
    unit::{Origin, ReviewState, UnitDraft},
};

/// Gives a unit the review state that its columns `status` and `state` have. Returns nothing if its translation was
/// rejected.
pub(super) fn with_status(mut draft: UnitDraft) -> Vec<UnitDraft> {
    fn is_status(name: &str) -> bool {
        ["status", "state"].iter().any(|known| name.eq_ignore_ascii_case(known))
    }
    let cells = draft.properties.iter().filter(|property| is_status(&property.name));
    let marks =
        cells.fold(ReviewMarks::default(), |marks, p| marks.and(ReviewMarks::of_status_cell(&p.value)));
    match marks.progress {
        Progress::Rejected => return Vec::new(),
        Progress::Unknown => {}
        _ => draft.provenance.review = ReviewState::Unreviewed,
    }
    if marks.origin() == Origin::Machine && draft.provenance.origin == Origin::Unknown {
        draft.provenance.origin = Origin::Machine;
    }
    vec![draft]
}

/// Parses a review state, in any case: our own words, or the flags that tables have in a column `fuzzy`. An empty
/// cell means confirmed, an unknown word gives `None`.
pub(super) fn parse_review(cell: &str) -> Option<ReviewState> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "" | "confirmed" | "false" | "no" | "0" => Some(ReviewState::Confirmed),
        UNREVIEWED | "fuzzy" | "true" | "yes" | "1" | "x" => Some(ReviewState::Unreviewed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, ReviewMarks, ReviewState, UnitDraft, parse_review, with_status};
    use crate::{
        interchange::review_marks::Progress,
        locale::Locale,
        segment::Segment,
        unit::{Property, Variant},
    };

    /// Returns the review state and the origin of a unit with a cell in a column, `None` if it is refused.
    fn with_cell(column: &str, cell: &str) -> Option<(ReviewState, Origin)> {
        let side = |locale| Variant::new(locale, Segment::plain("a"));
        let (name, value) = (column.to_owned(), cell.to_owned());
        let draft = UnitDraft {
            properties: vec![Property { name, value, locale: String::new() }],
            ..UnitDraft::new(side(Locale::arabic()), side(Locale::english()))
        };
        with_status(draft).pop().map(|draft| (draft.provenance.review, draft.provenance.origin))
    }

    #[test]
    fn columns_of_a_status_decide_the_review_state() {
        let (confirmed, unreviewed) = (ReviewState::Confirmed, ReviewState::Unreviewed);
        for (cell, expected) in [
            ("", Some((confirmed, Origin::Unknown))),
            ("Approved", Some((confirmed, Origin::Unknown))),
            ("translated", Some((confirmed, Origin::Unknown))),
            ("active", Some((confirmed, Origin::Unknown))),
            ("new product", Some((confirmed, Origin::Unknown))),
            ("Draft", Some((unreviewed, Origin::Unknown))),
            ("Needs review", Some((unreviewed, Origin::Unknown))),
            ("NEEDS_WORK", Some((unreviewed, Origin::Unknown))),
            ("needs-review-translation", Some((unreviewed, Origin::Unknown))),
            ("not approved", Some((unreviewed, Origin::Unknown))),
            ("untranslated", Some((unreviewed, Origin::Unknown))),
            ("Machine translated", Some((unreviewed, Origin::Machine))),
            ("MT", Some((unreviewed, Origin::Machine))),
            ("Rejected", None),
        ] {
            assert_eq!(with_cell("Status", cell), expected, "{cell}");
            assert_eq!(with_cell("state", cell), expected, "{cell}");
            assert_eq!(with_cell("stage", cell), Some((confirmed, Origin::Unknown)), "{cell}");
        }
        assert_eq!(ReviewMarks::of_status_cell("draft").progress, Progress::Unreviewed);
        assert_eq!(
            (parse_review(" X "), parse_review("No"), parse_review("maybe")),
            (Some(unreviewed), Some(confirmed), None)
        );
    }
}
