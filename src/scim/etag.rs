//! Versions as entity tags (RFC 7644 §3.14): `W/"7"`.

use std::borrow::Cow;

/// The tag of a version. Weak, because a projection changes the bytes.
#[must_use]
pub fn tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The same where the whole is always shown, in the same form: strong.
#[must_use]
pub fn strong_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// What the client demands of the version it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Nothing: the change applies to whatever is there.
    Absent,
    /// That the resource exists (`*`).
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
    /// The first, and that `If-None-Match` does not name the version there is (RFC 9110 §13.1.2).
    Unless(Box<IfMatch>, Box<IfMatch>),
}

impl IfMatch {
    /// Reads the header. A tag that this server never made matches nothing.
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        match header.map(str::trim) {
            None => Self::Absent,
            Some("*") => Self::Any,
            Some(list) => Self::Versions(list.split(',').filter_map(version).collect()),
        }
    }

    /// What both headers of a write demand together.
    #[must_use]
    pub fn unless(self, if_none_match: Self) -> Self {
        if if_none_match == Self::Absent { self } else { Self::Unless(Box::new(self), Box::new(if_none_match)) }
    }

    /// Whether the version is one of those named, as `If-None-Match` asks it of what the client has.
    #[must_use]
    pub fn names(&self, current: i64) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::Versions(known) => known.contains(&current),
            Self::Unless(wanted, unwanted) => wanted.names(current) && !unwanted.names(current),
        }
    }

    /// Whether anything is demanded of the version.
    #[must_use]
    pub fn is_demanding(&self) -> bool {
        matches!(self, Self::Versions(_) | Self::Unless(..))
    }

    /// Holds the demand against the version that is there.
    ///
    /// # Errors
    /// The sentence for a 412.
    pub fn check(&self, current: i64) -> Result<(), Cow<'static, str>> {
        match self {
            Self::Versions(wanted) if !wanted.contains(&current) => Err(Cow::Owned(format!(
                "The resource is now at version {}; read it again and repeat the change.",
                tag(current)
            ))),
            Self::Unless(wanted, unwanted) => {
                wanted.check(current)?;
                if unwanted.names(current) {
                    return Err(Cow::Owned(format!(
                        "The resource is at version {}, which If-None-Match excludes.",
                        tag(current)
                    )));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn version(tag: &str) -> Option<i64> {
    let tag = tag.trim();
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let number: i64 = digits.parse().ok()?;
    // Another spelling of the number is no tag of ours.
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_back_weak_or_strong() {
        assert_eq!(IfMatch::parse(Some("W/\"7\"")), IfMatch::Versions(vec![7]));
        assert_eq!(IfMatch::parse(Some("\"7\", W/\"9\"")), IfMatch::Versions(vec![7, 9]));
        assert!(IfMatch::parse(Some("W/\"7\"")).check(7).is_ok());
        assert!([tag(7), strong_tag(7)].iter().all(|made| IfMatch::parse(Some(made)) == IfMatch::Versions(vec![7])));
    }

    #[test]
    fn a_foreign_tag_matches_nothing() {
        assert!(IfMatch::parse(Some("\"abc\"")).check(7).is_err());
        assert!(IfMatch::parse(Some("7")).check(7).is_err());
        assert!(["\"07\"", "\"+7\"", "\" 7\""].iter().all(|tag| IfMatch::parse(Some(tag)).check(7).is_err()));
        assert!(IfMatch::parse(Some("")).check(7).is_err());
    }

    #[test]
    fn what_the_client_has_is_named_by_its_tag_or_a_star() {
        let names = |header| IfMatch::parse(header).names(7);
        assert_eq!(
            [names(None), names(Some("W/\"6\"")), names(Some("W/\"7\"")), names(Some("*"))],
            [false, false, true, true]
        );
    }

    #[test]
    fn a_write_may_exclude_the_version_there_is() {
        let demand = |wanted, unwanted| IfMatch::parse(wanted).unless(IfMatch::parse(unwanted)).check(7).is_ok();
        assert!(demand(None, None) && demand(Some("W/\"7\""), None) && demand(None, Some("W/\"6\"")));
        assert!(
            !demand(None, Some("*")) && !demand(None, Some("W/\"7\"")) && !demand(Some("W/\"6\""), Some("W/\"5\""))
        );
    }

    #[test]
    fn nothing_demanded_and_a_star_match_everything() {
        assert!(IfMatch::parse(None).check(7).is_ok());
        assert!(IfMatch::parse(Some("*")).check(7).is_ok());
    }
}
