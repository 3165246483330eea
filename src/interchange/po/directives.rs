//! Whether a translation takes the arguments of its message, as gettext checks it (`msgfmt --check-format`).

use std::collections::BTreeMap;

use crate::text::placeholder;

/// Returns true if a translation may be put into a message whose flag is this format. Otherwise msgfmt refuses the
/// catalogue, or the program shows nonsense or ends. `may_have_fewer` is true for a plural form of a single count, which
/// may leave its number out.
pub(crate) fn keeps_arguments(format: &str, source: &str, target: &str, may_have_fewer: bool) -> bool {
    let arguments = |text| match format {
        "c-format"
        | "objc-format"
        | "php-format"
        | "python-format"
        | "perl-format"
        | "lua-format"
        | "ruby-format"
        | "awk-format"
        | "tcl-format"
        | "object-pascal-format" => printf_arguments(text, format),
        _ => Some(placeholders(text)),
    };
    // A source that is not valid in its format takes no arguments, and gettext does not compare it.
    let Some(of_source) = arguments(source) else { return true };
    let Some(of_target) = arguments(target) else { return false };
    if may_have_fewer {
        of_target.iter().all(|(argument, kind)| of_source.get(argument) == Some(kind))
    } else {
        of_source == of_target
    }
}

/// The arguments of a text, by their numbers or names, with their types.
type Arguments = BTreeMap<String, String>;

/// Returns the placeholders of a text whose format we do not read in detail, such as `{name}` and `%1`.
fn placeholders(text: &str) -> Arguments {
    let mut found = Arguments::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let own =
            placeholder(rest, before).or_else(|| qt_placeholder(rest)).and_then(|length| rest.get(..length));
        // Markup is a part of the text for gettext.
        if let Some(own) = own.filter(|own| !own.starts_with(['<', '&'])) {
            found.insert(own.to_owned(), String::new());
        }
        before = Some(letter);
    }
    found
}

/// Matches `%1`, `%L1` and `%n` of Qt and KDE.
fn qt_placeholder(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('%')?;
    let number = rest.strip_prefix('L').unwrap_or(rest);
    let digits = number.bytes().take_while(u8::is_ascii_digit).take(2).count();
    match (digits, rest.starts_with('n')) {
        (0, true) => Some(2),
        (0, false) => None,
        (digits, _) => Some(text.len() - number.len() + digits),
    }
}

/// Returns the arguments of a text with printf directives. Returns `None` if a directive is not valid, or if some
/// arguments have numbers or names and others have none.
fn printf_arguments(text: &str, format: &str) -> Option<Arguments> {
    let mut found = Arguments::new();
    let (mut unnumbered, mut named) = (0_u32, false);
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        if let Some(after) = after.strip_prefix('%') {
            rest = after;
            continue;
        }
        let directive = Directive::parse(after, format)?;
        rest = directive.rest;
        // The width and the precision may be arguments, too.
        for _ in 0..directive.stars {
            unnumbered += 1;
            found.insert(unnumbered.to_string(), "int".to_owned());
        }
        if directive.kind == "none" {
            continue;
        }
        let argument = match directive.argument {
            "" => {
                unnumbered += 1;
                unnumbered.to_string()
            }
            own => {
                named = true;
                own.to_owned()
            }
        };
        // An argument that is used twice has one type.
        if found.insert(argument, directive.kind.clone()).is_some_and(|before| before != directive.kind) {
            return None;
        }
    }
    // In C the types of all arguments before one must be known.
    let has_gap =
        format != "php-format" && found.keys().any(|own| own.parse().is_ok_and(|n: usize| n > found.len()));
    (!has_gap && (unnumbered == 0 || !named)).then_some(found)
}

/// A directive after its `%`.
struct Directive<'t> {
    /// The number or the name of its argument, or empty.
    argument: &'t str,
    /// The number of `*` in it.
    stars: usize,
    /// The type of its argument, `none` if it has none.
    kind: String,
    rest: &'t str,
}

