"""The accounts' own rights: IAM users, roles and JSON policies, translated to Cedar and decided by the same engine.

`document` reads a policy, `translate` and `conditions` write it as Cedar, `book` keeps what every account has said in
memory, `judge` joins that with the site's own policies. Nothing is imported here: services read `rows` alone.
"""
