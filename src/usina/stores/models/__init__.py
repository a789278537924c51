"""Model files on this site's disks: found, judged, converted, described. Knows nothing of engines that load them.

found.py      which files a package, folder or file offers
pickles.py    refuses files that run code when they are loaded
header.py     reads a GGUF file's header under bounds
requantise.py writes a GGUF file again, in 8 bits, with a corrected header
bert.py       writes a BERT embedding model from safetensors as GGUF
llama.py      writes a Llama model from safetensors as GGUF, its tokeniser by vocabulary.py
tensors.py    reads safetensors under bounds
job.py        all of it, in a child process: a foreign file is never parsed in the front door
"""
