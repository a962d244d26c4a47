//! Filters as SQL: the first of the two places that assemble it, from static fragments and bound values.
//!
//! A comparison with an index becomes a set of ids, `OR` a union of sets, the rest predicates on the row. Every
//! predicate is true or false, never null, so that `not` means what [`crate::scim::filter`] says it means.

use super::dialect::Engine;
use super::rows::Bind;
use super::scim_map::{self, Home, Join};
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::scim::filter::{Comparison, Filter, Literal, Op};
use crate::scim::schema::{GROUP, Place, ResourceType, USER};
use crate::scim::{ScimError, text};

/// A condition on a member `u` of a team, from the inner filter of `members[…]`.
///
/// # Errors
/// `invalidFilter` for what cannot be filtered.
pub fn member_condition(filter: &Filter, engine: Engine) -> Result<(String, Vec<Bind>)> {
    let mut compiler = Compiler::new(engine, &GROUP_BASE);
    let text = compiler.joined(filter)?.replace("p.", "u.");
    Ok((text, compiler.binds))
}

pub(super) const USER_BASE: Base = Base {
    resource: &USER,
    table: "users u",
    id: "u.id",
    order: "u.scim_id",
    listed: USER_LISTED,
    visible: USER_VISIBLE,
};
pub(super) const GROUP_BASE: Base = Base {
    resource: &GROUP,
    table: "teams t",
    id: "t.id",
    order: "t.id",
    listed: "t.scim_visible",
    visible: "t.scim_visible",
};

/// Which people SCIM sees, said so that the index of their ids alone can answer.
const USER_LISTED: &str = "u.scim_id is not null";
/// The same. The second half follows from the first (the schema checks it) and is what lets the partial
/// indexes on names and external ids be used.
const USER_VISIBLE: &str = "u.scim_id is not null and u.deleted_at is null";

/// A condition that no row meets.
const NOBODY: &str = "1 = 0";

/// Where resources of a type lie.
pub(super) struct Base {
    pub(super) resource: &'static ResourceType,
    pub(super) table: &'static str,
    pub(super) id: &'static str,
    pub(super) order: &'static str,
    /// The condition that the index of the usual order implies.
    pub(super) listed: &'static str,
    /// The condition that other indexes need as well.
    pub(super) visible: &'static str,
}

/// So many sets of ids PostgreSQL may join with the rows, in whatever order it finds best. It takes every set into one plan, and
/// the time to make that plan grows with a high power of their number; the sets beyond are asked of each row.
const MOST_JOINED: usize = 6;
/// What keeps PostgreSQL from making a join of a condition on each row, and means nothing otherwise.
const FENCE: &str = " offset 0";

/// How deep unions may stand in each other: SQLite counts every level of an inner one again for the outer ones, and reads
/// 1,000.
const MOST_UNIONS: usize = 8;

/// Turns a filter or an order into SQL and the values it binds.
pub(super) struct Compiler<'b> {
    engine: Engine,
    pub(super) base: &'b Base,
    pub(super) binds: Vec<Bind>,
    /// How many sets of ids there are by now in what is planned as one.
    sets: usize,
    /// In how many unions it stands.
    unions: usize,
}

/// Conditions in a chain, halves of halves: SQLite counts a chain's length as depth, and that of a whole statement.
fn balanced(texts: &[String], glue: &str) -> String {
    match texts {
        [] => NOBODY.to_owned(),
        [one] => one.clone(),
        _ => {
            let (one, other) = texts.split_at(texts.len() / 2);
            format!("({}{glue}{})", balanced(one, glue), balanced(other, glue))
        }
    }
}

impl<'b> Compiler<'b> {
    /// Starts with nothing bound.
    pub(super) fn new(engine: Engine, base: &'b Base) -> Self {
        Self { engine, base, binds: Vec::new(), sets: 0, unions: 0 }
    }
}

