//! Translates the ICU regular expressions of SRX files into the syntax of `regex_automata`, which
//! matches in linear time. A construct without a linear-time equivalent is rejected, and the error
//! names it. For example, `(?=a)` is rejected because of the lookahead.

/// The reason why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadPattern {
    /// The pattern has this construct, which needs backtracking or is not implemented.
    Unsupported(String),
    /// The pattern is not a valid regular expression because of this problem.
    Malformed(String),
    /// The compiled pattern would be too large.
    TooLarge,
}

fn unsupported(construct: &str) -> BadPattern {
    BadPattern::Unsupported(construct.to_owned())
}

/// Translates a pattern of ICU (or Java) into the syntax of `regex_automata`.
pub(crate) fn translate(pattern: &str) -> Result<String, BadPattern> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    // The number of open brackets of character classes.
    let mut classes = 0usize;
    // The kind of the last item, because a `+` after a repetition is a possessive quantifier: `a++`.
    let mut last = LastItem::Nothing;
    while let Some(c) = rest.chars().next() {
        if let Some(literal) = rest.strip_prefix("\\Q") {
            let (quoted, after) = literal.split_once("\\E").unwrap_or((literal, ""));
            quoted.chars().for_each(|c| push_literal(c, &mut out));
            rest = after;
            last = LastItem::Atom;
            continue;
        }
        let taken = match c {
            '\\' => translate_escape(rest, classes > 0, &mut out)?,
            '[' if classes > 0 && rest.starts_with("[:") => translate_posix_class(rest, &mut out)?,
            '[' => {
                classes += 1;
                out.push('[');
                1
            }
            '-' if classes > 0 && rest.starts_with("-[") => {
                return Err(unsupported("the set difference `-[`, write `--[`"));
            }
            ']' if classes > 0 => {
                classes -= 1;
                out.push(']');
                1
            }
            _ if classes > 0 => {
                out.push(c);
                c.len_utf8()
            }
            '(' => translate_group(rest, &mut out)?,
            '*' | '+' | '?' => {
                if c == '+' && last == LastItem::Repeated {
                    return Err(unsupported("the possessive quantifier `+` after another one"));
                }
                out.push(c);
                1
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        last = match c {
            '*' | '+' | '?' | '}' if classes == 0 && last == LastItem::Atom => LastItem::Repeated,
            '{' if classes == 0 => last,
            '0'..='9' | ',' if last == LastItem::Atom => LastItem::Atom,
            '(' | '|' if classes == 0 => LastItem::Nothing,
            _ => LastItem::Atom,
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LastItem {
    Nothing,
    Atom,
    Repeated,
}

fn push_literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
        out.push('\\');
    }
    out.push(c);
}

/// Translates the opening of a group and returns the number of bytes read.
fn translate_group(rest: &str, out: &mut String) -> Result<usize, BadPattern> {
    const REFUSED: [(&str, &str); 6] = [
        ("(?=", "the lookahead `(?=`"),
        ("(?!", "the negative lookahead `(?!`"),
        ("(?<=", "the lookbehind `(?<=`"),
        ("(?<!", "the negative lookbehind `(?<!`"),
        ("(?>", "the atomic group `(?>`"),
        ("(?#", "the comment `(?#`"),
    ];
    if let Some((_, name)) = REFUSED.iter().find(|(opens, _)| rest.starts_with(opens)) {
        return Err(unsupported(name));
    }
    out.push('(');
    if rest.starts_with("(?") {
        out.push('?');
        return Ok(2);
    }
    Ok(1)
}

/// Translates a class such as `[:alpha:]` inside another class and returns the number of bytes read.
fn translate_posix_class(rest: &str, out: &mut String) -> Result<usize, BadPattern> {
    let inner = rest.get(2..).and_then(|r| r.split_once(":]")).map(|(name, _)| name);
    let Some(name) =
        inner.filter(|n| n.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '^' | '=')))
    else {
        return Err(BadPattern::Malformed("`[:` without `:]`".into()));
    };
    match name.strip_prefix('^') {
        Some(name) => out.push_str(&format!("\\P{{{name}}}")),
        None => out.push_str(&format!("\\p{{{name}}}")),
    }
    Ok(name.len() + 4)
}

