//! Closed lists of words, as the database and the wire spell them.

/// A closed list: every value has one spelling, and nothing else is read.
pub trait Word: Copy + Sized + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// The spelling.
    fn as_str(self) -> &'static str;
    /// Reads the spelling, letter for letter.
    #[must_use]
    fn from_word(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.as_str() == text)
    }
}

/// Declares an enum together with its spellings.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $crate::model::words::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}
pub(crate) use words;
