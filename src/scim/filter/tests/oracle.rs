//! The same random filters through another parser of the same grammar.

use proptest::prelude::*;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter as Theirs, ValFilter};
use serde_json::json;

use super::{USER, parse, shape};
use crate::scim::filter::{Comparison, Filter, Literal, Op};
use crate::scim::schema::{Kind, Place};
use crate::scim::text::fold;

const TEXTS: [&str; 7] = [
    "userName",
    "externalId",
    "name.familyName",
    "emails.type",
    "groups.value",
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];
const LISTS: [&str; 3] = ["emails", "phoneNumbers", "ims"];

fn comparison(names: Vec<&'static str>, flag: &'static str) -> impl Strategy<Value = String> {
    let name = prop::sample::select(names);
    let text_op = prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "LE", "Eq"]);
    let value = any::<String>()
        .prop_filter("an empty text and NUL are our own affair", |text| !text.is_empty() && !text.contains('\0'));
    prop_oneof![
        4 => (name.clone(), text_op, value).prop_map(|(name, op, value)| format!("{name} {op} {}", json!(value))),
        1 => name.clone().prop_map(|name| format!("{name} pr")),
        1 => (name, prop::sample::select(vec!["eq null", "ne null"])).prop_map(|(name, rest)| format!("{name} {rest}")),
        1 => prop::sample::select(vec!["eq true", "ne false"]).prop_map(move |rest| format!("{flag} {rest}")),
    ]
}

fn moment() -> impl Strategy<Value = String> {
    (0..24_u8, prop::sample::select(vec!["gt", "le", "eq"]))
        .prop_map(|(hour, op)| format!("meta.created {op} \"2026-01-31T{hour:02}:30:00Z\""))
}

fn logic(leaf: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|terms| terms.join(" and ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|terms| terms.join(" or ")),
            inner.clone().prop_map(|term| format!("not ({term})")),
            inner.prop_map(|term| format!("({term})")),
        ]
    })
    .boxed()
}

fn filter() -> BoxedStrategy<String> {
    let inner = logic(comparison(vec!["type", "value", "display"], "primary").boxed());
    let element = (prop::sample::select(LISTS.to_vec()), inner).prop_map(|(list, inner)| format!("{list}[{inner}]"));
    logic(prop_oneof![4 => comparison(TEXTS.to_vec(), "active"), 1 => moment(), 1 => element].boxed())
}

fn leaf(exp: &AttrExp, list: Option<Place>) -> Filter {
    let (path, op, value) = match exp {
        AttrExp::Present(path) => (path, Op::Pr, None),
        AttrExp::Comparison(path, op, value) => (path, operator(op), Some(value)),
    };
    let place = place(path, list);
    let compare = |op, value| Filter::Compare(Comparison { place, op, value, written: String::new(), at: 0 });
    match value {
        Some(CompValue::Null) if op == Op::Eq => Filter::Not(Box::new(compare(Op::Pr, Literal::None))),
        None | Some(CompValue::Null) => compare(Op::Pr, Literal::None),
        Some(value) => compare(op, literal(place, value)),
    }
}

fn place(path: &AttrPath, list: Option<Place>) -> Place {
    let sub = path.sub_attr.as_ref().map(|sub| format!(".{sub}")).unwrap_or_default();
    match list {
        Some(list) => Place { sub: list.attribute.sub(&path.name), ..list },
        None => USER.find(path.uri.as_deref(), &format!("{}{sub}", path.name)).expect("only known names are made"),
    }
}

fn literal(place: Place, value: &CompValue) -> Literal {
    match value {
        CompValue::True => Literal::Bool(true),
        CompValue::Str(text) if place.leaf().kind == Kind::DateTime => Literal::Time(text.parse().expect("a moment")),
        CompValue::Str(text) if place.leaf().case_exact => Literal::Text(text.clone()),
        CompValue::Str(text) => Literal::Text(fold(text)),
        _ => Literal::Bool(false),
    }
}

fn operator(op: &CompareOp) -> Op {
    match op {
        CompareOp::Eq => Op::Eq,
        CompareOp::Ne => Op::Ne,
        CompareOp::Co => Op::Co,
        CompareOp::Sw => Op::Sw,
        CompareOp::Ew => Op::Ew,
        CompareOp::Gt => Op::Gt,
        CompareOp::Lt => Op::Lt,
        CompareOp::Ge => Op::Ge,
        CompareOp::Le => Op::Le,
    }
}

fn flat(terms: Vec<Filter>, every: bool) -> Filter {
    let flat = terms.into_iter().flat_map(|term| match term {
        Filter::And(inner) if every => inner,
        Filter::Or(inner) if !every => inner,
        other => vec![other],
    });
    if every { Filter::And(flat.collect()) } else { Filter::Or(flat.collect()) }
}

fn inner(theirs: &ValFilter, list: Place) -> Filter {
    let each = |terms: &[ValFilter]| terms.iter().map(|term| inner(term, list)).collect();
    match theirs {
        ValFilter::Attr(exp) => leaf(exp, Some(list)),
        ValFilter::Not(term) => Filter::Not(Box::new(inner(term, list))),
        ValFilter::And(terms) => flat(each(terms.as_slice()), true),
        ValFilter::Or(terms) => flat(each(terms.as_slice()), false),
    }
}

fn ours(theirs: &Theirs) -> Filter {
    let each = |terms: &[Theirs]| terms.iter().map(ours).collect();
    match theirs {
        Theirs::Attr(exp) => leaf(exp, None),
        Theirs::Not(term) => Filter::Not(Box::new(ours(term))),
        Theirs::And(terms) => flat(each(terms.as_slice()), true),
        Theirs::Or(terms) => flat(each(terms.as_slice()), false),
        Theirs::ValuePath(path) => {
            let list = place(&path.attr, None);
            Filter::Element { place: list, filter: Box::new(inner(&path.filter, list)) }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn two_parsers_read_the_same_tree(text in filter().prop_filter("within our limit", |text| text.len() < 8_000)) {
        let theirs: Theirs = text.parse().expect("the oracle reads what is generated");
        let mine = parse(&text, &USER).expect("and so do we");
        prop_assert_eq!(shape(&mine), shape(&ours(&theirs)));
    }
}
