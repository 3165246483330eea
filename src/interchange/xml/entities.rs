//! The entities that a document declares in its own DTD, as far as they are short texts.
//!
//! For example, `<!ENTITY co "شركة">` makes `&co;` the same as `شركة`. A malicious document can declare entities that
//! refer to one another and so become huge, or that are a file of the server. So nothing outside the document is read,
//! an entity has a largest size, and so have all expansions together.

use quick_xml::escape::resolve_predefined_entity;
use rustc_hash::FxHashMap;

use super::chars::is_xml_char;

/// Maximum number of entities of a document. HTML has 253 with a name.
const MAX_ENTITIES: usize = 1_000;

/// Maximum depth of entities inside entities.
const MAX_NESTING: usize = 10;

/// Maximum bytes of an entity with those that it contains, because entities are for names and short phrases.
const MAX_ENTITY_BYTES: usize = 10_000;

/// Bytes that all references may expand to, beside as many bytes as were read of the document.
const MAX_EXPANDED_BYTES: u64 = 8 << 20;

/// The entities of a document.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    /// The text of each declared entity that is a short text.
    texts: FxHashMap<String, String>,
    /// Bytes that references were expanded to so far.
    expanded: u64,
}

/// The expansions of a document have too many bytes.
#[derive(Debug)]
pub(crate) struct TooManyExpansions;

impl TooManyExpansions {
    /// Returns the description for the error.
    pub(crate) fn message(&self) -> String {
        format!(
            "the entities of the DTD make the document longer by more than {} MiB: write their text instead",
            MAX_EXPANDED_BYTES >> 20
        )
    }
}

/// Returns the message for a reference that is not resolved.
pub(crate) fn unknown_entity_message(name: &str) -> String {
    format!(
        "&{name}; is neither an XML entity nor declared in this file as a short text (an external DTD, a recursive entity, markup and more than {MAX_ENTITY_BYTES} bytes are not read): write the character itself, or &#…;"
    )
}

impl Entities {
    /// Reads the declarations of a document type, which is the text between `<!DOCTYPE` and its `>`.
    pub(crate) fn of_document_type(content: &str) -> Self {
        let mut declared: FxHashMap<&str, Option<String>> = FxHashMap::default();
        for (name, literal) in declarations(content).into_iter().take(MAX_ENTITIES) {
            // The first declaration of a name counts.
            declared.entry(name).or_insert_with(|| literal.and_then(replacement_text));
        }
        let mut texts = FxHashMap::default();
        // Each round adds the entities that contain only those of earlier rounds, so recursive ones are never added.
        for _ in 0..MAX_NESTING {
            let open = declared.iter().filter(|(name, _)| !texts.contains_key(**name));
            let next: Vec<(String, String)> = open
                .filter_map(|(name, text)| Some(((*name).to_owned(), plain_text(text.as_deref()?, &texts)?)))
                .collect();
            texts.extend(next);
        }
        Self { texts, expanded: 0 }
    }

    /// Returns the text of an entity, or `None` if the document does not declare it as a short text. `read` is the
    /// number of bytes that were read of the document.
    pub(crate) fn expand(&mut self, name: &str, read: u64) -> Result<Option<&str>, TooManyExpansions> {
        let text = self.texts.get(name).map(String::as_str);
        self.expanded += text.map_or(0, str::len) as u64;
        if self.expanded > MAX_EXPANDED_BYTES.saturating_add(read) {
            Err(TooManyExpansions)
        } else {
            Ok(text)
        }
    }
}

/// Returns the names of the general entities with their literals, `None` for those outside the document.
fn declarations(content: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = after_unquoted(content, '[').unwrap_or_default();
    loop {
        rest = rest.trim_start();
        let next = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->").map(|(_, rest)| rest)
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            instruction.split_once("?>").map(|(_, rest)| rest)
        } else if let Some(declaration) = rest.strip_prefix("<!ENTITY") {
            found.extend(entity(declaration));
            after_unquoted(declaration, '>')
        } else if rest.starts_with("<!") {
            after_unquoted(rest, '>')
        } else if rest.starts_with('%') {
            // The declarations of a parameter entity are not read.
            rest.split_once(';').map(|(_, rest)| rest)
        } else {
            None
        };
        match next {
            Some(next) => rest = next,
            None => return found,
        }
    }
}

/// Returns the name and the literal of a declaration, or `None` if it is that of a parameter entity.
fn entity(declaration: &str) -> Option<(&str, Option<&str>)> {
    let (name, value) = declaration.trim_start().split_once(char::is_whitespace)?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    // Without a literal it is an external entity: SYSTEM or PUBLIC.
    let literal = quote.and_then(|quote| value.get(1..)?.split_once(quote)).map(|(literal, _)| literal);
    (name != "%").then_some((name, literal))
}

/// Returns what follows the first `end` that is not inside quotes.
fn after_unquoted(text: &str, end: char) -> Option<&str> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == end => return text.get(at + c.len_utf8()..),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    None
}

