//! Metric math, read: text in, tree out.
//!
//! Syntax: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax>.

use thiserror::Error;

/// Longest expression read, in bytes; CloudWatch takes 2048 characters.
const LENGTH_MAX: usize = 8_192;
/// Deepest nesting read.
const DEPTH_MAX: usize = 48;
/// Most operators in a row: each makes the tree deeper.
const OPERATORS_MAX: usize = 200;

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `^`
    Power,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `AND`, `&&`
    And,
    /// `OR`, `||`
    Or,
}

/// A metric math expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `100`
    Number(f64),
    /// `m1`, the id of a metric or another expression.
    Id(String),
    /// `"errors"`, an argument of `METRICS`.
    Text(String),
    /// `REPEAT`, a word in capitals that is an argument.
    Word(String),
    /// `SUM(m1)`
    Call(String, Vec<Expression>),
    /// `[m1, m2]`
    Array(Vec<Expression>),
    /// `-m1`
    Negative(Box<Expression>),
    /// `m1 / m2`
    Binary(Operator, Box<Expression>, Box<Expression>),
}

/// Why an expression cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Something else was expected.
    #[error("metric math stops making sense at character {at}: `{rest}`")]
    Unexpected {
        /// Characters before it.
        at: usize,
        /// What is there, a little of it.
        rest: String,
    },
    /// Too long or too deep.
    #[error("this metric math expression is too long or nested too deeply to be read")]
    TooLarge,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ParseError`] with the place where it goes wrong.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > LENGTH_MAX {
            return Err(ParseError::TooLarge);
        }
        let mut parser = Parser { characters: text.chars().collect(), at: 0, depth: 0, operators: 0 };
        let expression = parser.binary(0)?;
        parser.space();
        if parser.at == parser.characters.len() { Ok(expression) } else { Err(parser.unexpected()) }
    }
}

/// Operators by binding, loosest first; longer spellings before their beginnings.
const OPERATORS: [&[(&str, Operator)]; 5] = [
    &[("||", Operator::Or), ("OR", Operator::Or)],
    &[("&&", Operator::And), ("AND", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

struct Parser {
    characters: Vec<char>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    fn binary(&mut self, binding: usize) -> Result<Expression, ParseError> {
        let Some(operators) = OPERATORS.get(binding) else { return self.power() };
        let mut left = self.binary(binding + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.binary(binding + 1)?;
            self.operators += 1;
            if self.operators > OPERATORS_MAX {
                return Err(ParseError::TooLarge);
            }
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Expression, ParseError> {
        if self.take("-") {
            self.deeper()?;
            let operand = self.power();
            self.depth -= 1;
            return Ok(Expression::Negative(Box::new(operand?)));
        }
        let base = self.primary()?;
        if !self.take("^") {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.power();
        self.depth -= 1;
        Ok(Expression::Binary(Operator::Power, Box::new(base), Box::new(exponent?)))
    }

    fn primary(&mut self) -> Result<Expression, ParseError> {
        self.deeper()?;
        let expression = self.undelimited();
        self.depth -= 1;
        expression
    }

    fn undelimited(&mut self) -> Result<Expression, ParseError> {
        if self.take("(") {
            let expression = self.binary(0)?;
            return if self.take(")") { Ok(expression) } else { Err(self.unexpected()) };
        }
        if self.take("[") {
            return Ok(Expression::Array(self.list("]")?));
        }
        self.space();
        match self.characters.get(self.at) {
            // The user guide has typographic quotes in one of its examples.
            Some('"' | '\'' | '\u{201c}') => self.text(),
            Some(character) if character.is_ascii_digit() || *character == '.' => self.number(),
            Some(character) if character.is_ascii_alphabetic() => self.name(),
            _ => Err(self.unexpected()),
        }
    }

    fn text(&mut self) -> Result<Expression, ParseError> {
        let close = match self.characters.get(self.at) {
            Some('\u{201c}') => '\u{201d}',
            Some(&quote) => quote,
            None => return Err(self.unexpected()),
        };
        let text: String =
            self.characters.iter().skip(self.at + 1).take_while(|&&other| other != close).collect();
        let end = self.at + 1 + text.chars().count();
        if self.characters.get(end) != Some(&close) {
            return Err(self.unexpected());
        }
        self.at = end + 1;
        Ok(Expression::Text(text))
    }

    fn number(&mut self) -> Result<Expression, ParseError> {
        let mut digits = self.run(|character| character.is_ascii_digit() || character == '.');
        let mut after = self.characters.iter().skip(self.at + digits.len());
        if after.next().is_some_and(|character| matches!(character, 'e' | 'E')) {
            let sign: String =
                after.clone().take(1).filter(|character| matches!(character, '+' | '-')).collect();
            let exponent: String =
                after.skip(sign.len()).take_while(|character| character.is_ascii_digit()).collect();
            if !exponent.is_empty() {
                digits = format!("{digits}e{sign}{exponent}");
            }
        }
        let value =
            digits.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| self.unexpected())?;
        self.at += digits.len();
        Ok(Expression::Number(value))
    }

    fn name(&mut self) -> Result<Expression, ParseError> {
        let name = self.run(|character| character.is_ascii_alphanumeric() || character == '_');
        self.at += name.len();
        if self.take("(") {
            return Ok(Expression::Call(name, self.list(")")?));
        }
        // "The Id field must start with a lowercase letter"; functions and their words are in capitals.
        let is_id = name.starts_with(|first: char| first.is_ascii_lowercase());
        Ok(if is_id { Expression::Id(name) } else { Expression::Word(name) })
    }

    /// Elements up to the closing mark, which is taken.
    fn list(&mut self, close: &str) -> Result<Vec<Expression>, ParseError> {
        let mut elements = Vec::new();
        if self.take(close) {
            return Ok(elements);
        }
        loop {
            elements.push(self.binary(0)?);
            if self.take(close) {
                return Ok(elements);
            }
            if !self.take(",") {
                return Err(self.unexpected());
            }
        }
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        operators.iter().find(|(spelling, _)| self.take(spelling)).map(|&(_, operator)| operator)
    }

    /// Takes these characters if they come next; a word must end there.
    fn take(&mut self, expected: &str) -> bool {
        self.space();
        let end = self.at + expected.chars().count();
        let is_there =
            self.characters.get(self.at..end).is_some_and(|found| found.iter().copied().eq(expected.chars()));
        let is_word = expected.starts_with(|first: char| first.is_ascii_alphabetic());
        let goes_on =
            self.characters.get(end).is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_');
        if is_there && !(is_word && goes_on) {
            self.at = end;
            return true;
        }
        false
    }

    fn run(&self, keep: impl Fn(char) -> bool) -> String {
        self.characters.iter().skip(self.at).copied().take_while(|&character| keep(character)).collect()
    }

    fn space(&mut self) {
        while self.characters.get(self.at).is_some_and(|character| character.is_whitespace()) {
            self.at += 1;
        }
    }

    const fn deeper(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(ParseError::TooLarge) } else { Ok(()) }
    }

    fn unexpected(&self) -> ParseError {
        ParseError::Unexpected { at: self.at, rest: self.characters.iter().skip(self.at).take(20).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let found = Expression::parse(text).map_or_else(|error| error.to_string(), |found| show(&found));
        assert_eq!(found, expected, "{text}");
    }

    fn show(expression: &Expression) -> String {
        let list = |list: &[Expression]| list.iter().map(show).collect::<Vec<_>>().join(" ");
        match expression {
            Expression::Number(number) => number.to_string(),
            Expression::Id(name) | Expression::Word(name) => name.clone(),
            Expression::Text(text) => format!("{text:?}"),
            Expression::Call(name, arguments) => format!("{name}({})", list(arguments)),
            Expression::Array(elements) => format!("[{}]", list(elements)),
            Expression::Negative(operand) => format!("(- {})", show(operand)),
            Expression::Binary(operator, left, right) => {
                format!("({operator:?} {} {})", show(left), show(right))
            }
        }
    }

    #[test]
    fn expressions_of_the_user_guide() {
        check(
            "SUM(METRICS(\"errors\"))/SUM(METRICS(\"requests\"))*100",
            "(Multiply (Divide SUM(METRICS(\"errors\")) SUM(METRICS(\"requests\"))) 100)",
        );
        check(
            "SUM([METRICS(\u{201c}4xx\u{201d}), METRICS(\u{201c}5xx\u{201d})])",
            "SUM([METRICS(\"4xx\") METRICS(\"5xx\")])",
        );
        check("metric1 > 15 AND metric2 > 15", "(And (Greater metric1 15) (Greater metric2 15))");
        check("m1-AVG(m1)", "(Subtract m1 AVG(m1))");
        check("-5*m1", "(Multiply (- 5) m1)");
        check("FILL(m1, REPEAT)", "FILL(m1 REPEAT)");
        check("IF((DAY(m1)<6 && HOUR(m1)>=9),m1)", "IF((And (Less DAY(m1) 6) (AtLeast HOUR(m1) 9)) m1)");
        check("m1 + m2 * m3 ^ 2", "(Add m1 (Multiply m2 (Power m3 2)))");
        check("1.5e3 - m1", "(Subtract 1500 m1)");
    }

    #[test]
    fn what_makes_no_sense_says_where() {
        check("m1 +", "metric math stops making sense at character 4: ``");
        check("m1 m2", "metric math stops making sense at character 3: `m2`");
        check("SUM(m1", "metric math stops making sense at character 6: ``");
        check("METRICS(\"a)", "metric math stops making sense at character 8: `\"a)`");
        check("1.2.3", "metric math stops making sense at character 0: `1.2.3`");
        check("ORDER OR m1", "(Or ORDER m1)");
        check(&"(".repeat(500), "this metric math expression is too long or nested too deeply to be read");
        check(&"-".repeat(500), "this metric math expression is too long or nested too deeply to be read");
        check(
            &format!("m1{}", "+m1".repeat(500)),
            "this metric math expression is too long or nested too deeply to be read",
        );
        check(&"m1,".repeat(5000), "this metric math expression is too long or nested too deeply to be read");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-zA-Z0-9_+*/^<>=!&|\"' ,.()\\[\\]-]{0,60}", other: String) {
            let _ = Expression::parse(&text);
            let _ = Expression::parse(&other);
        }
    }
}
