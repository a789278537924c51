"""OpenAI's API on the site's own models: bodies checked on the way in, answers named on the way out."""
