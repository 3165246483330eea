//! What a catalogue says about a message beside its text, in the attribute `extradata` of its unit.
//!
//! For example, `plural:two count:2 c-format` is the Arabic form for two, which no other count has, in a message with
//! arguments as in C.

use super::answer::PluralFormToTranslate;

/// The attribute of a unit of XLIFF 1.2 for data that has no attribute of its own.
pub(crate) const HINTS_ATTRIBUTE: &str = "extradata";

const PLURAL: &str = "plural:";
const COUNT: &str = "count:";
const FORMAT: &str = "-format";

/// The hints of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageHints {
    /// The plural form that the unit is.
    pub(crate) form: Option<PluralFormToTranslate>,
    /// The flags of the formats of its arguments, such as `c-format`.
    pub(crate) formats: Vec<String>,
}

impl MessageHints {
    /// Returns the value of the attribute, or `None` if there are no hints.
    pub(crate) fn to_attribute(&self) -> Option<String> {
        let form = self.form.iter().flat_map(|form| {
            let categories = form.categories.split(' ').map(|category| format!("{PLURAL}{category}"));
            categories.chain(form.only_count.map(|count| format!("{COUNT}{count}")))
        });
        let words: Vec<String> = form.chain(self.formats.iter().cloned()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Reads the attribute. Words that are not hints are ignored.
    pub(crate) fn of_attribute(value: &str) -> Self {
        let words = || value.split_whitespace();
        let categories: Vec<&str> = words().filter_map(|word| word.strip_prefix(PLURAL)).collect();
        let only_count = words().find_map(|word| word.strip_prefix(COUNT)?.parse().ok());
        let form = (!categories.is_empty())
            .then(|| PluralFormToTranslate { categories: categories.join(" "), only_count });
        let formats = words().filter(|word| word.ends_with(FORMAT)).map(str::to_owned).collect();
        Self { form, formats }
    }

    /// Returns the formats that a line of a catalogue names, for example of `#, c-format, max-length:20`.
    pub(crate) fn formats_of_line(line: &str) -> Vec<String> {
        let flags = line.trim_start().strip_prefix("#,").unwrap_or_default();
        let flags = flags.split([',', ' ', '\t']).map(str::trim);
        flags
            .filter(|flag| flag.ends_with(FORMAT) && !flag.starts_with("no-"))
            .map(|flag| flag.strip_prefix("possible-").unwrap_or(flag).to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageHints, PluralFormToTranslate};

    #[test]
    fn hints_are_read_as_they_are_written() {
        let form = |categories: &str, only_count| {
            Some(PluralFormToTranslate { categories: categories.to_owned(), only_count })
        };
        for (hints, written) in [
            (
                MessageHints { form: form("two", Some(2)), formats: vec!["c-format".to_owned()] },
                "plural:two count:2 c-format",
            ),
            (MessageHints { form: form("few many", None), formats: vec![] }, "plural:few plural:many"),
            (MessageHints { form: None, formats: vec!["python-format".to_owned()] }, "python-format"),
        ] {
            assert_eq!(hints.to_attribute().as_deref(), Some(written));
            assert_eq!(MessageHints::of_attribute(written), hints);
        }
        assert_eq!(MessageHints::default().to_attribute(), None);
        assert_eq!(MessageHints::of_attribute("of another tool"), MessageHints::default());
        let formats = |line| MessageHints::formats_of_line(line).join(" ");
        assert_eq!(formats("#, fuzzy, c-format, no-python-format"), "c-format");
        assert_eq!(formats("#, possible-c-format"), "c-format");
        assert_eq!((formats("# c-format"), formats("msgid \"#, c-format\"")), (String::new(), String::new()));
    }
}