impl<'t> Directive<'t> {
    fn parse(text: &'t str, format: &str) -> Option<Self> {
        let is_python = format == "python-format";
        let (mut argument, mut rest) = ("", text);
        if let Some(named) = rest.strip_prefix('(').filter(|_| is_python) {
            (argument, rest) = named.split_once(')')?;
        } else {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits > 0
                && let Some(after) = rest.get(digits..)?.strip_prefix('$')
            {
                (argument, rest) = (rest.get(..digits)?, after);
            }
        }
        let mut stars = 0;
        let mut take = |rest: &mut &'t str| {
            if let Some(after) = rest.strip_prefix('*') {
                (stars, *rest) = (stars + 1, after);
            } else {
                *rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        };
        let flags: &[char] = &['-', '+', ' ', '#', '0', 'I'];
        loop {
            let after = rest.trim_start_matches(flags);
            // In PHP a quotation mark and any character are the padding; in C it separates thousands.
            let padded = after.strip_prefix('\'').map(|padding| {
                let skipped = if format == "php-format" { padding.chars().next() } else { None };
                padding.get(skipped.map_or(0, char::len_utf8)..).unwrap_or_default()
            });
            match padded {
                Some(after) => rest = after,
                None => {
                    rest = after;
                    break;
                }
            }
        }
        take(&mut rest);
        if let Some(mut precision) = rest.strip_prefix('.') {
            take(&mut precision);
            rest = precision;
        }
        // The macros of `inttypes.h` are written as `%<PRIu64>`.
        if let Some((name, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            return name.starts_with("PRI").then(|| Self {
                argument,
                stars,
                kind: name.to_owned(),
                rest: after,
            });
        }
        let size = rest.len() - rest.trim_start_matches(['h', 'l', 'L', 'q', 'j', 'z', 't']).len();
        let (size, after) = rest.split_at(size);
        let letter = after.chars().next()?;
        let kind = match letter {
            'd' | 'i' => "int",
            'u' | 'o' | 'x' | 'X' if is_python || format == "php-format" => "int",
            'u' | 'o' | 'x' | 'X' => "unsigned",
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'a' | 'A' if !(is_python && matches!(letter, 'a' | 'A')) => {
                "float"
            }
            'c' | 'C' => "char",
            's' | 'S' => "string",
            'r' | 'a' if is_python => "string",
            '@' if format == "objc-format" => "object",
            'p' => "pointer",
            'n' => "count",
            'm' if !is_python => "none",
            'b' if format == "php-format" => "int",
            _ => return None,
        };
        // Python and PHP ignore the size.
        let size = if is_python || format == "php-format" { "" } else { size };
        let rest = after.get(letter.len_utf8()..)?;
        Some(Self {
            argument,
            stars,
            kind: if kind == "none" { kind.to_owned() } else { format!("{size}{kind}") },
            rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::keeps_arguments;

    /// The expected values are those of `msgfmt --check-format` 0.21, except for the last group.
    #[test]
    fn arguments_are_compared_as_gettext_compares_them() {
        for (format, source, target, kept) in [
            ("c-format", "%d files", "%d ملفات", true),
            ("c-format", "%d files", "%i ملفات", true),
            ("c-format", "%d files", "%s ملفات", false),
            ("c-format", "%d files", "%ld ملفات", false),
            ("c-format", "%d files", "%u ملفات", false),
            ("c-format", "%d files", "ملفات", false),
            ("c-format", "files", "%d ملفات", false),
            ("c-format", "%s of %d", "%2$d من %1$s", true),
            ("c-format", "%s of %d", "%d من %s", false),
            ("c-format", "%s of %d", "%2$d من %s", false),
            ("c-format", "%5.2f%%", "%.1f٪", true),
            ("c-format", "half", "50% من", false),
            ("c-format", "half", "50%% من", true),
            ("c-format", "%*d", "%*d", true),
            ("c-format", "%*d", "%d", false),
            ("c-format", "%<PRIu64> bytes", "%<PRIu64> بايت", true),
            ("c-format", "%<PRIu64> bytes", "%<PRId64> بايت", false),
            ("c-format", "%m", "خطأ", true),
            ("c-format", "%'d", "%d", true),
            ("python-format", "%(n)d files", "%(n)d ملفات", true),
            ("python-format", "%(n)d files", "%(m)d ملفات", false),
            ("python-format", "%(n)d files", "%(n)s ملفات", false),
            ("python-format", "%(a)s %(b)s", "%(b)s %(a)s", true),
            ("python-format", "%s %d", "%d %s", false),
            ("php-format", "%1$s: %2$d", "%2$d: %1$s", true),
            ("php-format", "%'*10s", "%s", true),
            ("objc-format", "%@ files", "%@ ملفات", true),
            ("objc-format", "%@ files", "%d ملفات", false),
            ("python-brace-format", "{name} files", "{name} ملفات", true),
            ("python-brace-format", "{name} files", "{nom} ملفات", false),
            ("qt-format", "%1 of %2", "%2 من %1", true),
            ("qt-format", "%1 of %2", "%1 من", false),
            ("kde-format", "%1 of %2", "%3 من %1", false),
            ("java-format", "{0} files", "ملفات", false),
            ("sh-format", "yes <b>", "نعم", true),
            // The source is not valid, so nothing is compared.
            ("c-format", "100% جديد", "من %d", true),
        ] {
            assert_eq!(keeps_arguments(format, source, target, false), kept, "{format}: {source} = {target}");
        }
        // The form for two may leave its number out, but take no other argument.
        assert!(keeps_arguments("c-format", "%d files", "ملفان", true));
        assert!(keeps_arguments("c-format", "%s has %d files", "في %s ملفان", true));
        assert!(!keeps_arguments("c-format", "%d files in %s", "ملفان في %2$s", true));
        assert!(!keeps_arguments("c-format", "%d files", "ملفان %s", true));
    }
}
