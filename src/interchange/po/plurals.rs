//! What the plural forms of a catalogue mean.
//!
//! The number of a form means nothing by itself. For example, the standard Arabic formula gives
//! `msgstr[0]` to no file and `msgstr[1]` to one, while Drupal's gives `msgstr[0]` to one. So the
//! formula of the header is evaluated for many counts, and CLDR's plural category of each of these
//! counts is the meaning of its form.

use icu_locale_core::LanguageIdentifier;
use icu_plurals::{PluralCategory, PluralRules};

use super::formula::PluralFormula;
use crate::locale::Locale;

/// The counts that formulas and categories are compared for. All rules for whole numbers depend on
/// the last two or three digits, except those for millions in a few languages, which gettext's
/// formulas leave out.
const COUNTS: std::ops::RangeInclusive<u64> = 0..=1_000;

/// A larger count. Without it, a form that is only for millions would have no meaning.
const LARGE_COUNT: u64 = 1_000_000;

/// The names of the categories, as CLDR and ICU messages write them, in CLDR's order.
const CATEGORIES: [(PluralCategory, &str); 6] = [
    (PluralCategory::Zero, "zero"),
    (PluralCategory::One, "one"),
    (PluralCategory::Two, "two"),
    (PluralCategory::Few, "few"),
    (PluralCategory::Many, "many"),
    (PluralCategory::Other, "other"),
];

/// Formulas that give each category of a language its own form, in CLDR's order, as gettext and the
/// catalogues of these languages have them. [`formula_of`] chooses by evaluating them, so that
/// languages need no table.
const FORMULAS: [&str; 22] = [
    "nplurals=1; plural=0;",
    "nplurals=2; plural=(n != 1);",
    "nplurals=2; plural=(n > 1);",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);",
    "nplurals=3; plural=(n%10==1 && (n%100<11 || n%100>19) ? 0 : n%10>=2 && (n%100<11 || n%100>19) ? 1 : 2);",
    "nplurals=3; plural=(n%10==0 || n%100>=11 && n%100<=19 ? 0 : n%10==1 ? 1 : 2);",
    "nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
    "nplurals=3; plural=(n==1 ? 0 : n==0 || n%100>=1 && n%100<=19 ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);",
    "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n>=3 && n<=6 ? 2 : n>=7 && n<=10 ? 3 : 4);",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);",
    "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n==0 || n%100>=3 && n%100<=10 ? 2 : n%100>=11 && n%100<=19 ? 3 : 4);",
    "nplurals=4; plural=(n==1 || n==11 ? 0 : n==2 || n==12 ? 1 : n>=3 && n<=19 ? 2 : 3);",
    "nplurals=2; plural=(n%10!=1 || n%100==11);",
    "nplurals=2; plural=(n>3 && (n%10==4 || n%10==6 || n%10==9));",
    "nplurals=3; plural=(n==0 ? 0 : n==1 ? 1 : 2);",
    "nplurals=2; plural=(n>1 && (n<11 || n>99));",
    "nplurals=3; plural=(n<=1 ? 0 : n<=10 ? 1 : 2);",
    "nplurals=4; plural=(n%10==1 ? 0 : n%10==2 ? 1 : n%20==0 ? 2 : 3);",
];

/// The meaning of one plural form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PluralForm {
    /// True if the form translates `msgid`, because it is the form for one. All others translate
    /// `msgid_plural`.
    pub(crate) singular: bool,
    /// CLDR's categories of the translation's language that the form is for, in CLDR's order. It is
    /// empty if the formula never returns the form.
    pub(crate) categories: Vec<PluralCategory>,
    /// The only count that the form is for, if it is a single one. Such a form may leave the number out.
    pub(crate) only_count: Option<u64>,
}

