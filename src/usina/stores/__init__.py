"""What is kept on disk: rows (SQL), models, objects. A port of `usina.core.ports` and one file per backend."""
