//! Data categories: which element carries which, and what the properties that hold them are called.

/// Where in an entry a data category stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Of the concept, or of its terms in one language.
    Concept,
    /// Of one term.
    Term,
}

/// The data categories of TBX-Basic by the element that carries them in style DCA.
const BASIC: [(&str, &[&str]); 7] = [
    ("descrip", &["definition", "subjectField", "context"]),
    ("admin", &["customerSubset", "projectSubset", "source"]),
    (
        "termNote",
        &[
            "administrativeStatus",
            "partOfSpeech",
            "geographicalUsage",
            "grammaticalGender",
            "termLocation",
            "termType",
        ],
    ),
    ("xref", &["externalCrossReference", "xGraphic"]),
    ("ref", &["crossReference"]),
    ("transac", &["transactionType"]),
    ("transacNote", &["responsibility"]),
];

/// Returns the element that carries a data category of TBX-Basic.
pub(crate) fn element_of(category: &str) -> Option<&'static str> {
    BASIC.iter().find(|(_, categories)| categories.contains(&category)).map(|(element, _)| *element)
}

fn usual_element(category: &str, level: Level) -> &'static str {
    element_of(category).unwrap_or(match level {
        Level::Concept => "descrip",
        Level::Term => "termNote",
    })
}

/// Returns the name of the property that holds a data category: the category
/// itself or, in an element that does not usually carry it, with that in front.
pub(crate) fn property_name(element: &str, told: &str, level: Level) -> String {
    if category(told, level) == (element, told) { told.to_owned() } else { format!("{element}/{told}") }
}

/// Returns the element and the category that a property's name tells.
pub(crate) fn category(property: &str, level: Level) -> (&str, &str) {
    match property.split_once('/') {
        Some((element, category)) if BASIC.iter().any(|(known, _)| *known == element) => (element, category),
        _ => (usual_element(property, level), property),
    }
}

/// Says whether an element carries data categories.
pub(crate) fn carries_categories(element: &str) -> bool {
    BASIC.iter().any(|(known, _)| *known == element)
}

#[cfg(test)]
mod tests {
    use super::{BASIC, Level, category, property_name};

    #[test]
    fn names_tell_element_and_category() {
        for level in [Level::Concept, Level::Term] {
            for element in BASIC.map(|(element, _)| element) {
                for told in ["definition", "source", "x", "a/b", "descrip/x", ""] {
                    let name = property_name(element, told, level);
                    assert_eq!(category(&name, level), (element, told), "{name}");
                }
            }
        }
        assert_eq!(property_name("descrip", "definition", Level::Concept), "definition");
        assert_eq!(property_name("descrip", "rank", Level::Term), "descrip/rank");
    }
}
