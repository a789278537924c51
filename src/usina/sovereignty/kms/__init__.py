"""Key management: the keys of accounts and what is encrypted by them.

`vault.py` holds them in memory; `ciphertext.py` is the form of what they encrypt; `content.py` wraps the keys of what
lies at rest; `keeping.py` ends keys when their time has come and rotates those that ask for it. The root of trust is
the site's key file (`sovereignty/keyring_seal.py`).
"""
