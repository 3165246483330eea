//! Data categories: the elements that carry them and the names of the properties that hold them.

/// The level of an entry at which a data category occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CategoryLevel {
    /// The concept, or all its terms in one language.
    Concept,
    /// One term.
    Term,
}

/// The data categories of TBX-Basic, by the element that carries them in style DCA.
const BASIC_CATEGORIES: [(&str, &[&str]); 7] = [
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

/// Returns the element that carries a data category of TBX-Basic, or `None` for another category.
pub(crate) fn element_of(category: &str) -> Option<&'static str> {
    BASIC_CATEGORIES
        .iter()
        .find(|(_, categories)| categories.contains(&category))
        .map(|(element, _)| *element)
}

fn usual_element(category: &str, level: CategoryLevel) -> &'static str {
    element_of(category).unwrap_or(match level {
        CategoryLevel::Concept => "descrip",
        CategoryLevel::Term => "termNote",
    })
}

/// Returns the name of the property for a data category. It is the category itself or, if another
/// element usually carries that category, the element and the category: `descrip/rank` for a
/// `rank` of a term in a `descrip`.
pub(crate) fn property_name(element: &str, name: &str, level: CategoryLevel) -> String {
    if element_and_category(name, level) == (element, name) {
        name.to_owned()
    } else {
        format!("{element}/{name}")
    }
}

/// Returns the element and the data category for the name of a property.
pub(crate) fn element_and_category(property: &str, level: CategoryLevel) -> (&str, &str) {
    match property.split_once('/') {
        Some((element, category)) if BASIC_CATEGORIES.iter().any(|(known, _)| *known == element) => {
            (element, category)
        }
        _ => (usual_element(property, level), property),
    }
}

/// Returns true if an element carries data categories.
pub(crate) fn carries_categories(element: &str) -> bool {
    BASIC_CATEGORIES.iter().any(|(known, _)| *known == element)
}

#[cfg(test)]
mod tests {
    use super::{BASIC_CATEGORIES, CategoryLevel, element_and_category, property_name};

    #[test]
    fn names_determine_element_and_category() {
        for level in [CategoryLevel::Concept, CategoryLevel::Term] {
            for element in BASIC_CATEGORIES.map(|(element, _)| element) {
                for original in ["definition", "source", "x", "a/b", "descrip/x", ""] {
                    let name = property_name(element, original, level);
                    assert_eq!(element_and_category(&name, level), (element, original), "{name}");
                }
            }
        }
        assert_eq!(property_name("descrip", "definition", CategoryLevel::Concept), "definition");
        assert_eq!(property_name("descrip", "rank", CategoryLevel::Term), "descrip/rank");
    }
}
