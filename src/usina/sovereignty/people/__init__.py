"""People who sign in through the site's identity provider: their groups' roles, their sessions, their removal."""
