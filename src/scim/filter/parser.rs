//! Recursive descent over the tokens: `or` < `and` < `not`, parentheses, comparison, value path.
//!
//! Names are resolved and values typed on the way, so that no tree exists that could not be evaluated. The recursion is
//! bounded by `MAX_DEPTH`, the work by `MAX_FILTER_BYTES` and `MAX_COMPARISONS`.

use serde_json::Map;

use super::evaluate::matches;
use super::lexer::{Lexer, Token};
use super::value::{absence, fits, literal, operator, written};
use super::{Comparison, Filter, Literal, MAX_COMPARISONS, MAX_DEPTH, MAX_FILTER_BYTES, Op};
use crate::scim::error::ScimError;
use crate::scim::schema::{Kind, Place, ResourceType};
use crate::scim::text::excerpt_of;

/// A filter being read: one token ahead.
pub(in crate::scim) struct Parser<'a> {
    resource: &'static ResourceType,
    /// The types of the search, when it is one of several.
    among: &'static [&'static ResourceType],
    lexer: Lexer<'a>,
    token: Token<'a>,
    at: usize,
    /// The list between whose brackets we are.
    element: Option<Place>,
    /// Whether attributes that filters may not name are refused; a PATCH path may select by any.
    searching: bool,
    depth: usize,
    comparisons: usize,
}

type Read<T> = Result<T, ScimError>;

