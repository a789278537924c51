"""What lies beyond the site: the link to models of a cloud.

cloud.py        the gate: judge, redact, count, record, then send; the `CloudDoor` port
asking.py       engines of one request, which go through the gate
links.py        models outside and their sealed credentials; the `CloudModels` port
budgets.py      what may leave on a day; the `CloudBudgets` port
exchange.py     one HTTP exchange, sent at most once
signing.py      AWS Signature Version 4 of what leaves
dialects/       Amazon Bedrock's and OpenAI's words for a chat
personal/       finds personal data and takes it out; the `Redactor` port
"""
