-- A sign-in with Okta that is under way. Its nonce and its PKCE verifier follow from the state by a keyed hash, and the
-- row has only the hash of the state, so nothing here finishes it.
-- What the browser that began it holds; a sign-in that another browser finishes is refused.
alter table login_attempts add column browser_hash bytea;
-- Where the browser goes on to: a path of ours.
alter table login_attempts add column return_to text collate "C";
-- An app's own sign-in: where it waits for its code, what proves later that it is the same app, and its own state.
alter table login_attempts add column client_redirect text collate "C";
alter table login_attempts add column client_challenge text collate "C";
alter table login_attempts add column client_state text collate "C";

-- The ID token that Okta wants to see again at sign-out, sealed with a key that follows from what the cookie holds: with
-- the database alone nobody reads it.
alter table sessions add column id_token bytea;

-- Tokens of Universal Logout that were taken, until they would be refused for their age; shared by replicas.
create table seen_jti (
    jti_key text collate "C" not null primary key,
    expires_at timestamptz not null
);
create index seen_jti_expires on seen_jti (expires_at);

-- Whose identity at Okta left the roll for good: a sign-in with it makes nobody new.
create index users_okta_gone on users (okta_id) where deleted_at is not null and okta_id is not null;

-- Whether SCIM has ever spoken: from then on sign-in makes nobody by itself.
create index scim_tokens_used on scim_tokens (id) where last_used_at is not null;