/// Translates an escape and returns the number of bytes read.
fn translate_escape(rest: &str, in_class: bool, out: &mut String) -> Result<usize, BadPattern> {
    let Some(c) = rest.chars().nth(1) else {
        return Err(BadPattern::Malformed("a `\\` at the end".into()));
    };
    let vertical = "\\n\\x0B\\x0C\\r\\x{85}\\x{2028}\\x{2029}";
    match c {
        '1'..='9' | 'k' => return Err(unsupported(&format!("the back reference `\\{c}`"))),
        'G' => return Err(unsupported("`\\G`")),
        'X' => return Err(unsupported("the grapheme cluster `\\X`")),
        'Z' => return Err(unsupported("`\\Z`, write `\\z`")),
        'N' => return Err(unsupported("the named character `\\N`")),
        'c' => return Err(unsupported("the control character `\\c`")),
        '0' => return Err(unsupported("the octal character `\\0`")),
        'H' | 'V' | 'R' if in_class => return Err(unsupported(&format!("`\\{c}` inside a class"))),
        'e' => out.push_str("\\x1B"),
        'h' if in_class => out.push_str("\\t\\p{Zs}"),
        'h' => out.push_str("[\\t\\p{Zs}]"),
        'H' => out.push_str("[^\\t\\p{Zs}]"),
        'v' if in_class => out.push_str(vertical),
        'v' => out.push_str(&format!("[{vertical}]")),
        'V' => out.push_str(&format!("[^{vertical}]")),
        'R' => out.push_str(&format!("(?:\\r\\n|[{vertical}])")),
        // `regex_automata` reads `\<` and `\>` as word boundaries, but ICU as the characters.
        '<' | '>' => out.push(c),
        'p' | 'P' | 'x' | 'u' if rest.get(2..).is_some_and(|r| r.starts_with('{')) => {
            let Some(end) = rest.find('}') else {
                return Err(BadPattern::Malformed(format!("`\\{c}{{` without `}}`")));
            };
            out.push_str(rest.get(..=end).unwrap_or_default());
            return Ok(end + 1);
        }
        _ if c.is_ascii() => {
            out.push('\\');
            out.push(c);
        }
        _ => out.push(c),
    }
    Ok(1 + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{BadPattern, translate};

    #[test]
    fn constructs_of_icu_are_translated() {
        for (icu, ours) in [
            (r"[\.\?\!]+", r"[\.\?\!]+"),
            (r"\Qa.b\E+", r"a\.b+"),
            (r"\h\R", r"[\t\p{Zs}](?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])"),
            (r"[\h[:alpha:]]", r"[\t\p{Zs}\p{alpha}]"),
            (r"\<b\>\،", "<b>،"),
            (r"a{2,3}b+", r"a{2,3}b+"),
            (r"(?:a|b)+?", r"(?:a|b)+?"),
            (r"\p{Nd}+\x{61}*", r"\p{Nd}+\x{61}*"),
            (r"[+*]+", r"[+*]+"),
        ] {
            assert_eq!(translate(icu).as_deref(), Ok(ours), "{icu}");
        }
    }

    #[test]
    fn constructs_that_need_backtracking_are_rejected_by_name() {
        for (icu, named) in [
            ("(?=a)", "(?="),
            ("(?!a)", "(?!"),
            ("(?<=a)", "(?<="),
            ("(?<!a)", "(?<!"),
            ("(?>a)", "(?>"),
            (r"(a)\1", r"\1"),
            ("a++", "possessive"),
            ("a*+", "possessive"),
            ("a{2}+", "possessive"),
            ("[a]?+", "possessive"),
            (r"\X", r"\X"),
            ("[a-z-[b]]", "-["),
        ] {
            match translate(icu) {
                Err(BadPattern::Unsupported(what)) => assert!(what.contains(named), "{icu}: {what}"),
                other => panic!("{icu}: {other:?}"),
            }
        }
    }
}
