"""The audit trail: a ledger whose entries are signed and chained, and the keys that sign it.

docs/audit.md says against whom each part protects.
"""
