//! One SQL text for both engines: every statement in the source is prepared on both, and what is assembled is run.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::audit::search;
use rollcall::error::Error;
use rollcall::model::Id;
use rollcall::scim::filter;
use rollcall::scim::list::Page;
use rollcall::scim::schema::{COMMON, Place, RESOURCE_TYPES, ResourceType};
use rollcall::store::audit_counts;
use rollcall::store::audit_list::{self, Scope, Wanted};
use rollcall::store::dialect::Engine;
use rollcall::store::scim_list::{self, Part, Wanted as Search};

use crate::harness::{Roll, facts};
use crate::source::{self, File, Kind, Token, after_bracket, without_tests};

/// What a statement may begin with.
const VERBS: [&str; 5] = ["select ", "insert into ", "update ", "delete from ", "with "];
/// A list of ids as PostgreSQL takes it, which begins like a statement and is a piece of one.
const LIST_PIECE: &str = "select unnest(";
/// One side of a search at the root.
const SIDE: &str = "select true as is_user, 1 as row_id, 0 as place, 'k' as sort_key, 2 as tie_id";
/// What stands in the holes of a text that is assembled: the beginning of the text, and the holes in their order. A list
/// of ids, `in ({…})`, needs no line here.
const HOLES: [(&str, &[&str]); 14] = [
    // Literals, because only the bound values tell PostgreSQL the types of this list.
    ("delete from user_values where user_id", &["('x',1)"]),
    ("insert into team_members", &["($1,$2,$3,$4,$5,$6,$7,$8,$9)"]),
    ("select count(*) as total from", &["users u", "u.scim_id is not null"]),
    (
        "select * from (select {is_user}",
        &["true", "u.id", "0", ", 'k' as sort_key", "users u", "1 = 1", "", "u.id", "1"],
    ),
    ("select id, scim_id, coalesce", &[""]),
    ("select is_user, row_id", &[SIDE, SIDE, "sort_key", "", "last", "", "1", "0"]),
    ("select m.user_id from team_members m", &["1", "1 = 1"]),
    ("select {} from {} where", &["u.id", "users u", "u.scim_id is not null", "1 = 1"]),
    ("update team_members set by_okta = false", &["3"]),
    ("update users set", &["version = $2"]),
    ("select at, id from audit_events where id", &["$1", "1 = 1"]),
    ("select at, id from audit_events where {conditions} {NEWEST_FIRST} limit 1", &["at < $1", "$2"]),
    ("select at, id from audit_events where {conditions} {NEWEST_FIRST} limit {most}", &["at < $1", "$2"]),
    (
        "select at, id, severity from audit_events where {conditions} {NEWEST_FIRST} limit {most}",
        &["at < $1", "order by at desc, id desc", "$2"],
    ),
];

/// A text in both spellings.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pg: String,
    lite: String,
}

impl Text {
    fn same(text: &str) -> Self {
        Self { pg: text.to_owned(), lite: text.to_owned() }
    }

    fn push(&mut self, other: &Self) {
        self.pg.push_str(&other.pg);
        self.lite.push_str(&other.lite);
    }

    fn is_statement(&self) -> bool {
        VERBS.iter().any(|verb| self.lite.starts_with(verb)) && !self.lite.starts_with(LIST_PIECE)
    }
}

/// A statement and where it stands.
pub struct Statement {
    /// File and line.
    pub place: String,
    text: Text,
}

impl Statement {
    /// As this engine is told it.
    pub fn sql(&self, engine: Engine) -> &str {
        if engine == Engine::Pg { &self.text.pg } else { &self.text.lite }
    }
}

/// Every statement of the store, assembled ones with their holes filled.
pub fn statements() -> Vec<Statement> {
    catalogue(&source::files("src/store")).0
}