impl<'a> Parser<'a> {
    /// Starts to read a search filter.
    pub(in crate::scim) fn new(
        text: &'a str,
        resource: &'static ResourceType,
        among: &'static [&'static ResourceType],
    ) -> Read<Self> {
        Ok(Self { among, ..Self::start(text, 0, resource, true)? })
    }

    /// Starts to read a PATCH path at its opening bracket, `at` bytes into the text.
    pub(in crate::scim) fn at_bracket(text: &'a str, at: usize, resource: &'static ResourceType) -> Read<Self> {
        Self::start(text, at, resource, false)
    }

    fn start(text: &'a str, at: usize, resource: &'static ResourceType, searching: bool) -> Read<Self> {
        if text.len() > MAX_FILTER_BYTES {
            let detail = format!("the filter has {} bytes; at most {MAX_FILTER_BYTES} are read", text.len());
            return Err(ScimError::filter(detail));
        }
        let mut lexer = Lexer::new(text, at);
        let (at, token) = lexer.next()?;
        Ok(Self { resource, among: &[], lexer, token, at, element: None, searching, depth: 0, comparisons: 0 })
    }

    /// Everything up to the end of the text as one filter.
    pub(in crate::scim) fn whole_filter(mut self) -> Read<Filter> {
        let filter = self.any_of()?;
        match self.token {
            Token::End => Ok(filter),
            _ => Err(self.unexpected("“and”, “or” or the end of the filter")),
        }
    }

    /// The filter between brackets, and the word behind them, such as `.value`, with its byte offset.
    pub(in crate::scim) fn bracket_and_rest(mut self, place: Place) -> Read<(Filter, Option<(usize, &'a str)>)> {
        let filter = self.bracket(place)?;
        let rest = match self.token {
            Token::Word(word) => Some((self.at, word)),
            Token::End => None,
            _ => return Err(self.unexpected("a sub-attribute or the end of the path")),
        };
        if rest.is_some() {
            self.advance()?;
        }
        match self.token {
            Token::End => Ok((filter, rest)),
            _ => Err(self.unexpected("the end of the path")),
        }
    }

    fn any_of(&mut self) -> Read<Filter> {
        let mut terms = vec![self.all_of()?];
        while self.took_word("or")? {
            terms.push(self.all_of()?);
        }
        Ok(any(terms))
    }

    fn all_of(&mut self) -> Read<Filter> {
        let mut terms = vec![self.term()?];
        while self.took_word("and")? {
            terms.push(self.term()?);
        }
        Ok(all(terms))
    }

    fn term(&mut self) -> Read<Filter> {
        match self.token {
            Token::Open => self.enclosed(&Token::Close, "parenthesis"),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.advance()?;
                match self.token {
                    Token::Open => Ok(negated(self.enclosed(&Token::Close, "parenthesis")?)),
                    _ => Err(self.unexpected("a parenthesis after “not”")),
                }
            }
            Token::Word(name) => self.comparison(name),
            _ => Err(self.unexpected("an attribute name, “not” or a parenthesis")),
        }
    }

    /// `place[…]`, the current token being the opening bracket.
    fn bracket(&mut self, place: Place) -> Read<Filter> {
        self.element = Some(place);
        let filter = self.enclosed(&Token::Right, "bracket")?;
        self.element = None;
        Ok(filter)
    }

    /// What stands between the current token and the one that closes it.
    fn enclosed(&mut self, close: &Token<'_>, what: &str) -> Read<Filter> {
        let opened = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(opened, &format!("more than {MAX_DEPTH} parentheses or brackets within another")));
        }
        self.advance()?;
        let filter = self.any_of()?;
        match &self.token {
            token if token == close => {}
            Token::End => return Err(self.error(opened, &format!("the {what} is never closed"))),
            _ => return Err(self.unexpected(&format!("“and”, “or” or the end of the {what}"))),
        }
        self.depth -= 1;
        self.advance()?;
        Ok(filter)
    }

    fn comparison(&mut self, name: &str) -> Read<Filter> {
        let at = self.at;
        self.advance()?;
        let own = self.resolve(name);
        let place = own.or_else(|| self.resolve_elsewhere(name)).ok_or_else(|| self.unknown(name, at))?;
        let filter = if self.token == Token::Left { self.value_path(place, at)? } else { self.compared(place, at)? };
        Ok(if own.is_some() { filter } else { of_nothing(&filter) })
    }

    /// `list[…]`, perhaps followed by `.sub op value` about the same element, as Entra writes it.
    fn value_path(&mut self, place: Place, at: usize) -> Read<Filter> {
        self.check_list(place, at)?;
        if self.searching && !place.filterable() {
            return Err(self.unfilterable(place, at));
        }
        let mut filter = self.bracket(place)?;
        if let Token::Word(word) = self.token
            && let Some(name) = word.strip_prefix('.')
        {
            let at = self.at;
            self.advance()?;
            let sub = self.resolve_sub(place, name, at)?;
            filter = all(vec![filter, self.compared(sub, at)?]);
        }
        Ok(Filter::Element { place, filter: Box::new(filter) })
    }

    fn check_list(&self, place: Place, at: usize) -> Read<()> {
        let name = place.name();
        if self.element.is_some() {
            return Err(self.error(self.at, "brackets within brackets"));
        }
        match (place.leaf().kind, place.leaf().multi) {
            (Kind::Complex, true) => Ok(()),
            (Kind::Complex, false) => {
                Err(self.error(at, &format!("“{name}” is no list, so it takes no brackets: write {name}.part")))
            }
            _ => Err(self.error(at, &format!("“{name}” is no list of objects, so it takes no brackets"))),
        }
    }

    /// `place op value`, the current token being the operator.
    fn compared(&mut self, place: Place, at: usize) -> Read<Filter> {
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(self.error(at, &format!("more than {MAX_COMPARISONS} comparisons")));
        }
        let op = self.operator()?;
        if op == Op::Pr {
            return self.presence(place, at, false);
        }
        let (value_at, value) = (self.at, self.advance()?);
        match absence(&value, op, place) {
            Some(absent) => self.presence(place, at, absent),
            None => self.typed(place, at, op, (value_at, value)),
        }
    }

    fn presence(&self, place: Place, at: usize, absent: bool) -> Read<Filter> {
        let present = self.compare(place, at, Op::Pr, (Literal::None, String::new()))?;
        Ok(if absent { negated(present) } else { present })
    }

    fn typed(&self, place: Place, at: usize, op: Op, (value_at, value): (usize, Token<'_>)) -> Read<Filter> {
        let place = self.valued(place, at)?;
        if !fits(op, place.leaf().kind) {
            let detail = format!("“{}” cannot be compared with “{}”", place.name(), written(op));
            return Err(self.error(at, &detail));
        }
        let said = match &value {
            Token::Text(text) => text.clone(),
            _ => String::new(),
        };
        let literal = literal(place.leaf(), value, self.lexer.text).map_err(|what| self.error(value_at, &what))?;
        match (op, &literal) {
            // Every value contains the empty text, so only its presence is asked.
            (Op::Co | Op::Sw | Op::Ew, Literal::Text(text)) if text.is_empty() => self.presence(place, at, false),
            _ => self.compare(place, at, op, (literal, said)),
        }
    }

    fn compare(&self, place: Place, at: usize, op: Op, (value, written): (Literal, String)) -> Read<Filter> {
        if self.searching && !place.filterable() {
            return Err(self.unfilterable(place, at));
        }
        Ok(Filter::Compare(Comparison { place, op, value, written, at: self.lexer.position(at) }))
    }

    /// A complex attribute stands for its `value`, where it has one.
    fn valued(&self, place: Place, at: usize) -> Read<Place> {
        if place.leaf().kind != Kind::Complex {
            return Ok(place);
        }
        let Some(value) = place.attribute.sub("value") else {
            let name = place.name();
            let part = place.attribute.subs.first().map_or("part", |sub| sub.name);
            return Err(self.error(at, &format!("“{name}” has parts: compare one of them, such as {name}.{part}")));
        };
        Ok(Place { sub: Some(value), ..place })
    }

    fn operator(&mut self) -> Read<Op> {
        let op = match self.token {
            Token::Word(word) => operator(word),
            _ => None,
        };
        let op = op.ok_or_else(|| self.unexpected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"))?;
        self.advance()?;
        Ok(op)
    }

    fn resolve(&self, name: &str) -> Option<Place> {
        match self.element {
            Some(list) => Some(Place { sub: Some(list.attribute.sub(name)?), ..list }),
            None => self.resource.resolve(name),
        }
    }

    /// The place of a name that another type of the search has.
    fn resolve_elsewhere(&self, name: &str) -> Option<Place> {
        let among = if self.element.is_none() { self.among } else { &[] };
        among.iter().find_map(|other| other.resolve(name))
    }

    fn resolve_sub(&self, list: Place, name: &str, at: usize) -> Read<Place> {
        let sub = list.attribute.sub(name).ok_or_else(|| self.unknown_of(list.attribute.name, name, at))?;
        Ok(Place { sub: Some(sub), ..list })
    }

    fn took_word(&mut self, wanted: &str) -> Read<bool> {
        let took = matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        if took {
            self.advance()?;
        }
        Ok(took)
    }

    /// Takes the current token and reads the next.
    fn advance(&mut self) -> Read<Token<'a>> {
        let (at, token) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn error(&self, at: usize, what: &str) -> ScimError {
        ScimError::filter(format!("{what} (position {})", self.lexer.position(at)))
    }

    fn unknown(&self, name: &str, at: usize) -> ScimError {
        let searched = if self.among.is_empty() { self.resource.name } else { "No type of resource" };
        self.unknown_of(self.element.map_or(searched, |list| list.attribute.name), name, at)
    }

    fn unknown_of(&self, owner: &str, name: &str, at: usize) -> ScimError {
        let verb = if owner.contains(' ') { "knows the" } else { "has no" };
        self.error(at, &format!("{owner} {verb} attribute “{}”", excerpt_of(name, self.lexer.text)))
    }

    fn unfilterable(&self, place: Place, at: usize) -> ScimError {
        self.error(at, &format!("“{}” cannot be used in a filter", place.name()))
    }

    fn unexpected(&self, wanted: &str) -> ScimError {
        let found = match &self.token {
            Token::Word(word) => format!("“{}”", excerpt_of(word, self.lexer.text)),
            Token::Text(_) => "a quoted value".to_owned(),
            Token::Open => "“(”".to_owned(),
            Token::Close => "“)”".to_owned(),
            Token::Left => "“[”".to_owned(),
            Token::Right => "“]”".to_owned(),
            Token::End => "the end".to_owned(),
        };
        self.error(self.at, &format!("found {found} where {wanted} is expected"))
    }
}

/// What is asked of an attribute that no resource of the type has: the same of all of them.
fn of_nothing(filter: &Filter) -> Filter {
    if matches(filter, &Map::new()) { negated(Filter::Never) } else { Filter::Never }
}

fn negated(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn all(terms: Vec<Filter>) -> Filter {
    let flat = terms.into_iter().flat_map(|term| match term {
        Filter::And(inner) => inner,
        other => vec![other],
    });
    single(flat.collect(), Filter::And)
}

fn any(terms: Vec<Filter>) -> Filter {
    let flat = terms.into_iter().flat_map(|term| match term {
        Filter::Or(inner) => inner,
        other => vec![other],
    });
    single(flat.collect(), Filter::Or)
}

fn single(mut terms: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            join(terms)
        }
    }
}
