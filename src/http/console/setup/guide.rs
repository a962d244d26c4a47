//! What to enter where in Okta: the steps of the setup with every label as Okta prints it and every value as this server
//! has it. One source for the page and for the text that goes into a ticket.

use crate::directory::connection::Step;
use crate::http::Shared;
use crate::okta::meaning::TABLE;
use crate::okta::signature::Demand;

/// How the event hook is made without clicking; the address in them is an example's.
const CURL: &str = include_str!("event_hook.sh");
const TERRAFORM: &str = include_str!("event_hook.tf");
const EXAMPLE: &str = "https://rollcall.example.com";

/// What a field in Okta is to hold.
pub enum Holds {
    /// This very text.
    Text(String),
    /// A tick, or none.
    Tick(bool),
    /// What no page shows, or what is somebody else's to choose: where it comes from.
    Words(&'static str),
}

/// A field in Okta.
pub struct Field {
    /// Its label, as Okta prints it.
    pub label: &'static str,
    /// What it is to hold.
    pub holds: Holds,
    /// What is worth knowing of it.
    pub note: &'static str,
}

fn text(label: &'static str, value: impl Into<String>) -> Field {
    Field { label, holds: Holds::Text(value.into()), note: "" }
}

fn tick(label: &'static str, on: bool, note: &'static str) -> Field {
    Field { label, holds: Holds::Tick(on), note }
}

fn words(label: &'static str, words: &'static str) -> Field {
    Field { label, holds: Holds::Words(words), note: "" }
}

impl Field {
    fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }
}

/// A text to copy whole.
pub struct Block {
    /// What it is.
    pub title: &'static str,
    /// The text.
    pub text: String,
}

/// A step of the setup.
pub struct Section {
    /// Which.
    pub step: Step,
    /// What it is called.
    pub title: &'static str,
    /// What it is for.
    pub lead: &'static str,
    /// Where it is done: in Okta's Admin Console, or here.
    pub place: &'static str,
    /// The fields there.
    pub fields: Vec<Field>,
    /// What to do when they are filled.
    pub then: &'static str,
    /// The same in another way.
    pub blocks: Vec<Block>,
    /// What is worth knowing, and what is odd about this server's settings.
    pub notes: Vec<String>,
}

/// Every step, in their order.
#[must_use]
pub fn sections(app: &Shared) -> Vec<Section> {
    vec![scim(app), users(), groups(), hook(app), sign_in(app), catch_up(app), glass(app)]
}

/// What keeps Okta from reaching the address that this server thinks it has.
fn unreachable(url: &str) -> Option<String> {
    let host = url.split("://").nth(1).unwrap_or_default();
    let is_near = ["localhost", "127.", "[::1]"].iter().any(|near| host.starts_with(near));
    let is_plain = !url.starts_with("https://");
    (is_near || is_plain).then(|| {
        format!(
            "Okta calls https addresses that the internet reaches. PUBLIC_URL of this server is {url}: set it to the \
             address of your proxy, restart, and come back for the values."
        )
    })
}

fn scim(app: &Shared) -> Section {
    let mut notes: Vec<String> = unreachable(&app.public_url).into_iter().collect();
    notes.push(
        "Apps made with the App Integration Wizard send PUT, apps from the catalogue send PATCH. Both work here, and \
         Okta does not let you choose."
            .to_owned(),
    );
    Section {
        step: Step::Scim,
        title: "Connect SCIM",
        lead: "Okta gets the address of this server and a token.",
        place: "In Okta: Applications > Create App Integration > SWA, SAML 2.0 or OIDC. In the new app: General > App \
                Settings > Edit > Provisioning: SCIM > Save. Then Provisioning > Integration > Edit.",
        fields: vec![
            text("SCIM connector base URL", format!("{}/scim/v2", app.public_url)),
            text("Unique identifier field for users", "userName"),
            words("Supported provisioning actions", "These ticks:"),
            tick("Import New Users and Profile Updates", false, "optional: Okta then reads the people here"),
            tick("Push New Users", true, ""),
            tick("Push Profile Updates", true, ""),
            tick("Push Groups", true, ""),
            tick("Import Groups", false, "optional"),
            text("Authentication Mode", "HTTP Header"),
            words(
                "Authorization",
                "A SCIM token of this server (rc_scim_…), without the word Bearer, which Okta puts before it. Make one under Tokens; it is shown once.",
            ),
        ],
        then: "Press Test Connector Configuration: this step turns green on that very request, or says what went wrong. Then Save.",
        blocks: Vec::new(),
        notes,
    }
}