/// Reads the statements of one file.
struct Reader<'f> {
    path: &'f str,
    tokens: Vec<Token>,
    consts: BTreeMap<String, Text>,
    holes: &'f mut BTreeSet<&'static str>,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_word(word))
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_mark(mark))
    }

    fn is_macro(&self, at: usize, name: &str) -> bool {
        self.is_word(at, name) && self.is_mark(at + 1, '!')
    }

    /// The name of a macro that stands for a list of columns or for a condition: every one whose name ends so.
    fn shared(&self, at: usize) -> Option<String> {
        let is_shared = |name: &&str| name.ends_with("columns") || name.ends_with("condition");
        let name = self.tokens.get(at)?.word().filter(is_shared)?;
        Some(format!("{name}!"))
    }

    /// The text that an expression stands for, and the place after it.
    fn text(&self, at: usize) -> Option<(Text, usize)> {
        if self.is_macro(at, "concat") || self.is_macro(at, "locking") {
            return Some((self.joined(at + 2)?, after_bracket(&self.tokens, at + 2)));
        }
        if let Some(name) = self.shared(at).filter(|_| self.is_mark(at + 1, '!')) {
            return Some((self.consts.get(&name)?.clone(), after_bracket(&self.tokens, at + 2)));
        }
        match &self.tokens.get(at)?.kind {
            Kind::Text(text) => Some((Text::same(text), at + 1)),
            Kind::Word(name) => Some((self.consts.get(name)?.clone(), at + 1)),
            Kind::Mark(_) => None,
        }
    }

    /// The pieces of `concat!(…)` in one; those of `locking!(… ; strength)` with the strength where rows are locked.
    fn joined(&self, open: usize) -> Option<Text> {
        let end = after_bracket(&self.tokens, open) - 1;
        let (mut whole, mut at) = (Text::default(), open + 1);
        while at < end {
            let is_strength = self.is_mark(at, ';');
            if is_strength || self.is_mark(at, ',') {
                at += 1;
                if at == end {
                    break;
                }
            }
            let (piece, next) = self.text(at)?;
            if is_strength {
                whole.pg = format!("{} {}", whole.pg, piece.pg);
            } else {
                whole.push(&piece);
            }
            at = next;
        }
        Some(whole)
    }

    /// Reads `const NAME: &str = …` and what `columns!()` and its like stand for.
    fn read_consts(&mut self) {
        for at in 0..self.tokens.len() {
            if self.is_word(at, "const") && self.is_mark(at + 2, ':') {
                let equals = (at..self.tokens.len()).find(|at| self.is_mark(*at, '=')).unwrap_or(at);
                let name = self.tokens[at + 1].word().unwrap_or_default().to_owned();
                if let Some((text, _)) = self.text(equals + 1) {
                    self.consts.insert(name, text);
                }
            }
            if let Some(name) = self.shared(at + 2).filter(|_| self.is_macro(at, "macro_rules")) {
                let body = (at..self.tokens.len()).find_map(|at| match &self.tokens[at].kind {
                    Kind::Text(text) => Some(Text::same(text)),
                    _ => None,
                });
                self.consts.insert(name, body.unwrap_or_default());
            }
        }
    }

    fn read(&mut self) {
        self.read_consts();
        let mut at = 0;
        while at < self.tokens.len() {
            if self.is_word(at, "rows") && self.is_word(at + 3, "insert") && self.is_mark(at + 4, '(') {
                self.add_insert(at + 4);
            }
            let is_text = matches!(self.tokens[at].kind, Kind::Text(_));
            let is_joined = self.is_macro(at, "concat") || self.is_macro(at, "locking");
            let is_format = is_text && at >= 3 && self.is_macro(at - 3, "format");
            at = match self.text(at).filter(|_| is_text || is_joined) {
                Some((text, next)) => {
                    let text = if is_format { self.filled(&text) } else { text };
                    self.add(at, text);
                    next
                }
                None => at + 1,
            };
        }
    }

    fn add(&mut self, at: usize, text: Text) {
        if text.is_statement() {
            let text = if text.lite.starts_with("insert into ") && !text.lite.contains(" values ") {
                with_values(&text, "")
            } else {
                text
            };
            self.found.push(Statement { place: format!("{}:{}", self.path, self.tokens[at].line), text });
        }
    }

    /// `rows::insert(tx, head, rows, tail)`: the head comes by itself, here it is taken with its tail.
    fn add_insert(&mut self, open: usize) {
        let arguments = self.arguments(open);
        let (head, tail) = (self.text(arguments[1]), self.text(arguments[3]));
        let (Some((head, _)), Some((tail, _))) = (head, tail) else { panic!("{}: not a static insert", self.path) };
        self.found.push(Statement {
            place: format!("{}:{}", self.path, self.tokens[open].line),
            text: with_values(&head, &tail.lite),
        });
    }

    /// Where the arguments of a call begin.
    fn arguments(&self, open: usize) -> Vec<usize> {
        let (end, mut at, mut begins) = (after_bracket(&self.tokens, open) - 1, open + 1, vec![open + 1]);
        while at < end {
            if matches!(self.tokens[at].kind, Kind::Mark('(' | '[' | '{')) {
                at = after_bracket(&self.tokens, at);
                continue;
            }
            if self.is_mark(at, ',') {
                begins.push(at + 1);
            }
            at += 1;
        }
        begins
    }

    /// A text of `format!` with its constants and its holes filled; texts that are no statement stay as they are.
    fn filled(&mut self, text: &Text) -> Text {
        let template = text.lite.clone();
        let constant = |name: &str| self.consts.get(name).map(|text| text.lite.clone());
        let first = template.strip_prefix('{').and_then(|rest| constant(rest.split('}').next()?));
        if first.is_none() && !text.is_statement() {
            return text.clone();
        }
        let known = HOLES.iter().find(|(beginning, _)| template.starts_with(beginning));
        let mut fills = known.map_or(&[][..], |(_, fills)| *fills).iter();
        let (mut whole, mut rest) = (Text::default(), template.as_str());
        while let Some((before, hole)) = rest.split_once('{') {
            let (name, after) = hole.split_once('}').expect("a hole that ends");
            let ids = before.ends_with(" in (").then(|| {
                let number = (1..=9).find(|number| !template.contains(&format!("${number}"))).unwrap_or(1);
                Text { pg: format!("{LIST_PIECE}${number}::uuid[])"), lite: format!("${number}") }
            });
            let mut same = || constant(name).or_else(|| fills.next().map(|fill| (*fill).to_owned()));
            let fill = ids.or_else(|| same().map(|text| Text::same(&text)));
            let fill =
                fill.unwrap_or_else(|| panic!("{}: say in HOLES what fills {{{name}}} of {template}", self.path));
            whole.push(&Text::same(before));
            whole.push(&fill);
            rest = after;
        }
        assert!(fills.next().is_none(), "{}: HOLES fills more than {template} has", self.path);
        self.holes.extend(known.map(|(beginning, _)| *beginning));
        whole.push(&Text::same(rest));
        whole
    }
}

