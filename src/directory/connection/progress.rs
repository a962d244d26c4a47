//! How far the setup has come, step by step, as real traffic tells.

use super::{Asked, BLUR, Facts};
use crate::clock::Time;
use crate::model::Id;
use crate::model::age::ago;
use crate::model::connection::Mark;
use crate::model::words::words;
use crate::store::scim_request_list::Failed;

words! {
    /// A step of the setup, in their order.
    Step {
        /// Okta's SCIM connector has a base URL and a token.
        Scim = "scim",
        /// People come.
        Users = "users",
        /// Groups come.
        Groups = "groups",
        /// Okta's event hook is verified and delivers.
        Hook = "hook",
        /// People sign in with Okta.
        SignIn = "sign-in",
        /// What hooks lost is read from Okta's System Log.
        CatchUp = "catch-up",
        /// The way in while Okta is away was tried.
        Glass = "break-glass",
    }
}

words! {
    /// How far a step has come.
    State {
        /// Nothing was seen of it.
        Waiting = "waiting",
        /// It began, and something is missing.
        Begun = "begun",
        /// It was tried and went wrong.
        Failed = "failed",
        /// It works.
        Done = "done",
    }
}

/// What the process knows of its own settings.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Whether sign-in with Okta is set.
    pub signs_in: bool,
    /// Whether Okta's API is.
    pub catches_up: bool,
}

/// How far a step has come, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which step.
    pub step: Step,
    /// How far.
    pub state: State,
    /// What was seen, in a sentence or two.
    pub words: String,
    /// When.
    pub at: Option<Time>,
    /// The request that tells more.
    pub request: Option<Id>,
    /// The row of the audit that does.
    pub row: Option<Id>,
}

impl Progress {
    fn of(step: Step, state: State, words: impl Into<String>) -> Self {
        Self { step, state, words: words.into(), at: None, request: None, row: None }
    }

    fn at(self, at: Time) -> Self {
        Self { at: Some(at), ..self }
    }

    fn failed(step: Step, failed: &Failed, now: Time) -> Self {
        let (when, said) = (ago(now, failed.at), failed.detail.as_deref().unwrap_or_default());
        let words =
            format!("The last try, {when}: {} {} was answered {}. {said}", failed.method, failed.path, failed.status);
        Self { request: Some(failed.id), ..Self::of(step, State::Failed, words).at(failed.at) }
    }
}

/// The progress of every step, in their order.
#[must_use]
pub fn progress(facts: &Facts, asked: &Asked<'_>, setup: Setup) -> Vec<Progress> {
    let now = asked.now;
    vec![
        scim(facts, now),
        pushed(facts, now, Step::Users),
        pushed(facts, now, Step::Groups),
        hook(facts, now),
        sign_in(facts, now, setup.signs_in),
        catch_up(facts, now, setup.catches_up),
        glass(facts, now),
    ]
}

fn scim(facts: &Facts, now: Time) -> Progress {
    let (answered, tested) = (facts.marks.of(Mark::ScimAnswered), facts.marks.of(Mark::ScimTested));
    let last = facts.failures.first();
    match (answered, tested) {
        (Some(answered), Some(_)) => {
            let words = format!(
                "Test Connector Configuration was answered; the last good request came {}.",
                ago(now, answered.last)
            );
            Progress::of(Step::Scim, State::Done, words).at(answered.last)
        }
        (Some(answered), None) => {
            let words = format!("The last good request came {}.", ago(now, answered.last));
            Progress::of(Step::Scim, State::Done, words).at(answered.last)
        }
        _ if last.is_some() => last.map_or_else(|| unseen(Step::Scim), |last| Progress::failed(Step::Scim, last, now)),
        _ => unseen(Step::Scim),
    }
}

fn unseen(step: Step) -> Progress {
    let words = match step {
        Step::Scim => "No SCIM request has come.",
        Step::Users => "No person was pushed. Assign somebody to the app in Okta.",
        Step::Groups => "No group was pushed.",
        Step::Hook => "No verification and no delivery has come.",
        Step::SignIn => "Nobody has signed in with Okta.",
        Step::CatchUp => "The System Log was not read.",
        Step::Glass => "No break-glass account was ever used.",
    };
    Progress::of(step, State::Waiting, words)
}

