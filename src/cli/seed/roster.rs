//! Invented people and teams: the same number is the same person, on every machine.

use serde_json::{Value, json};

const GIVEN: [&str; 16] = [
    "Dana",
    "Tomás",
    "Aiko",
    "Leila",
    "Samuel",
    "Inês",
    "Oluwaseun",
    "Mikkel",
    "Priya",
    "Zoë",
    "Hassan",
    "Yuki",
    "Elif",
    "Björn",
    "Nadia",
    "Kofi",
];
const FAMILY: [&str; 13] = [
    "Okoye", "Herrera", "Mori", "Haddad", "Adjei", "Carvalho", "Lund", "Kowalski", "Nguyen", "Fischer", "Osei",
    "Rossi", "Silva",
];
const DEPARTMENTS: [&str; 7] = ["Payments", "Reliability", "Search", "Data", "Mobile", "Support", "Security"];
const TITLES: [&str; 5] =
    ["Software Engineer", "Site Reliability Engineer", "Incident Commander", "Engineering Manager", "Support Engineer"];
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A series of invented people and teams.
pub struct Roster {
    /// What sets its names apart from those of other runs.
    mark: String,
}

impl Roster {
    /// The series of an empty store.
    pub fn plain() -> Self {
        Self { mark: String::new() }
    }

    /// A series whose names carry a mark.
    pub fn marked(mark: &str) -> Self {
        Self { mark: format!("-{mark}") }
    }

    /// A person as Okta would send them.
    pub fn person(&self, number: usize) -> Value {
        let (given, family) = (GIVEN[number % GIVEN.len()], FAMILY[number % FAMILY.len()]);
        let name = format!("person-{:06}{}@example.com", number + 1, self.mark);
        json!({
            "schemas": [USER, ENTERPRISE],
            "userName": name,
            "externalId": format!("00useed{:013}{}", number + 1, self.mark),
            "active": true,
            "displayName": format!("{given} {family}"),
            "name": { "givenName": given, "familyName": family },
            "title": TITLES[number % TITLES.len()],
            "locale": "en-US",
            "emails": [{ "value": name, "type": "work", "primary": true }],
            "phoneNumbers": [{ "value": format!("+1 555 {:07}", number + 1), "type": "work", "primary": true }],
            ENTERPRISE: {
                "employeeNumber": (number + 1).to_string(),
                "department": DEPARTMENTS[number % DEPARTMENTS.len()],
            },
        })
    }

    /// A team as Okta would push it, without its members.
    pub fn team(&self, name: &str) -> Value {
        json!({ "schemas": [GROUP], "displayName": format!("{name}{}", self.mark) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_invented_twice_and_a_mark_sets_series_apart() {
        let (plain, marked) = (Roster::plain(), Roster::marked("0a1b"));
        for unique in ["userName", "externalId"] {
            let names = (0..1_000).flat_map(|number| [plain.person(number), marked.person(number)]);
            let names: BTreeSet<String> = names.map(|person| person[unique].to_string()).collect();
            assert_eq!(names.len(), 2_000, "{unique}");
        }
        assert_ne!(plain.team("Everybody"), marked.team("Everybody"));
    }
}
