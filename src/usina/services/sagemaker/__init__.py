"""The SageMaker API, one file a resource. What runs is behind the port `Jobs`; rows say what is wanted."""