fn users() -> Section {
    Section {
        step: Step::Users,
        title: "Push people",
        lead: "Whoever is assigned to the app gets an account here; whoever is taken out of it loses access within seconds.",
        place: "In Okta, in the app: Provisioning > To App > Edit. The ticks are called Enable.",
        fields: vec![
            tick("Create Users", true, ""),
            tick("Update User Attributes", true, ""),
            tick("Deactivate Users", true, "without it nobody loses access when they leave the app"),
            tick("Sync Password", false, "passwords are ignored here"),
        ],
        then: "Save, then assign one person: Assignments > Assign > Assign to People. This step turns green when they arrive.",
        blocks: vec![Block {
            title: "Attributes: in Okta, over SCIM, here",
            text: "In Okta           Over SCIM                Here\n\
                   user.login        userName                 sign-in name\n\
                   user.firstName    name.givenName           first name\n\
                   user.lastName     name.familyName          last name\n\
                   user.email        emails, the primary one  e-mail address\n\
                   user.mobilePhone  phoneNumbers             phone number\n\
                   user.id           externalId               the identity at Okta: what sign-in and event hooks go by\n"
                .to_owned(),
        }],
        notes: vec![
            "externalId must be user.id, the id of the user at Okta (00u…). Okta sends it by itself, unless the mapping says \
             otherwise: look at the attribute table. Without it a person cannot sign in with Okta, and event hooks do not \
             find them."
                .to_owned(),
        ],
    }
}

fn groups() -> Section {
    Section {
        step: Step::Groups,
        title: "Push groups",
        lead: "Every pushed group becomes a team of the same name; its members become responders.",
        place: "In Okta, in the app: Push Groups > Push Groups > Find groups by name.",
        fields: vec![tick("Push group memberships immediately", true, "")],
        then: "Choose the group, then Save. This step turns green when the group arrives.",
        blocks: Vec::new(),
        notes: vec![
            "Okta pushes only members who are assigned to the app.".to_owned(),
            "A group whose name a team of this platform has already is refused with 409: rename one of the two before you \
             push. A few names, such as admin, are reserved and refused with 400."
                .to_owned(),
        ],
    }
}

/// The types of events that mean anything here.
fn events() -> String {
    TABLE.map(|(name, _)| name).join("\n") + "\n"
}

fn hook(app: &Shared) -> Section {
    let url = format!("{}/webhooks/okta/events", app.public_url);
    let here = |text: &str| text.replace(EXAMPLE, &app.public_url);
    Section {
        step: Step::Hook,
        title: "Event hook",
        lead: "Okta does not tell SCIM of suspensions and cleared sessions. The event hook does, within seconds.",
        place: "In Okta, as a super admin: Workflow > Event Hooks > Create Event Hook.",
        fields: vec![
            text("Name", "rollcall"),
            text("URL", url),
            text("Authentication field", "Authorization"),
            words(
                "Authentication secret",
                "The value of OKTA_WEBHOOK_SECRET of this server, as it is or with Bearer and a space before it. It is never shown here: it stands where you set the variable, or in the file okta-webhook-secret of the data folder of a development server.",
            ),
        ],
        then: "Save & Continue, then Verify. Under Actions > Preview, Deliver Request sends a sample event.",
        blocks: vec![
            Block { title: "Subscribe to events: these", text: events() },
            Block { title: "The same with curl", text: here(CURL) },
            Block { title: "The same with Terraform", text: here(TERRAFORM) },
        ],
        notes: hook_notes(app),
    }
}

fn hook_notes(app: &Shared) -> Vec<String> {
    let keys = &app.hooks.keys;
    let mut notes = vec![
        "Okta shows a fixed secret in a header and signs nothing. It waits three seconds and tries once more; what is \
         lost then stands in the System Log only, which is why catching up is worth its token."
            .to_owned(),
        "To change the secret: start this server with the new one in OKTA_WEBHOOK_SECRET and the old one in \
         OKTA_WEBHOOK_SECRET_PREVIOUS, enter the new one in Okta, verify, start without the previous one."
            .to_owned(),
    ];
    if keys.secrets.len() > 1 {
        notes.push("Two secrets are live now: a change of the secret is under way.".to_owned());
    }
    if keys.demand == Demand::Signature {
        notes.push(
            "OKTA_WEBHOOK_AUTH is signature: Okta itself cannot deliver to this server, only a relay that signs."
                .to_owned(),
        );
    }
    notes
}

