//! Forms that are pages of their own: what is asked, what stands in it, what is wrong beside it, and what somebody else
//! wrote meanwhile.

use askama::Template;
use axum::http::StatusCode;

use super::frame::Frame;
use super::html;
use super::text;
use crate::error::{Error, Flaw, Result};
use crate::http::api::call::{CSRF_FIELD, Call};
use crate::http::problem::Answer;

/// One thing that a form asks for.
#[derive(Clone, Debug)]
pub struct Input {
    /// The field.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What may stand in it, in a sentence; empty where that is plain.
    pub hint: String,
    /// The most characters that it takes.
    pub most: usize,
    /// How many lines are shown; one is a line by itself, which takes no line break.
    pub rows: u8,
    /// Whether it must be filled in.
    pub is_needed: bool,
    /// What stands in it.
    pub value: String,
    /// What is wrong with that.
    pub fault: Option<String>,
    /// What is kept meanwhile, where that is something else.
    pub now: Option<String>,
}

impl Input {
    /// A line of at most so many characters.
    #[must_use]
    pub fn line(name: &'static str, label: &'static str, most: usize) -> Self {
        let (hint, value) = (String::new(), String::new());
        Self { name, label, hint, most, rows: 1, is_needed: false, value, fault: None, now: None }
    }

    /// Several lines, of which each is a value by itself.
    #[must_use]
    pub fn list(name: &'static str, label: &'static str, most: usize) -> Self {
        Self { rows: 3, ..Self::line(name, label, most) }
    }

    /// The same, which must be filled in.
    #[must_use]
    pub fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }

    /// The same, with what may stand in it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same, with what stands in it.
    #[must_use]
    pub fn with(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// The same as somebody filled it in, with what is wrong; with what is kept where it is to be held against that.
    fn filled(self, call: &Call, flaws: &[Flaw], is_stale: bool) -> Self {
        let value = sent(call, self.name);
        let fault = flaws.iter().find(|flaw| flaw.field == self.name).map(|flaw| format!("This {}.", flaw.problem));
        let now = (is_stale && value != self.value).then(|| text::block(&self.value));
        Self { value, fault, now, ..self }
    }
}

/// What was sent in a field; browsers end its lines as the wire does.
fn sent(call: &Call, field: &str) -> String {
    call.form.first(field).unwrap_or_default().replace("\r\n", "\n")
}

/// The lines of a field of several, without those that are empty.
pub fn lines<'c>(call: &'c Call, field: &str) -> impl Iterator<Item = &'c str> {
    call.form.first(field).unwrap_or_default().split('\n').map(str::trim).filter(|line| !line.is_empty())
}

/// A form as a page.
pub struct Form {
    /// What it is for; the page's title.
    pub title: String,
    /// What it does, a sentence a paragraph.
    pub about: Vec<String>,
    /// Where it goes.
    pub to: String,
    /// What is sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// What is asked.
    pub inputs: Vec<Input>,
    /// The button: before the name, the name, after it.
    pub button: (&'static str, String, &'static str),
    /// Where one goes who leaves it.
    pub back: String,
}

impl Form {
    /// Whether what was sent is what is kept already. What is not asked any more, because Okta says it now, is not.
    #[must_use]
    pub fn is_kept(&self, call: &Call) -> bool {
        let own = self.hidden.iter().map(|(name, _)| *name).chain([CSRF_FIELD]);
        let asked: Vec<&str> = self.inputs.iter().map(|input| input.name).chain(own).collect();
        let is_all_asked = call.form.names().all(|name| asked.contains(&name));
        is_all_asked && self.inputs.iter().all(|input| sent(call, input.name) == input.value)
    }
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    frame: Frame,
    form: Form,
    /// Why nothing was changed; none where nothing was tried.
    why: Option<String>,
    /// What is wrong and belongs to no input.
    others: Vec<String>,
}

async fn page(call: &Call, place: &str, form: Form, why: Option<String>, others: Vec<String>) -> Result<FormPage> {
    let frame = Frame::of(call, &mut call.view().await?, place, form.title.as_str()).await?;
    Ok(FormPage { frame, form, why, others })
}

/// The form, as it is opened.
///
/// # Errors
/// What the engine reports.
pub async fn ask(call: &Call, place: &str, form: Form) -> Answer {
    Ok(html::show(&page(call, place, form, None, Vec::new()).await?)?)
}

const ODD: &str = "Something in the form is not right.";
const AS_IT_IS: &str = "As things are, this cannot be.";
const STALE: &str = "Somebody changed it since you opened the form. What you wrote still stands here, and beside it what is kept \
     now. Send it again to put yours in its place.";

/// The form as it was sent, with why nothing was changed; what is no fault of it is an answer of its own.
///
/// # Errors
/// What is no fault of the form, and what the engine reports.
pub async fn refused(call: &Call, place: &str, form: Form, error: Error) -> Answer {
    let (status, why, flaws) = match error {
        Error::Invalid(flaws) => (StatusCode::BAD_REQUEST, ODD.to_owned(), flaws),
        Error::Clash(flaw) => (StatusCode::CONFLICT, AS_IT_IS.to_owned(), vec![flaw]),
        Error::Conflict(why) => (StatusCode::CONFLICT, text::plain(&why), Vec::new()),
        Error::Precondition(_) => (StatusCode::PRECONDITION_FAILED, STALE.to_owned(), Vec::new()),
        other => return Err(other.into()),
    };
    let is_of_an_input = |flaw: &Flaw| form.inputs.iter().any(|input| input.name == flaw.field);
    let others = flaws.iter().filter(|flaw| !is_of_an_input(flaw));
    let others = others.map(|flaw| text::plain(&format!("{}: {}", flaw.field, flaw.problem))).collect();
    let is_stale = status == StatusCode::PRECONDITION_FAILED;
    let inputs = form.inputs.into_iter().map(|input| input.filled(call, &flaws, is_stale)).collect();
    let page = page(call, place, Form { inputs, ..form }, Some(why), others).await?;
    Ok(html::page(status, &page)?)
}
