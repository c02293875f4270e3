"""Models, run by pydantic-ai.

Its one law: nothing outside this folder imports that library, and this folder is imported only
when a model answers: loading it takes about a second.
"""
