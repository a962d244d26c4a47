//! Why something was refused, in words: each reason of docs/audit.md, as the rest of a sentence.

use crate::model::policy::Deed;
use crate::model::words::Word;

/// The reasons of `auth.refused` and `auth.forbidden`.
const REASONS: &[(&str, &str)] = &[
    ("missing", "no credential came along"),
    ("scheme", "the Authorization header is none of ours"),
    ("unknown", "the credential was never made here"),
    ("expired", "the credential is past its end"),
    ("revoked", "the token was revoked"),
    ("bare", "the token came without Bearer in front of it"),
    ("hook_proof_missing", "an event hook came without its proof"),
    ("hook_proof_unreadable", "an event hook came with a proof that cannot be read"),
    ("hook_secret_wrong", "an event hook came with a wrong secret"),
    ("hook_signature_wrong", "the signature of an event hook is not that of its body"),
    ("hook_outside_window", "an event hook was signed more than five minutes away from now"),
    ("unreadable", "the credential cannot be read, or there were two"),
    ("ended", "the session, key or sign-in was ended"),
    ("inactive", "its holder has no access"),
    ("limited", "there were too many tries"),
    ("forged", "a change came that no page of ours sent"),
    ("foreign", "another site began what would have been recorded in somebody's name"),
    ("sign_in_unknown", "the answer from Okta belongs to no sign-in that was begun here"),
    ("sign_in_used", "the sign-in was over already"),
    ("sign_in_late", "the sign-in took too long"),
    ("sign_in_elsewhere", "the sign-in was begun in another browser"),
    ("sign_in_code", "Okta does not know the code of the sign-in"),
    ("sign_in_issuer", "the answer came from another issuer"),
    ("sign_in_declined", "Okta did not let them in to this application"),
    ("sign_in_stranger", "Okta vouches for somebody who is not on the roll"),
    ("sign_in_unmapped", "the person is on the roll and not bound to their account at Okta"),
    ("sign_in_gone", "the person has left the roll"),
    ("sign_in_signed_out", "the person was signed out while they signed in"),
    ("sign_in_foreign", "Okta vouches for somebody with the name or address of somebody else"),
    ("token_malformed", "the token from Okta cannot be read"),
    ("token_algorithm", "the token from Okta is signed in a way that is not accepted"),
    ("token_kind", "the token from Okta is of another kind"),
    ("token_key_unknown", "the token is signed with a key that Okta does not publish"),
    ("token_signature", "the signature of the token from Okta is wrong"),
    ("token_issuer", "the token is of another issuer"),
    ("token_audience", "the token is meant for somebody else"),
    ("token_party", "the token was issued for another application"),
    ("token_expired", "the token from Okta is past its end"),
    ("token_early", "the token from Okta is not valid yet"),
    ("token_lifetime", "the token from Okta is valid for too long"),
    ("token_nonce", "the token from Okta belongs to another sign-in"),
    ("token_subject", "the token from Okta names nobody"),
    ("token_undated", "the token from Okta does not say when they proved who they are"),
    ("token_stale", "the proof that Okta tells of is older than the sign-in that asked for a new one"),
    ("token_unnamed", "the token from Okta has no id of its own"),
    ("token_replayed", "the token from Okta was used before"),
    ("incomplete", "the answer from Okta is not whole"),
    ("verifier", "the app could not prove that it asked for the code"),
    ("recent_sign_in", "this needs a sign-in of a short while ago"),
    ("scim:read", "the token lacks the scope scim:read"),
    ("scim:write", "the token lacks the scope scim:write"),
    ("registered by somebody else", "somebody else registered it as theirs"),
];
/// The reasons of a break-glass account.
const OF_GLASS: &[(&str, &str)] = &[
    ("unknown", "there is no such account"),
    ("password", "the password was wrong"),
    ("inactive", "the account is disabled"),
    ("limited", "there were too many tries"),
];

/// A reason in words; one that is not in the table stands for itself.
#[must_use]
pub fn told(reason: &str) -> &str {
    match Deed::from_word(reason) {
        Some(deed) => forbidden(deed),
        None => look(REASONS, reason),
    }
}

/// Why a deed was refused.
fn forbidden(deed: Deed) -> &'static str {
    match deed {
        Deed::ReadSelf => "they may not read their own profile",
        Deed::ReadSessions => "they may not see these sessions",
        Deed::EndSessions => "they may not end these sessions",
        Deed::ReadKeys => "they may not see these API keys",
        Deed::MintKeys => "they may not make API keys",
        Deed::RevokeKeys => "they may not revoke this API key",
        Deed::ReadMobile => "they may not see these mobile sign-ins",
        Deed::EndMobile => "they may not end this mobile sign-in",
        Deed::ReadDevices => "they may not see these devices",
        Deed::RegisterDevice => "they may not register devices",
        Deed::RemoveDevices => "they may not remove this device",
        Deed::ListUsers => "they may not list people",
        Deed::ReadUser => "they may not see this person",
        Deed::SetRole => "they may not give roles on the platform",
        Deed::ReadAudit => "they may not read the audit",
        Deed::SetAccess => "they may not end or give access",
        Deed::BindIdentity => "they may not bind people to accounts at Okta",
        Deed::ReadContacts => "they may not see these contacts",
        Deed::VerifyContacts => "they may not verify these contacts",
        Deed::ReadTray => "they may not read the messages of a development server",
        Deed::ReadPreferences => "they may not see by which channels somebody is told",
        Deed::WritePreferences => "they may not choose by which channels somebody is told",
        other => forbidden_to_admins(other),
    }
}

/// The same of the connection and of teams.
fn forbidden_to_admins(deed: Deed) -> &'static str {
    match deed {
        Deed::ReadHooks => "they may not see the events of Okta",
        Deed::ReplayHooks => "they may not replay events of Okta",
        Deed::ClearOktaStatus => "they may not set aside what Okta says",
        Deed::ReadLinks => "they may not see which team follows which group",
        Deed::SetLinks => "they may not link teams to groups",
        Deed::ReadScimTokens => "they may not see SCIM tokens",
        Deed::ReadScimRequests => "they may not read the log of SCIM requests",
        Deed::ManageScimTokens => "they may not make or revoke SCIM tokens",
        Deed::ReadTeams => "they may not see teams",
        Deed::MakeTeams => "they may not create, archive or restore teams",
        Deed::EditTeams => "they may not change this team",
        Deed::MaintainTeams => "they may not change the maintenance mode of this team",
        Deed::SetMembers => "they may not change who is in this team",
        Deed::LeaveTeams => "they may not leave this team",
        Deed::RequestTeams => "they may not ask for teams",
        Deed::ReadRequests => "they may not see who asked for a team",
        Deed::DecideRequests => "they may not decide on teams that were asked for",
        other => other.as_str(),
    }
}

/// The reason of a refused break-glass account in words.
#[must_use]
pub fn of_glass(reason: &str) -> &str {
    look(OF_GLASS, reason)
}

fn look<'r>(table: &'r [(&str, &'r str)], reason: &'r str) -> &'r str {
    table.iter().find(|(code, _)| *code == reason).map_or(reason, |(_, told)| told)
}