/// Returns a literal with its references to characters resolved, or `None` if it uses a parameter entity or an invalid
/// character.
fn replacement_text(literal: &str) -> Option<String> {
    if literal.contains('%') && literal.split('%').skip(1).any(is_parameter_reference) {
        return None;
    }
    expand_references(literal, |name| {
        if name.starts_with('#') { character(name).map(String::from) } else { Some(format!("&{name};")) }
    })
}

/// Returns true if a text that follows a percent sign makes it a reference to a parameter entity. `50 %` has none.
fn is_parameter_reference(after: &str) -> bool {
    after.split_once(';').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'))
            && !name.contains(char::is_whitespace)
    })
}

/// Returns the text of a replacement, or `None` if it has markup or an entity that is not in `texts`.
fn plain_text(replacement: &str, texts: &FxHashMap<String, String>) -> Option<String> {
    if replacement.contains('<') {
        return None;
    }
    expand_references(replacement, |name| {
        let text = resolve_predefined_entity(name).or_else(|| texts.get(name).map(String::as_str));
        if name.starts_with('#') { character(name).map(String::from) } else { text.map(str::to_owned) }
    })
}

/// Returns a text with its references expanded, or `None` if one is unknown or the result is too long.
fn expand_references(text: &str, mut expand: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut pieces = text.split('&');
    let mut all = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';')?;
        all.push_str(&expand(name)?);
        all.push_str(rest);
        if all.len() > MAX_ENTITY_BYTES {
            return None;
        }
    }
    (all.len() <= MAX_ENTITY_BYTES).then_some(all)
}

/// Returns the character of a reference such as `#1606` or `#x646`, or `None` if XML does not allow it.
fn character(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    number.ok().and_then(char::from_u32).filter(|c| is_xml_char(*c))
}

#[cfg(test)]
mod tests {
    use super::{Entities, MAX_ENTITY_BYTES};

    /// Returns the texts of entities with these names, `-` for those without one.
    fn texts(subset: &str, names: &[&str]) -> Vec<String> {
        let mut entities = Entities::of_document_type(&format!(" tmx SYSTEM \"a[b.dtd\" [{subset}]"));
        let text = |name: &&str| entities.expand(name, 0).unwrap().unwrap_or("-").to_owned();
        names.iter().map(text).collect()
    }

    #[test]
    fn declared_texts_are_found() {
        let subset = "<!-- <!ENTITY a 'no'> --><?x <!ENTITY a 'no'>?>\n<!ELEMENT a (b)><!ATTLIST a b CDATA '>'>\
            <!ENTITY a \"شركة\"> <!ENTITY a 'second'><!ENTITY b 'x&a;y&amp;&#60;&#x41;'><!ENTITY gt2 '>'>\
            <!ENTITY less \"&#38;#60;\"><!ENTITY half '50 % of; it'>";
        let expected = ["شركة", "-", ">", "<", "50 % of; it", "-"];
        assert_eq!(texts(subset, &["a", "b", "gt2", "less", "half", "other"]), expected);
        assert_eq!(texts("<!ENTITY b 'x&a;y&amp;&#x41;'><!ENTITY a 'شركة'>", &["b"]), ["xشركةy&A"]);
    }

    #[test]
    fn nothing_outside_the_document_and_no_markup_is_read() {
        for entity in [
            "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
            "<!ENTITY a PUBLIC '-//x' \"http://x/y\">",
            "<!ENTITY % a 'text'>",
            "<!ENTITY % p 'text'><!ENTITY a 'x%p;y'>",
            "<!ENTITY a '<b/>'>",
            "<!ENTITY a '&#60;b/>'>",
            "<!ENTITY a 'x & y'>",
            "<!ENTITY a '&#0;'>",
            "<!ENTITY a '&other;'>",
            "<!ENTITY a",
        ] {
            assert_eq!(texts(entity, &["a"]), ["-"], "{entity}");
        }
    }

    #[test]
    fn entities_are_not_recursive_and_bounded() {
        assert_eq!(texts("<!ENTITY a '&b;'><!ENTITY b '&a;'><!ENTITY c '&a;'>", &["a", "b", "c"]), ["-"; 3]);
        // Each of these is ten times the one before: the fifth would have 100,000 letters.
        let mut laughs = "<!ENTITY a0 'ha'>".to_owned();
        for n in 1..10 {
            laughs.push_str(&format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10)));
        }
        let lengths = texts(&laughs, &["a3", "a4", "a9"]).iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(lengths, [2_000, 1, 1]);
        let chain: String = (0..20).map(|n| format!("<!ENTITY a{n} '&a{};'>", n + 1)).collect();
        assert_eq!(texts(&(chain + "<!ENTITY a20 'x'>"), &["a11", "a10"]), ["x", "-"]);
        let mut entities =
            Entities::of_document_type(&format!(" a [<!ENTITY a '{}'>]", "x".repeat(MAX_ENTITY_BYTES)));
        let expanded =
            std::iter::repeat_with(|| entities.expand("a", 0).is_ok()).take_while(|ok| *ok).count();
        assert_eq!(expanded, (8 << 20) / MAX_ENTITY_BYTES);
        assert!(entities.expand("a", 64 << 20).is_ok(), "a long document may have more");
    }
}
