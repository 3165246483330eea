//! Any SRX rules are refused or applied without a crash or a hang.
#![no_main]

use dhakira::{
    interchange::read_srx,
    text::{Newlines, SrxRules},
};
use libfuzzer_sys::fuzz_target;

fn escape(pattern: &str) -> String {
    pattern.replace('&', "&amp;").replace('<', "&lt;")
}

fuzz_target!(|input: (&str, &str, &str)| {
    let (before, after, text) = input;
    let srx = format!(
        "<srx version=\"2.0\"><header cascade=\"yes\"/><languagerule languagerulename=\"a\">\
         <rule break=\"no\"><beforebreak>{}</beforebreak></rule>\
         <rule break=\"yes\"><beforebreak>{}</beforebreak><afterbreak>{}</afterbreak></rule></languagerule>\
         <languagemap languagepattern=\".*\" languagerulename=\"a\"/></srx>",
        escape(after),
        escape(before),
        escape(after),
    );
    let Ok(document) = read_srx(srx.as_bytes()) else { return };
    let Ok(rules) = SrxRules::new(&document, "ar") else { return };
    let _ = rules.segment(text, Newlines::Hard);
});
