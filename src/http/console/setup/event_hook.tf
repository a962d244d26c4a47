terraform {
  required_providers {
    okta = { source = "okta/okta" }
  }
}

variable "okta_webhook_secret" {
  description = "The value of OKTA_WEBHOOK_SECRET of rollcall"
  type        = string
  sensitive   = true
}

resource "okta_event_hook" "rollcall" {
  name = "rollcall"
  events = [
    "user.lifecycle.activate", "user.lifecycle.reactivate", "user.lifecycle.suspend", "user.lifecycle.unsuspend",
    "user.lifecycle.deactivate", "user.lifecycle.delete.initiated", "user.account.update_profile",
    "user.session.end", "user.session.clear", "user.authentication.universal_logout", "application.user_membership.remove",
    "group.user_membership.add", "group.user_membership.remove", "group.lifecycle.create", "group.profile.update", "group.lifecycle.delete"
  ]
  channel = {
    type    = "HTTP"
    version = "1.0.0"
    uri     = "https://rollcall.example.com/webhooks/okta/events"
  }
  auth = {
    type  = "HEADER"
    key   = "Authorization"
    value = var.okta_webhook_secret
  }
}

resource "okta_event_hook_verification" "rollcall" {
  event_hook_id = okta_event_hook.rollcall.id
}
