"""Grouping: the records of a business day become a few documents. Pure. Source: codat sheet, sections 4 and 5."""