impl Compiler<'_> {
    /// The engine it writes for.
    pub(super) fn engine(&self) -> Engine {
        self.engine
    }

    /// Binds a value; gives its placeholder.
    pub(super) fn bind(&mut self, bind: impl Into<Bind>) -> String {
        self.binds.push(bind.into());
        format!("${}", self.binds.len())
    }

    /// Counts a set of ids; whether it is one too many to be joined.
    fn is_fenced(&mut self) -> bool {
        self.sets += 1;
        self.engine == Engine::Pg && self.sets > MOST_JOINED
    }

    /// Whether a row is in the set of those whose `id` stands in these rows.
    fn within(&mut self, id: &str, rows: &str) -> String {
        let own = self.base.id;
        if self.is_fenced() {
            return format!("exists (select 1 from {rows} and {id} = {own}{FENCE})");
        }
        format!("{own} in (select {id} from {rows})")
    }

    /// Whether there are such rows; they name the row they are asked for.
    fn exists(&mut self, rows: &str) -> String {
        let fence = if self.is_fenced() { FENCE } else { "" };
        format!("exists (select 1 from {rows}{fence})")
    }

    /// A predicate on the row.
    pub(super) fn row(&mut self, filter: &Filter) -> Result<String> {
        match filter {
            Filter::And(all) => self.all(all, " and "),
            Filter::Or(any) if self.unions < MOST_UNIONS && any.iter().all(|one| self.is_indexed(one)) => {
                self.union(any)
            }
            Filter::Or(any) => self.all(any, " or "),
            Filter::Not(inner) => Ok(format!("not {}", self.row(inner)?)),
            Filter::Compare(one) if one.place.attribute.multi => self.element(&one.place, filter),
            Filter::Compare(one) => self.compare(one),
            Filter::Element { place, filter } => self.element(place, filter),
            Filter::Never => Ok(NOBODY.to_owned()),
        }
    }

    fn all(&mut self, filters: &[Filter], glue: &str) -> Result<String> {
        let texts = filters.iter().map(|one| self.row(one)).collect::<Result<Vec<_>>>()?;
        Ok(balanced(&texts, glue))
    }

    /// `OR` of indexed conditions: one set of ids, each part of which is found by its own index and planned by itself.
    fn union(&mut self, any: &[Filter]) -> Result<String> {
        let mut sets = Vec::with_capacity(any.len());
        let outside = self.sets;
        self.unions += 1;
        for one in any {
            self.sets = 0;
            let predicate = self.row(one)?;
            sets.push(format!(
                "select {} from {} where {} and {predicate}",
                self.base.id, self.base.table, self.base.visible
            ));
        }
        self.unions -= 1;
        self.sets = outside;
        let (own, found) = (self.base.id, sets.join(" union "));
        if self.is_fenced() {
            return Ok(format!("exists (select 1 from ({found}) found where found.id = {own}{FENCE})"));
        }
        Ok(format!("{own} in ({found})"))
    }

    /// Whether an index finds the rows of this condition without looking at the others.
    fn is_indexed(&self, filter: &Filter) -> bool {
        match filter {
            Filter::And(all) => all.iter().any(|one| self.is_indexed(one)),
            Filter::Or(any) => any.iter().all(|one| self.is_indexed(one)),
            Filter::Not(_) => false,
            Filter::Never => true,
            Filter::Element { filter, .. } => self.is_indexed(filter),
            Filter::Compare(one) => {
                matches!(one.op, Op::Eq | Op::Sw | Op::Gt | Op::Ge | Op::Lt | Op::Le)
                    && !matches!(
                        scim_map::home(self.base.resource, &one.place),
                        Some(Home::Flag(_) | Home::Constant(_)) | None
                    )
            }
        }
    }

    /// A comparison with a value that a resource, or a row of a join, has once.
    fn compare(&mut self, one: &Comparison) -> Result<String> {
        let refusal =
            || ScimError::filter(format!("{} cannot be used in a filter (position {})", one.place.name(), one.at));
        let home = scim_map::home(self.base.resource, &one.place).ok_or_else(refusal)?;
        Ok(self.at_home(home, one))
    }

    /// A comparison with what lies at a home.
    fn at_home(&mut self, home: Home, one: &Comparison) -> String {
        match home {
            Home::Key(column) | Home::Moment(column) => self.nullable(column, column, one),
            Home::Uuid(column) => self.uuid(column, one),
            Home::Flag(column) => self.flag(column, one),
            Home::Constant(word) => constant(word, one),
            Home::Values => self.single_value(one),
        }
    }

    fn uuid(&mut self, column: &'static str, one: &Comparison) -> String {
        let (Literal::Text(text), Op::Eq | Op::Ne) = (&one.value, one.op) else {
            let text = self.engine.uuid_text(column);
            return self.nullable(column, &text, one);
        };
        let equal = Id::parse(text).map_or_else(|| "1 = 0".to_owned(), |id| format!("{column} = {}", self.bind(id)));
        if one.op == Op::Eq { equal } else { format!("not ({equal})") }
    }

    fn flag(&mut self, column: &str, one: &Comparison) -> String {
        match (&one.value, one.op) {
            (Literal::Bool(value), Op::Eq) => format!("{column} = {}", self.bind(*value)),
            (Literal::Bool(value), Op::Ne) => format!("{column} <> {}", self.bind(*value)),
            _ => "1 = 1".to_owned(),
        }
    }

    fn nullable(&mut self, column: &str, compared: &str, one: &Comparison) -> String {
        match one.op {
            Op::Pr => format!("{column} is not null"),
            Op::Ne => format!("({column} is null or not ({}))", self.test(compared, Op::Eq, &one.value)),
            op => format!("({column} is not null and {})", self.test(compared, op, &one.value)),
        }
    }

    /// A comparison with a value in `user_values` that a person has at most once.
    fn single_value(&mut self, one: &Comparison) -> String {
        if one.op == Op::Pr && one.place.sub.is_none() && !one.place.attribute.subs.is_empty() {
            return self.any_part(&one.place);
        }
        let attribute = self.bind(one.place.name());
        let (no, op) = if one.op == Op::Ne { ("not ", Op::Eq) } else { ("", one.op) };
        let test = self.value_test("v", op, &one.value);
        let set = self.within("v.user_id", &format!("user_values v where v.attribute = {attribute}{test}"));
        format!("{no}{set}")
    }

    /// Whether any part of a complex attribute has a value.
    fn any_part(&mut self, place: &Place) -> String {
        let parts = self.parts(place);
        self.within("v.user_id", &format!("user_values v where v.attribute in ({parts})"))
    }

    /// The names under which a complex attribute has rows: those of its parts, and its own where it has no known part.
    fn parts(&mut self, place: &Place) -> String {
        let subs = place.attribute.subs.iter().filter(|sub| sub.filterable).map(Some);
        let names = subs.chain([None]).map(|sub| Place { sub, ..*place }.name());
        names.map(|name| self.bind(name)).collect::<Vec<_>>().join(", ")
    }

    /// ` and key …` for everything but `pr`, for which the row itself is the answer.
    fn value_test(&mut self, alias: &str, op: Op, value: &Literal) -> String {
        if op == Op::Pr {
            return String::new();
        }
        let key = match value {
            Literal::Bool(value) => &Literal::Text(value.to_string()),
            other => other,
        };
        format!(" and {}", self.test(&format!("{alias}.value_key"), op, key))
    }

    /// At least one element of a list satisfies the filter.
    fn element(&mut self, place: &Place, filter: &Filter) -> Result<String> {
        if let Some(join) = scim_map::join(place) {
            return self.join_element(&join, filter);
        }
        match filter {
            Filter::Or(any) => {
                let texts = any.iter().map(|one| self.element(place, one)).collect::<Result<Vec<_>>>()?;
                Ok(balanced(&texts, " or "))
            }
            Filter::And(all) => match driver(all) {
                Some(at) => Ok(self.driven(all, at)),
                None => Ok(self.scanned(place, filter)),
            },
            Filter::Compare(one) if one.op == Op::Pr && one.place.sub.is_none() => Ok(self.any_part(place)),
            Filter::Compare(one) if one.op != Op::Ne => Ok(self.driven(std::slice::from_ref(filter), 0)),
            _ => Ok(self.scanned(place, filter)),
        }
    }

    /// The most selective comparison finds the elements, the others are asked of each.
    fn driven(&mut self, all: &[Filter], at: usize) -> String {
        let Filter::Compare(lead) = &all[at] else { return "1 = 0".to_owned() };
        let attribute = self.bind(lead.place.name());
        let test = self.value_test("e", lead.op, &lead.value);
        let mut rest = String::new();
        for other in (0..all.len()).filter(|other| *other != at) {
            rest.push_str(" and ");
            rest.push_str(&self.of_element(&all[other]));
        }
        self.within("e.user_id", &format!("user_values e where e.attribute = {attribute}{test}{rest}"))
    }

    /// Every element of the person is asked: for conditions that only say what an element is not.
    fn scanned(&mut self, place: &Place, filter: &Filter) -> String {
        let parts = self.parts(place);
        let asked = self.of_element(filter);
        self.exists(&format!("user_values e where e.user_id = u.id and e.attribute in ({parts}) and {asked}"))
    }

    /// A predicate on the element that row `e` belongs to.
    fn of_element(&mut self, filter: &Filter) -> String {
        let joined = |compiler: &mut Self, filters: &[Filter], glue: &str| {
            let texts: Vec<String> = filters.iter().map(|one| compiler.of_element(one)).collect();
            balanced(&texts, glue)
        };
        match filter {
            Filter::And(all) => joined(self, all, " and "),
            Filter::Or(any) => joined(self, any, " or "),
            Filter::Not(inner) => format!("not {}", self.of_element(inner)),
            Filter::Element { filter: inner, .. } => self.of_element(inner),
            Filter::Never => NOBODY.to_owned(),
            Filter::Compare(one) => {
                let attribute = self.bind(one.place.name());
                let (no, op) = if one.op == Op::Ne { ("not ", Op::Eq) } else { ("", one.op) };
                let test = self.value_test("x", op, &one.value);
                let rows = format!(
                    "user_values x where x.user_id = e.user_id and x.element = e.element \
                     and x.attribute = {attribute}{test}"
                );
                format!("{no}{}", self.exists(&rows))
            }
        }
    }

    fn join_element(&mut self, join: &Join, filter: &Filter) -> Result<String> {
        let condition = self.joined(filter)?;
        Ok(self.within(join.id, &format!("{} and {condition}", join.rows)))
    }

    /// A predicate on one row of a join.
    fn joined(&mut self, filter: &Filter) -> Result<String> {
        let mut glued = |filters: &[Filter], glue: &str| {
            let texts = filters.iter().map(|one| self.joined(one)).collect::<Result<Vec<_>>>()?;
            Ok(balanced(&texts, glue))
        };
        match filter {
            Filter::And(all) => glued(all, " and "),
            Filter::Or(any) => glued(any, " or "),
            Filter::Not(inner) => Ok(format!("not {}", self.joined(inner)?)),
            Filter::Element { filter, .. } => self.joined(filter),
            Filter::Never => Ok(NOBODY.to_owned()),
            Filter::Compare(one) if one.place.sub.is_none() => Ok("1 = 1".to_owned()),
            Filter::Compare(one) => self.compare(one),
        }
    }

    /// The comparison itself, of a value that is not null.
    fn test(&mut self, compared: &str, op: Op, value: &Literal) -> String {
        let bind = match value {
            Literal::Text(text) => self.bind(text.as_str()),
            Literal::Bool(value) => self.bind(*value),
            Literal::Integer(number) => self.bind(*number),
            Literal::Time(at) => self.bind(Time::from(*at)),
            Literal::None => return "1 = 1".to_owned(),
        };
        match op {
            Op::Eq => format!("{compared} = {bind}"),
            Op::Ne => format!("{compared} <> {bind}"),
            Op::Gt => format!("{compared} > {bind}"),
            Op::Ge => format!("{compared} >= {bind}"),
            Op::Lt => format!("{compared} < {bind}"),
            Op::Le => format!("{compared} <= {bind}"),
            Op::Co => self.engine.contains(compared, &bind),
            Op::Ew => self.engine.ends_with(compared, &bind),
            Op::Sw => match value {
                Literal::Text(prefix) => self.starts_with(compared, &bind, prefix),
                _ => "1 = 0".to_owned(),
            },
            Op::Pr => "1 = 1".to_owned(),
        }
    }

    /// A prefix as a range of keys, which an index can walk.
    fn starts_with(&mut self, compared: &str, bind: &str, prefix: &str) -> String {
        match text::after_prefix(prefix) {
            Some(end) => format!("({compared} >= {bind} and {compared} < {})", self.bind(end)),
            None => format!("{compared} >= {bind}"),
        }
    }
}

