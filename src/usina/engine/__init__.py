"""Running models: which processes run, who waits for them, and how their answers become one form.

factory.py      joins the parts; the one thing `app` names
settings.py     what the operator may set under [engine]
cluster/        start a process, tell when it ends, stop it, stream its log
runtimes/       one file per kind of engine, all behind one port
replicas.py     control loop: what should run against what runs
admission.py    bounded queue in front of each engine
upstream.py     lean HTTP/1.1 client from here to the engine
engines.py      the `Engines` port
constrained.py  tools and structured output by constrained decoding
catalogue.py    the `Catalogue` port
importing.py    the `ModelStore` port
"""
