//! Compares the arguments that the two sides of a stored pair take.

use std::collections::BTreeSet;

use crate::matching::values::{Value, ValueKind, values};

/// Returns true if a translation takes other arguments than its source. An argument is a placeholder that a
/// program fills in: `%d`, `%1$s`, `{name}`. Markup and entities are none, because a translation may need
/// other ones. For example, `ملفان` is a right translation of `%d files` for two files, but neither can be
/// put in the place of the other without a look.
///
/// Named arguments are compared as sets, because their order and repetition are free. Of the others only
/// the number is compared: `%s` and `%1$s` may be the same argument.
pub(crate) fn arguments_differ(source: &str, target: &str) -> bool {
    // Most texts have none, and finding these characters is much cheaper than finding all values.
    fn may_have_one(text: &str) -> bool {
        text.bytes().fold(false, |found, b| found | matches!(b, b'%' | b'{'))
    }
    if !may_have_one(source) && !may_have_one(target) {
        return false;
    }
    let (source, target) = (values(source), values(target));
    Arguments::of(&source) != Arguments::of(&target)
}

/// The arguments of a text.
#[derive(PartialEq, Eq)]
struct Arguments<'v> {
    named: BTreeSet<&'v str>,
    /// The number of arguments without a name; those with the same number are one.
    unnamed: usize,
}

impl<'v> Arguments<'v> {
    fn of(values: &'v [Value]) -> Self {
        let placeholders = values.iter().filter(|value| value.kind == ValueKind::Placeholder);
        let arguments =
            placeholders.map(|value| value.normal_form.as_str()).filter(|p| !p.starts_with(['<', '&']));
        let (printf, named): (Vec<_>, BTreeSet<_>) =
            arguments.fold((Vec::new(), BTreeSet::new()), |(mut printf, mut named), argument| {
                if argument.starts_with('%') && !argument.contains('(') && !argument.ends_with('%') {
                    printf.push(argument);
                } else {
                    named.insert(argument);
                }
                (printf, named)
            });
        let numbers: BTreeSet<&str> =
            printf.iter().filter_map(|argument| Some(argument.split_once('$')?.0)).collect();
        let without_number = printf.iter().filter(|argument| !argument.contains('$')).count();
        Self { named, unnamed: numbers.len() + without_number }
    }
}

#[cfg(test)]
mod tests {
    use super::arguments_differ;

    #[test]
    fn arguments_of_both_sides_are_compared() {
        for (source, target, differ) in [
            ("%d files", "ملفان", true),
            ("ملفان", "%d files", true),
            ("%d files", "%d ملفات", false),
            ("%d files in %s", "ملفان في %s", true),
            ("%s of %s", "%2$s من %1$s", false),
            ("%s of %s", "%1$s، %1$s", true),
            ("{count} files", "ملفان", true),
            ("{count} files", "{count} ملفات", false),
            ("{a} in {b}", "{b}: {a}، {a}", false),
            ("{a}", "{b}", true),
            ("%(n)d files", "%(n)d ملفات", false),
            ("%(n)d files", "ملفان", true),
            ("<b>files</b> &amp; more", "ملفات", false),
            ("50% of files", "نصف الملفات", false),
            ("files", "ملفات", false),
        ] {
            assert_eq!(arguments_differ(source, target), differ, "{source} = {target}");
        }
    }
}
