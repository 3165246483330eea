//! Reads SRX 2.0, the segmentation rules of users.

use std::io::Read;

use super::{
    error::ReadError,
    xml::{Element, XmlEvent, XmlReader},
};
use crate::text::{SrxDocument, SrxLanguageMap, SrxLanguageRules, SrxRule};

/// Reads an SRX 2.0 file. Patterns are returned as written; they are compiled later, for the
/// language in use.
///
/// Without a `cascade` attribute the rules cascade, as in OmegaT.
///
/// # Errors
///
/// See [`ReadError`]. A missing attribute, and a value of `break` or `cascade` that is neither
/// `yes` nor `no`, are a [`ReadError::BadTable`] with the line.
pub fn read_srx(bytes: impl Read) -> Result<SrxDocument, ReadError> {
    let mut xml = XmlReader::new(bytes)?;
    let mut document = SrxDocument { cascade: true, ..SrxDocument::default() };
    let mut seen_root = false;
    loop {
        match xml.next()? {
            XmlEvent::Start(element) if !seen_root => {
                seen_root = true;
                root(&element, xml.line())?;
            }
            XmlEvent::Start(element) => match element.name.as_str() {
                "header" => {
                    document.cascade = yes_or_no(&element, "cascade", xml.line())?.unwrap_or(true);
                }
                "languagerule" => {
                    let name = required(&element, "languagerulename", xml.line())?;
                    document.rules.push(SrxLanguageRules { name, rules: rules(&mut xml)? });
                }
                "languagemap" => document.maps.push(SrxLanguageMap {
                    pattern: required(&element, "languagepattern", xml.line())?,
                    name: required(&element, "languagerulename", xml.line())?,
                }),
                _ => {}
            },
            XmlEvent::EndOfDocument => return Ok(document),
            _ => {}
        }
    }
}

fn root(element: &Element, line: u64) -> Result<(), ReadError> {
    if element.name != "srx" {
        return Err(ReadError::WrongRoot { line, found: element.name.clone(), expected: "<srx>" });
    }
    match element.get("version") {
        Some("2.0") => Ok(()),
        version => Err(ReadError::BadTable {
            line,
            what: format!("SRX of version {}: only version 2.0 can be read", version.unwrap_or("unknown")),
        }),
    }
}

fn rules(xml: &mut XmlReader<impl Read>) -> Result<Vec<SrxRule>, ReadError> {
    let mut found = Vec::new();
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        match xml.next()? {
            XmlEvent::Start(element) if element.name == "rule" => {
                let breaks = yes_or_no(&element, "break", xml.line())?.unwrap_or(true);
                found.push(SrxRule { breaks, ..SrxRule::default() });
            }
            XmlEvent::Start(element) if matches!(element.name.as_str(), "beforebreak" | "afterbreak") => {
                let text = xml.text()?;
                match found.last_mut() {
                    Some(rule) if element.name == "beforebreak" => rule.before = text,
                    Some(rule) => rule.after = text,
                    None => {}
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn yes_or_no(element: &Element, name: &str, line: u64) -> Result<Option<bool>, ReadError> {
    match element.get(name) {
        None => Ok(None),
        Some("yes") => Ok(Some(true)),
        Some("no") => Ok(Some(false)),
        Some(other) => {
            let what = format!("<{}> has {name}=\"{other}\": write yes or no", element.name);
            Err(ReadError::BadTable { line, what })
        }
    }
}

fn required(element: &Element, name: &str, line: u64) -> Result<String, ReadError> {
    element.get(name).map(str::to_owned).ok_or_else(|| {
        let what = format!("<{}> has no {name}: add it", element.name);
        ReadError::BadTable { line, what }
    })
}

#[cfg(test)]
mod tests {
    use super::read_srx;
    use crate::text::SrxRule;

    #[test]
    fn rules_and_maps_are_read_in_order() {
        let document = read_srx(
            r#"<srx xmlns="http://www.lisa.org/srx20" version="2.0"><header segmentsubflows="yes" cascade="no">
            <formathandle type="start" include="no"/></header><body><languagerules>
            <languagerule languagerulename="A"><rule break="no"><beforebreak>\bد\.</beforebreak><afterbreak>\s</afterbreak></rule>
            <!-- and --><rule><beforebreak>&lt;br&gt;</beforebreak></rule></languagerule></languagerules>
            <maprules><languagemap languagepattern="ar.*" languagerulename="A"/></maprules></body></srx>"#
                .as_bytes(),
        )
        .unwrap_or_else(|e| panic!("{e}"));
        assert!(!document.cascade);
        let rules = &document.rules[0].rules;
        assert_eq!(rules[0], SrxRule { breaks: false, before: r"\bد\.".into(), after: r"\s".into() });
        assert_eq!(rules[1], SrxRule { breaks: true, before: "<br>".into(), after: String::new() });
        assert_eq!((document.maps[0].pattern.as_str(), document.maps[0].name.as_str()), ("ar.*", "A"));
    }

    #[test]
    fn errors_have_their_line() {
        for (text, expected) in [
            ("<tmx/>", "line 1: the root element is <tmx>"),
            ("<srx version=\"1.0\"/>", "line 1: SRX of version 1.0"),
            (
                "<srx version=\"2.0\">\n<header cascade=\"maybe\"/></srx>",
                "line 2: <header> has cascade=\"maybe\"",
            ),
            (
                "<srx version=\"2.0\">\n\n<languagemap languagepattern=\"ar\"/></srx>",
                "line 3: <languagemap> has no languagerulename",
            ),
        ] {
            let error = read_srx(text.as_bytes()).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
