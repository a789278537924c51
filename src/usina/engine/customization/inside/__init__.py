"""The program that trains an adapter. It imports nothing of the factory's: it is mounted into the sandbox by itself.

main.py        reads its orders, runs, and says in words why it failed
records.py     lines of JSONL in Bedrock's formats; says which line is wrong, and nothing of what it holds
examples.py    records as tokens, and which of them are learnt
base.py        the base model and its tokenizer out of a GGUF file
loop.py        the steps
checkpoint.py  where it goes on after a kill
metrics.py     what is told of each step
adapter.py     the adapter as GGUF and as safetensors
"""
