"""SageMaker's algorithms that need no script of the user's: programs that run inside a built-in image, by its packages.

Each is one file that knows nothing of the factory; it is shown to the sandbox by itself.
"""
