# Needs curl and jq. OKTA_ORG is the org, such as acme.okta.com; OKTA_ADMIN_TOKEN an API token of a super admin;
# OKTA_WEBHOOK_SECRET the value that rollcall has.
ID=$(jq -n --arg secret "$OKTA_WEBHOOK_SECRET" '{
  "name": "rollcall",
  "events": { "type": "EVENT_TYPE", "items": [
    "user.lifecycle.activate", "user.lifecycle.reactivate", "user.lifecycle.suspend", "user.lifecycle.unsuspend",
    "user.lifecycle.deactivate", "user.lifecycle.delete.initiated", "user.account.update_profile",
    "user.session.end", "user.session.clear", "user.authentication.universal_logout", "application.user_membership.remove",
    "group.user_membership.add", "group.user_membership.remove", "group.lifecycle.create", "group.profile.update", "group.lifecycle.delete"
  ] },
  "channel": { "type": "HTTP", "version": "1.0.0", "config": {
    "uri": "https://rollcall.example.com/webhooks/okta/events",
    "authScheme": { "type": "HEADER", "key": "Authorization", "value": $secret } } }
}' | curl -fsS -X POST "https://$OKTA_ORG/api/v1/eventHooks" -H "Authorization: SSWS $OKTA_ADMIN_TOKEN" \
  -H 'Content-Type: application/json' -d @- | jq -r .id)
curl -fsS -X POST "https://$OKTA_ORG/api/v1/eventHooks/$ID/lifecycle/verify" -H "Authorization: SSWS $OKTA_ADMIN_TOKEN"
