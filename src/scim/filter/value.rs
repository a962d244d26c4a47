//! Operators and values: which of them fit which type of attribute.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::lexer::Token;
use super::{Literal, Op};
use crate::scim::schema::{Attribute, Kind, Place};
use crate::scim::text::{excerpt_of, fold};

/// The operators as they are written, in any letter case.
const OPERATORS: [(&str, Op); 10] = [
    ("eq", Op::Eq),
    ("ne", Op::Ne),
    ("co", Op::Co),
    ("sw", Op::Sw),
    ("ew", Op::Ew),
    ("gt", Op::Gt),
    ("ge", Op::Ge),
    ("lt", Op::Lt),
    ("le", Op::Le),
    ("pr", Op::Pr),
];

/// The operator a word means.
pub(super) fn operator(word: &str) -> Option<Op> {
    OPERATORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, op)| *op)
}

/// How the operator is written.
pub(super) fn written(op: Op) -> &'static str {
    OPERATORS.iter().find(|(_, known)| *known == op).map_or("", |(name, _)| name)
}

/// Which operators a type knows (RFC 7644 table 3).
pub(super) fn fits(op: Op, kind: Kind) -> bool {
    match kind {
        Kind::String | Kind::Reference => true,
        Kind::Boolean => matches!(op, Op::Eq | Op::Ne | Op::Pr),
        Kind::Binary => !matches!(op, Op::Gt | Op::Ge | Op::Lt | Op::Le),
        Kind::Integer | Kind::DateTime => !matches!(op, Op::Co | Op::Sw | Op::Ew),
        Kind::Complex => op == Op::Pr,
    }
}

/// What a comparison with nothing asks: `Some(true)` for absence, `Some(false)` for presence.
pub(super) fn absence(value: &Token<'_>, op: Op, place: Place) -> Option<bool> {
    let textual = matches!(place.leaf().kind, Kind::String | Kind::Reference | Kind::Binary | Kind::Complex);
    let nothing = match value {
        Token::Word(word) => word.eq_ignore_ascii_case("null"),
        Token::Text(text) => textual && text.is_empty(),
        _ => false,
    };
    match op {
        Op::Eq if nothing => Some(true),
        Op::Ne if nothing => Some(false),
        _ => None,
    }
}

/// The value, of a filter of this text, as the attribute's type, or what is wrong with it.
pub(super) fn literal(attribute: &Attribute, value: Token<'_>, filter: &str) -> Result<Literal, String> {
    let name = attribute.name;
    match (attribute.kind, value) {
        (_, Token::Word(word)) if word.eq_ignore_ascii_case("null") => {
            Err(format!("“{name}” is compared with null, which only eq and ne can be"))
        }
        (Kind::Boolean, Token::Word(word)) => boolean(name, word),
        (Kind::Boolean, Token::Text(text)) => boolean(name, &text),
        (Kind::Integer, Token::Word(word)) => {
            word.parse().map(Literal::Integer).map_err(|_| format!("“{name}” is a whole number"))
        }
        (Kind::Integer, Token::Text(_)) => Err(format!("“{name}” is a number, without quotes")),
        (Kind::DateTime, Token::Text(text)) => {
            let time = moment(&text).map(Literal::Time);
            time.ok_or_else(|| format!("“{name}” is a time such as \"2026-01-31T09:30:00Z\""))
        }
        (_, Token::Text(text)) => Ok(Literal::Text(if attribute.case_exact { text } else { fold(&text) })),
        (_, Token::Word(word)) => {
            Err(format!("the value “{}” has no quotes: text is written as \"text\"", excerpt_of(word, filter)))
        }
        _ => Err(format!("a value for “{name}” is expected")),
    }
}

/// Entra sends `"True"` and `True` as well as `true`.
fn boolean(name: &str, text: &str) -> Result<Literal, String> {
    let known = [("true", true), ("false", false)];
    let flag = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    flag.map(|(_, flag)| Literal::Bool(*flag)).ok_or_else(|| format!("“{name}” is true or false"))
}

/// A moment of RFC 3339, whatever its offset, to the microsecond that the stores keep.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    Some(moment.with_timezone(&Utc).trunc_subsecs(6))
}
