//! Fuzzy translations of a message that has changed since it was translated.
//!
//! After `#| msgid "Open file"`, `msgid "Open a file"` the translation is that of `Open file`, and only a suggestion for
//! `Open a file`. So the unit of it has the former message as its source, and the current one as a property, from which
//! an export writes the entry again.

use super::strings::{message_key, on_one_line, parse_strings};
use crate::{limits::VALUE_BYTES, unit::Property};

/// The beginning of the name of the property. A key of the current message follows, because one translation may be the
/// suggestion for several messages.
const CHANGED_PREFIX: &str = "po:changed-to:";

/// The mark before each line of the former message.
const FORMER: &str = "#| ";

/// The texts that identify a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageTexts {
    pub(crate) context: Option<String>,
    pub(crate) id: String,
    pub(crate) plural: Option<String>,
}

impl MessageTexts {
    /// Returns its lines in a catalogue, each after a mark.
    pub(crate) fn lines(&self, mark: &str, quote: impl Fn(&str) -> String) -> Vec<String> {
        let texts =
            [("msgctxt", &self.context), ("msgid", &Some(self.id.clone())), ("msgid_plural", &self.plural)];
        let present = texts.into_iter().filter_map(|(keyword, text)| Some((keyword, text.as_ref()?)));
        let lines = present.map(|(keyword, text)| format!("{keyword} {}", quote(text)));
        lines.flat_map(|text| text.lines().map(|line| format!("{mark}{line}")).collect::<Vec<_>>()).collect()
    }

    fn set(&mut self, keyword: &str, text: String) -> Option<()> {
        match keyword {
            "msgctxt" => self.context = Some(text),
            "msgid" => self.id = text,
            "msgid_plural" => self.plural = Some(text),
            _ => return None,
        }
        Some(())
    }
}

/// A message whose source changed after it was translated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangedMessage {
    /// The message that was translated.
    pub(crate) former: MessageTexts,
    pub(crate) current: MessageTexts,
}

impl ChangedMessage {
    /// Makes the property of a unit with this message. Its value has the lines of both messages. Returns `None` if they
    /// are too long for a property.
    pub(crate) fn to_property(&self) -> Option<Property> {
        let mut lines = self.former.lines(FORMER, on_one_line);
        lines.extend(self.current.lines("", on_one_line));
        let (key, _) = message_key(self.current.context.as_deref(), &self.current.id);
        let (name, value) = (format!("{CHANGED_PREFIX}{key:016x}"), lines.join("\n"));
        (value.len() <= VALUE_BYTES).then_some(Property { name, value, locale: String::new() })
    }

    /// Reads the message from a property. Returns `None` for all other properties.
    pub(crate) fn of_property(property: &Property) -> Option<Self> {
        property.name.strip_prefix(CHANGED_PREFIX).filter(|_| property.locale.is_empty())?;
        let mut message = Self::default();
        for line in property.value.split('\n') {
            let (texts, line) = match line.strip_prefix(FORMER) {
                Some(line) => (&mut message.former, line),
                None => (&mut message.current, line),
            };
            let (keyword, text) = line.split_once(' ')?;
            texts.set(keyword, parse_strings(text).ok().flatten()?)?;
        }
        (!message.former.id.is_empty() && !message.current.id.is_empty()).then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ChangedMessage, MessageTexts, Property, VALUE_BYTES};

    fn texts() -> impl Strategy<Value = MessageTexts> {
        let text = "[\\PC\n\t\"\\\\]{1,8}";
        (prop::option::of(text), text, prop::option::of(text))
            .prop_map(|(context, id, plural)| MessageTexts { context, id, plural })
    }

    proptest! {
        #[test]
        fn a_changed_message_is_read_from_its_property(former in texts(), current in texts()) {
            let message = ChangedMessage { former, current };
            let property = message.to_property().unwrap();
            prop_assert_eq!(ChangedMessage::of_property(&property), Some(message));
        }
    }

    #[test]
    fn other_properties_are_no_changed_messages() {
        let property = |name: &str, value: &str| Property {
            name: name.to_owned(),
            value: value.to_owned(),
            locale: String::new(),
        };
        for (name, value) in [
            ("po:changed-to", "#| msgid \"a\"\nmsgid \"b\""),
            ("po:changed-to:1", "msgid \"b\""),
            ("po:changed-to:1", "#| msgid \"a\""),
            ("po:changed-to:1", "#| msgid \"a\"\nmsgstr \"b\""),
            ("po:changed-to:1", "#| msgid a\nmsgid \"b\""),
            ("po:changed-to:1", ""),
        ] {
            assert_eq!(ChangedMessage::of_property(&property(name, value)), None, "{name} {value}");
        }
        let id = "x".repeat(VALUE_BYTES);
        let long = ChangedMessage {
            current: MessageTexts { id, ..MessageTexts::default() },
            ..ChangedMessage::default()
        };
        assert_eq!(long.to_property(), None);
    }
}
