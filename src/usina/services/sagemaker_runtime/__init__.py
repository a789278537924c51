"""Amazon SageMaker Runtime: asking the models behind endpoints, at once, as a stream, or in a queue."""
