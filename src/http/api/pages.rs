//! Pages of lists: how many, from where on, and where the next one begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fields::Fields;
use crate::error::Result;
use crate::model::Id;

/// How many rows a page of any list has, unless it is asked for fewer or more.
const PAGE: u32 = 50;
/// The most rows of a page of any list.
pub const LARGEST_PAGE: u32 = 100;
/// What an id is long as text; what stands behind it in a mark is the key.
const ID_LENGTH: usize = 36;

/// How many rows are asked for.
pub fn limit(query: &mut Fields) -> u32 {
    query.number("limit", 1..=LARGEST_PAGE).unwrap_or(PAGE)
}

/// Whose things a list shows, and which page of it.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Whose.
    pub user: Id,
    /// After which row it goes on.
    pub cursor: Option<Id>,
    /// How many rows are asked for.
    pub limit: u32,
}

impl Listing {
    /// What `?user=`, `?cursor=` and `?limit=` ask for; one's own where nobody else is named.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) with every fault of the query.
    pub fn read(mut query: Fields, own: Id) -> Result<Self> {
        let (user, cursor) = (query.id("user").unwrap_or(own), query.id("cursor"));
        let limit = limit(&mut query);
        query.end()?;
        Ok(Self { user, cursor, limit })
    }

    /// The same as the store is asked: one row more, which tells whether there is a next page.
    #[must_use]
    pub fn page(&self) -> (Option<Id>, u32) {
        (self.cursor, self.limit + 1)
    }
}

/// The page out of rows of which one more than the limit was read, and what its `nextCursor` says: the mark of its last row,
/// or nothing where the list ends.
pub fn cut<T>(mut found: Vec<T>, limit: u32, mark: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| has_more).map(mark);
    (found, next)
}

/// Longer than the mark of the longest name that SCIM takes.
pub const LONGEST_MARK: usize = 4_096;

/// Where a list by name goes on: after this folded name, and among equal ones after this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The folded name.
    pub key: String,
    /// The row's id.
    pub id: Id,
}

impl Mark {
    /// The mark as clients send it back, whatever the name is made of.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{}", self.id, self.key))
    }

    /// Reads one; none where this server made no such mark.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, key) = text.split_at_checked(ID_LENGTH)?;
        let is_storable = !key.contains('\0');
        Id::parse(id).filter(|_| is_storable).map(|id| Self { key: key.to_owned(), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_where_the_next_begins() {
        let mark = |number: &u32| number.to_string();
        assert_eq!(cut(vec![1, 2, 3], 2, mark), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(cut(vec![1, 2], 2, mark), (vec![1, 2], None));
        assert_eq!(cut(vec![], 2, mark), (vec![], None));
    }

    #[test]
    fn a_mark_comes_back_as_it_went_and_nothing_else_is_one() {
        let mark = Mark { key: "größe & co".to_owned(), id: Id::fresh() };
        assert_eq!(Mark::decode(&mark.encode()), Some(mark));
        let cut_in_a_letter = URL_SAFE_NO_PAD.encode(format!("{}ä", "x".repeat(35)));
        let nul = URL_SAFE_NO_PAD.encode(format!("{}a\0", Id::fresh()));
        for bad in ["", "x", "====", &cut_in_a_letter, &nul, &URL_SAFE_NO_PAD.encode([0xff; 40])] {
            assert_eq!(Mark::decode(bad), None, "{bad}");
        }
    }
}