/// The head of an insert with one row of values, as many as it names columns.
fn with_values(head: &Text, tail: &str) -> Text {
    let columns = head.lite.split('(').nth(1).map_or(0, |list| list.split(',').count());
    let values: Vec<String> = (1..=columns).map(|number| format!("${number}")).collect();
    Text::same(&format!("{} values ({}) {tail}", head.lite, values.join(", ")))
}

/// The statements of these files, and which of [`HOLES`] were needed.
fn catalogue(files: &[File]) -> (Vec<Statement>, BTreeSet<&'static str>) {
    let (mut all, mut holes) = (Vec::new(), BTreeSet::new());
    for file in files {
        let (tokens, _) = without_tests(&file.tokens);
        let mut reader =
            Reader { path: &file.path, tokens, consts: BTreeMap::new(), holes: &mut holes, found: Vec::new() };
        reader.read();
        all.append(&mut reader.found);
    }
    (all, holes)
}

fn snippet(text: &str) -> Vec<Statement> {
    let file = File { path: "a.rs".to_owned(), text: text.to_owned(), tokens: source::tokens(text) };
    catalogue(&[file]).0
}

#[test]
fn statements_are_found_however_they_are_written() {
    let text = r#"
        const LIST: &str = "select id from a";
        macro_rules! columns { () => { "select id, b from a " }; }
        macro_rules! few_columns { () => { "select b from a " }; }
        fn f() { query!(tx, concat!(columns!(), "where id = $1"), id => execute) }
        fn g() { let sql = locking!(columns!(), "where b = $1"; "for update"); }
        fn h() { let sql = format!("{LIST} where id = $1"); }
        fn i() { rows::insert(tx, "insert into a (id, b)", &[[1, 2]], "on conflict do nothing") }
        // "select nothing"
        fn j() { refuse("selected by nobody") }
        fn k() { query!(tx, concat!(few_columns!(), "where id = $1"), id => execute) }
    "#;
    let found: Vec<String> = snippet(text).into_iter().map(|one| one.text.pg).collect();
    assert_eq!(
        found,
        [
            "select id from a",
            "select id, b from a ",
            "select b from a ",
            "select id, b from a where id = $1",
            "select id, b from a where b = $1 for update",
            "select id from a where id = $1",
            "insert into a (id, b) values ($1, $2) on conflict do nothing",
            "insert into a (id, b) values ($1, $2) ",
            "select b from a where id = $1",
        ]
    );
}

#[test]
fn every_filled_hole_is_still_in_the_source() {
    let (found, holes) = catalogue(&source::files("src/store"));
    assert_eq!(holes, HOLES.iter().map(|(beginning, _)| *beginning).collect());
    for verb in VERBS.into_iter().filter(|verb| *verb != "with ") {
        assert!(found.iter().any(|one| one.text.lite.starts_with(verb)), "no {verb}was found");
    }
}

/// Every place that a filter on this kind of resource can name.
fn places(resource: &ResourceType) -> Vec<Place> {
    let core = resource.schema.attributes.iter().chain(COMMON).map(|attribute| (None, attribute));
    let extended = resource
        .extensions
        .iter()
        .flat_map(|extension| extension.attributes.iter().map(move |attribute| (Some(*extension), attribute)));
    let all = core.chain(extended).flat_map(|(extension, attribute)| {
        let subs = attribute.subs.iter().map(Some).chain([None]);
        subs.map(move |sub| Place { extension, attribute, sub })
    });
    all.filter(Place::filterable).collect()
}

