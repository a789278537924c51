"""Fine-tuning of models of this site: a kind of job whose program is our own.

`inside/` is the program; it runs in the sandbox, in the image `usina/lora`, and knows nothing of this package.
`kind.py` brings it what it needs and makes a custom model of what it leaves; `adapters.py` judges and keeps adapters.
"""
