//! Where the engines must differ: pairs of static texts, each with its reason.

/// The engine behind a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Pg,
    /// SQLite.
    Lite,
}

/// One statement in two spellings.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// For PostgreSQL.
    pub pg: &'static str,
    /// For SQLite.
    pub lite: &'static str,
}

impl From<&'static str> for Pair {
    fn from(text: &'static str) -> Self {
        Self { pg: text, lite: text }
    }
}

/// A select that locks what it returns: SQLite's one writer needs no row locks and refuses the words.
macro_rules! locking {
    ($($text:expr),+ ; $strength:literal) => {
        $crate::store::dialect::Pair { pg: concat!($($text),+, " ", $strength), lite: concat!($($text),+) }
    };
}
pub(crate) use locking;

impl Engine {
    /// A UUID column as the text SCIM shows, null where there is none. SQLite keeps the 16 bytes as they are, and its
    /// `hex` of nothing is an empty text.
    #[must_use]
    pub fn uuid_text(self, column: &str) -> String {
        match self {
            Self::Pg => format!("({column})::text collate \"C\""),
            Self::Lite => {
                let part = |from: u8, len: u8| format!("substr(lower(hex({column})), {from}, {len})");
                format!(
                    "nullif({} || '-' || {} || '-' || {} || '-' || {} || '-' || {}, '----')",
                    part(1, 8),
                    part(9, 4),
                    part(13, 4),
                    part(17, 4),
                    part(21, 12)
                )
            }
        }
    }

    /// A text column as something to order by, byte for byte. A union of differently collated columns has no collation
    /// on PostgreSQL; on SQLite bytes are what is compared unless something else is asked for.
    #[must_use]
    pub fn bytewise(self, column: &str) -> String {
        match self {
            Self::Pg => format!("{column} collate \"C\""),
            Self::Lite => column.to_owned(),
        }
    }

    /// A moment as whole microseconds since 1970, in text: what SQLite keeps, and what PostgreSQL can be asked for.
    #[must_use]
    pub fn micros_text(self, column: &str) -> String {
        match self {
            Self::Pg => format!("((extract(epoch from {column}) * 1000000)::bigint)::text"),
            Self::Lite => format!("cast({column} as text)"),
        }
    }

    /// Whether the text column contains the bound text, byte for byte.
    #[must_use]
    pub fn contains(self, column: &str, bind: &str) -> String {
        match self {
            Self::Pg => format!("strpos({column}, {bind}) > 0"),
            Self::Lite => format!("instr({column}, {bind}) > 0"),
        }
    }

    /// Whether the text column ends in the bound text, byte for byte. `right` would fold nothing but is not in SQLite.
    #[must_use]
    pub fn ends_with(self, column: &str, bind: &str) -> String {
        match self {
            Self::Pg => format!("right({column}, length({bind})) = {bind}"),
            Self::Lite => {
                format!("(length({column}) >= length({bind}) and substr({column}, -length({bind})) = {bind})")
            }
        }
    }
}
