//! The order of a search as SQL, and the keyset by which a page begins where another ended. Part of the first place
//! that assembles SQL, under the same rule: static fragments and bound values.

use super::dialect::Engine;
use super::rows::Bind;
use super::scim_map::{self, Home};
use super::scim_search::Compiler;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::scim::ScimError;
use crate::scim::cursor::Mark;
use crate::scim::schema::Place;
use crate::scim::sort::Sort;

/// An order: by a key where one is asked for, and by the id among equals.
pub(super) struct Order {
    key: Option<Key>,
    tie: &'static str,
    descending: bool,
}

struct Key {
    /// The value as the engine compares it.
    value: String,
    form: Form,
    presence: Presence,
}

/// What a key is made of, which tells how it travels in a cursor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Id,
    Flag,
    Moment,
}

/// Whether every resource has the key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It has, and no two the same: the id decides nothing.
    Unique,
    Always,
    Sometimes,
}

/// Keys that no resource SCIM sees lacks, so that an index alone gives the order.
const ALWAYS: [&str; 8] =
    ["u.scim_id", "u.scim_active", "u.created_at", "u.updated_at", "t.id", "t.name_key", "t.created_at", UNIQUE];
/// Archived teams may share their names, people never do.
const UNIQUE: &str = "u.user_name_key";

impl Order {
    /// The order that was asked for; without one, by id.
    ///
    /// # Errors
    /// `invalidValue` for an attribute that is nowhere kept in a form that can be compared.
    pub(super) fn of(compiler: &mut Compiler<'_>, sort: Option<&Sort>) -> Result<Self> {
        let tie = compiler.base.order;
        let Some(sort) = sort else { return Ok(Self { key: None, tie, descending: false }) };
        let key = match &sort.place {
            Some(place) => key_of(compiler, place)?,
            None => None,
        };
        Ok(Self { key: key.filter(|key| key.value != tie), tie, descending: sort.descending })
    }

    /// Whether there is a key, so that the id decides among equals only.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What stands behind `order by`.
    pub(super) fn text(&self) -> String {
        let direction = if self.descending { " desc" } else { "" };
        let tie = format!("{}{direction}", self.tie);
        let Some(key) = &self.key else { return tie };
        match (key.presence, self.descending) {
            (Presence::Unique, _) => format!("{}{direction}", key.value),
            (Presence::Always, _) => format!("{}{direction}, {tie}", key.value),
            (Presence::Sometimes, false) => format!("{} nulls last, {tie}", key.value),
            (Presence::Sometimes, true) => format!("{} desc nulls first, {tie}", key.value),
        }
    }

    /// What the order itself demands of a row, said so that a partial index may be used.
    pub(super) fn guard(&self) -> String {
        match &self.key {
            Some(key) if key.presence == Presence::Unique => format!(" and {} is not null", key.value),
            _ => String::new(),
        }
    }

    /// The columns that a mark is made of.
    pub(super) fn columns(&self, engine: Engine) -> String {
        let key = self.key.as_ref().map(|key| format!(", {} as sort_key", key.shown(engine)));
        format!("{}, {} as tie_id", key.unwrap_or_default(), self.tie)
    }

    /// The condition on what comes after a mark.
    ///
    /// # Errors
    /// A defect: marks are sealed.
    pub(super) fn after(&self, compiler: &mut Compiler<'_>, mark: &Mark) -> Result<String> {
        let id = Id::parse(&mark.id).ok_or_else(|| Error::internal("a sealed cursor without an id"))?;
        let (tie, sign) = (self.tie, if self.descending { "<" } else { ">" });
        let Some(key) = &self.key else { return Ok(format!(" and {tie} {sign} {}", compiler.bind(id))) };
        let value = &key.value;
        let Some(text) = &mark.key else {
            let rest = format!("{value} is null and {tie} {sign} {}", compiler.bind(id));
            return Ok(if self.descending {
                format!(" and (({rest}) or {value} is not null)")
            } else {
                format!(" and {rest}")
            });
        };
        let bound = compiler.bind(key.form.bind(text)?);
        if key.presence == Presence::Unique {
            return Ok(format!(" and {value} {sign} {bound}"));
        }
        let beyond = format!("({value}, {tie}) {sign} ({bound}, {})", compiler.bind(id));
        let has_nulls_after = key.presence == Presence::Sometimes && !self.descending;
        Ok(if has_nulls_after { format!(" and ({beyond} or {value} is null)") } else { format!(" and {beyond}") })
    }
}

impl Key {
    /// The key as text, for a cursor.
    fn shown(&self, engine: Engine) -> String {
        let value = &self.value;
        match self.form {
            Form::Text => value.clone(),
            Form::Id => engine.uuid_text(value),
            Form::Flag => format!("case when {value} then 'true' else 'false' end"),
            Form::Moment => engine.micros_text(value),
        }
    }
}

impl Form {
    fn bind(self, text: &str) -> Result<Bind> {
        let broken = || Error::internal("a sealed cursor with a key of another form");
        Ok(match self {
            Self::Text => text.into(),
            Self::Id => Id::parse(text).ok_or_else(broken)?.into(),
            Self::Flag => (text == "true").into(),
            Self::Moment => Time::from_micros(text.parse().map_err(|_| broken())?).into(),
        })
    }
}

/// The key of a place; none when it is the same for every resource.
fn key_of(compiler: &mut Compiler<'_>, place: &Place) -> Result<Option<Key>> {
    let refusal = || ScimError::value(format!("sortBy: “{}” cannot be sorted by", place.name()));
    let home = scim_map::home(compiler.base.resource, place).ok_or_else(refusal)?;
    let (column, form) = match home {
        Home::Constant(_) => return Ok(None),
        Home::Values => return Ok(Some(sometimes(value_of(compiler, place), Form::Text))),
        Home::Key(column) => (column, Form::Text),
        Home::Uuid(column) => (column, Form::Id),
        Home::Flag(column) => (column, Form::Flag),
        Home::Moment(column) => (column, Form::Moment),
    };
    if let Some(join) = scim_map::join(place) {
        // Neither list has a primary element; the first is the one that answers show first.
        let (rows, owner, id) = (join.rows, join.id, compiler.base.id);
        let first = format!("(select {column} from {rows} and {owner} = {id} order by m.team_id, m.user_id limit 1)");
        return Ok(Some(sometimes(first, form)));
    }
    let presence = match column {
        UNIQUE => Presence::Unique,
        column if ALWAYS.contains(&column) => Presence::Always,
        _ => Presence::Sometimes,
    };
    Ok(Some(Key { value: column.to_owned(), form, presence }))
}

fn sometimes(value: String, form: Form) -> Key {
    Key { value, form, presence: Presence::Sometimes }
}

/// The value in `user_values`: of a list the primary element's, else the first there is.
fn value_of(compiler: &mut Compiler<'_>, place: &Place) -> String {
    let attribute = compiler.bind(place.name());
    let primary = place.attribute.sub("primary").filter(|_| place.attribute.multi);
    let Some(primary) = primary else {
        return format!(
            "(select v.value_key from user_values v where v.user_id = u.id and v.attribute = {attribute} \
             order by v.element limit 1)"
        );
    };
    let primary = compiler.bind(Place { sub: Some(primary), ..*place }.name());
    format!(
        "(select v.value_key from user_values v left join user_values w on w.user_id = v.user_id \
         and w.element = v.element and w.attribute = {primary} and w.value_key = 'true' \
         where v.user_id = u.id and v.attribute = {attribute} \
         order by case when w.element is null then 1 else 0 end, v.element limit 1)"
    )
}
