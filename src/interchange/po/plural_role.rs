//! The property that ties the units of a message's plural forms together, so that an export can
//! write them as one message again.

use icu_plurals::PluralCategory;

use super::{
    plurals::{category, category_names},
    strings::{message_key, on_one_line, parse_strings},
};
use crate::{limits::VALUE_BYTES, unit::Property};

/// The beginning of the name of the property. A key of the message follows, because one unit may
/// belong to several messages, and a later import of one must not replace the property of another.
const PLURAL_PREFIX: &str = "po:plural:";

/// The property of a unit that is both a plural form of one message and the translation of another
/// message without plural forms.
pub(crate) const PLAIN: &str = "po:plain";

/// What a unit is in a message with plural forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PluralRole {
    /// The categories of the counts that the form is for.
    pub(crate) categories: Vec<PluralCategory>,
    /// The message's `msgid`.
    pub(crate) id: String,
    /// The message's `msgid_plural`.
    pub(crate) plural: String,
}

impl PluralRole {
    /// Makes the property of a unit with this role. Its value has three lines: the categories,
    /// `msgid` and `msgid_plural`. Returns `None` if they are too long for a property.
    pub(crate) fn to_property(&self, context: Option<&str>) -> Option<Property> {
        let (key, _) = message_key(context, &self.id);
        let names = category_names(&self.categories);
        let value = format!("{names}\n{}\n{}", on_one_line(&self.id), on_one_line(&self.plural));
        let name = format!("{PLURAL_PREFIX}{key:016x}");
        (value.len() <= VALUE_BYTES).then_some(Property { name, value, locale: String::new() })
    }

    /// Reads the role from a property. Returns `None` for all other properties.
    pub(crate) fn of_property(property: &Property) -> Option<Self> {
        property.name.strip_prefix(PLURAL_PREFIX).filter(|_| property.locale.is_empty())?;
        let mut lines = property.value.split('\n');
        let categories = lines.next()?.split(' ').map(category).collect::<Option<Vec<_>>>()?;
        let mut text = || parse_strings(lines.next()?).ok().flatten();
        let (id, plural) = (text()?, text()?);
        lines.next().is_none().then_some(Self { categories, id, plural })
    }
}

/// Returns which plural forms of messages a unit is, by its properties: for each message the CLDR categories of the counts
/// that it is for, such as `few many`.
#[must_use]
pub fn plural_forms(properties: &[Property]) -> Vec<String> {
    let roles = properties.iter().filter_map(PluralRole::of_property);
    roles.map(|role| category_names(&role.categories)).collect()
}

#[cfg(test)]
mod tests {
    use icu_plurals::PluralCategory::{Few, Many};
    use proptest::prelude::*;

    use super::{PluralRole, Property, VALUE_BYTES};

    proptest! {
        #[test]
        fn a_role_is_read_from_its_property(id in "[\\PC\n\t\"\\\\]{0,8}", plural in "[\\PC\n\r\"\\\\]{0,8}") {
            let role = PluralRole { categories: vec![Few, Many], id, plural };
            let property = role.to_property(None).unwrap();
            prop_assert_eq!(property.value.lines().next(), Some("few many"));
            prop_assert_eq!(PluralRole::of_property(&property), Some(role));
        }
    }

    #[test]
    fn other_properties_are_no_roles() {
        let property = |name: &str, value: &str| Property {
            name: name.to_owned(),
            value: value.to_owned(),
            locale: String::new(),
        };
        for (name, value) in [
            ("po:plural", "few\n\"a\"\n\"b\""),
            ("po:plural:1", "several\n\"a\"\n\"b\""),
            ("po:plural:1", "few\n\"a\""),
            ("po:plural:1", "few\n\"a\"\n\"b\"\n\"c\""),
            ("po:plural:1", "few\na\nb"),
            ("po:plural:1", ""),
        ] {
            assert_eq!(PluralRole::of_property(&property(name, value)), None, "{name} {value}");
        }
        let long = PluralRole { categories: vec![Few], id: "x".repeat(VALUE_BYTES), plural: String::new() };
        assert_eq!(long.to_property(None), None);
    }
}
