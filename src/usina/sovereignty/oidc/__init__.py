"""Identities that a provider outside of the site vouches for: OpenID Connect tokens, and the keys that prove them."""