/// Returns the names of categories in CLDR's order: `few many other`.
pub(crate) fn category_names(categories: &[PluralCategory]) -> String {
    let names = CATEGORIES.iter().filter(|(category, _)| categories.contains(category));
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

/// Returns the category with a name.
pub(crate) fn category(name: &str) -> Option<PluralCategory> {
    CATEGORIES.iter().find(|(_, known)| *known == name).map(|(category, _)| *category)
}

/// The plural forms of a catalogue: its formula, and the categories of its language.
#[derive(Debug, Default)]
pub(crate) struct PluralForms {
    formula: Option<PluralFormula>,
    /// The reason why the formula of the header is not valid.
    invalid: Option<String>,
}

impl PluralForms {
    /// Reads the value of the header's `Plural-Forms`. The placeholder of a template
    /// (`nplurals=INTEGER`) is read as an absent one.
    pub(crate) fn parse(value: Option<&str>) -> Self {
        let value = value.map(str::trim).filter(|value| !value.is_empty() && !value.contains("INTEGER"));
        match value.map(PluralFormula::parse) {
            None => Self::default(),
            Some(Ok(formula)) => Self { formula: Some(formula), invalid: None },
            Some(Err(reason)) => Self { formula: None, invalid: Some(reason) },
        }
    }

    /// Returns the reason why the formula of the header cannot be used for a message with so many forms.
    /// `None` if it can, and if the header has none.
    pub(crate) fn unusable_for(&self, forms: usize) -> Option<String> {
        let known = self.formula.as_ref().map(PluralFormula::form_count).filter(|known| *known < forms);
        known.map(|known| format!("it has {known} forms, and the message {forms}")).or(self.invalid.clone())
    }

    /// Returns the meanings of a message's forms, by their numbers. Without a formula for so many
    /// forms, they are those of the language in CLDR's order, if it has as many, or two forms as in
    /// English. Returns `None` if neither is possible, because a number alone has no meaning.
    pub(crate) fn meanings(&self, forms: usize, language: &Locale) -> Option<Vec<PluralForm>> {
        let rules = CountCategories::new(language);
        let formula = self.formula.as_ref().filter(|formula| formula.form_count() >= forms);
        if let Some(formula) = formula {
            let meanings = rules.meanings(formula.form_count(), |count| formula.form(count));
            return Some(meanings);
        }
        let categories = rules.categories();
        if categories.len() == forms {
            return Some(rules.meanings(forms, |count| {
                let own = rules.category(count);
                categories.iter().position(|category| *category == own)
            }));
        }
        let form = match forms {
            1 => |_| Some(0),
            2 => |count| Some(usize::from(count != 1)),
            _ => return None,
        };
        Some(rules.meanings(forms, form))
    }
}

/// CLDR's plural category of each count in one language.
struct CountCategories(PluralRules);

impl CountCategories {
    fn new(language: &Locale) -> Self {
        let id = LanguageIdentifier::try_from_str(language.as_str()).unwrap_or(LanguageIdentifier::UNKNOWN);
        let rules = PluralRules::try_new_cardinal((&id).into());
        #[expect(
            clippy::expect_used,
            reason = "the data is compiled in, and every language falls back to the root"
        )]
        Self(rules.expect("plural rules are compiled in"))
    }

    fn category(&self, count: u64) -> PluralCategory {
        self.0.category_for(count)
    }

    /// Returns the categories that whole numbers have, in CLDR's order. For example, Polish has
    /// `other` only for fractions.
    fn categories(&self) -> Vec<PluralCategory> {
        let all: Vec<PluralCategory> = COUNTS.map(|count| self.category(count)).collect();
        CATEGORIES.iter().map(|(category, _)| *category).filter(|category| all.contains(category)).collect()
    }

    /// Returns the meanings of forms. A category belongs to the form of its smallest count, because
    /// small counts are the common ones. A form that has no category then gets those of all its
    /// counts. For example, Hebrew catalogues had a form for 20, 30, …, which CLDR counts to `other`.
    fn meanings(&self, forms: usize, form: impl Fn(u64) -> Option<usize>) -> Vec<PluralForm> {
        let none = PluralForm { singular: false, categories: Vec::new(), only_count: None };
        let mut meanings = vec![none; forms];
        let counts: Vec<(PluralCategory, usize)> = COUNTS
            .chain([LARGE_COUNT])
            .filter_map(|count| Some((self.category(count), form(count)?)))
            .collect();
        for (category, _) in CATEGORIES {
            let first = counts.iter().find(|(of_count, _)| *of_count == category);
            if let Some(meaning) = first.and_then(|(_, form)| meanings.get_mut(*form)) {
                meaning.categories.push(category);
            }
        }
        for (number, meaning) in meanings.iter_mut().enumerate().filter(|(_, m)| m.categories.is_empty()) {
            let own =
                |category| counts.iter().any(|(of_count, form)| *of_count == category && *form == number);
            meaning.categories =
                CATEGORIES.iter().map(|(category, _)| *category).filter(|c| own(*c)).collect();
        }
        for (number, meaning) in meanings.iter_mut().enumerate() {
            let mut own = COUNTS.chain([LARGE_COUNT]).filter(|count| form(*count) == Some(number));
            meaning.only_count = own.next().filter(|_| own.next().is_none());
        }
        // A formula with a single form has no singular: its form is for all counts.
        let has_several =
            counts.iter().any(|(_, form)| Some(*form) != counts.first().map(|(_, first)| *first));
        if let Some(singular) = form(1).filter(|_| has_several).and_then(|form| meanings.get_mut(form)) {
            singular.singular = true;
        }
        meanings
    }
}

/// Returns the value of `Plural-Forms` for a language, and the categories of its forms in order.
/// Returns `None` for a language whose categories no known formula separates.
pub(crate) fn formula_of(language: &Locale) -> Option<(&'static str, Vec<PluralCategory>)> {
    let rules = CountCategories::new(language);
    let categories = rules.categories();
    let written = FORMULAS.into_iter().find(|written| {
        PluralFormula::parse(written).is_ok_and(|formula| {
            formula.form_count() == categories.len()
                && COUNTS.into_iter().all(|count| {
                    let form = formula.form(count).and_then(|form| categories.get(form));
                    form == Some(&rules.category(count))
                })
        })
    })?;
    Some((written, categories))
}

