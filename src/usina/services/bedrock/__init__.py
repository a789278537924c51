"""Amazon Bedrock's control plane: which models there are, inference profiles, tags."""