/// Every comparison there is for a place, as clients write it: as it stands, negated, and inside other filters.
fn filters(place: &Place) -> Vec<String> {
    let name = place.name();
    let mut filters = vec![format!("{name} pr"), format!("not ({name} pr)")];
    for op in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
        for value in ["\"da\"", "\"2026-03-02T12:00:00Z\"", "true", "7"] {
            filters.push(format!("{name} {op} {value}"));
            if !["eq", "ne", "co", "gt"].contains(&op) {
                continue;
            }
            filters.push(format!("{name} {op} {value} or not ({name} {op} {value} and {name} pr)"));
            if let Some(sub) = place.sub.filter(|_| place.attribute.multi) {
                let list = name.trim_end_matches(sub.name).trim_end_matches('.');
                filters.push(format!("{list}[{} {op} {value} and not ({} pr)]", sub.name, sub.name));
            }
        }
    }
    filters
}

async fn run_filter(roll: &Roll, resource: &'static ResourceType, text: &str) -> Option<Result<u64, Error>> {
    let filter = filter::parse(text, resource).ok()?;
    let mut view = roll.db().view().await.expect("a view");
    let wanted = Search { filter: Some(filter), sort: None, part: Part::Index(Page::clamped(None, Some(1)), None) };
    Some(match resource.name {
        "User" => scim_list::users(&mut view, &wanted).await.map(|found| found.total.expect("a total")),
        _ => scim_list::groups(&mut view, &wanted).await.map(|found| found.total.expect("a total")),
    })
}

/// A condition on everything the audit can be asked by, but for one key, so that every lane is walked once.
fn wanted(left_out: &str, roll: &Roll) -> Wanted {
    let (id, now) = (Id::fresh(), roll.clock.now());
    let all = format!(
        "cause:{id} request:r resource:user/{id} user:{id} team:{id} ip:192.0.2.7 actor:user/{id} severity:high \
         action:user.* source:scim outcome:success resource:user actor:cli actor:Okta text:x -text:y user:dana team:Ops"
    );
    let mut search = search::Search { since: Some(now), until: Some(now), ..search::Search::default() };
    let kept: Vec<&str> = all.split(' ').filter(|term| !term.starts_with(left_out)).collect();
    search.add_text(&kept.join(" "), now).expect("a search");
    let scope = Scope::Own { user: id, teams: vec![id, Id::fresh()] };
    Wanted { scope, search, before: Some((now, id)), ..Wanted::default() }
}

facts! {
    async fn every_statement_of_the_store_is_prepared(roll: Roll) {
        let mut refused = Vec::new();
        for statement in statements() {
            let sql = statement.sql(roll.engine());
            if let Err(error) = roll.prepare(sql).await {
                refused.push(format!("{}: {error}\n{sql}", statement.place));
            }
        }
        assert_eq!(refused, Vec::<String>::new());
    }

    async fn a_statement_that_only_one_engine_understands_is_refused(roll: Roll) {
        let foreign = match roll.engine() {
            Engine::Pg => ["select ifnull(name, 'x') from teams", "insert or ignore into teams (id) values ($1)"],
            Engine::Lite => ["select id from teams for update", "select name::text from teams"],
        };
        for sql in foreign {
            assert!(roll.prepare(sql).await.is_err(), "{sql}");
        }
    }

    async fn every_comparison_with_every_attribute_runs(roll: Roll) {
        let dana = roll.person("dana").await;
        roll.group("Ops", &[&dana]).await;
        let (mut ran, mut refused) = (0, BTreeSet::new());
        for resource in RESOURCE_TYPES {
            for place in places(resource) {
                for text in filters(&place) {
                    match run_filter(&roll, resource, &text).await {
                        None => {}
                        Some(Ok(_)) => ran += 1,
                        Some(Err(Error::Scim(_))) => drop(refused.insert(place.name())),
                        Some(Err(error)) => panic!("{text}: {error:?}"),
                    }
                }
            }
        }
        assert_eq!(refused.into_iter().collect::<Vec<_>>(), ["groups.$ref", "members.$ref"]);
        assert!(ran > 1_000, "only {ran} filters were run");
    }

    async fn the_audit_is_read_by_every_condition_at_once(roll: Roll) {
        let mut view = roll.db().view().await.expect("a view");
        for left_out in ["-", "cause", "request", "resource:user/", "user", "team", "ip", "actor:user/", "severity", "action"] {
            let own = wanted(left_out, &roll);
            let all = Wanted { scope: Scope::Everything, ..own.clone() };
            for wanted in [all, own] {
                assert!(audit_list::list(&mut view, &wanted, 10).await.expect("a page").events.is_empty());
                assert!(audit_counts::count(&mut view, &wanted).await.expect("a count").rows.is_empty());
            }
        }
        for scope in [Scope::Everything, wanted("-", &roll).scope] {
            assert!(audit_list::find(&mut view, &scope, Id::fresh()).await.expect("an answer").is_none());
        }
    }
}
