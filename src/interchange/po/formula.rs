//! The formula of a header's `Plural-Forms`: a C expression that returns the number of the plural
//! form for a count `n`.

/// Maximum bytes of a formula. The longest of real catalogues have about 300.
const MAX_FORMULA_BYTES: usize = 4 << 10;

/// Maximum depth of operators and parentheses, because parsing and evaluation are recursive.
const MAX_DEPTH: usize = 100;

/// Maximum number of forms. `msgstr` has one digit.
const MAX_FORMS: u64 = 10;

/// A parsed `Plural-Forms`.
#[derive(Clone, Debug)]
pub(crate) struct PluralFormula {
    /// The number of forms.
    forms: usize,
    expression: Expression,
}

#[derive(Clone, Debug)]
enum Expression {
    Count,
    Number(u64),
    Not(Box<Self>),
    Binary(Operator, Box<(Self, Self)>),
    /// `condition ? then : otherwise`.
    Condition(Box<(Self, Self, Self)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// The binary operators with their precedence, as in C. An operator that begins with another one is
/// before it.
const OPERATORS: [(&str, Operator, u8); 13] = [
    ("||", Operator::Or, 1),
    ("&&", Operator::And, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<=", Operator::LessOrEqual, 4),
    (">=", Operator::GreaterOrEqual, 4),
    ("<", Operator::Less, 4),
    (">", Operator::Greater, 4),
    ("+", Operator::Add, 5),
    ("-", Operator::Subtract, 5),
    ("*", Operator::Multiply, 6),
    ("/", Operator::Divide, 6),
    ("%", Operator::Remainder, 6),
];

impl PluralFormula {
    /// Parses the value of `Plural-Forms`, such as `nplurals=2; plural=(n != 1);`.
    ///
    /// # Errors
    /// The reason why it is not valid.
    pub(crate) fn parse(value: &str) -> Result<Self, String> {
        if value.len() > MAX_FORMULA_BYTES {
            return Err(format!("it has more than {MAX_FORMULA_BYTES} bytes"));
        }
        let field = |name: &str| {
            value.split(';').find_map(|part| {
                part.trim_start().strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim)
            })
        };
        let forms = field("nplurals").ok_or("nplurals is missing")?;
        let forms: u64 = forms.parse().map_err(|_| format!("nplurals is '{}'", shortened(forms)))?;
        if !(1..=MAX_FORMS).contains(&forms) {
            return Err(format!("nplurals is {forms}: 1 to {MAX_FORMS} are possible"));
        }
        let written = field("plural").ok_or("plural is missing")?;
        let mut parser = Parser { rest: written.trim_start() };
        let expression = parser.condition(0)?;
        if !parser.rest.is_empty() {
            return Err(format!("'{}' follows a complete expression", shortened(parser.rest)));
        }
        Ok(Self { forms: usize::try_from(forms).unwrap_or_default(), expression })
    }

    /// Returns the number of forms.
    pub(crate) fn form_count(&self) -> usize {
        self.forms
    }

    /// Returns the form for a count, or `None` if the formula divides by zero or returns the number
    /// of a form that does not exist.
    pub(crate) fn form(&self, count: u64) -> Option<usize> {
        let form = usize::try_from(self.expression.value(count)?).ok()?;
        (form < self.forms).then_some(form)
    }
}

/// Returns the first characters of a text, for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

impl Expression {
    /// Returns the value for a count, as C computes it with unsigned numbers. `None` for a division by zero.
    fn value(&self, count: u64) -> Option<u64> {
        Some(match self {
            Self::Count => count,
            Self::Number(number) => *number,
            Self::Not(inner) => u64::from(inner.value(count)? == 0),
            Self::Condition(parts) => {
                let (condition, then, otherwise) = &**parts;
                let chosen = if condition.value(count)? != 0 { then } else { otherwise };
                chosen.value(count)?
            }
            Self::Binary(operator, sides) => {
                let left = sides.0.value(count)?;
                // The right side of these two is only evaluated if the left one does not decide, as
                // in C. For example, `n == 0 || 10 / n > 3` never divides by zero.
                match operator {
                    Operator::Or if left != 0 => return Some(1),
                    Operator::And if left == 0 => return Some(0),
                    _ => {}
                }
                operator.apply(left, sides.1.value(count)?)?
            }
        })
    }
}

impl Operator {
    fn apply(self, left: u64, right: u64) -> Option<u64> {
        Some(match self {
            Self::Or => u64::from(left != 0 || right != 0),
            Self::And => u64::from(left != 0 && right != 0),
            Self::Equal => u64::from(left == right),
            Self::NotEqual => u64::from(left != right),
            Self::LessOrEqual => u64::from(left <= right),
            Self::GreaterOrEqual => u64::from(left >= right),
            Self::Less => u64::from(left < right),
            Self::Greater => u64::from(left > right),
            Self::Add => left.wrapping_add(right),
            Self::Subtract => left.wrapping_sub(right),
            Self::Multiply => left.wrapping_mul(right),
            Self::Divide => left.checked_div(right)?,
            Self::Remainder => left.checked_rem(right)?,
        })
    }
}

/// The part of an expression that has not been parsed yet. It never begins with a space.
struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn accept(&mut self, symbol: &str) -> bool {
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.accept(symbol) {
            return Ok(());
        }
        Err(format!("'{symbol}' is missing before '{}'", shortened(self.rest)))
    }

    /// Parses a whole expression. `?:` binds least and to the right.
    fn condition(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} deep"));
        }
        let condition = self.binary(1, depth + 1)?;
        if !self.accept("?") {
            return Ok(condition);
        }
        let then = self.condition(depth + 1)?;
        self.expect(":")?;
        let otherwise = self.condition(depth + 1)?;
        Ok(Expression::Condition(Box::new((condition, then, otherwise))))
    }

    /// Parses operators of at least a precedence. They bind to the left.
    fn binary(&mut self, least: u8, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} deep"));
        }
        let mut left = self.operand(depth + 1)?;
        // Each operator on the left makes the tree one level deeper, too.
        let mut levels = depth;
        while let Some((symbol, operator, precedence)) =
            OPERATORS.iter().find(|(symbol, ..)| self.rest.starts_with(symbol)).filter(|o| o.2 >= least)
        {
            levels += 1;
            if levels > MAX_DEPTH {
                return Err(format!("it has more than {MAX_DEPTH} operators in a row"));
            }
            self.accept(symbol);
            let right = self.binary(precedence + 1, depth + 1)?;
            left = Expression::Binary(*operator, Box::new((left, right)));
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} deep"));
        }
        if self.accept("!") {
            return Ok(Expression::Not(Box::new(self.operand(depth + 1)?)));
        }
        if self.accept("(") {
            let inner = self.condition(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.accept("n") {
            return Ok(Expression::Count);
        }
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        let number =
            number.parse().map_err(|_| format!("'{}' is not n, a number or '('", shortened(self.rest)))?;
        self.rest = rest.trim_start();
        Ok(Expression::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_FORMULA_BYTES, PluralFormula};

    fn form(plural: &str, count: u64) -> Option<usize> {
        PluralFormula::parse(&format!("nplurals=10; plural={plural};")).unwrap().form(count)
    }

    #[test]
    fn expressions_mean_what_they_mean_in_c() {
        for (plural, count, expected) in [
            ("n != 1", 1, Some(0)),
            ("n!=1", 2, Some(1)),
            ("!n", 0, Some(1)),
            ("!!n", 7, Some(1)),
            ("!n==0", 7, Some(1)),
            ("1 + 2 * 3", 0, Some(7)),
            ("(1 + 2) * 3", 0, Some(9)),
            ("9 - 3 - 2", 0, Some(4)),
            ("8 / 2 / 2", 0, Some(2)),
            ("n % 100 / 10", 1_234, Some(3)),
            ("1 || 0 && 0", 0, Some(1)),
            ("n < 3 == n > 0", 5, Some(0)),
            ("n <= 3 != n >= 3", 3, Some(0)),
            ("n==1 ? 0 : n==2 ? 1 : 2", 2, Some(1)),
            ("n ? n > 5 ? 4 : 3 : 2", 6, Some(4)),
            ("n == 0 || 10 / n > 3", 0, Some(1)),
            ("10 / n", 0, None),
            ("10 % n", 0, None),
            // Unsigned numbers: 0 - 1 is the largest number, which is not the number of a form.
            ("n - 1", 0, None),
            ("n - 1 > 5", 0, Some(1)),
            ("n", 10, None),
        ] {
            assert_eq!(form(plural, count), expected, "{plural} for {count}");
        }
    }

    #[test]
    fn an_invalid_formula_is_an_error() {
        for value in [
            "",
            "nplurals=2",
            "plural=n != 1;",
            "nplurals=INTEGER; plural=EXPRESSION;",
            "nplurals=0; plural=0;",
            "nplurals=11; plural=0;",
            "nplurals=2; plural=;",
            "nplurals=2; plural=n !=;",
            "nplurals=2; plural=(n != 1;",
            "nplurals=2; plural=n != 1);",
            "nplurals=2; plural=n ? 1;",
            "nplurals=2; plural=n = 1;",
            "nplurals=2; plural=m;",
            "nplurals=2; plural=99999999999999999999;",
        ] {
            assert!(PluralFormula::parse(value).is_err(), "{value}");
        }
        for long in ["(", "!", "n+", "n?n:", "n?", "n||n&&n=="] {
            let value = format!("nplurals=2; plural={}n", long.repeat(MAX_FORMULA_BYTES / 16));
            assert!(PluralFormula::parse(&value).is_err(), "{long}");
        }
        assert!(PluralFormula::parse(&"n".repeat(MAX_FORMULA_BYTES + 1)).is_err());
        // The order of the fields and white space are free.
        assert!(PluralFormula::parse(" plural = n>1 ;nplurals = 2").is_ok());
    }

    proptest! {
        /// Any text is parsed or refused, and any formula has a value or none.
        #[test]
        fn parsing_is_total(plural in "[n0-9!=<>&|?:()%*/+ -]{0,40}", count: u64) {
            if let Ok(formula) = PluralFormula::parse(&format!("nplurals=3; plural={plural}")) {
                prop_assert!(formula.form(count).is_none_or(|form| form < 3));
            }
        }
    }
}
