"""Amazon Bedrock's data plane: Converse, InvokeModel and CountTokens over the models of this site.

Every request form is translated to the OpenAI chat format, the one language of the engines, and their answers back.
"""