#[cfg(test)]
mod tests {
    use icu_plurals::PluralCategory::{Few, Many, One, Other, Two, Zero};

    use super::{FORMULAS, Locale, PluralForms, formula_of};

    const STANDARD: &str =
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;";

    fn locale(tag: &str) -> Locale {
        Locale::parse(tag).unwrap()
    }

    /// Returns the names of the categories of each form, with `!` for the form of `msgid`.
    fn meanings(header: Option<&str>, forms: usize, language: &str) -> Option<Vec<String>> {
        let meanings = PluralForms::parse(header).meanings(forms, &locale(language))?;
        let named = meanings.iter().map(|form| {
            let mark = if form.singular { "!" } else { "" };
            format!("{mark}{}", super::category_names(&form.categories))
        });
        Some(named.collect())
    }

    #[test]
    fn the_formula_gives_forms_their_meaning() {
        for (header, language, expected) in [
            (STANDARD, "ar", &["zero", "!one", "two", "few", "many", "other"][..]),
            (
                "nplurals=6; plural=n==1 ? 0 : n==0 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;",
                "ar",
                &["!one", "zero", "two", "few", "many", "other"],
            ),
            // An old Arabic formula: none, and eleven or more, have the last form.
            (
                "nplurals=4; plural=n==1 ? 0 : n==2 ? 1 : n>=3 && n<=10 ? 2 : 3;",
                "ar-EG",
                &["!one", "two", "few", "zero many other"],
            ),
            ("nplurals=2; plural=(n != 1);", "en", &["!one", "other"]),
            ("nplurals=2; plural=(n == 1);", "en", &["other", "!one"]),
            ("nplurals=2; plural=(n > 1);", "fr", &["!one", "many other"]),
            ("nplurals=1; plural=0;", "ja", &["other"]),
            ("nplurals=2; plural=0;", "en", &["one other", ""]),
            (
                "nplurals=4; plural=n==1 ? 0 : n==2 ? 1 : n>10 && n%10==0 ? 2 : 3;",
                "he",
                &["!one", "two", "other", "other"],
            ),
        ] {
            assert_eq!(meanings(Some(header), expected.len(), language).unwrap(), expected, "{header}");
        }
    }

    #[test]
    fn without_a_formula_the_language_decides() {
        let arabic = ["zero", "!one", "two", "few", "many", "other"];
        for header in
            [None, Some(""), Some("nplurals=INTEGER; plural=EXPRESSION;"), Some("nplurals=6; plural=m;")]
        {
            assert_eq!(meanings(header, 6, "ar").unwrap(), arabic, "{header:?}");
        }
        // A formula for fewer forms than the message has is not its formula.
        assert_eq!(meanings(Some("nplurals=2; plural=n != 1;"), 6, "ar").unwrap(), arabic);
        assert_eq!(meanings(None, 1, "ar").unwrap(), ["zero one two few many other"]);
        assert_eq!(meanings(None, 2, "ar").unwrap(), ["!one", "zero two few many other"]);
        assert_eq!(meanings(None, 4, "ar"), None);
        for (header, forms, usable) in [
            (Some("nplurals=6; plural=m;"), 6, false),
            (Some("nplurals=2; plural=n != 1;"), 6, false),
            (Some(STANDARD), 6, true),
            (Some(STANDARD), 3, true),
            (None, 6, true),
        ] {
            assert_eq!(PluralForms::parse(header).unusable_for(forms).is_none(), usable, "{header:?}");
        }
    }

    /// The oracle is the library's data: for each language that gettext lists, the formula separates
    /// exactly the categories of CLDR.
    #[test]
    fn languages_have_formulas() {
        let listed = "af am ar arz as az be bg bn br bs ca ceb cs cy da de el en eo es et eu fa fi fil fo fr fy ga gd gl gu \
                      gv ha he hi hr hsb hu hy id is it ja ka kk km kn ko ksh ku ky lb lo lt lv mk ml mn mr ms mt my nb \
                      ne nl nn or pa pl ps pt pt-PT ro ru sd se shi si sk sl so sq sr sv sw ta te th tk tr tzm ug uk ur uz vi \
                      xh yi yo zh zu";
        let without: Vec<&str> =
            listed.split_whitespace().filter(|tag| formula_of(&locale(tag)).is_none()).collect();
        // Breton has rules of its own that no catalogue writes out.
        assert_eq!(without, ["br"]);
        let (arabic, categories) = formula_of(&locale("ar-EG")).unwrap();
        assert_eq!(categories, [Zero, One, Two, Few, Many, Other]);
        assert_eq!(arabic, FORMULAS[3]);
        assert_eq!(formula_of(&locale("fr")).unwrap().0, "nplurals=2; plural=(n > 1);");
    }
}
