//! The types of values: how each is read from the file, from a variable or a flag, and how the file writes it.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use toml::de::DeValue;
use tracing::level_filters::LevelFilter;

use super::{quoted::quoted, values::LogFormat};
use crate::score::Score;

/// A value as somebody gave it.
pub(super) enum Given<'a> {
    /// In a variable or a flag, where everything is text.
    Text(&'a str),
    /// In the file, where values have types.
    Typed(&'a DeValue<'a>),
}

/// How a number is written.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    /// The numbers that are valid.
    pub(super) range: RangeInclusive<u64>,
    /// How many units of the value one unit of the setting is. For example 1,048,576 if bytes are set in MiB, and 1,000
    /// if milliseconds are set in seconds.
    pub(super) scale: u64,
}

/// A value that can be set.
pub(super) trait Value {
    /// Takes the value that somebody gave.
    ///
    /// # Errors
    /// Which values are valid, if this one is not.
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String>;

    /// Returns the value as the file writes it, or `None` if it is absent.
    fn written(&self, numbers: &Numbers) -> Option<String>;
}

impl Given<'_> {
    fn text(&self, what: &str) -> Result<&str, String> {
        let text = match self {
            Self::Text(text) => text,
            Self::Typed(DeValue::String(text)) => text.as_ref(),
            Self::Typed(_) => return Err(format!("give {what}, in quotation marks")),
        };
        if text.is_empty() { Err(format!("give {what}, it is empty")) } else { Ok(text) }
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Typed(DeValue::Integer(number)) => {
                u64::from_str_radix(number.as_str(), number.radix()).ok()
            }
            Self::Typed(_) => None,
        }
    }

    fn decimal(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Typed(DeValue::Float(number)) => number.as_str().parse().ok(),
            Self::Typed(DeValue::Integer(number)) => number.as_str().parse().ok(),
            Self::Typed(_) => None,
        }
    }
}

impl Value for bool {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        *self = match given {
            Given::Typed(DeValue::Boolean(value)) => *value,
            Given::Text("true") => true,
            Given::Text("false") => false,
            Given::Text(_) | Given::Typed(_) => return Err("give true or false".to_owned()),
        };
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for String {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        given.text("a text")?.clone_into(self);
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        Some(quoted(self))
    }
}

impl Value for PathBuf {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        *self = given.text("a path")?.into();
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl<T: Value + Default> Value for Option<T> {
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
        let mut value = T::default();
        value.set(given, numbers)?;
        *self = Some(value);
        Ok(())
    }

    fn written(&self, numbers: &Numbers) -> Option<String> {
        self.as_ref()?.written(numbers)
    }
}

impl Value for u64 {
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
        let number = given.number().filter(|number| numbers.range.contains(number));
        let range =
            || format!("give a whole number from {} to {}", numbers.range.start(), numbers.range.end());
        *self = number.ok_or_else(range)?.saturating_mul(numbers.scale);
        Ok(())
    }

    fn written(&self, numbers: &Numbers) -> Option<String> {
        Some((self / numbers.scale).to_string())
    }
}

/// Reads a number into a type with fewer values. The ranges of the table are within these types.
fn set_narrow<T: TryFrom<u64>>(value: &mut T, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
    let mut wide = 0_u64;
    wide.set(given, numbers)?;
    *value = T::try_from(wide).map_err(|_| "give a smaller number".to_owned())?;
    Ok(())
}

impl Value for u32 {
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
        set_narrow(self, given, numbers)
    }

    fn written(&self, numbers: &Numbers) -> Option<String> {
        u64::from(*self).written(numbers)
    }
}

impl Value for usize {
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
        set_narrow(self, given, numbers)
    }

    fn written(&self, numbers: &Numbers) -> Option<String> {
        (*self as u64).written(numbers)
    }
}

impl Value for Duration {
    fn set(&mut self, given: &Given<'_>, numbers: &Numbers) -> Result<(), String> {
        let mut milliseconds = 0_u64;
        milliseconds.set(given, numbers)?;
        *self = Self::from_millis(milliseconds);
        Ok(())
    }

    fn written(&self, numbers: &Numbers) -> Option<String> {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX).written(numbers)
    }
}

impl Value for Score {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        let points = given.decimal().and_then(Self::from_percent);
        *self = points.ok_or("give 0 to 100, with at most two decimals")?;
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        Some(self.percent().to_string())
    }
}

/// The levels of the log by name.
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// The formats of the log by name.
const LOG_FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

fn choose<T: Copy>(names: &[(&str, T)], given: &Given<'_>) -> Result<T, String> {
    let valid: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let chosen = given.text("a name")?;
    let found = names.iter().find(|(name, _)| *name == chosen);
    found.map(|(_, value)| *value).ok_or_else(|| format!("give one of {}", valid.join(", ")))
}

fn chosen_name<T: Copy + PartialEq>(names: &[(&str, T)], value: T) -> Option<String> {
    names.iter().find(|(_, other)| *other == value).map(|(name, _)| quoted(name))
}

impl Value for LevelFilter {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        *self = choose(&LEVELS, given)?;
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        chosen_name(&LEVELS, *self)
    }
}

impl Value for LogFormat {
    fn set(&mut self, given: &Given<'_>, _numbers: &Numbers) -> Result<(), String> {
        *self = choose(&LOG_FORMATS, given)?;
        Ok(())
    }

    fn written(&self, _numbers: &Numbers) -> Option<String> {
        chosen_name(&LOG_FORMATS, *self)
    }
}
