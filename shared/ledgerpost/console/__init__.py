"""The console and the API: a host beside the handlers and the command line, thin over the same use cases.

`gate` says who may do what, `host` answers, `pages` are for people, `api` for programs, `views` are what a page shows.
"""
