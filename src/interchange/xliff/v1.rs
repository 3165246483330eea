//! Reads a `<trans-unit>` of XLIFF 1.2.

use rustc_hash::FxHashMap;

use super::{
    inline::InlineReader,
    model::{Pair, XliffUnit, property},
    segments::{OUR_NAME, TargetState, marked_segments, pair_segments},
};
use crate::{
    interchange::{
        review_marks::{Progress, ReviewMarks},
        xml::Node,
    },
    unit::Property,
};

pub(crate) fn unit(node: &Node) -> XliffUnit {
    let mut inline = InlineReader::default();
    let mut unit = XliffUnit {
        id: node.get_or_empty("id").to_owned(),
        name: node.get_or_empty("resname").to_owned(),
        notes: node
            .nodes()
            .filter(|n| n.name == "note" && n.get("from") != Some(OUR_NAME))
            .map(Node::text)
            .filter(|n| !n.is_empty())
            .collect(),
        ..XliffUnit::default()
    };
    let target = node.child("target");
    let state = TargetState::of_target(target);
    let approved = node.get_or_empty("approved");
    let memoq_status = node.get_or_empty("mq:status");
    let (phrase_confirmed, phrase_origin) =
        (node.get_or_empty("m:confirmed"), node.get_or_empty("m:trans-origin"));
    for (name, value) in [
        ("xliff:state", state.name()),
        ("xliff:state-qualifier", state.qualifier()),
        ("xliff:approved", approved),
        ("mqxliff:status", memoq_status),
        ("mxliff:confirmed", phrase_confirmed),
        ("mxliff:origin", if phrase_origin == "null" { "" } else { phrase_origin }),
    ] {
        if !value.is_empty() {
            unit.properties.push(property(name, value));
        }
    }
    let marks = state
        .marks()
        .and(ReviewMarks::of_approved(approved))
        .and(ReviewMarks::of_memoq_status(memoq_status))
        .and(ReviewMarks::of_phrase(phrase_confirmed, phrase_origin));
    let levels = TradosLevels::of_unit(node);
    let segments = node.child("seg-source").map(marked_segments).unwrap_or_default();
    let targets = target.map(marked_segments).unwrap_or_default();
    // A translation of the whole source that is not divided into segments.
    let whole = targets.is_empty() && target.is_some_and(|target| !target.text().is_empty());
    if segments.is_empty() || whole {
        let source = node.child("source").map(|n| inline.segment(n)).unwrap_or_default();
        let target = target.map(|n| inline.segment(n));
        let marks = marks.and(levels.of_all());
        unit.pairs.push(Pair { source, target, marks, ..Pair::default() });
    } else {
        for (n, ((id, source), target)) in segments.iter().zip(pair_segments(&segments, &targets)).enumerate()
        {
            let (marks, properties) = (marks.and(levels.of_segment(id)), levels.properties(id));
            let id = if id.is_empty() && n > 0 { (n + 1).to_string() } else { (*id).to_owned() };
            let target = target.map(|node| inline.segment(node));
            let source = inline.segment(source);
            unit.pairs.push(Pair { source, target, id, marks, properties, notes: Vec::new() });
        }
    }
    unit.too_large = inline.is_too_large();
    unit.references = inline.references;
    unit
}

/// The `<sdl:seg>` elements of a unit in SDLXLIFF, by the ids of their segments. Each has the confirmation level and the
/// origin of a translation.
struct TradosLevels<'n>(FxHashMap<&'n str, &'n Node>);

impl<'n> TradosLevels<'n> {
    fn of_unit(unit: &'n Node) -> Self {
        let lists = unit.nodes().filter(|node| node.name.ends_with(":seg-defs"));
        let levels = lists.flat_map(Node::nodes).filter(|node| node.name.ends_with(":seg"));
        Self(levels.map(|level| (level.get_or_empty("id"), level)).collect())
    }

    /// Returns the marks of a segment. A segment without a level is not translated for Studio, so that a target in it
    /// is not confirmed.
    fn of_segment(&self, id: &str) -> ReviewMarks {
        self.0.get(id).map_or_else(ReviewMarks::default, |level| {
            ReviewMarks::of_trados(
                level.get_or_empty("conf"),
                level.get_or_empty("origin"),
                Progress::Unreviewed,
            )
        })
    }

    /// Returns the strictest marks, for a translation of the whole unit.
    fn of_all(&self) -> ReviewMarks {
        self.0.keys().fold(ReviewMarks::default(), |marks, id| marks.and(self.of_segment(id)))
    }

    /// Returns the attributes of a segment as properties.
    fn properties(&self, id: &str) -> Vec<Property> {
        let Some(level) = self.0.get(id) else { return Vec::new() };
        ["conf", "origin", "percent"]
            .into_iter()
            .filter_map(|name| Some(property(&format!("sdlxliff:{name}"), level.get(name)?)))
            .collect()
    }
}