fn sign_in(app: &Shared) -> Section {
    let url = &app.public_url;
    let mut fields = vec![
        text("Sign-in method", "OIDC - OpenID Connect"),
        text("Application type", "Web Application"),
        words("Grant type", "This tick:"),
        tick("Authorization Code", true, ""),
        text("Sign-in redirect URIs", format!("{url}/auth/callback")),
        text("Sign-out redirect URIs", format!("{url}/")),
        text("Logout endpoint URL", format!("{url}/auth/global-token-revocation"))
            .note("optional: Authentication > Logout > Okta system or admin initiates logout"),
    ];
    let mut notes = Vec::new();
    if let Some(set) = &app.okta_sign_in {
        let client = &set.provider.client;
        fields.push(text("Client ID, as this server has it", client.client_id.clone()));
        let issuer = |issuer: &crate::okta::oidc::Issuer| text("Issuer, as this server has it", issuer.as_str());
        fields.extend(client.issuers.iter().map(issuer));
        notes.push("Try it in a private window, so that you stay signed in here: open this server there and press Sign in with Okta. Break-glass accounts go on working.".to_owned());
    } else {
        notes.push(
            "Give this server OKTA_DOMAIN, OKTA_CLIENT_ID and OKTA_CLIENT_SECRET of the application, and restart it. Set \
             OKTA_ISSUER where the org has a domain of its own."
                .to_owned(),
        );
    }
    Section {
        step: Step::SignIn,
        title: "Sign-in with Okta",
        lead: "People sign in here with Okta, and Okta's demands to sign somebody out arrive.",
        place: "In Okta: Applications > Create App Integration.",
        fields,
        then: "Save, take Client ID and Client secret from General > Client Credentials, and assign the people under Assignments.",
        blocks: Vec::new(),
        notes,
    }
}

fn catch_up(app: &Shared) -> Section {
    let org = app.okta.as_ref().map(|okta| text("Org, as this server has it", okta.org.host()));
    let mut fields = vec![
        text("What do you want your token to be named?", "rollcall"),
        words(
            "Token Value",
            "It goes into OKTA_API_TOKEN of this server, with OKTA_DOMAIN beside it. Okta shows it once.",
        ),
    ];
    fields.extend(org);
    Section {
        step: Step::CatchUp,
        title: "Catching up (optional)",
        lead: "With a read-only API token this server follows Okta's System Log, so that an event whose hook was lost still arrives, and compares the roll with Okta.",
        place: "In Okta, signed in as a read-only administrator: Security > API > Tokens > Create token.",
        fields,
        then: "Restart this server. This step turns green with the first page of the log.",
        blocks: Vec::new(),
        notes: Vec::new(),
    }
}

fn glass(app: &Shared) -> Section {
    Section {
        step: Step::Glass,
        title: "Try the way in without Okta",
        lead: "When Okta is down, a break-glass account is the only way in. Try it before you need it.",
        place: "On this server: its command line, then its sign-in page.",
        fields: vec![
            text("Make an account", "rollcall break-glass create NAME"),
            text("Sign in with it", format!("{}/sign-in", app.public_url)),
        ],
        then: "Sign in once and sign out. This step turns green, and the audit has a row marked HIGH.",
        blocks: Vec::new(),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_instead_of_clicking_subscribes_to_every_event_that_means_something() {
        for (name, _) in TABLE {
            for text in [CURL, TERRAFORM] {
                assert!(text.contains(&format!("\"{name}\"")), "{name}");
            }
        }
        assert!(CURL.contains(EXAMPLE) && TERRAFORM.contains(EXAMPLE));
    }

    #[test]
    fn the_documentation_shows_the_same() {
        let page = include_str!("../../../../docs/okta-hooks.md");
        assert!(page.contains(CURL) && page.contains(TERRAFORM));
    }

    #[test]
    fn an_address_that_okta_cannot_call_is_told() {
        for near in ["http://localhost:3000", "https://127.0.0.1:3000", "http://rollcall.example.com"] {
            assert!(unreachable(near).is_some_and(|note| note.contains(near)), "{near}");
        }
        assert_eq!(unreachable(EXAMPLE), None);
    }
}
