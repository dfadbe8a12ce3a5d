"""What an invoicing system holds, as rows for an analytics system: Pennylane → Fincome, pure.

Source: seed 001 (the mapping), fincome sheet section 2 (its reading), pennylane sheet section 9 (v2 as v1 vocabulary).
"""
