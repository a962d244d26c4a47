//! What a refused SCIM request means and what to do about it, for whoever set the connection up: tables by status, scimType
//! and words of the detail. The first line that fits is told.

mod refused;
mod unreadable;

use crate::store::scim_request_list::LoggedRequest;

/// What is told of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    status: i64,
    kind: Option<&'static str>,
    /// Words of the detail; none where the status and the kind say it.
    has: &'static str,
    /// The methods it is told of; of all where none stands.
    methods: &'static [&'static str],
    /// Whether it stands for whatever no other line knows.
    is_rest: bool,
    /// Whether nobody has to do anything about it.
    pub is_usual: bool,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub next: &'static str,
}

const fn hint(
    (status, kind, has): (i64, Option<&'static str>, &'static str),
    meaning: &'static str,
    next: &'static str,
) -> Hint {
    Hint { status, kind, has, methods: &[], is_rest: false, is_usual: false, meaning, next }
}

impl Hint {
    const fn of(self, methods: &'static [&'static str]) -> Self {
        Self { methods, ..self }
    }

    const fn rest(self) -> Self {
        Self { is_rest: true, ..self }
    }

    const fn usual(self) -> Self {
        Self { is_usual: true, ..self }
    }

    /// Whether it is made for this very refusal, and not for whatever no other line knows.
    #[must_use]
    pub fn is_specific(&self) -> bool {
        !self.is_rest
    }

    fn fits(&self, refused: &Refused<'_>) -> bool {
        self.status == refused.status
            && self.kind == refused.kind
            && (self.methods.is_empty() || self.methods.contains(&refused.method))
            && refused.detail.contains(self.has)
    }
}

/// A refusal, as the log keeps it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refused<'r> {
    /// The method.
    pub method: &'r str,
    /// The status.
    pub status: i64,
    /// The scimType.
    pub kind: Option<&'r str>,
    /// The sentence.
    pub detail: &'r str,
}

impl<'r> From<&'r LoggedRequest> for Refused<'r> {
    fn from(request: &'r LoggedRequest) -> Self {
        let detail = request.detail.as_deref().unwrap_or_default();
        Self { method: &request.method, status: request.status, kind: request.scim_type.as_deref(), detail }
    }
}

/// Every line. Of one status and kind, those that know more stand first.
pub fn table() -> impl Iterator<Item = &'static Hint> {
    unreadable::TABLE.iter().chain(refused::TABLE)
}

/// What is told of an answer; none of one that was good.
#[must_use]
pub fn of(refused: &Refused<'_>) -> Option<&'static Hint> {
    table().find(|one| one.fits(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: i64, kind: Option<&str>, detail: &str) -> Option<&'static Hint> {
        of(&Refused { method: "PUT", status, kind, detail })
    }

    #[test]
    fn the_line_that_knows_more_is_told() {
        let taken = told(409, Some("uniqueness"), "userName is already taken by another user. Match …");
        assert!(taken.is_some_and(|hint| hint.meaning.contains("Another active person")));
        assert!(told(409, Some("uniqueness"), "something else").is_some_and(|hint| !hint.is_specific()));
        assert_eq!(told(200, None, ""), None);
        let gone = "There is no user with this id.";
        for method in ["GET", "HEAD", "DELETE"] {
            let read = of(&Refused { method, status: 404, kind: None, detail: gone });
            assert!(read.is_some_and(|hint| hint.is_usual), "{method} {read:?}");
        }
        assert!(told(404, None, gone).is_some_and(|hint| !hint.is_usual && hint.is_specific()));
    }

    #[test]
    fn every_line_can_be_reached_and_is_whole_sentences() {
        for one in table() {
            let method = one.methods.first().copied().unwrap_or("PUT");
            let reached = of(&Refused { method, status: one.status, kind: one.kind, detail: one.has });
            assert_eq!(reached, Some(one));
            for text in [one.meaning, one.next] {
                assert!(text.ends_with('.') && !text.contains("  ") && !text.contains('!'), "{text}");
            }
        }
    }
}