/// Which comparison of a conjunction finds the fewest elements, as far as the attribute tells.
fn driver(all: &[Filter]) -> Option<usize> {
    let weight = |filter: &Filter| match filter {
        Filter::Compare(one) if one.op == Op::Ne || one.place.sub.is_none() => None,
        Filter::Compare(one) => {
            let common = matches!(one.place.leaf().name, "type" | "primary");
            Some((common, one.op != Op::Eq, matches!(one.op, Op::Pr | Op::Co | Op::Ew)))
        }
        _ => None,
    };
    (0..all.len()).filter_map(|at| weight(&all[at]).map(|weight| (weight, at))).min().map(|(_, at)| at)
}

/// A comparison with a text that is the same for every resource, decided here.
fn constant(word: &str, one: &Comparison) -> String {
    let holds = match (&one.value, one.op) {
        (Literal::Text(text), Op::Eq) => word == text,
        (Literal::Text(text), Op::Ne) => word != text,
        (Literal::Text(text), Op::Co) => word.contains(text.as_str()),
        (Literal::Text(text), Op::Sw) => word.starts_with(text.as_str()),
        (Literal::Text(text), Op::Ew) => word.ends_with(text.as_str()),
        (Literal::Text(text), Op::Gt) => word > text.as_str(),
        (Literal::Text(text), Op::Ge) => word >= text.as_str(),
        (Literal::Text(text), Op::Lt) => word < text.as_str(),
        (Literal::Text(text), Op::Le) => word <= text.as_str(),
        _ => true,
    };
    if holds { "1 = 1" } else { "1 = 0" }.to_owned()
}