/// Whether a failed request is about what this step pushes.
fn is_push(failed: &Failed, step: Step) -> bool {
    let noun = if step == Step::Users { "/scim/v2/Users" } else { "/scim/v2/Groups" };
    failed.path.starts_with(noun) && failed.method != "GET" && failed.token_id.is_some()
}

fn pushed(facts: &Facts, now: Time, step: Step) -> Progress {
    let (mark, thing) = if step == Step::Users { (Mark::UserPushed, "person") } else { (Mark::GroupPushed, "group") };
    let seen = facts.marks.of(mark);
    let failed = facts.failures.iter().find(|failed| is_push(failed, step));
    let is_newer = |failed: &Failed| seen.is_none_or(|seen| failed.at > seen.last.plus(BLUR));
    match (failed.filter(|failed| is_newer(failed)), seen) {
        (Some(failed), _) => Progress::failed(step, failed, now),
        (None, Some(seen)) => {
            let words = format!("The last {thing} was pushed {}.", ago(now, seen.last));
            Progress::of(step, State::Done, words).at(seen.last)
        }
        (None, None) => unseen(step),
    }
}

fn hook(facts: &Facts, now: Time) -> Progress {
    let last = |mark| facts.marks.last(mark);
    let (verified, delivered) = (last(Mark::HookVerified), last(Mark::HookDelivered));
    let refused = last(Mark::HookRefused).filter(|at| verified.max(delivered).is_none_or(|good| *at > good.plus(BLUR)));
    match (refused, delivered, verified) {
        (Some(at), ..) => {
            let when = ago(now, at);
            let words = format!("The last try, {when}, was refused: the secret is not the one this server was given.");
            Progress::of(Step::Hook, State::Failed, words).at(at)
        }
        (None, Some(at), _) => {
            Progress::of(Step::Hook, State::Done, format!("The last delivery came {}.", ago(now, at))).at(at)
        }
        (None, None, Some(at)) => {
            let words =
                format!("Okta verified it {}. No event was delivered yet; the first may take minutes.", ago(now, at));
            Progress::of(Step::Hook, State::Begun, words).at(at)
        }
        (None, None, None) => unseen(Step::Hook),
    }
}

fn sign_in(facts: &Facts, now: Time, is_set: bool) -> Progress {
    match facts.signed_in {
        Some((at, row)) => {
            let words = format!("Somebody last signed in with Okta {}.", ago(now, at));
            Progress { row: Some(row), ..Progress::of(Step::SignIn, State::Done, words).at(at) }
        }
        None if is_set => Progress::of(
            Step::SignIn,
            State::Begun,
            "This server has its settings; nobody has signed in with Okta yet.",
        ),
        None => Progress::of(
            Step::SignIn,
            State::Waiting,
            "OKTA_CLIENT_SECRET is not set on this server, so sign-in with Okta is off.",
        ),
    }
}

fn catch_up(facts: &Facts, now: Time, is_set: bool) -> Progress {
    match &facts.cursor {
        Some(cursor) => {
            let words = format!("The System Log was last read {}.", ago(now, cursor.moved_at));
            Progress::of(Step::CatchUp, State::Done, words).at(cursor.moved_at)
        }
        None if is_set => unseen(Step::CatchUp),
        None => Progress::of(
            Step::CatchUp,
            State::Waiting,
            "OKTA_API_TOKEN is not set on this server, so catching up is off.",
        ),
    }
}

fn glass(facts: &Facts, now: Time) -> Progress {
    let Some((at, row)) = facts.glass else { return unseen(Step::Glass) };
    let words = format!("A break-glass account last signed in {}.", ago(now, at));
    Progress { row: Some(row), ..Progress::of(Step::Glass, State::Done, words).at(at) }
}
