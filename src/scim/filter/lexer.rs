//! Cuts a filter into tokens, with positions.

use crate::scim::error::ScimError;
use crate::scim::text::excerpt_of;

/// One token. Words are names, operators, numbers and unquoted values alike: the parser knows which it wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Text(String),
    Open,
    Close,
    Left,
    Right,
    End,
}

/// Reads tokens from a text, from a byte offset on.
pub(super) struct Lexer<'a> {
    /// All of it.
    pub(super) text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// The next token and the byte offset where it begins.
    pub(super) fn next(&mut self) -> Result<(usize, Token<'a>), ScimError> {
        let rest = self.text[self.at..].trim_ascii_start();
        let start = self.text.len() - rest.len();
        let (token, length) = match rest.bytes().next() {
            None => (Token::End, 0),
            Some(b'(') => (Token::Open, 1),
            Some(b')') => (Token::Close, 1),
            Some(b'[') => (Token::Left, 1),
            Some(b']') => (Token::Right, 1),
            Some(b'"') => self.quoted(start)?,
            Some(_) => {
                let length = rest.find(ends_word).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
        };
        self.at = start + length;
        Ok((start, token))
    }

    /// The position people count: characters, from 1.
    pub(super) fn position(&self, at: usize) -> usize {
        self.text[..at].chars().count() + 1
    }

    /// A JSON string (RFC 7644 §3.4.2.2 takes its values from JSON) and how many bytes it takes.
    fn quoted(&self, start: usize) -> Result<(Token<'a>, usize), ScimError> {
        let rest = &self.text[start..];
        let Some(length) = closing_quote(rest) else {
            return Err(ScimError::filter(format!("the quote at position {} is never closed", self.position(start))));
        };
        let value = serde_json::from_str::<String>(&rest[..length]).ok().filter(|value| !value.contains('\0'));
        let value = value.ok_or_else(|| {
            let at = self.position(start);
            let shown = excerpt_of(&rest[1..length - 1], self.text);
            ScimError::filter(format!(
                "the value “{shown}” at position {at} is not a JSON string: a backslash is written \\\\, \
                 a quote \\\", and control characters are not taken"
            ))
        })?;
        Ok((Token::Text(value), length))
    }
}

/// Where the quoted text that begins here ends, its quotes included.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    Some(end + 2)
}

fn ends_word(letter: char) -> bool {
    letter.is_ascii_whitespace() || matches!(letter, '(' | ')' | '[' | ']' | '"')
}
